"""Source images: which belong together, where they lie, and which lies under a plane of a segmentation."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from dicomsegcodec.errors import (
    Cancelled,
    FileMissing,
    GeometryMismatch,
    MixedSources,
    NotDicom,
    ReadError,
    SourceError,
)
from dicomsegcodec.geometry import Geometry, Planes
from dicomsegcodec.sources import SourceImages, read_sources
from objects import uids_of
from series import make_series, rotation, write_series
from strategies import series


def with_change(index: int, **attributes: object) -> list[Dataset]:
    """Return a series of which one image differs."""
    images = make_series((4, 5, 7))
    with pydicom.config.disable_value_validation():
        other = make_series((4, 5, 7), **attributes)[index]
        for keyword in attributes:
            del images[index][keyword]
            if attributes[keyword] is not None:
                images[index][keyword] = other[keyword]
    return images


@given(images=series(gaps=True))
def test_images_keep_their_order_and_their_own_decimal_strings(images: list[Dataset]) -> None:
    sources = SourceImages.of(images)
    assert [i.sop_instance_uid for i in sources.instances] == uids_of(images)
    for position, image in zip(sources.planes.positions, images, strict=True):
        assert position == "\\".join(str(part) for part in image.ImagePositionPatient)
    assert sources.planes.shape == (images[0].Rows, images[0].Columns)


@given(images=series(gaps=True))
def test_sorted_images_go_along_the_stack(images: list[Dataset]) -> None:
    sources = SourceImages.of(images).sorted()
    assert (np.diff(sources.planes.distances_mm()) > 0).all()
    assert {i.sop_instance_uid for i in sources.instances} == set(uids_of(images))
    for dataset, instance in zip(sources.datasets, sources.instances, strict=True):
        assert dataset.SOPInstanceUID == instance.sop_instance_uid


def test_decimal_strings_over_16_characters_are_written_anew() -> None:
    with pydicom.config.disable_value_validation():
        images = make_series((2, 5, 7), SliceThickness="2.50000000000000000001")
        images[0].ImagePositionPatient = ["-125.0000000000000001", "-0.0", "1e2"]
    planes = SourceImages.of(images).planes
    first = planes.positions[0].split("\\")
    assert float(first[0]) == -125
    assert first[1:] == ["-0.0", "1e2"]
    assert all(len(part) <= 16 for part in (*first, planes.thickness))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"PatientID": "P2"}, MixedSources, "2 patients"),
        ({"StudyInstanceUID": "1.2.3"}, MixedSources, "2 studies"),
        ({"FrameOfReferenceUID": "1.2.3"}, MixedSources, "2 frames of reference"),
        ({"FrameOfReferenceUID": None}, SourceError, "rame"),
        (
            {"ImageOrientationPatient": ["0", "1", "0", "0", "0", "1"]},
            MixedSources,
            "ImageOrientationPatient",
        ),
        ({"PixelSpacing": ["0.8", "0.5"]}, MixedSources, "PixelSpacing"),
        ({"Rows": 6}, MixedSources, "size"),
        ({"Columns": None}, SourceError, "Columns"),
        ({"ImagePositionPatient": None}, SourceError, "ImagePositionPatient"),
        ({"ImagePositionPatient": ["1", "2"]}, SourceError, "three numbers"),
        ({"ImagePositionPatient": ["nan", "0", "0"]}, SourceError, "three numbers"),
        ({"ImagePositionPatient": ["1e999", "0", "0"]}, SourceError, "three numbers"),
        ({"PixelSpacing": "0.5"}, SourceError, "Spacing"),
        ({"ImageOrientationPatient": ["1", "0", "0"]}, SourceError, "Orientation"),
        ({"SOPInstanceUID": None}, SourceError, "SOPInstanceUID"),
        ({"SOPClassUID": None}, SourceError, "SOPClassUID"),
    ],
)
@pytest.mark.parametrize("index", [0, 2])
def test_images_that_do_not_belong_together_or_lie_nowhere_are_refused(
    change: dict[str, object], error: type[Exception], words: str, index: int
) -> None:
    with pytest.raises(error, match=words):
        SourceImages.of(with_change(index, **change))


@pytest.mark.parametrize(
    "attributes",
    [
        {"PixelSpacing": ["0", "0"]},
        {"PixelSpacing": ["-1", "1"]},
        {"PixelSpacing": "0.5"},
        {"ImageOrientationPatient": ["0"] * 6},
        {"ImageOrientationPatient": ["1", "0", "0", "1", "0", "0"]},
        {"ImageOrientationPatient": ["1", "0", "0"]},
        {"ImagePositionPatient": ["1", "2"]},
    ],
)
def test_a_series_whose_numbers_make_no_sense_is_refused(attributes: dict[str, object]) -> None:
    with pydicom.config.disable_value_validation():
        images = make_series((3, 5, 7), **attributes)
    with pytest.raises(SourceError):
        SourceImages.of(images)


def test_no_image_is_refused() -> None:
    with pytest.raises(SourceError, match="No source image"):
        SourceImages.of([])


def test_an_image_that_is_given_twice_is_refused() -> None:
    images = make_series((3, 5, 7))
    with pytest.raises(SourceError, match="2 times"):
        SourceImages.of([*images, images[1]])


def test_directions_that_differ_in_their_last_digits_are_one_direction() -> None:
    images = make_series((2, 5, 7), turned=rotation(10, 20, 30))
    images[1].ImageOrientationPatient = [f"{float(v):.6f}" for v in images[1].ImageOrientationPatient]
    assert len(SourceImages.of(images)) == 2


# --- which image lies under a plane -------------------------------------------------------------------------


@given(images=series())
def test_every_plane_of_the_images_grid_refers_to_its_image(images: list[Dataset]) -> None:
    sources = SourceImages.of(images).sorted()
    grid = Planes.of(Geometry.of(sources.planes))
    for planes in (sources.planes, grid, sources.planes_on(Geometry.of(sources.planes))):
        references = sources.references(planes)
        found = [references.of_plane(plane) for plane in range(len(planes))]
        assert found == [[(i.sop_class_uid, i.sop_instance_uid, 0, True)] for i in sources.instances]


@given(cells=st.integers(-(10**6), 10**6), off=st.sampled_from((-1e-7, -1e-9, 0.0, 1e-9, 1e-7)))
def test_a_plane_a_hair_beside_its_image_refers_to_it(cells: int, off: float) -> None:
    # Places on the border of what decimals are rounded to.
    place = cells * 0.00005
    images = make_series((1, 5, 7), ImagePositionPatient=[f"{place:.5f}"] * 3)
    sources = SourceImages.of(images)
    near = Planes(
        ("\\".join([f"{place + off:.12g}"] * 3),),
        sources.planes.orientation,
        sources.planes.spacing,
        sources.planes.shape,
        sources.planes.frame_of_reference,
    )
    assert len(sources.references(near).of_plane(0)) == 1


def test_a_plane_without_an_image_refers_to_none() -> None:
    sources = SourceImages.of(make_series((3, 5, 7)))
    images = make_series((5, 5, 7))
    for image in images:
        image.FrameOfReferenceUID = sources.planes.frame_of_reference
    references = sources.references(SourceImages.of(images).planes)
    assert references.plane.tolist() == references.image.tolist() == [0, 1, 2]


def test_a_gap_in_the_series_is_named() -> None:
    images = make_series((6, 5, 7))
    grid = Geometry.of(SourceImages.of(images).planes)
    with pytest.raises(GeometryMismatch, match=r"slice 4 .*gap of 5 mm where images are 2\.5 mm apart"):
        SourceImages.of([*images[:3], *images[4:]]).planes_on(grid)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"shape": (3, 5, 8)}, "pixels a slice"),
        ({"spacing_mm": (2.5, 0.8, 0.5)}, "mm apart"),
        ({"turned": rotation(0, 0, 5)}, "run along"),
        ({"origin_mm": (0.0, 0.0, 0.0)}, "no source image at their place"),
    ],
)
def test_a_grid_that_is_not_the_images_is_refused_and_said_why(other: dict, words: str) -> None:
    grid = Geometry.of(SourceImages.of(make_series(**{"shape": (3, 5, 7), **other})).planes)
    with pytest.raises(GeometryMismatch, match=words):
        SourceImages.of(make_series((3, 5, 7))).planes_on(grid)


# --- from files ---------------------------------------------------------------------------------------------


def test_a_folder_is_read_sorted_and_other_files_in_it_are_passed_over(tmp_path: Path) -> None:
    images = make_series((4, 5, 7))
    write_series(tmp_path / "a", images[::-1])
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "empty").write_bytes(b"")
    sources = read_sources(tmp_path)
    assert [i.sop_instance_uid for i in sources.instances] == uids_of(images)[::-1]
    assert read_sources(sorted((tmp_path / "a").iterdir())).planes.positions == sources.planes.positions


def test_two_series_in_a_folder_are_both_named(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_series(tmp_path / name, shape=(2, 5, 7), SeriesDescription=f"Series {name}")
    with pytest.raises(MixedSources, match=r"2 series.*Series one.*2 images.*Series two"):
        read_sources(tmp_path)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no image"):
        read_sources(tmp_path)


def test_a_file_that_was_named_and_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes " * 100)
    with pytest.raises(NotDicom):
        read_sources([tmp_path / "notes.txt"])
    with pytest.raises(FileMissing):
        read_sources(tmp_path / "none.dcm")
    with pytest.raises(ReadError):
        read_sources([tmp_path])


def test_reading_of_sources_can_be_cancelled(tmp_path: Path) -> None:
    write_series(tmp_path, shape=(3, 5, 7))
    with pytest.raises(Cancelled):
        read_sources(tmp_path, progress=lambda fraction, stage: fraction > 0.3)


def test_damaged_source_files_end_in_an_error_of_ours(tmp_path: Path) -> None:
    file = write_series(tmp_path, shape=(1, 5, 7))[0]
    data = file.read_bytes()
    pixels = data.index(b"\xe0\x7f\x10\x00")  # what is after that is not read
    for length in range(140, pixels - 60, 7):
        file.write_bytes(data[:length])
        with pytest.raises((ReadError, SourceError)):
            read_sources([file])


def test_a_slice_thickness_that_is_no_number_is_taken_for_unknown() -> None:
    images = make_series((3, 5, 7))
    for image in images:
        image[0x00180050] = RawDataElement(BaseTag(0x00180050), "DS", 4, b"thin", 0, False, True)
    assert SourceImages.of(images).planes.thickness == ""
