"""Volumes on a grid that the caller gives: the source images', another volume's, a part of either."""

import copy
import io
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread

import dicomsegcodec as hd
from dicomsegcodec.errors import SegError
from dicomsegcodec.geometry import Geometry
from dicomsegcodec.read import open_segmentation
from objects import construct, masks_of, uids_of
from series import make_series, rotation
from strategies import Case, cases
from test_slides import slide
from test_sources_of_all_kinds import multi_frame

SHAPE = (6, 5, 7)
IMAGES = hd.spatial.sort_datasets(make_series(SHAPE, turned=rotation(5, 10, 15)))
LABELS = np.zeros(SHAPE, np.uint8)
LABELS[2:4, 1:3, 1:4] = 1
LABELS[3, 3, 4:6] = 2
STACK = np.stack([LABELS == 1, LABELS == 2], axis=3)
WHOLE = hd.get_volume_from_series(IMAGES).get_geometry()
KINDS = ("BINARY", "LABELMAP", "FRACTIONAL")


@pytest.fixture(scope="module", params=KINDS)
def seg(request: pytest.FixtureRequest) -> hd.seg.Segmentation:
    return construct(IMAGES, LABELS, [1, 2], request.param)


def test_the_sources_grid_is_theirs_with_the_slices_that_have_no_frame(seg: hd.seg.Segmentation) -> None:
    assert seg.get_volume().spatial_shape[0] < SHAPE[0]
    for on in (IMAGES, WHOLE, hd.get_volume_from_series(IMAGES), tuple(IMAGES)):
        volume = seg.get_volume(on=on, combine_segments=True)
        assert volume.geometry_equal(WHOLE, tol=1e-4)
        np.testing.assert_array_equal(volume.array, LABELS)
        np.testing.assert_array_equal(seg.get_volume(on=on).array, STACK)


def test_images_are_taken_in_their_order(seg: hd.seg.Segmentation) -> None:
    backwards = seg.get_volume(on=IMAGES[::-1], combine_segments=True)
    np.testing.assert_array_equal(backwards.array, LABELS[::-1])
    assert backwards.handedness is hd.AxisHandedness.LEFT_HANDED
    one = seg.get_volume(on=IMAGES[3], combine_segments=True, allow_cropping=True)
    np.testing.assert_array_equal(one.array, LABELS[3:4])
    mixed = [IMAGES[i] for i in (0, 2, 1, 3, 4, 5)]
    with pytest.raises(RuntimeError, match="sort_datasets"):
        seg.get_volume(on=mixed)
    with pytest.raises(RuntimeError, match="sort_datasets"):
        seg.get_volume(on=[*IMAGES[:2], *IMAGES[3:]])


@given(
    order=st.permutations(range(3)),
    flips=st.lists(st.integers(0, 2), unique=True),
    around=st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * 3),
    kind=st.sampled_from(KINDS),
)
def test_a_grid_may_run_along_other_axes_and_reach_further(order, flips, around, kind: str) -> None:
    seg = construct(IMAGES, LABELS, [1, 2], kind)
    grid = WHOLE.permute_spatial_axes(order).flip_spatial(flips).pad(around)
    volume = seg.get_volume(on=grid, combine_segments=True)
    assert volume.geometry_equal(grid)
    np.testing.assert_array_equal(volume.array, WHOLE.with_array(LABELS).match_geometry(grid, tol=1e-4).array)
    stack = seg.get_volume(on=grid, segment_numbers=[2, 1])
    np.testing.assert_array_equal(stack.get_channel(SegmentNumber=1).array, volume.array == 1)
    np.testing.assert_array_equal(stack.get_channel(SegmentNumber=2).array, volume.array == 2)


@given(case=cases(gaps=False), data=st.data())
def test_any_segmentation_on_any_part_of_its_grid_is_that_part(case: Case, data: st.DataObject) -> None:
    """Voxels beyond the part are refused unless they may go."""
    images = hd.spatial.sort_datasets(list(case.sources.datasets))
    numbers = list(range(1, len(case.masks) + 1))
    stack = np.stack(list(case.masks.values()), axis=3)
    seg = construct(list(case.sources.datasets), stack, numbers)
    grid = hd.get_volume_from_series(images).get_geometry()
    part = tuple(_slice(data, size) for size in grid.spatial_shape)
    order = [uids_of(case.sources.datasets).index(uid) for uid in uids_of(images)]
    expected = stack[order][part]
    volume = seg.get_volume(on=grid[part], allow_cropping=True)
    np.testing.assert_array_equal(volume.array, expected)
    lost = int(stack.sum() - expected.sum())
    if lost:
        with pytest.raises(RuntimeError, match=f"{lost:,} voxels") as caught:
            seg.get_volume(on=grid[part])
        assert isinstance(caught.value, SegError)
    else:
        np.testing.assert_array_equal(seg.get_volume(on=grid[part]).array, expected)


def _slice(data: st.DataObject, size: int) -> slice:
    start = data.draw(st.integers(0, size - 1))
    return slice(start, data.draw(st.integers(start + 1, size)))


def test_only_the_voxels_of_segments_asked_for_may_not_be_lost(seg: hd.seg.Segmentation) -> None:
    """Segment 1 reaches beyond the second half of the columns, segment 2 does not."""
    half = WHOLE[:, :, 4:]
    with pytest.raises(RuntimeError, match="12 voxels"):
        seg.get_volume(on=WHOLE[:, 3:])
    right = seg.get_volume(on=half, segment_numbers=[2], combine_segments=True)
    np.testing.assert_array_equal(right.array, np.where(LABELS == 2, 2, 0)[:, :, 4:])
    with pytest.raises(RuntimeError, match="beyond"):
        seg.get_volume(on=half)
    far = WHOLE.pad(((0, 20), (0, 0), (0, 0)))[18:]
    assert not seg.get_volume(on=far, allow_cropping=True).array.any()
    with pytest.raises(RuntimeError, match="beyond"):
        seg.get_volume(on=far)


def test_a_grid_between_the_voxels_is_refused(seg: hd.seg.Segmentation) -> None:
    moved = WHOLE.affine
    moved[:3, 3] += 0.5 * moved[:3, 1]
    fine = WHOLE.affine @ np.diag([1, 0.5, 0.5, 1])
    turned = WHOLE.affine @ np.block([[rotation(0, 0, 3), np.zeros((3, 1))], [np.zeros((1, 3)), 1]])
    for affine in (moved, fine, turned):
        with pytest.raises(RuntimeError, match="own grid") as caught:
            seg.get_volume(on=hd.VolumeGeometry(affine, SHAPE))
        assert isinstance(caught.value, SegError)


def test_other_systems_frames_of_reference_and_types_are_refused(seg: hd.seg.Segmentation) -> None:
    for on in (
        hd.VolumeGeometry(WHOLE.affine, SHAPE, "SLIDE"),
        hd.VolumeGeometry(WHOLE.affine, SHAPE, "PATIENT", "1.2.3"),
    ):
        with pytest.raises(RuntimeError, match=r"frame of reference|coordinate system"):
            seg.get_volume(on=on)
    for wrong in ("images", np.zeros(SHAPE), 5):
        with pytest.raises(TypeError, match="on is of type"):
            seg.get_volume(on=wrong)
    with pytest.raises(ValueError, match="source image"):
        seg.get_volume(on=[])


def test_ranges_count_along_the_given_grid(seg: hd.seg.Segmentation) -> None:
    volume = seg.get_volume(
        on=IMAGES, slice_start=3, slice_end=-1, row_start=2, column_end=4, combine_segments=True
    )
    np.testing.assert_array_equal(volume.array, LABELS[2:5, 1:, :3])
    assert volume.geometry_equal(WHOLE[2:5, 1:, :3], tol=1e-4)
    same = seg.get_volume(
        on=IMAGES,
        slice_start=2,
        slice_end=-1,
        row_start=1,
        column_end=3,
        as_indices=True,
        combine_segments=True,
    )
    np.testing.assert_array_equal(same.array, volume.array)


def test_missing_positions_are_empty_unless_they_may_not_be(seg: hd.seg.Segmentation) -> None:
    seg.get_volume(allow_missing_positions=False)
    with pytest.raises(RuntimeError, match="4 of 6 slices"):
        seg.get_volume(on=IMAGES, allow_missing_positions=False)
    apart = LABELS.copy()
    apart[5, 0, 0] = 1
    gap = construct(IMAGES, apart, [1, 2])
    assert gap.get_volume().spatial_shape[0] == 4
    with pytest.raises(RuntimeError, match="1 of 4 slices"):
        gap.get_volume(allow_missing_positions=False)
    assert gap.get_volume_geometry(allow_missing_positions=False) is None
    assert gap.get_volume_geometry().spatial_shape == (4, 5, 7)


# --- planes that are no straight stack ----------------------------------------------------------------------


def tilted(seg_kind: str = "BINARY") -> tuple[list, hd.seg.Segmentation]:
    images = make_series((4, 5, 7))
    for k, image in enumerate(images):
        x, y, z = (float(v) for v in image.ImagePositionPatient)
        image.ImagePositionPatient = [x, y + 0.5 * k, z]
    images = hd.spatial.sort_datasets(images)
    return images, construct(images, np.ones((4, 5, 7), np.uint8), [1], seg_kind)


def test_a_tilted_stack_has_its_true_step() -> None:
    images, seg = tilted()
    volume = seg.get_volume(combine_segments=True)
    np.testing.assert_allclose(volume.affine[:3, 0], [0, -0.5, -2.5], atol=1e-6)
    for k, image in enumerate(images):
        there = volume.map_indices_to_reference(np.array([[k, 0, 0]]))[0]
        np.testing.assert_allclose([float(v) for v in image.ImagePositionPatient], there, atol=1e-6)
    np.testing.assert_allclose(seg.get_volume(on=images).affine, volume.affine, atol=1e-6)
    with pytest.raises(RuntimeError, match="tilted"):
        seg.get_volume(perpendicular_tol=1e-3)
    assert seg.get_volume_geometry(perpendicular_tol=1e-3) is None
    layers = open_segmentation(saved(seg)).read_layers()
    assert Geometry.of(layers.planes).orthogonal is False


def saved(seg: hd.seg.Segmentation) -> bytes:
    file = io.BytesIO()
    seg.save_as(file)
    return file.getvalue()


def restated(seg: hd.seg.Segmentation, **values: str) -> hd.seg.Segmentation:
    """Return the object read back with other pixel measures."""
    dataset = dcmread(io.BytesIO(saved(seg)))
    measures = dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    for keyword, value in values.items():
        setattr(measures, keyword, value)
    return hd.seg.Segmentation.from_dataset(dataset)


def test_positions_win_over_a_stated_spacing_and_a_finding_says_so() -> None:
    """2.5 mm apart by their positions, 2.0 by what is stated: no slice is doubled or left out."""
    seg = restated(construct(IMAGES, np.ones(SHAPE, np.uint8)), SpacingBetweenSlices="2.0")
    volume = seg.get_volume(combine_segments=True)
    assert volume.spacing_between_slices == pytest.approx(2.5)
    assert volume.spatial_shape == SHAPE
    assert volume.array.all()
    assert any("2.5" in f.text and f.where == "SpacingBetweenSlices" for f in seg.findings)


def test_a_missing_spacing_is_that_of_the_positions() -> None:
    dataset = dcmread(io.BytesIO(saved(construct(IMAGES, np.ones(SHAPE, np.uint8)))))
    measures = dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    for keyword in ("SpacingBetweenSlices", "SliceThickness"):
        if keyword in measures:
            del measures[keyword]
    volume = hd.seg.Segmentation.from_dataset(dataset).get_volume()
    assert volume.spacing_between_slices == pytest.approx(2.5)


def test_uneven_planes_are_refused_within_the_tolerance_asked_for() -> None:
    images = hd.spatial.sort_datasets(make_series((4, 5, 7)))
    x, y, z = (float(v) for v in images[1].ImagePositionPatient)
    images[1].ImagePositionPatient = [x, y, z + 0.1]
    labels = np.arange(4)[:, None, None] * np.ones((4, 5, 7), int)
    seg = construct(images, labels.astype(np.uint8), [1, 2, 3])
    with pytest.raises(RuntimeError, match="regular grid"):
        seg.get_volume()
    assert seg.get_volume_geometry() is None
    for loose in ({"rtol": 0.05}, {"atol": 0.2}):
        np.testing.assert_array_equal(seg.get_volume(combine_segments=True, **loose).array, labels[1:])
        assert seg.get_volume_geometry(**loose).spatial_shape == (3, 5, 7)


def test_one_plane_lies_on_the_grid_of_the_sources() -> None:
    single = np.zeros(SHAPE, np.uint8)
    single[4, 2, 2] = 1
    seg = construct(IMAGES, single)
    assert seg.get_volume().spatial_shape == (1, 5, 7)
    np.testing.assert_array_equal(seg.get_volume(on=IMAGES, combine_segments=True).array, single)


# --- multi-frame sources and slides -------------------------------------------------------------------------


def test_a_multi_frame_image_gives_its_grid() -> None:
    image = multi_frame(4)
    labels = np.zeros((4, 6, 9), np.uint8)
    labels[1, 2, 3] = 1
    seg = construct([image], labels)
    volume = seg.get_volume(on=image, combine_segments=True)
    grid = hd.Image.from_dataset(image).get_volume_geometry()
    assert volume.geometry_equal(grid, tol=1e-4)
    assert volume.spatial_shape == (4, 6, 9)
    # Its frames go against the usual normal, so that its grid begins with the last.
    assert np.argwhere(volume.array).tolist() == [[2, 2, 3]]


@pytest.mark.parametrize("organization", ["TILED_SPARSE", "TILED_FULL"])
@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_a_slide_is_a_volume_of_one_slice(kind: str, organization: str) -> None:
    matrix = np.zeros((50, 45), np.uint8)
    matrix[13:28, 5:41], matrix[40, 3] = 1, 2
    source = slide((50, 45), (10, 10))
    seg = construct(
        [source],
        matrix,
        [1, 2],
        kind,
        tile_pixel_array=True,
        dimension_organization_type=organization,
        omit_empty_frames=organization == "TILED_SPARSE",
    )
    volume = seg.get_volume(combine_segments=True)
    assert volume.coordinate_system is hd.CoordinateSystemNames.SLIDE
    np.testing.assert_array_equal(volume.array[0], matrix)
    grid = hd.Image.from_dataset(source).get_volume_geometry()
    assert volume.geometry_equal(grid, tol=1e-6)
    np.testing.assert_array_equal(seg.get_volume(on=source, combine_segments=True).array[0], matrix)
    part = seg.get_volume(row_start=12, row_end=31, column_start=-9, combine_segments=True)
    np.testing.assert_array_equal(part.array[0], matrix[11:30, -9:])
    assert part.geometry_equal(grid[:, 11:30, -9:], tol=1e-6)
    turned = grid.permute_spatial_axes([2, 1, 0]).flip_spatial(0)
    across = seg.get_volume(on=turned, combine_segments=True).array
    np.testing.assert_array_equal(across[:, :, 0], matrix.T[::-1])
    assert seg.is_tiled
    assert seg.coordinate_system == "SLIDE"


# --- layers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
@pytest.mark.parametrize("keep", [False, True])
def test_layers_lie_on_a_given_grid_and_are_no_larger_than_their_frames(kind: str, keep: bool) -> None:
    stored = open_segmentation(saved(construct(IMAGES, LABELS, [1, 2], kind, omit_empty_frames=not keep)))
    layers = stored.read_layers(WHOLE.geometry)
    assert layers.shape == SHAPE
    for number, mask in masks_of(layers).items():
        np.testing.assert_array_equal(mask, number == LABELS)
    (layer,) = layers.layers
    assert layer.pixels.shape[0] == (6 if keep else 2)
    assert layer.origin == (0 if keep else 2, 0, 0)
    assert layer.pixels.flags.c_contiguous


@pytest.mark.parametrize("kind", KINDS)
def test_empty_frames_beyond_the_grid_are_no_error_and_full_ones_are(kind: str) -> None:
    stored = open_segmentation(saved(construct(IMAGES, LABELS, [1, 2], kind, omit_empty_frames=False)))
    read = stored.read_fractions if kind == "FRACTIONAL" else stored.read_layers
    inner = read(WHOLE[2:4, :, 1:].geometry)
    assert inner.shape == (2, 5, 6)
    if kind != "FRACTIONAL":
        for number, mask in masks_of(inner).items():
            np.testing.assert_array_equal(mask, LABELS[2:4, :, 1:] == number)
    with pytest.raises(RuntimeError, match="8 voxels"):
        read(WHOLE[:3].geometry)
    cropped = read(WHOLE[:3].geometry, allow_cropping=True)
    assert cropped.shape == (3, 5, 7)
    beyond = read(WHOLE.pad(((30, 0), (0, 0), (0, 0)))[:9].geometry, allow_cropping=True)
    assert not any(layer.pixels.any() for layer in (*beyond.layers, *beyond.fractions))


@given(
    case=cases(gaps=False, shuffled=False),
    order=st.permutations(range(3)),
    flips=st.lists(st.integers(0, 2), unique=True),
)
def test_layers_may_run_along_other_axes_than_their_frames(case: Case, order, flips) -> None:
    images = hd.spatial.sort_datasets(list(case.sources.datasets))
    stack = np.stack(list(case.masks.values()), axis=3)
    seg = construct(list(case.sources.datasets), stack, list(range(1, stack.shape[3] + 1)))
    whole = hd.get_volume_from_series(images).get_geometry()
    # The planes of a segmentation in memory cannot be sheared; those of a series are not.
    grid = whole.permute_spatial_axes(order).flip_spatial(flips)
    layers = open_segmentation(saved(seg)).read_layers(grid.geometry)
    place = [uids_of(case.sources.datasets).index(uid) for uid in uids_of(images)]
    for number, mask in masks_of(layers).items():
        there = whole.with_array(stack[place][..., number - 1]).match_geometry(grid, tol=1e-3)
        np.testing.assert_array_equal(mask, there.array)


# --- copies -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_segmentation_can_be_pickled_and_copied(kind: str, tmp_path) -> None:
    made = construct(IMAGES, LABELS, [1, 2], kind)
    made.save_as(tmp_path / "seg.dcm")
    for seg in (made, hd.seg.segread(tmp_path / "seg.dcm"), hd.seg.segread(saved(made))):
        seg.get_volume()
        for again in (pickle.loads(pickle.dumps(seg)), copy.deepcopy(seg)):
            assert isinstance(again, hd.seg.Segmentation)
            assert again.segment_numbers == [1, 2]
            np.testing.assert_array_equal(again.get_volume(on=IMAGES).array, STACK)
            assert saved(again) == saved(seg)
            again.SegmentSequence[-1].SegmentLabel = "changed"
            assert again.get_segment_description(2).segment_label == "changed"
            assert seg.get_segment_description(2).segment_label != "changed"
        # As of any pydicom Dataset, a shallow copy shares the elements.
        shallow = copy.copy(seg)
        np.testing.assert_array_equal(shallow.get_volume(on=IMAGES).array, STACK)
        shallow.SegmentSequence[-1].SegmentLabel = "changed"
        assert seg.get_segment_numbers(segment_label="changed") == [2]


def test_a_description_is_a_copy() -> None:
    seg = hd.seg.segread(saved(construct(IMAGES, LABELS, [1, 2])))
    description = seg.get_segment_description(1)
    description.SegmentedPropertyTypeCodeSequence[0].CodeMeaning = "changed"
    description.SegmentLabel = "changed"
    assert seg.get_segment_description(1).segment_label == "Segment 1"
    assert seg.segmented_property_types[0].meaning == "Bone"


def test_what_is_changed_after_reading_counts() -> None:
    """Elements are looked up anew once somebody has touched one."""
    data = saved(construct(IMAGES, LABELS, [1, 2]))
    for change in (
        lambda s: setattr(s.SegmentSequence[0], "SegmentNumber", 7),
        lambda s: setattr(s["SegmentSequence"].value[0], "SegmentNumber", 7),
        lambda s: setattr(s.get("SegmentSequence")[0], "SegmentNumber", 7),
    ):
        seg = hd.seg.segread(data)
        assert seg.segment_numbers == [1, 2]
        seg.get_volume()
        change(seg)
        assert seg.segment_numbers == [7, 2]
    seg = hd.seg.segread(data)
    seg.get_volume()
    for group in seg.PerFrameFunctionalGroupsSequence:
        position = group.PlanePositionSequence[0].ImagePositionPatient
        group.PlanePositionSequence[0].ImagePositionPatient = [float(v) + 100 for v in position]
    moved = np.subtract(seg.get_volume().position, hd.seg.segread(data).get_volume().position)
    np.testing.assert_allclose(moved, 100, atol=1e-3)
    seg = hd.seg.segread(data)
    before = seg.get_volume().array
    seg.PixelData = bytes(len(seg.PixelData))
    assert before.any()
    assert not seg.get_volume().array.any()
