"""Volumes: every rearrangement moves voxels and affine together, and most have an inverse."""

import warnings

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

import dicomsegcodec as hd
from dicomsegcodec.errors import SegError
from series import make_series, rotation
from strategies import geometries

PATIENT = hd.CoordinateSystemNames.PATIENT


@st.composite
def volumes(draw: st.DrawFn, *, channels: bool = True, sheared: bool = True) -> hd.Volume:
    """Return a volume whose voxels are all different, of either handedness, with or without channels."""
    geometry = draw(geometries(sheared=sheared))
    named: dict[object, list[object]] = {}
    if channels and draw(st.booleans()):
        named["SegmentNumber"] = list(range(1, draw(st.integers(1, 3)) + 1))
        if draw(st.booleans()):
            custom = hd.ChannelDescriptor("Reader", is_custom=True, value_type=str)
            named[custom] = ["A", "B"][: draw(st.integers(1, 2))]
    shape = (*geometry.shape, *(len(values) for values in named.values()))
    array = np.arange(np.prod(shape)).reshape(shape).astype(draw(st.sampled_from(("i4", "f4", "u2"))))
    return hd.Volume(array, geometry.index_to_lps, PATIENT, "1.2.3", named)


def placed(volume: hd.Volume) -> dict[float, np.ndarray]:
    """Return the position of every voxel by its value; voxels of channels by the value of the first."""
    array = volume.array.reshape(*volume.spatial_shape, -1)[..., 0]
    indices = np.indices(volume.spatial_shape).reshape(3, -1).T
    return dict(zip(array.ravel().tolist(), volume.map_indices_to_reference(indices), strict=True))


def same_voxels(one: hd.Volume, other: hd.Volume) -> None:
    mine, theirs = placed(one), placed(other)
    assert mine.keys() == theirs.keys()
    for value, position in mine.items():
        np.testing.assert_allclose(position, theirs[value], atol=1e-6)
    assert one.channel_descriptors == other.channel_descriptors
    assert one.frame_of_reference_uid == other.frame_of_reference_uid
    assert one.coordinate_system is other.coordinate_system


def equal(one: hd.Volume, other: hd.Volume) -> None:
    np.testing.assert_array_equal(one.array, other.array)
    np.testing.assert_allclose(one.affine, other.affine, atol=1e-6)
    assert one.channel_descriptors == other.channel_descriptors


axes_orders = st.permutations(range(3))
sides = st.tuples(*map(st.sampled_from, ("LR", "AP", "HF"))).flatmap(st.permutations).map("".join)


# --- order --------------------------------------------------------------------------------------------------


@given(volume=volumes(), order=axes_orders)
def test_permuting_moves_no_voxel_and_back_gives_the_same(volume: hd.Volume, order: list[int]) -> None:
    turned = volume.permute_spatial_axes(order)
    assert turned.spatial_shape == tuple(volume.spatial_shape[axis] for axis in order)
    same_voxels(volume, turned)
    equal(turned.permute_spatial_axes(np.argsort(order).tolist()), volume)
    assert np.shares_memory(turned.array, volume.array)


@given(volume=volumes(), axes=st.lists(st.integers(0, 2), unique=True))
def test_flipping_moves_no_voxel_and_twice_gives_the_same(volume: hd.Volume, axes: list[int]) -> None:
    turned = volume.flip_spatial(axes)
    same_voxels(volume, turned)
    equal(turned.flip_spatial(axes), volume)
    assert (turned.handedness == volume.handedness) == (len(axes) % 2 == 0)
    if axes:
        equal(volume.flip_spatial(axes[0]), volume.flip_spatial([axes[0]]))


@given(volume=volumes(), wanted=sides)
def test_a_volume_in_a_patient_orientation_has_it(volume: hd.Volume, wanted: str) -> None:
    turned = volume.to_patient_orientation(wanted)
    same_voxels(volume, turned)
    assert "".join(turned.get_closest_patient_orientation()) == wanted
    equal(turned.to_patient_orientation(wanted), turned)
    again = wanted.replace("H", "S").replace("F", "I")
    equal(volume.to_patient_orientation(again), turned)
    equal(volume.match_orientation(turned), turned)


@given(volume=volumes(), axis=st.integers(0, 2), handedness=st.sampled_from(hd.AxisHandedness))
def test_handedness_is_ensured_by_what_was_asked_for(volume, axis: int, handedness) -> None:
    for how in ({"flip_axis": axis}, {"swap_axes": [axis, (axis + 1) % 3]}):
        turned = volume.ensure_handedness(handedness, **how)
        assert turned.handedness is handedness
        same_voxels(volume, turned)
        assert (turned is volume) == (volume.handedness is handedness)
    for wrong in ({}, {"flip_axis": 0, "swap_axes": [0, 1]}):
        with pytest.raises(TypeError):
            volume.ensure_handedness(handedness, **wrong)


# --- parts and more -----------------------------------------------------------------------------------------


@st.composite
def parts(draw: st.DrawFn, size: int) -> slice:
    start = draw(st.integers(0, size - 1))
    stop = draw(st.integers(start + 1, size))
    step = draw(st.sampled_from((1, 2, 3)))
    forward = slice(draw(st.sampled_from((start, start - size))), stop, step)
    if draw(st.booleans()):
        return forward
    return slice(start, None, -step)


@given(volume=volumes(), data=st.data())
def test_a_part_has_its_voxels_where_they_were(volume: hd.Volume, data: st.DataObject) -> None:
    index = tuple(data.draw(parts(size)) for size in volume.spatial_shape)
    index = index[: data.draw(st.integers(1, 3))]
    part = volume[index]
    np.testing.assert_array_equal(part.array, volume.array[index])
    whole = placed(volume)
    for value, position in placed(part).items():
        np.testing.assert_allclose(position, whole[value], atol=1e-6)
    geometry = volume.get_geometry()[index]
    assert geometry.spatial_shape == part.spatial_shape
    np.testing.assert_allclose(geometry.affine, part.affine)
    assert np.shares_memory(part.array, volume.array)


@given(volume=volumes(), data=st.data())
def test_a_single_index_keeps_its_axis(volume: hd.Volume, data: st.DataObject) -> None:
    index = tuple(data.draw(st.integers(-size, size - 1)) for size in volume.spatial_shape)
    one = volume[index]
    assert one.spatial_shape == (1, 1, 1)
    np.testing.assert_array_equal(one.array[0, 0, 0], volume.array[index])


@pytest.mark.parametrize(
    ("index", "error"),
    [
        (5, IndexError),
        (-6, IndexError),
        ((0, 4), IndexError),
        (slice(2, 2), IndexError),
        (slice(3, 2), IndexError),
        (slice(0, 6), ValueError),
        (slice(5, None), ValueError),
        (slice(-6, None), ValueError),
        ((0, 0, 0, 0), IndexError),
        ([0, 1], TypeError),
        (True, TypeError),
        (1.0, TypeError),
        (None, TypeError),
    ],
)
def test_parts_that_are_not_there_are_refused(index: object, error: type[Exception]) -> None:
    for grid in (hd.Volume(np.zeros((5, 4, 3)), np.eye(4)), hd.VolumeGeometry(np.eye(4), (5, 4, 3))):
        with pytest.raises(error) as caught:
            grid[index]
        assert isinstance(caught.value, SegError)


widths = st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * 3)


@given(volume=volumes(), around=widths, mode=st.sampled_from(hd.PadModes))
def test_padding_leaves_voxels_where_they_were(volume: hd.Volume, around, mode: hd.PadModes) -> None:
    padded = volume.pad(around, mode=mode, constant_value=7)
    inside = tuple(
        slice(before, before + n) for (before, _), n in zip(around, volume.spatial_shape, strict=True)
    )
    equal(padded[inside], volume)
    outside = np.ones(padded.spatial_shape, bool)
    outside[inside] = False
    assert padded.dtype == volume.dtype
    if mode is hd.PadModes.CONSTANT:
        assert (padded.array[outside] == 7).all()
    elif mode in (hd.PadModes.MINIMUM, hd.PadModes.MAXIMUM):
        value = volume.array.min() if mode is hd.PadModes.MINIMUM else volume.array.max()
        assert (padded.array[outside] == value).all()
    geometry = volume.get_geometry().pad(around)
    assert geometry.spatial_shape == padded.spatial_shape
    np.testing.assert_allclose(geometry.affine, padded.affine)


def test_a_statistic_of_each_channel_is_that_channels() -> None:
    array = np.stack([np.full((2, 2, 2), 3), np.full((2, 2, 2), 9)], axis=3).astype(np.uint8)
    volume = hd.Volume(array, np.eye(4), channels={"SegmentNumber": [1, 2]})
    each = volume.pad(1, mode="MAXIMUM", per_channel=True)
    assert (each.array == [3, 9]).all()
    together = volume.pad(1, mode="maximum")
    assert together.array[0, 0, 0].tolist() == [9, 9]


@pytest.mark.parametrize("width", [-1, (1, 2, 3), ((1, 2), (3, 4)), 1.5, ((1, -1), (0, 0), (0, 0))])
def test_pad_widths_that_cannot_be_are_refused(width: object) -> None:
    with pytest.raises(ValueError, match="pad_width"):
        hd.Volume(np.zeros((2, 2, 2)), np.eye(4)).pad(width)


def test_a_pad_value_that_the_type_cannot_hold_is_refused() -> None:
    volume = hd.Volume(np.zeros((2, 2, 2), np.uint8), np.eye(4))
    for value in (256, -1):
        with pytest.raises(ValueError, match="uint8"):
            volume.pad(1, constant_value=value)
    with pytest.raises(ValueError, match="mode"):
        volume.pad(1, mode="REFLECT")


@given(volume=volumes(), shape=st.tuples(*[st.integers(1, 30)] * 3))
def test_a_volume_of_another_size_has_the_same_middle(volume: hd.Volume, shape: tuple[int, int, int]) -> None:
    sized = volume.pad_or_crop_to_spatial_shape(shape)
    assert sized.spatial_shape == shape
    step = np.linalg.norm(volume.affine[:3, :3], axis=0).sum()
    assert np.linalg.norm(np.subtract(sized.center_position, volume.center_position)) <= step
    smaller = all(new <= old for new, old in zip(shape, volume.spatial_shape, strict=True))
    larger = all(new >= old for new, old in zip(shape, volume.spatial_shape, strict=True))
    for possible, same in ((smaller, volume.crop_to_spatial_shape), (larger, volume.pad_to_spatial_shape)):
        if possible:
            equal(same(shape), sized)
        else:
            with pytest.raises(ValueError, match="voxels"):
                same(shape)
    if larger:
        equal(sized.crop_to_spatial_shape(volume.spatial_shape), volume)


# --- another grid -------------------------------------------------------------------------------------------


@given(volume=volumes(), order=axes_orders, flips=st.lists(st.integers(0, 2), unique=True), data=st.data())
def test_a_part_of_the_rearranged_grid_is_matched_exactly(volume, order, flips, data) -> None:
    other = volume.get_geometry().permute_spatial_axes(order).flip_spatial(flips).pad(data.draw(widths))
    other = other[tuple(data.draw(parts(size)) for size in other.spatial_shape)]
    matched = volume.match_geometry(other, constant_value=5)
    assert matched.geometry_equal(other)
    # Voxel by voxel, the slow way: what lies there in the volume, or the padding.
    indices = np.indices(other.spatial_shape).reshape(3, -1).T
    there = volume.map_reference_to_indices(other.map_indices_to_reference(indices), round_output=True)
    inside = ((there >= 0) & (there < volume.spatial_shape)).all(axis=1)
    flat = matched.array.reshape(len(indices), -1)
    assert (flat[~inside] == 5).all()
    expected = volume.array[tuple(there[inside].T)]
    np.testing.assert_array_equal(flat[inside].reshape(expected.shape), expected)


@given(volume=volumes(), order=axes_orders, flips=st.lists(st.integers(0, 2), unique=True))
def test_matching_back_gives_the_same(volume: hd.Volume, order: list[int], flips: list[int]) -> None:
    turned = volume.permute_spatial_axes(order).flip_spatial(flips)
    equal(turned.match_geometry(volume), volume)
    equal(volume.match_geometry(turned.get_geometry()), turned)


@given(volume=volumes(), axis=st.integers(0, 2), beside=st.sampled_from((0.5, 0.01)), what=st.integers(0, 2))
def test_a_grid_between_the_voxels_is_never_matched(volume, axis: int, beside: float, what: int) -> None:
    affine = volume.affine
    if what == 0:
        affine[:3, 3] += beside * affine[:3, axis]
    elif what == 1:
        affine[:3, axis] *= 1 + beside
    else:
        affine[:3, :3] = affine[:3, :3] @ rotation(2, 0, 0)
        affine[:3, 0] += 0.003 * affine[:3, 1] + 0.003 * affine[:3, 2]
    other = hd.VolumeGeometry(affine, volume.spatial_shape, PATIENT, "1.2.3")
    with pytest.raises(RuntimeError) as caught:
        volume.match_geometry(other)
    assert isinstance(caught.value, SegError)


def test_other_frames_of_reference_and_systems_are_not_matched() -> None:
    volume = hd.Volume(np.zeros((2, 2, 2)), np.eye(4), PATIENT, "1.2")
    for other in (
        hd.VolumeGeometry(np.eye(4), (2, 2, 2), PATIENT, "1.3"),
        hd.VolumeGeometry(np.eye(4), (2, 2, 2), "SLIDE", "1.2"),
    ):
        assert not volume.geometry_equal(other)
        with pytest.raises(RuntimeError, match="register"):
            volume.match_geometry(other)
    assert volume.geometry_equal(hd.VolumeGeometry(np.eye(4), (2, 2, 2)))
    with pytest.raises(TypeError):
        volume.match_geometry(np.eye(4))


# --- places -------------------------------------------------------------------------------------------------


@given(volume=volumes(), data=st.data())
def test_positions_and_indices_are_inverse(volume: hd.Volume, data: st.DataObject) -> None:
    points = np.array(data.draw(st.lists(st.tuples(*[st.floats(-50, 50)] * 3), min_size=1)))
    there = volume.map_indices_to_reference(points)
    np.testing.assert_allclose(volume.map_reference_to_indices(there), points, atol=1e-6)
    whole = volume.map_reference_to_indices(there, round_output=True)
    assert whole.dtype.kind == "i"
    np.testing.assert_allclose(volume.map_indices_to_reference(np.zeros((1, 3)))[0], volume.position)
    middle = volume.map_reference_to_indices(np.array([volume.center_position]), check_bounds=True)
    np.testing.assert_allclose(middle[0], volume.center_indices, atol=1e-6)
    beyond = np.array([[*volume.spatial_shape]]) + 0.1
    with pytest.raises(RuntimeError, match="outside"):
        volume.map_reference_to_indices(volume.map_indices_to_reference(beyond), check_bounds=True)


@given(volume=volumes(), convention=sides)
def test_an_affine_in_another_convention_comes_back(volume: hd.Volume, convention: str) -> None:
    affine = volume.get_affine(convention)
    back = hd.VolumeGeometry(affine, volume.spatial_shape, from_reference_convention=convention)
    np.testing.assert_allclose(back.affine, volume.affine, atol=1e-9)


def test_ras_turns_left_and_back_round() -> None:
    volume = hd.Volume(np.zeros((1, 1, 1)), np.eye(4))
    np.testing.assert_array_equal(volume.get_affine("RAS"), np.diag([-1, -1, 1, 1]))
    np.testing.assert_array_equal(volume.get_affine("HLP")[:3, :3], [[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    np.testing.assert_array_equal(volume.get_affine(None), np.eye(4))
    assert "".join(volume.get_closest_patient_orientation()) == "LPH"
    for letters in ("LPX", "LP", "LRH", "LPSA", "lps"):
        with pytest.raises(ValueError, match="orientation"):
            volume.get_affine(letters)
    on_slide = hd.Volume(np.zeros((1, 1, 1)), np.eye(4), "SLIDE")
    for ask in (on_slide.get_closest_patient_orientation, lambda: on_slide.to_patient_orientation("LPH")):
        with pytest.raises(RuntimeError, match="slide"):
            ask()
    with pytest.raises(TypeError):
        hd.Volume(np.zeros((1, 1, 1)), np.eye(4), "SLIDE", from_reference_convention="RAS")


@given(volume=volumes(sheared=False), other=volumes(sheared=False))
def test_indices_go_from_one_volume_to_another(volume: hd.Volume, other: hd.Volume) -> None:
    points = np.indices(volume.spatial_shape).reshape(3, -1).T
    forth = hd.VolumeToVolumeTransformer(volume, other)
    back = hd.VolumeToVolumeTransformer(other, volume, round_output=True, check_bounds=True)
    np.testing.assert_array_equal(back(forth(points)), points)
    np.testing.assert_allclose(
        other.map_indices_to_reference(forth(points)), volume.map_indices_to_reference(points), atol=1e-6
    )
    with pytest.raises(ValueError, match="outside"):
        back(forth(points + volume.spatial_shape))


@given(volume=volumes())
def test_sizes_are_those_of_the_affine(volume: hd.Volume) -> None:
    across, down = volume.affine[:3, 2], volume.affine[:3, 1]
    assert volume.pixel_spacing == pytest.approx((np.linalg.norm(down), np.linalg.norm(across)))
    assert volume.voxel_volume == pytest.approx(abs(np.linalg.det(volume.affine[:3, :3])))
    area = np.prod(volume.pixel_spacing)
    assert volume.spacing_between_slices == pytest.approx(volume.voxel_volume / area)
    assert volume.physical_volume == pytest.approx(volume.voxel_volume * np.prod(volume.spatial_shape))
    np.testing.assert_allclose(volume.direction_cosines[:3], across / np.linalg.norm(across))
    np.testing.assert_allclose(np.stack(volume.spacing_vectors(), axis=1), volume.affine[:3, :3])
    np.testing.assert_allclose(np.stack(volume.unit_vectors(), axis=1), volume.direction)
    assert all(0 <= i < n for i, n in zip(volume.nearest_center_indices, volume.spatial_shape, strict=True))
    for k, position in enumerate(volume.get_plane_positions()):
        there = volume.map_indices_to_reference(np.array([[k, 0, 0]]))[0]
        np.testing.assert_allclose(
            [float(v) for v in position[0].ImagePositionPatient], there, rtol=1e-6, atol=1e-6
        )
    measures = volume.get_pixel_measures()[0]
    assert float(measures.SpacingBetweenSlices) == pytest.approx(volume.spacing_between_slices)
    cosines = [float(v) for v in volume.get_plane_orientation()[0].ImageOrientationPatient]
    np.testing.assert_allclose(cosines, volume.direction_cosines, atol=1e-6)
    with pytest.raises(IndexError):
        volume.get_plane_position(volume.spatial_shape[0])


# --- made of something else ---------------------------------------------------------------------------------


@given(volume=volumes(channels=False, sheared=False))
def test_components_and_attributes_give_the_grid_back(volume: hd.Volume) -> None:
    parts = {"spacing": volume.spacing, "coordinate_system": PATIENT, "frame_of_reference_uid": "1.2.3"}
    for place in ({"position": volume.position}, {"center_position": volume.center_position}):
        for direction in (volume.direction, volume.direction.ravel()):
            made = hd.Volume.from_components(volume.array, direction=direction, **place, **parts)
            equal(made, volume)
            grid = hd.VolumeGeometry.from_components(
                volume.spatial_shape, direction=direction, **place, **parts
            )
            assert grid.geometry_equal(volume)
    right = volume.ensure_handedness("RIGHT_HANDED", flip_axis=0)
    attributes = {
        "image_position": right.position,
        "image_orientation": right.direction_cosines,
        "pixel_spacing": right.pixel_spacing,
        "spacing_between_slices": right.spacing_between_slices,
        "frame_of_reference_uid": "1.2.3",
    }
    equal(hd.Volume.from_attributes(array=right.array, **attributes), right)
    frames, rows, columns = right.spatial_shape
    grid = hd.VolumeGeometry.from_attributes(
        number_of_frames=frames, rows=rows, columns=columns, **attributes
    )
    assert grid.geometry_equal(right)
    equal(grid.with_array(right.array), right)


@given(wanted=sides)
def test_an_orientation_of_the_patient_is_a_direction(wanted: str) -> None:
    grid = hd.VolumeGeometry.from_components(
        (2, 3, 4), spacing=[1, 2, 3], position=[0, 0, 0], patient_orientation=wanted
    )
    assert "".join(grid.get_closest_patient_orientation()) == wanted


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"direction": None}, TypeError),
        ({"patient_orientation": "LPH"}, TypeError),
        ({"position": None}, TypeError),
        ({"center_position": (0, 0, 0)}, TypeError),
        ({"position": (0, 0)}, ValueError),
        ({"spacing": 0.0}, ValueError),
        ({"spacing": (1, 2)}, ValueError),
        ({"spacing": (1, 2, np.nan)}, ValueError),
        ({"direction": np.ones((3, 3))}, ValueError),
        ({"direction": np.full((3, 3), np.nan)}, ValueError),
        ({"direction": np.eye(2)}, ValueError),
        ({"coordinate_system": "MOON"}, ValueError),
        ({"direction": None, "patient_orientation": "LPH", "coordinate_system": "SLIDE"}, TypeError),
    ],
)
def test_components_that_do_not_fit_are_refused(change: dict, error: type[Exception]) -> None:
    usual = {"spacing": 1.0, "direction": np.eye(3), "position": (0, 0, 0), "coordinate_system": PATIENT}
    with pytest.raises(error) as caught:
        hd.Volume.from_components(np.zeros((2, 3, 4)), **{**usual, **change})
    assert isinstance(caught.value, SegError)


@pytest.mark.parametrize(
    "affine", [np.diag([1, 1, 0, 1]), np.full((4, 4), np.nan), np.diag([1, 1, np.inf, 1])]
)
def test_affines_of_no_grid_are_refused(affine: np.ndarray) -> None:
    with pytest.raises(ValueError, match="affine"):
        hd.VolumeGeometry(affine.astype(float), (2, 3, 4))
    flat = np.eye(4)
    flat[:3, 2] = flat[:3, 1]
    with pytest.raises(ValueError, match="plane"):
        hd.VolumeGeometry(flat, (2, 3, 4))


@pytest.mark.parametrize(
    "array", [np.zeros((2, 0, 3)), np.zeros((2, 2, 2), object), np.zeros((2, 2, 2), complex)]
)
def test_arrays_that_are_no_voxels_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="array"):
        hd.Volume(array, np.eye(4))


# --- SimpleITK ----------------------------------------------------------------------------------------------


@given(volume=volumes(channels=False), data=st.data())
def test_a_volume_comes_back_from_simpleitk_and_lies_where_it_did(volume, data: st.DataObject) -> None:
    image = volume.to_simpleitk()
    assert image.GetSize() == volume.spatial_shape
    back = hd.Volume.from_simpleitk(image, frame_of_reference_uid="1.2.3")
    equal(back, volume)
    assert back.dtype == volume.dtype
    index = tuple(data.draw(st.integers(0, n - 1)) for n in volume.spatial_shape)
    there = volume.map_indices_to_reference(np.array([index]))[0]
    np.testing.assert_allclose(image.TransformIndexToPhysicalPoint(index), there, atol=1e-6)
    assert image.GetPixel(index) == volume.array[index]


@pytest.mark.parametrize(
    ("dtype", "stored"), [("bool", "uint8"), ("float16", "float32"), ("int64", "int64"), ("uint8", "uint8")]
)
def test_types_that_simpleitk_has_not_are_made_wider(dtype: str, stored: str) -> None:
    array = np.ones((2, 3, 4), dtype)
    back = hd.Volume.from_simpleitk(hd.Volume(array, np.eye(4)).to_simpleitk())
    assert back.dtype == stored
    np.testing.assert_array_equal(back.array, array)


def test_what_simpleitk_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="channel"):
        hd.Volume(np.zeros((2, 2, 2, 1)), np.eye(4), channels={"SegmentNumber": [1]}).to_simpleitk()
    for image in (sitk.Image(4, 4, sitk.sitkUInt8), sitk.Image([2, 2, 2], sitk.sitkVectorUInt8, 3)):
        with pytest.raises(ValueError, match="volume"):
            hd.Volume.from_simpleitk(image)
    if np.dtype(np.longdouble) != np.float64:
        with pytest.raises(ValueError, match="SimpleITK"):
            hd.Volume(np.zeros((2, 2, 2), np.longdouble), np.eye(4)).to_simpleitk()


def test_a_nifti_volume_read_by_simpleitk_lies_where_it_did(tmp_path) -> None:
    volume = hd.Volume.from_components(
        np.arange(60, dtype=np.int16).reshape(3, 4, 5),
        spacing=(3, 1, 2),
        patient_orientation="FPL",
        position=(1, 2, 3),
    )
    sitk.WriteImage(volume.to_simpleitk(), str(tmp_path / "volume.nii"))
    back = hd.Volume.from_simpleitk(sitk.ReadImage(str(tmp_path / "volume.nii")))
    equal(back.to_patient_orientation("FPL"), volume)


# --- channels and values ------------------------------------------------------------------------------------


def two_channels() -> hd.Volume:
    reader = hd.ChannelDescriptor("Reader", is_custom=True, value_type=str)
    array = np.arange(2 * 3 * 4 * 3 * 2).reshape(2, 3, 4, 3, 2)
    channels = {"SegmentNumber": [1, 2, 5], reader: ["A", "B"]}
    return hd.Volume(array, np.eye(4), channels=channels)


def test_channels_are_found_by_keyword_tag_and_descriptor() -> None:
    volume = two_channels()
    assert volume.number_of_channel_dimensions == 2
    assert volume.channel_shape == (3, 2)
    number, reader = volume.channel_descriptors
    assert (number.keyword, number.tag, number.value_type) == ("SegmentNumber", 0x00620004, int)
    assert (reader.keyword, reader.tag, reader.value_type) == ("Reader", None, str)
    assert not number.is_custom
    assert reader.is_custom
    assert number.description == "Segment Number"
    assert reader.description is None
    for identifier in ("SegmentNumber", 0x00620004, number):
        assert volume.get_channel_values(identifier) == [1, 2, 5]
    with pytest.raises(ValueError, match="no channel"):
        volume.get_channel_values("SegmentLabel")


def test_a_channel_is_taken_by_its_value() -> None:
    volume = two_channels()
    one = volume.get_channel(SegmentNumber=5, Reader="B")
    np.testing.assert_array_equal(one.array, volume.array[..., 2, 1])
    kept = volume.get_channel(SegmentNumber=np.uint8(2), keepdims=True)
    np.testing.assert_array_equal(kept.array, volume.array[..., 1:2, :])
    assert kept.get_channel_values("SegmentNumber") == [2]
    squeezed = kept.squeeze_channel()
    np.testing.assert_array_equal(squeezed.array, volume.get_channel(SegmentNumber=2).array)
    equal(kept.squeeze_channel(["SegmentNumber"]), squeezed)
    for wrong in ({"SegmentNumber": 3}, {"Colour": 1}):
        with pytest.raises(ValueError, match="no"):
            volume.get_channel(**wrong)
    with pytest.raises(TypeError):
        volume.get_channel(SegmentNumber="1")
    with pytest.raises(ValueError, match="several"):
        volume.squeeze_channel(["Reader"])


def test_channels_are_permuted_with_their_values() -> None:
    volume = two_channels()
    turned = volume.permute_channel_axes(["Reader", "SegmentNumber"])
    np.testing.assert_array_equal(turned.array, volume.array.swapaxes(3, 4))
    assert turned.get_channel_values("Reader") == ["A", "B"]
    equal(turned.permute_channel_axes_by_index([1, 0]), volume)
    with pytest.raises(ValueError, match="order"):
        volume.permute_channel_axes(["Reader"])


@pytest.mark.parametrize(
    "channels",
    [
        None,
        {"SegmentNumber": [1]},
        {"SegmentNumber": [1, 1]},
        {"SegmentNumber": [1, 2], "SegmentLabel": ["a"]},
        {"NoSuchKeyword": [1, 2]},
        {0x00090001: [1, 2]},
    ],
)
def test_channels_that_do_not_fit_are_refused(channels: object) -> None:
    with pytest.raises(ValueError, match=r"[Cc]hannel|keyword|tag"):
        hd.Volume(np.zeros((2, 2, 2, 2)), np.eye(4), channels=channels)


def test_channel_descriptors_that_cannot_be_are_refused() -> None:
    for error, arguments in (
        (TypeError, {"identifier": "Mine", "is_custom": True}),
        (TypeError, {"identifier": 5.0}),
        (TypeError, {"identifier": "SegmentNumber", "value_type": int}),
        (ValueError, {"identifier": "SegmentNumber", "is_custom": True, "value_type": int}),
        (ValueError, {"identifier": "Mine", "is_custom": True, "value_type": bytes}),
    ):
        with pytest.raises(error):
            hd.ChannelDescriptor(**arguments)


def test_values_change_their_type_only_where_nothing_is_lost() -> None:
    volume = hd.Volume(np.array([0, 1, 300]).reshape(1, 1, 3), np.eye(4))
    assert volume.astype(np.uint16).dtype == np.uint16
    assert volume.clip(None, 1).astype(bool).array.ravel().tolist() == [False, True, True]
    for dtype in (np.uint8, bool, complex):
        with pytest.raises(ValueError, match=r"Val|Vox"):
            volume.astype(dtype)


def test_a_copy_and_a_new_array_leave_the_volume_alone() -> None:
    volume = two_channels()
    copied = volume.copy()
    copied.array[...] = 0
    assert volume.array.any()
    plain = volume.with_array(np.ones((2, 3, 4)))
    assert plain.channel_descriptors == ()
    with pytest.raises(ValueError, match="shape"):
        volume.with_array(np.ones((2, 3, 5)))
    with pytest.raises(ValueError, match="shape"):
        volume.array = np.ones((2, 3, 4))
    volume.array = np.zeros(volume.shape, np.uint8)
    assert volume.dtype == np.uint8
    assert volume.get_geometry().copy().geometry_equal(volume, tol=None)


# --- a series -----------------------------------------------------------------------------------------------


def test_a_series_in_any_order_is_a_right_handed_volume() -> None:
    pixels = np.random.default_rng(2).integers(0, 1000, (5, 6, 7))
    images = make_series((5, 6, 7), turned=rotation(10, 20, 30), pixels=pixels, RescaleIntercept="-1024")
    volume = hd.get_volume_from_series([images[i] for i in (3, 0, 4, 1, 2)])
    assert volume.handedness is hd.AxisHandedness.RIGHT_HANDED
    assert volume.dtype == np.float64
    ordered = hd.spatial.sort_datasets(images)
    for k, image in enumerate(ordered):
        np.testing.assert_array_equal(volume.array[k], image.pixel_array - 1024.0)
        there = volume.map_indices_to_reference(np.array([[k, 0, 0]]))[0]
        np.testing.assert_allclose([float(v) for v in image.ImagePositionPatient], there, atol=1e-5)
    stored = hd.get_volume_from_series(images, dtype=np.int16, apply_modality_transform=False)
    assert stored.dtype == np.int16
    np.testing.assert_array_equal(stored.array, volume.array + 1024)
    with pytest.raises(ValueError, match="uint8"):
        hd.get_volume_from_series(images, dtype=np.uint8)


def test_a_series_with_a_hole_is_no_volume() -> None:
    images = make_series((5, 6, 7))
    del images[2]
    with pytest.raises(RuntimeError, match="apart"):
        hd.get_volume_from_series(images)


def test_a_tilted_series_keeps_its_tilt_unless_it_is_limited() -> None:
    images = make_series((4, 6, 7))
    for k, image in enumerate(images):
        x, y, z = (float(v) for v in image.ImagePositionPatient)
        image.ImagePositionPatient = [x, y + 0.5 * k, z]
    volume = hd.get_volume_from_series(images)
    np.testing.assert_allclose(volume.affine[:3, 0], [0, -0.5, -2.5])
    assert volume.spacing_between_slices == pytest.approx(2.5)
    with pytest.raises(RuntimeError, match=r"tilted by 11\.3 degrees"):
        hd.get_volume_from_series(images, perpendicular_tol=1e-3)
    assert hd.get_volume_from_series(images, perpendicular_tol=0.1).geometry_equal(volume)


def test_uneven_series_are_volumes_as_far_as_the_tolerance_goes() -> None:
    images = make_series((4, 6, 7))
    x, y, z = (float(v) for v in images[1].ImagePositionPatient)
    images[1].ImagePositionPatient = [x, y, z + 0.1]
    with pytest.raises(RuntimeError):
        hd.get_volume_from_series(images)
    for tolerance in ({"rtol": 0.05}, {"atol": 0.11}):
        assert hd.get_volume_from_series(images, **tolerance).spacing[0] == pytest.approx(2.5)
    for tolerance in ({"rtol": 0.03}, {"atol": 0.09}):
        with pytest.raises(RuntimeError):
            hd.get_volume_from_series(images, **tolerance)
    with pytest.raises(TypeError):
        hd.get_volume_from_series(images, rtol=0.1, atol=0.1)
    with pytest.raises(ValueError, match="tolerance"):
        hd.get_volume_from_series(images, rtol=-1)


def test_nothing_warns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        repr(two_channels())
        repr(two_channels().get_geometry())
