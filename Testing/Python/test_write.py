"""The way out: what a file says of its frames, that the same input gives the same file, what is refused."""

import tracemalloc
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset

import dicomsegcodec as hd
from dicomsegcodec.errors import ArgumentError, Cancelled, OverlappingSegments, SegError
from dicomsegcodec.geometry import Planes
from dicomsegcodec.layers import LabelLayer, LayeredSegmentation
from dicomsegcodec.read import open_segmentation
from dicomsegcodec.sources import SourceImages
from dicomsegcodec.write import WriteOptions, plan_object, write_segmentation
from objects import construct, uids_of
from series import make_series, rotation
from strategies import Case, cases, plain_segments

FIXED = {
    "series_instance_uid": "1.2.3",
    "sop_instance_uid": "1.2.4",
    "content_date_time": datetime(2024, 1, 2, 3, 4, 5),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("write")


@given(case=cases(), kind=st.sampled_from(("BINARY", "LABELMAP")))
def test_the_same_input_gives_the_same_bytes(folder: Path, case: Case, kind: str) -> None:
    if kind == "LABELMAP" and case.overlaps:
        kind = "BINARY"
    files = []
    for name in ("one.dcm", "two.dcm"):
        options = WriteOptions(segmentation_type=kind, **FIXED)
        write_segmentation(folder / name, case.segmentation, case.sources, options)
        files.append((folder / name).read_bytes())
    assert files[0] == files[1]


@given(case=cases(), keep=st.booleans())
def test_dimension_indices_count_segments_and_planes_from_1_without_gaps(
    folder: Path, case: Case, keep: bool
) -> None:
    write_segmentation(
        folder / "indices.dcm", case.segmentation, case.sources, WriteOptions(keep_empty_frames=keep)
    )
    seg = dcmread(folder / "indices.dcm")
    assert [item.DimensionIndexPointer for item in seg.DimensionIndexSequence] == [0x0062000B, 0x00200032]
    numbers = [item.SegmentNumber for item in seg.SegmentSequence]
    values = np.array(
        [f.FrameContentSequence[0].DimensionIndexValues for f in seg.PerFrameFunctionalGroupsSequence]
    )
    assert values.tolist() == sorted(values.tolist())
    assert np.unique(values[:, 1]).tolist() == list(range(1, values[:, 1].max() + 1))
    for item, (segment, _plane) in zip(seg.PerFrameFunctionalGroupsSequence, values, strict=True):
        assert item.SegmentIdentificationSequence[0].ReferencedSegmentNumber == numbers[segment - 1]
    places = {
        int(v[1]): tuple(f.PlanePositionSequence[0].ImagePositionPatient)
        for f, v in zip(seg.PerFrameFunctionalGroupsSequence, values, strict=True)
    }
    assert len(set(places.values())) == len(places)


@given(case=cases())
def test_every_frame_names_its_own_source_image(folder: Path, case: Case) -> None:
    write_segmentation(folder / "sources.dcm", case.segmentation, case.sources)
    seg = dcmread(folder / "sources.dcm")
    at = {tuple(d.ImagePositionPatient): d for d in case.sources.datasets}
    for item in seg.PerFrameFunctionalGroupsSequence:
        image = at[tuple(item.PlanePositionSequence[0].ImagePositionPatient)]
        derivation = item.DerivationImageSequence[0]
        (source,) = derivation.SourceImageSequence
        assert source.ReferencedSOPInstanceUID == image.SOPInstanceUID
        assert source.ReferencedSOPClassUID == image.SOPClassUID
        assert source.SpatialLocationsPreserved == "YES"
        assert derivation.DerivationCodeSequence[0].CodeValue == "113076"
        assert source.PurposeOfReferenceCodeSequence[0].CodeValue == "121322"
    (series,) = seg.ReferencedSeriesSequence
    named = [i.ReferencedSOPInstanceUID for i in series.ReferencedInstanceSequence]
    assert named == [d.SOPInstanceUID for d in case.sources.datasets]


def test_positions_and_orientation_are_the_sources_word_for_word(tmp_path: Path) -> None:
    images = make_series((3, 5, 7), turned=rotation(10, 20, 30))
    images[0].ImagePositionPatient = ["-1.2500000e+002", "-0.0", "+101.25"]
    construct(images, np.ones((3, 5, 7), bool)).save_as(tmp_path / "seg.dcm")
    seg = dcmread(tmp_path / "seg.dcm")
    shared = seg.SharedFunctionalGroupsSequence[0]

    def words(value: object) -> list[str]:
        return [part.original_string for part in value]  # type: ignore[attr-defined]

    assert words(shared.PlaneOrientationSequence[0].ImageOrientationPatient) == words(
        images[0].ImageOrientationPatient
    )
    found = {
        tuple(words(f.PlanePositionSequence[0].ImagePositionPatient))
        for f in seg.PerFrameFunctionalGroupsSequence
    }
    assert found == {tuple(words(image.ImagePositionPatient)) for image in images}


def spacing_of(path: Path) -> float | None:
    measures = dcmread(path).SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    value = measures.get("SpacingBetweenSlices")
    return None if value is None else float(value)


@pytest.mark.parametrize(
    ("thickness", "declared", "expected"),
    [("2.5", None, 2.5), ("5", "2.0", 2.5), (None, None, 2.5), ("0", "0", 2.5), ("2.5", "9", 2.5)],
)
def test_the_spacing_is_that_of_the_positions_whatever_the_source_declares(
    thickness: str | None, declared: str | None, expected: float, tmp_path: Path
) -> None:
    images = make_series((3, 5, 7), SliceThickness=thickness)
    if declared is not None:
        for image in images:
            image.SpacingBetweenSlices = declared
    construct(images, np.ones((3, 5, 7), bool)).save_as(tmp_path / "seg.dcm")
    assert spacing_of(tmp_path / "seg.dcm") == pytest.approx(expected)
    assert hd.seg.segread(tmp_path / "seg.dcm").get_volume().spacing[0] == pytest.approx(expected)


def test_planes_with_a_gap_have_no_spacing_and_are_no_stack(tmp_path: Path) -> None:
    images = make_series((5, 5, 7))
    del images[2]
    construct(images, np.ones((4, 5, 7), bool)).save_as(tmp_path / "seg.dcm")
    assert spacing_of(tmp_path / "seg.dcm") is None
    assert "DimensionOrganizationType" not in dcmread(tmp_path / "seg.dcm")
    seg = hd.seg.segread(tmp_path / "seg.dcm")
    assert seg.get_volume().array[:, 0, 0, 0].tolist() == [1, 1, 0, 1, 1]


def test_a_tilted_series_is_written_and_read_with_its_tilt(tmp_path: Path) -> None:
    images = make_series((4, 5, 7))
    for k, image in enumerate(images):
        x, y, z = map(float, image.ImagePositionPatient)
        image.ImagePositionPatient = [f"{x}", f"{y + k * 0.75}", f"{z}"]
    construct(images, np.ones((4, 5, 7), bool)).save_as(tmp_path / "seg.dcm")
    assert spacing_of(tmp_path / "seg.dcm") == pytest.approx(2.5)
    affine = hd.seg.segread(tmp_path / "seg.dcm").get_volume().affine
    np.testing.assert_allclose(affine[:3, 0], [0, -0.75, -2.5], atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "shape"), [("BINARY", (1, 2, 3)), ("BINARY", (3, 5, 9)), ("LABELMAP", (3, 5, 7))]
)
def test_pixel_data_of_odd_length_ends_in_a_null_byte(kind: str, shape: tuple, tmp_path: Path) -> None:
    # Not in the character 0, 0x30, whose bits would be pixels.
    mask = np.ones(shape, np.uint8)
    construct(make_series(shape), mask, [1], kind).save_as(tmp_path / "seg.dcm")
    value = dcmread(tmp_path / "seg.dcm").PixelData
    if kind == "BINARY":
        expected = np.packbits(mask.reshape(-1), bitorder="little").tobytes()
    else:
        expected = mask.tobytes()
    assert len(expected) % 2 == 1
    assert value == expected + b"\0"


def test_a_single_plane_is_written_and_read(tmp_path: Path) -> None:
    images = make_series((1, 5, 7))
    mask = np.zeros((5, 7), bool)
    mask[1:3, 2:6] = True
    construct(images, mask).save_as(tmp_path / "seg.dcm")
    volume = hd.seg.segread(tmp_path / "seg.dcm").get_volume(combine_segments=True)
    np.testing.assert_array_equal(volume.array[0], mask)
    np.testing.assert_allclose(volume.position, [float(v) for v in images[0].ImagePositionPatient])


# --- what is refused, and what it leaves ------------------------------------------------------------------


def layered(images: list[Dataset], pixels: np.ndarray, numbers: list[int]) -> LayeredSegmentation:
    planes = SourceImages.of(images).planes
    return LayeredSegmentation(
        planes, plain_segments(numbers), (LabelLayer(pixels, {n: n for n in numbers}),)
    )


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_a_segmentation_without_a_segment_is_refused(kind: str, tmp_path: Path) -> None:
    sources = SourceImages.of(make_series((3, 5, 7)))
    with pytest.raises(ArgumentError, match="segment"):
        write_segmentation(
            tmp_path / "seg.dcm",
            LayeredSegmentation(sources.planes, (), ()),
            sources,
            WriteOptions(segmentation_type=kind),
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
@pytest.mark.parametrize("number", [-1, 0, 65536, 70000])
def test_a_segment_number_beyond_16_bits_is_refused(number: int, kind: str, tmp_path: Path) -> None:
    sources = SourceImages.of(make_series((3, 5, 7)))
    segmentation = LayeredSegmentation(sources.planes, plain_segments([1, number]), ())
    with pytest.raises(ArgumentError, match=str(number)):
        write_segmentation(tmp_path / "s.dcm", segmentation, sources, WriteOptions(segmentation_type=kind))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_the_largest_segment_number_is_written_and_read(kind: str, tmp_path: Path) -> None:
    images = make_series((3, 5, 7))
    pixels = np.zeros((3, 5, 7), np.uint16)
    pixels[1, 2, 3] = 65535
    sources = SourceImages.of(images)
    options = WriteOptions(segmentation_type=kind)
    write_segmentation(tmp_path / "seg.dcm", layered(images, pixels, [65535]), sources, options)
    seg = hd.seg.segread(tmp_path / "seg.dcm")
    assert seg.segment_numbers == [65535]
    np.testing.assert_array_equal(
        seg.get_pixels_by_source_instance(uids_of(images), combine_segments=True), pixels
    )


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_two_images_at_one_position_are_refused(kind: str) -> None:
    images = make_series((3, 5, 7))
    images[2].ImagePositionPatient = images[1].ImagePositionPatient
    with pytest.raises(ValueError, match="same p") as caught:
        construct(images, np.ones((3, 5, 7), np.uint8), [1], kind)
    assert isinstance(caught.value, SegError)


def test_native_pixel_data_over_4_gigabytes_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    shape = (2000, 2048, 2048)
    planes = Planes(
        tuple(f"0\\0\\{-k}" for k in range(shape[0])), "1\\0\\0\\0\\1\\0", "1\\1", shape[1:], "1.2"
    )
    sources = SourceImages.of(make_series((1, 5, 7)))
    # Zeros are not touched, so this takes no memory.
    pixels = np.broadcast_to(np.zeros((), np.uint8), shape)
    segmentation = LayeredSegmentation(planes, plain_segments([1]), (LabelLayer(pixels[:1, :1, :1], {1: 1}),))
    options = WriteOptions(segmentation_type="LABELMAP", keep_empty_frames=True)
    with pytest.raises(ArgumentError, match=r"8\.4 GB"):
        write_segmentation(tmp_path / "seg.dcm", segmentation, sources, options)
    assert list(tmp_path.iterdir()) == []


def test_overlap_into_a_label_map_names_the_segments_and_leaves_nothing(tmp_path: Path) -> None:
    images = make_series((3, 5, 7))
    one, two = (np.zeros((3, 5, 7), np.uint8) for _ in range(2))
    one[1], two[1:, :3] = 1, 1
    sources = SourceImages.of(images)
    layers = (LabelLayer(one, {1: 4}), LabelLayer(two, {1: 9}))
    segmentation = LayeredSegmentation(sources.planes, plain_segments([4, 9]), layers)
    options = WriteOptions(segmentation_type="LABELMAP")
    with pytest.raises(OverlappingSegments, match=r"4 \('Segment 4'\) and 9 .* 21 voxels of slice 2;"):
        write_segmentation(tmp_path / "seg.dcm", segmentation, sources, options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("when", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_a_cancel_leaves_nothing(when: float, kind: str, tmp_path: Path) -> None:
    images = make_series((4, 5, 7))
    pixels = np.ones((4, 5, 7), np.uint8)
    with pytest.raises(Cancelled):
        write_segmentation(
            tmp_path / "seg.dcm",
            layered(images, pixels, [1]),
            SourceImages.of(images),
            WriteOptions(segmentation_type=kind),
            progress=lambda fraction, stage: fraction >= when,
        )
    assert list(tmp_path.iterdir()) == []
    assert (pixels == 1).all()


def test_an_empty_segmentation_is_written_with_all_frames_and_says_so(tmp_path: Path) -> None:
    images = make_series((3, 5, 7))
    for kind, frames in (("BINARY", 6), ("LABELMAP", 3)):
        seg = construct(images, np.zeros((3, 5, 7), np.uint8), [1, 2], kind)
        seg.save_as(tmp_path / "seg.dcm")
        stored = open_segmentation(tmp_path / "seg.dcm")
        assert stored.number_of_frames == frames
        assert any("empty" in finding.text for finding in seg.findings)
        assert not hd.seg.segread(tmp_path / "seg.dcm").get_volume().array.any()


# --- memory -----------------------------------------------------------------------------------------------


def many_frames() -> tuple[LayeredSegmentation, SourceImages]:
    """Return 104 segments on 300 planes: 31,200 frames."""
    slices, segments = 300, 104
    images = make_series((slices, 16, 16))
    pixels = np.zeros((slices, 16, 16), np.uint8)
    pixels.reshape(slices, -1)[:, :segments] = np.arange(1, segments + 1)
    return layered(images, pixels, list(range(1, segments + 1))), SourceImages.of(images)


@pytest.mark.slow
def test_31200_frames_are_planned_written_and_read_in_little_memory(tmp_path: Path) -> None:
    segmentation, sources = many_frames()
    tracemalloc.start()
    planned = plan_object(segmentation, sources, WriteOptions())
    assert len(planned.per_frame) > 5_000_000
    peak = tracemalloc.get_traced_memory()[1]
    assert peak < 6 * len(planned.per_frame)
    del planned
    write_segmentation(tmp_path / "many.dcm", segmentation, sources)
    tracemalloc.reset_peak()
    stored = open_segmentation(tmp_path / "many.dcm")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert stored.number_of_frames == 31200
    assert peak < 6 * (tmp_path / "many.dcm").stat().st_size
