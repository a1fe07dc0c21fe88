"""Sound objects of every kind, to be spoilt in one respect each, and what checking must find then."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pydicom
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import RLELossless

import dicomsegcodec as hd
from dicomsegcodec.findings import Finding
from objects import construct, describe
from series import make_series
from test_slides import labels as slide_labels
from test_slides import slide

SHAPE = (4, 33, 35)
"""(slices, rows, columns): frames are no whole bytes, and all of them together are odd in number of bytes."""

Change = Callable[[Dataset], object]


@dataclass(frozen=True)
class Defect:
    """A way to spoil an object, and one finding that must be among those it gives.

    Parameters
    ----------
    name : str
        What is done to the object.
    kind : str
        Which of `MAKERS`.
    change : callable
        Takes the object as a pydicom data set.
    expected : str
        "SEVERITY [where, section] a part of the text".
    """

    name: str
    kind: str
    change: Change
    expected: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def masks() -> np.ndarray:
    """Return (slices, rows, columns, 2): two segments apart, the first on all slices."""
    found = np.zeros((*SHAPE, 2), np.uint8)
    found[:, 2:9, 3:20, 0] = 1
    found[1:3, 15:30, 5:30, 1] = 1
    found[:, -1, -1, 0] = 1
    return found


def label_map() -> np.ndarray:
    return (masks() * [1, 2]).sum(axis=3).astype(np.uint8)


def images() -> list[Dataset]:
    return make_series(SHAPE)


def binary() -> hd.seg.Segmentation:
    network = hd.AlgorithmIdentificationSequence("net", codes.cid7162.ArtificialIntelligence, "2")
    tumour = hd.seg.SegmentDescription(
        2,
        "tumour",
        codes.SCT.MorphologicallyAbnormalStructure,
        codes.SCT.Tumor,
        "AUTOMATIC",
        network,
        tracking_id="lesion",
        tracking_uid="1.2.3.4",
        display_color=hd.CIELabColor.from_rgb(200, 100, 50),
        anatomic_regions=[codes.SCT.Liver],
    )
    return construct(images(), masks(), segment_descriptions=[*describe([1]), tumour])


def overlapping() -> hd.seg.Segmentation:
    array = masks()
    array[1, 5:20, 5:15] = 1
    return construct(images(), array, [1, 2])


def fractional() -> hd.seg.Segmentation:
    return construct(images(), masks() * np.float32(0.5), [1, 2], "FRACTIONAL", max_fractional_value=200)


def labelmap() -> hd.seg.Segmentation:
    return construct(images(), label_map(), [1, 2], "LABELMAP")


def palette() -> hd.seg.Segmentation:
    colors = hd.PaletteColorLUTTransformation.from_colors(["black", "red", "green"])
    return construct(images(), label_map(), [1, 2], "LABELMAP", palette_color_lut_transformation=colors)


def compressed() -> hd.seg.Segmentation:
    return construct(images(), label_map(), [1, 2], "LABELMAP", transfer_syntax_uid=RLELossless)


def extended() -> hd.seg.Segmentation:
    return construct(
        images(),
        label_map(),
        [1, 2],
        "LABELMAP",
        transfer_syntax_uid=RLELossless,
        use_extended_offset_table=True,
    )


def projection() -> hd.seg.Segmentation:
    absent = dict.fromkeys(
        (
            "FrameOfReferenceUID",
            "PositionReferenceIndicator",
            "ImagePositionPatient",
            "ImageOrientationPatient",
        )
    )
    image = make_series((1, *SHAPE[1:]), PatientOrientation=["L", "F"], **absent)
    return construct(image, masks()[:1], [1, 2])


def sparse() -> hd.seg.Segmentation:
    return construct([slide()], slide_labels(), [1, 2], tile_pixel_array=True)


def full() -> hd.seg.Segmentation:
    return construct(
        [slide()],
        slide_labels(),
        [1, 2],
        tile_pixel_array=True,
        omit_empty_frames=False,
        dimension_organization_type="TILED_FULL",
    )


def pyramid() -> hd.seg.Segmentation:
    return hd.seg.create_segmentation_pyramid(
        [slide()],
        [slide_labels()],
        "BINARY",
        describe([1, 2]),
        hd.UID(),
        7,
        *("Maker", "Model", "1", "1"),
        downsample_factors=[2.0],
        pyramid_label="Levels",
    )[1]


MAKERS: dict[str, Callable[[], hd.seg.Segmentation]] = {
    maker.__name__: maker
    for maker in (
        *(binary, overlapping, fractional, labelmap, palette, compressed, extended),
        *(projection, sparse, full, pyramid),
    )
}


@cache
def written(kind: str) -> bytes:
    """Return the file of a sound object."""
    file = io.BytesIO()
    MAKERS[kind]().save_as(file)
    return file.getvalue()


def spoilt(kind: str, change: Change) -> bytes:
    """Return the file of an object that was changed."""
    with pydicom.config.disable_value_validation():
        dataset = dcmread(io.BytesIO(written(kind)))
        change(dataset)
        file = io.BytesIO()
        dcmwrite(file, dataset)
    return file.getvalue()


def assert_found(findings: tuple[Finding, ...], expected: str) -> None:
    """Make sure that a finding is there, given as "SEVERITY [where, section] a part of the text"."""
    beginning, part = re.fullmatch(r"(\w+ \[.*?\]) ?(.*)", expected).groups()
    said = [f"{f.severity} [{f.where}, {f.section}] {f.text}" for f in findings]
    found = any(each.startswith(f"{beginning} ") and part in each for each in said)
    assert found, "\n".join([f"Not found: {expected}; found is", *(said or ["nothing"])])
    # What a rule stumbles over has no section: here every rule copes.
    assert all(finding.section for finding in findings), "\n".join(said)


# --- parts of a data set ------------------------------------------------------------------------------------


def shared(dataset: Dataset) -> Dataset:
    return dataset.SharedFunctionalGroupsSequence[0]


def frame(dataset: Dataset, number: int = 1) -> Dataset:
    """Return the functional groups of a frame, from 1."""
    return dataset.PerFrameFunctionalGroupsSequence[number - 1]


def frames(dataset: Dataset) -> list[Dataset]:
    return list(dataset.PerFrameFunctionalGroupsSequence)


def segment(dataset: Dataset, number: int = 1) -> Dataset:
    return next(item for item in dataset.SegmentSequence if item.SegmentNumber == number)


def without(keyword: str) -> Change:
    """Return what takes an attribute away."""
    return lambda dataset: delattr(dataset, keyword)


def with_value(keyword: str, value: object) -> Change:
    return lambda dataset: setattr(dataset, keyword, value)


def on(part: Callable[[Dataset], Dataset], change: Change) -> Change:
    """Return a change of a part of the data set."""
    return lambda dataset: change(part(dataset))


def both(*changes: Change) -> Change:
    def change(dataset: Dataset) -> None:
        for each in changes:
            each(dataset)

    return change


def in_all_frames(change: Change) -> Change:
    def change_all(dataset: Dataset) -> None:
        for item in frames(dataset):
            change(item)

    return change_all
