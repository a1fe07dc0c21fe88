"""Sources that are no series of single frames: a multi-frame image, a projection without a place."""

import io

import numpy as np
import pydicom
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

import dicomsegcodec as hd
from dicomsegcodec.errors import MixedSources, SourceError
from dicomsegcodec.sources import SourceImages
from series import make_series
from test_slides import slide

KINDS = ("BINARY", "FRACTIONAL", "LABELMAP")


def segmentation(images: list[Dataset], array: np.ndarray, kind: str, **keywords: object) -> hd.Segmentation:
    descriptions = [
        hd.seg.SegmentDescription(n, f"Segment {n}", codes.SCT.Organ, codes.SCT.Liver, "MANUAL")
        for n in (1, 2)
    ]
    return hd.Segmentation(
        images, array, kind, descriptions, hd.UID(), 1, hd.UID(), 1, "Maker", "Model", "1", "1", **keywords
    )


def multi_frame(frames: int = 4, **shared: object) -> Dataset:
    """Return an enhanced CT of the planes of a single-frame series."""
    images = make_series((frames, 6, 9))
    image = images[0]
    orientation, measures, groups = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = image.ImageOrientationPatient
    measures.PixelSpacing, measures.SliceThickness = image.PixelSpacing, image.SliceThickness
    groups.PlaneOrientationSequence, groups.PixelMeasuresSequence = [orientation], [measures]
    image.SharedFunctionalGroupsSequence = [groups]
    items = []
    for one in images:
        position, item = Dataset(), Dataset()
        position.ImagePositionPatient = one.ImagePositionPatient
        item.PlanePositionSequence = [position]
        items.append(item)
    image.PerFrameFunctionalGroupsSequence = items
    image.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    image.NumberOfFrames = frames
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"):
        del image[keyword]
    return image


def projection(**attributes: object) -> Dataset:
    """Return a radiograph: no frame of reference, no position."""
    absent = dict.fromkeys(
        (
            "FrameOfReferenceUID",
            "PositionReferenceIndicator",
            "ImagePositionPatient",
            "ImageOrientationPatient",
        )
    )
    return make_series((1, 6, 9), PatientOrientation=["L", "F"], **absent, **attributes)[0]


def labels(shape: tuple[int, int, int]) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 3, shape).astype(np.uint8)


@pytest.mark.parametrize("kind", KINDS)
def test_each_frame_of_a_multi_frame_image_is_referred_to_by_its_number(kind: str) -> None:
    image = multi_frame()
    seg = segmentation([image], labels((4, 6, 9)), kind)
    for item in seg.PerFrameFunctionalGroupsSequence:
        source = item.DerivationImageSequence[0].SourceImageSequence[0]
        position = item.PlanePositionSequence[0].ImagePositionPatient
        mine = image.PerFrameFunctionalGroupsSequence[source.ReferencedFrameNumber - 1]
        assert position == mine.PlanePositionSequence[0].ImagePositionPatient
        assert source.ReferencedSOPInstanceUID == image.SOPInstanceUID
    (series,) = seg.ReferencedSeriesSequence
    assert len(series.ReferencedInstanceSequence) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("image", [multi_frame(), projection()], ids=["multi-frame", "projection"])
def test_highdicom_and_we_read_the_same_of_such_a_source(kind: str, image: Dataset, tmp_path) -> None:
    highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed")
    frames = int(image.get("NumberOfFrames") or 1)
    array = labels((frames, 6, 9))
    segmentation([image], array, kind).save_as(tmp_path / "seg.dcm")
    uid = image.SOPInstanceUID
    for library in (highdicom, hd):
        seg = library.seg.segread(tmp_path / "seg.dcm")
        if frames > 1:
            back = seg.get_pixels_by_source_frame(uid, range(1, frames + 1), combine_segments=True)
        else:
            back = seg.get_pixels_by_source_instance([uid], combine_segments=True)
        np.testing.assert_array_equal(back, array)


def test_frames_come_in_the_order_asked_for_and_missing_ones_are_empty() -> None:
    array = labels((4, 6, 9))
    array[1] = 0
    image = multi_frame()
    seg = segmentation([image], array, "BINARY")
    back = seg.get_pixels_by_source_frame(image.SOPInstanceUID, [4, 2, 1], combine_segments=True)
    np.testing.assert_array_equal(back, array[[3, 1, 0]])


@pytest.mark.parametrize("numbers", [[0], [-1], [5], []])
def test_a_frame_number_that_cannot_be_is_refused(numbers: list[int]) -> None:
    image = multi_frame()
    seg = segmentation([image], labels((4, 6, 9)), "BINARY")
    with pytest.raises(ValueError):
        seg.get_pixels_by_source_frame(image.SOPInstanceUID, numbers)
    if numbers == [5]:
        assert not seg.get_pixels_by_source_frame(
            image.SOPInstanceUID, numbers, assert_missing_frames_are_empty=True
        ).any()


def test_an_image_that_is_not_referred_to_has_no_frames_here() -> None:
    seg = segmentation([multi_frame()], labels((4, 6, 9)), "BINARY")
    with pytest.raises(KeyError):
        seg.get_pixels_by_source_frame("1.2.3", [1])


@pytest.mark.parametrize("kind", KINDS)
def test_a_projection_has_no_place_and_keeps_its_patient_orientation(kind: str) -> None:
    image = projection()
    seg = segmentation([image], labels((1, 6, 9)), kind)
    assert "FrameOfReferenceUID" not in seg
    assert list(seg.PatientOrientation) == ["L", "F"]
    assert "PlanePositionSequence" not in seg.PerFrameFunctionalGroupsSequence[0]
    with pytest.raises(hd.errors.MissingAttribute):
        seg.get_volume()


def test_multi_frame_images_come_one_at_a_time() -> None:
    image = multi_frame()
    same = {k: image[k].value for k in ("StudyInstanceUID", "FrameOfReferenceUID")}
    with pytest.raises(SourceError, match="one multi-frame image"):
        SourceImages.of([image, *make_series((1, 6, 9), **same)])


def test_frames_that_are_not_parallel_are_refused() -> None:
    image = multi_frame()
    for number, item in enumerate(image.PerFrameFunctionalGroupsSequence):
        turned = Dataset()
        turned.ImageOrientationPatient = [1, 0, 0, 0, 1, 0] if number else [0, 1, 0, 0, 0, -1]
        item.PlaneOrientationSequence = [turned]
    with pytest.raises(MixedSources, match="ImageOrientationPatient"):
        SourceImages.of([image])


def test_further_images_are_named_and_no_frame_is_derived_from_them() -> None:
    images = make_series((3, 6, 9))
    other = make_series((2, 6, 9), modality="MR", StudyInstanceUID=images[0].StudyInstanceUID)
    seg = segmentation(images, labels((3, 6, 9)), "BINARY", further_source_images=other)
    named = {uid for _study, _series, uid in seg.get_source_image_uids()}
    assert {str(i.SOPInstanceUID) for i in [*images, *other]} == named
    derived = {
        item.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        for item in seg.PerFrameFunctionalGroupsSequence
    }
    assert derived <= {i.SOPInstanceUID for i in images}


def test_further_images_are_of_the_same_study() -> None:
    images = make_series((3, 6, 9))
    with pytest.raises(MixedSources, match="studies"):
        segmentation(images, labels((3, 6, 9)), "BINARY", further_source_images=make_series((1, 6, 9)))


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("kind", ["multi-frame", "slide"])
def test_functional_groups_that_nobody_has_parsed_say_what_the_parsed_ones_do(kind: str, syntax: str) -> None:
    image = multi_frame() if kind == "multi-frame" else slide(full=False)
    image.pop("PixelData", None)
    file = io.BytesIO()
    image.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(
        file, image, implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=syntax != ExplicitVRBigEndian
    )
    file.seek(0)
    read = pydicom.dcmread(file, force=True)
    planes = SourceImages.of([read]).planes
    # pydicom parses a sequence once it is asked for, and keeps what it has parsed.
    parsed = not isinstance(read.get_item("PerFrameFunctionalGroupsSequence"), RawDataElement)
    assert parsed == (syntax == ExplicitVRBigEndian)
    expected = SourceImages.of([image]).planes
    assert list(planes.positions) == list(expected.positions)
    if kind == "slide":
        np.testing.assert_array_equal(planes.corners, expected.corners)


def test_groups_that_are_not_as_many_as_the_frames_are_refused() -> None:
    for image in (multi_frame(), slide(full=False)):
        image.NumberOfFrames += 1
        with pytest.raises(SourceError, match="functional groups for"):
            SourceImages.of([image])


def test_a_tile_without_a_position_is_refused() -> None:
    image = slide(full=False)
    del image.PerFrameFunctionalGroupsSequence[3].PlanePositionSlideSequence
    with pytest.raises(SourceError, match=r"Plane Position \(Slide\)"):
        SourceImages.of([image])
