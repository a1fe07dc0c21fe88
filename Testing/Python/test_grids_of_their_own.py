"""Segmentations that do not lie on the pixels of their source images: volumes and explicit planes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

import dicomsegcodec as hd
from series import make_series, rotation
from strategies import rotations

SHAPE = (4, 6, 9)
IMAGES = hd.spatial.sort_datasets(make_series(SHAPE))
PATIENT = hd.CoordinateSystemNames.PATIENT


def segmentation(
    array: object, segments: int = 2, kind: str = "BINARY", **keywords: object
) -> hd.Segmentation:
    descriptions = [
        hd.seg.SegmentDescription(n, f"Segment {n}", codes.SCT.Organ, codes.SCT.Liver, "MANUAL")
        for n in range(1, segments + 1)
    ]
    images = keywords.pop("images", IMAGES)
    return hd.Segmentation(
        images, array, kind, descriptions, hd.UID(), 1, hd.UID(), 1, "Maker", "Model", "1", "1", **keywords
    )


def volume(array: np.ndarray, **keywords: object) -> hd.Volume:
    values = {
        "spacing": (2.0, 1.0, 0.5),
        "direction": np.eye(3)[:, ::-1],
        "position": (10.0, 20.0, 30.0),
        **keywords,
    }
    return hd.Volume.from_components(array, **values)


def sources_of(seg: hd.Segmentation, frame: int) -> list[Dataset]:
    derivation = seg.PerFrameFunctionalGroupsSequence[frame].DerivationImageSequence
    return list(derivation[0].SourceImageSequence) if derivation else []


@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9)),
    spacing=st.tuples(*[st.sampled_from((0.5, 0.7, 1.0, 2.5))] * 3),
    axes=rotations(),
    left_handed=st.booleans(),
    position=st.tuples(*[st.floats(-300, 300)] * 3),
    kind=st.sampled_from(("BINARY", "LABELMAP")),
)
def test_a_volume_comes_back_with_its_voxels_where_they_were(
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
    axes: np.ndarray,
    left_handed: bool,
    position: tuple[float, float, float],
    kind: str,
) -> None:
    labels = np.random.default_rng(sum(shape)).integers(0, 3, shape).astype(np.uint8)
    if left_handed:
        axes = axes * [-1, 1, 1]
    given_volume = volume(labels, spacing=spacing, direction=axes, position=position)
    seg = segmentation(given_volume, kind=kind, omit_empty_frames=False)
    back = seg.get_volume(combine_segments=True)
    # Slices come back in the right-handed order; of a left-handed volume the last comes first.
    turned_over = np.linalg.det(given_volume.direction) < 0
    array = back.array[::-1] if turned_over else back.array
    np.testing.assert_array_equal(array, labels)
    if shape[0] > 1:  # a single plane does not tell on which side the next one would be
        corners = np.array(
            [[s, r, c, 1] for s in (0, shape[0] - 1) for r in (0, shape[1] - 1) for c in (0, 1)]
        )
        stored = corners * [-1, 1, 1, 1] + [shape[0] - 1, 0, 0, 0] if turned_over else corners
        np.testing.assert_allclose(corners @ given_volume.affine.T, stored @ back.affine.T, atol=1e-3)


def test_stacked_segments_are_the_channels_of_a_volume() -> None:
    stack = np.random.default_rng(0).integers(0, 2, (*SHAPE, 2)).astype(bool)
    seg = segmentation(volume(stack, channels=(1, 2)), omit_empty_frames=False)
    back = seg.get_volume()
    assert back.get_channel_values("SegmentNumber") == [1, 2]
    np.testing.assert_array_equal(back.array[::-1], stack)
    with pytest.raises(ValueError, match="channels"):
        segmentation(volume(stack, channels={"SegmentNumber": [2, 1]}))
    with pytest.raises(ValueError, match="channels"):
        segmentation(volume(stack, channels={"ReferencedSegmentNumber": [1, 2]}))


def test_a_plane_on_an_images_pixels_refers_to_it_as_preserved() -> None:
    affine = segmentation(np.ones(SHAPE, np.uint8)).get_volume().affine
    moved = hd.Volume(np.ones((2, *SHAPE[1:]), np.uint8), affine @ _shift(1))
    seg = segmentation(moved, 1)
    for frame in range(2):
        (source,) = sources_of(seg, frame)
        assert source.ReferencedSOPInstanceUID == IMAGES[frame + 1].SOPInstanceUID
        assert source.SpatialLocationsPreserved == "YES"


def test_a_plane_in_the_plane_of_an_image_refers_to_it_as_not_preserved() -> None:
    affine = segmentation(np.ones(SHAPE, np.uint8)).get_volume().affine
    fine = affine @ np.diag([1, 0.5, 0.5, 1])
    seg = segmentation(hd.Volume(np.ones((4, 12, 18), np.uint8), fine), 1)
    for frame in range(4):
        (source,) = sources_of(seg, frame)
        assert source.ReferencedSOPInstanceUID == IMAGES[frame].SOPInstanceUID
        assert source.SpatialLocationsPreserved == "NO"
    with pytest.raises(RuntimeError, match="Spatial Locations"):
        seg.get_pixels_by_source_instance([IMAGES[0].SOPInstanceUID])


def test_a_plane_between_images_or_across_them_refers_to_none() -> None:
    affine = segmentation(np.ones(SHAPE, np.uint8)).get_volume().affine
    between = hd.Volume(np.ones((2, *SHAPE[1:]), np.uint8), affine @ _shift(0.5))
    across = volume(np.ones((3, 5, 5), np.uint8), direction=rotation(20, 30, 40))
    for grid in (between, across):
        seg = segmentation(grid, 1)
        assert not any(sources_of(seg, frame) for frame in range(seg.NumberOfFrames))
        assert len(seg.get_source_image_uids()) == len(IMAGES)


def _shift(slices: float) -> np.ndarray:
    matrix = np.eye(4)
    matrix[0, 3] = slices
    return matrix


def explicit(count: int = 2) -> dict[str, object]:
    return {
        "plane_positions": [hd.PlanePositionSequence(PATIENT, [1.0, 2.0, 3.0 + n]) for n in range(count)],
        "plane_orientation": hd.PlaneOrientationSequence(PATIENT, [0.0, 1.0, 0.0, -1.0, 0.0, 0.0]),
        "pixel_measures": hd.PixelMeasuresSequence(pixel_spacing=[2.0, 1.5], slice_thickness=1.0),
    }


def test_explicit_planes_are_stored_as_they_are_given() -> None:
    labels = np.random.default_rng(1).integers(1, 3, (2, 7, 5)).astype(np.uint8)
    seg = segmentation(labels, **explicit())
    shared = seg.SharedFunctionalGroupsSequence[0]
    assert shared.PlaneOrientationSequence[0].ImageOrientationPatient == [0, 1, 0, -1, 0, 0]
    assert shared.PixelMeasuresSequence[0].PixelSpacing == [2.0, 1.5]
    places = {
        tuple(i.PlanePositionSequence[0].ImagePositionPatient) for i in seg.PerFrameFunctionalGroupsSequence
    }
    assert places == {(1.0, 2.0, 3.0), (1.0, 2.0, 4.0)}
    np.testing.assert_array_equal(seg.get_volume(combine_segments=True).array[::-1], labels)


@pytest.mark.parametrize(
    ("keywords", "error", "words"),
    [
        ({"plane_positions": None}, ValueError, "plane_positions and pixel_measures"),
        ({"pixel_measures": None}, ValueError, "plane_positions and pixel_measures"),
        ({"plane_positions": explicit(3)["plane_positions"]}, ValueError, "3 plane positions"),
        ({"plane_positions": explicit(1)["plane_positions"] * 2}, ValueError, "the same"),
    ],
    ids=["no positions", "no measures", "too many", "twice"],
)
def test_planes_that_do_not_fit_are_refused(keywords: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        segmentation(np.ones((2, 7, 5), np.uint8), 1, **{**explicit(), **keywords})


def test_a_volume_states_its_place_itself() -> None:
    with pytest.raises(TypeError, match="leave out"):
        segmentation(volume(np.ones((2, 7, 5), np.uint8)), 1, **explicit())


@pytest.mark.parametrize(
    "keywords", [{"frame_of_reference_uid": "1.2.3"}, {"coordinate_system": "SLIDE"}], ids=["frame", "slide"]
)
def test_a_volume_elsewhere_is_refused(keywords: dict) -> None:
    with pytest.raises(ValueError):
        segmentation(volume(np.ones((2, 7, 5), np.uint8), **keywords), 1)


def test_a_projection_has_no_space_to_place_a_volume_in() -> None:
    absent = dict.fromkeys(("FrameOfReferenceUID", "ImagePositionPatient", "ImageOrientationPatient"))
    image = make_series((1, 6, 9), **absent)
    with pytest.raises(ValueError, match="no frame of reference"):
        segmentation(volume(np.ones((1, 6, 9), np.uint8)), 1, images=image)


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_highdicom_reads_the_same_volume(kind: str, tmp_path) -> None:
    highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed")
    labels = np.random.default_rng(2).integers(1, 3, (3, 5, 7)).astype(np.uint8)
    seg = segmentation(volume(labels, direction=rotation(5, 10, 20)), kind=kind)
    seg.save_as(tmp_path / "own.dcm")
    theirs = highdicom.seg.segread(tmp_path / "own.dcm").get_volume(combine_segments=True)
    ours = seg.get_volume(combine_segments=True)
    np.testing.assert_array_equal(theirs.array, ours.array)
    np.testing.assert_allclose(theirs.affine, ours.affine, atol=1e-4)


# --- a stack, 3D --------------------------------------------------------------------------------------------

ONES = np.ones(SHAPE, np.uint8)


def with_planes(*kept: int) -> np.ndarray:
    """Return a mask of which only these planes hold pixels."""
    mask = np.zeros(SHAPE, np.uint8)
    mask[list(kept)] = 1
    return mask


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
@pytest.mark.parametrize("asked", ["3D", hd.DimensionOrganizationTypeValues.THREE_DIMENSIONAL, None])
def test_evenly_spaced_planes_are_3d_whether_that_is_asked_for_or_not(kind: str, asked: object) -> None:
    images = IMAGES[::-1] if kind == "BINARY" else IMAGES
    for mask in (ONES, with_planes(0, 2), with_planes(1, 2)):
        seg = segmentation(mask, 1, kind, images=images, dimension_organization_type=asked)
        assert seg.DimensionOrganizationType == "3D"
    seg = segmentation(ONES + 1, 2, "LABELMAP", dimension_organization_type=asked)
    assert seg.DimensionOrganizationType == "3D"


@pytest.mark.parametrize(
    ("array", "keywords", "words"),
    [
        (ONES, {"segments": 2}, "2 segments have frames of their own"),
        (with_planes(1), {}, "one frame"),
        (with_planes(0, 1, 3), {}, r"not evenly spaced.*5 mm.*Store the empty frames"),
        (ONES[:3], {"images": [IMAGES[0], IMAGES[1], IMAGES[3]]}, "not evenly spaced"),
    ],
    ids=["segments", "one frame", "a hole", "uneven"],
)
def test_3d_is_refused_where_planes_are_no_stack(array: np.ndarray, keywords: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        segmentation(
            array, **{"segments": 1, "kind": "BINARY", "dimension_organization_type": "3D", **keywords}
        )
    assert "DimensionOrganizationType" not in segmentation(
        array, **{"segments": 1, "kind": "BINARY", **keywords}
    )


def test_3d_is_refused_where_planes_are_not_in_line() -> None:
    images = make_series(SHAPE)
    images[1].ImagePositionPatient = [v + 1 for v in images[1].ImagePositionPatient[:1]] + list(
        images[1].ImagePositionPatient[1:]
    )
    with pytest.raises(ValueError, match="not evenly spaced"):
        segmentation(ONES, 1, images=images, dimension_organization_type="3D")
    assert "DimensionOrganizationType" not in segmentation(ONES, 1, images=images)


def test_3d_is_refused_for_a_projection() -> None:
    absent = dict.fromkeys(("FrameOfReferenceUID", "ImagePositionPatient", "ImageOrientationPatient"))
    with pytest.raises(ValueError, match="no place in space"):
        segmentation(
            np.ones((1, 6, 9), np.uint8),
            1,
            images=make_series((1, 6, 9), **absent),
            dimension_organization_type="3D",
        )


def test_empty_frames_fill_the_holes_of_a_stack() -> None:
    seg = segmentation(with_planes(0, 1, 3), 1, omit_empty_frames=False, dimension_organization_type="3D")
    assert (seg.DimensionOrganizationType, seg.NumberOfFrames) == ("3D", SHAPE[0])
