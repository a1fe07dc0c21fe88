"""The same volumes here and in highdicom: each step gives the same array and the same affine."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import dicomsegcodec as hd
from series import make_series, rotation
from strategies import geometries

highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed; `make test` installs it")


@st.composite
def pairs(draw: st.DrawFn, *, channels: bool = True) -> tuple[hd.Volume, object]:
    """Return one volume as both have it."""
    geometry = draw(geometries(sheared=False))
    shape: tuple[int, ...] = geometry.shape
    named = {"SegmentNumber": [1, 2]} if channels and draw(st.booleans()) else {}
    if named:
        shape = (*shape, 2)
    array = np.arange(np.prod(shape)).reshape(shape).astype(draw(st.sampled_from(("i4", "f4"))))
    arguments = (array, geometry.index_to_lps, "PATIENT", "1.2.3", named)
    return hd.Volume(*arguments), highdicom.Volume(*arguments)


def alike(ours: hd.Volume, theirs: object) -> None:
    np.testing.assert_array_equal(ours.array, theirs.array)
    np.testing.assert_allclose(ours.affine, theirs.affine, atol=1e-6)
    assert [c.keyword for c in ours.channel_descriptors] == [c.keyword for c in theirs.channel_descriptors]
    assert ours.frame_of_reference_uid == theirs.frame_of_reference_uid


axes_orders = st.permutations(range(3))
around = st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * 3)
sizes = st.tuples(*[st.integers(1, 25)] * 3)


@given(pair=pairs(), order=axes_orders, flips=st.lists(st.integers(0, 2), unique=True, min_size=1))
def test_axes(pair: tuple, order: list[int], flips: list[int]) -> None:
    ours, theirs = pair
    for step in (
        lambda v: v.permute_spatial_axes(order),
        lambda v: v.flip_spatial(flips),
        lambda v: v.swap_spatial_axes(0, 2),
        lambda v: v.ensure_handedness("LEFT_HANDED", flip_axis=1),
        lambda v: v.ensure_handedness("RIGHT_HANDED", swap_axes=[0, 1]),
    ):
        alike(step(ours), step(theirs))


@given(pair=pairs(), wanted=st.tuples(*map(st.sampled_from, ("LR", "AP", "HF"))).flatmap(st.permutations))
def test_orientations(pair: tuple, wanted: list[str]) -> None:
    ours, theirs = pair
    # They let the first of two diagonal axes choose, we choose for all three together.
    sides = np.abs(ours.direction).argmax(axis=0).tolist()
    near = np.sort(np.abs(ours.direction), axis=0)
    assume(sorted(sides) == [0, 1, 2] and (near[2] - near[1]).min() > 1e-6)
    mine = "".join(ours.get_closest_patient_orientation())
    assert mine == "".join(side.value for side in theirs.get_closest_patient_orientation())
    alike(ours.to_patient_orientation("".join(wanted)), theirs.to_patient_orientation("".join(wanted)))
    np.testing.assert_allclose(ours.get_affine("RAS"), theirs.get_affine("RAS"), atol=1e-9)


@given(pair=pairs(), widths=around, shape=sizes, mode=st.sampled_from(hd.PadModes))
def test_sizes(pair: tuple, widths: tuple, shape: tuple[int, int, int], mode: hd.PadModes) -> None:
    ours, theirs = pair
    alike(ours.pad(widths, mode=str(mode)), theirs.pad(widths, mode=str(mode)))
    alike(ours.pad(2, constant_value=3), theirs.pad(2, constant_value=3))
    alike(ours.pad([1, 2]), theirs.pad([1, 2]))
    alike(ours.pad([[1], [2], [0]]), theirs.pad([[1], [2], [0]]))
    alike(ours.pad_or_crop_to_spatial_shape(shape), theirs.pad_or_crop_to_spatial_shape(shape))


@given(pair=pairs(), data=st.data())
def test_parts(pair: tuple, data: st.DataObject) -> None:
    ours, theirs = pair
    index: list[int | slice] = []
    for size in ours.spatial_shape:
        start = data.draw(st.integers(0, size - 1))
        stop = data.draw(st.integers(start + 1, size))
        step = data.draw(st.sampled_from((1, 2)))
        index.append(
            data.draw(st.sampled_from((start, -1, slice(start, stop, step), slice(None, None, -step))))
        )
    alike(ours[tuple(index)], theirs[tuple(index)])
    alike(ours[index[0]], theirs[index[0]])


@given(
    pair=pairs(), order=axes_orders, flips=st.lists(st.integers(0, 2), unique=True, min_size=1), widths=around
)
def test_another_grid(pair: tuple, order: list[int], flips: list[int], widths: tuple) -> None:
    ours, theirs = pair

    def step(volume):
        turned = volume.get_geometry().permute_spatial_axes(order).flip_spatial(flips)
        return turned.pad(widths)[::2]

    alike(
        ours.match_geometry(step(ours), constant_value=9),
        theirs.match_geometry(step(theirs), constant_value=9),
    )


@given(pair=pairs())
def test_numbers(pair: tuple) -> None:
    ours, theirs = pair
    for name in (
        *("affine", "inverse_affine", "spacing", "pixel_spacing", "spacing_between_slices", "direction"),
        *("direction_cosines", "position", "center_indices", "nearest_center_indices", "center_position"),
        *("voxel_volume", "physical_extent", "physical_volume", "spatial_shape", "shape", "ndim"),
    ):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), atol=1e-6, err_msg=name)
    assert ours.handedness == theirs.handedness.value
    points = np.random.default_rng(0).uniform(-5, 5, (4, 3))
    for method in ("map_indices_to_reference", "map_reference_to_indices"):
        np.testing.assert_allclose(getattr(ours, method)(points), getattr(theirs, method)(points), atol=1e-6)
    mine, their = (volume.get_pixel_measures()[0] for volume in (ours, theirs))
    for keyword in ("PixelSpacing", "SliceThickness", "SpacingBetweenSlices"):
        np.testing.assert_allclose(
            np.array(mine[keyword].value, float), np.array(their[keyword].value, float), rtol=1e-6
        )
    for one, other in zip(ours.get_plane_positions(), theirs.get_plane_positions(), strict=True):
        mine, their = ([float(v) for v in position[0].ImagePositionPatient] for position in (one, other))
        np.testing.assert_allclose(mine, their, atol=1e-6)


@given(pair=pairs(channels=False))
def test_images_of_simpleitk(pair: tuple) -> None:
    ours, theirs = pair
    mine, their = ours.to_simpleitk(), theirs.to_simpleitk()
    assert mine.GetSize() == their.GetSize()
    for name in ("GetSpacing", "GetDirection", "GetOrigin"):
        np.testing.assert_allclose(getattr(mine, name)(), getattr(their, name)(), atol=1e-9)
    alike(
        hd.Volume.from_simpleitk(their, frame_of_reference_uid="1.2.3"),
        highdicom.Volume.from_simpleitk(mine, frame_of_reference_uid="1.2.3"),
    )


@given(geometry=geometries(left_handed=False, sheared=False))
def test_components_and_attributes(geometry) -> None:
    ours = hd.VolumeGeometry(geometry.index_to_lps, geometry.shape)
    made = []
    for library in (hd, highdicom):
        made.append(
            library.VolumeGeometry.from_attributes(
                image_position=ours.position,
                image_orientation=ours.direction_cosines,
                rows=geometry.shape[1],
                columns=geometry.shape[2],
                pixel_spacing=ours.pixel_spacing,
                spacing_between_slices=ours.spacing_between_slices,
                number_of_frames=geometry.shape[0],
                coordinate_system="PATIENT",
            )
        )
        made.append(
            library.VolumeGeometry.from_components(
                geometry.shape,
                spacing=ours.spacing,
                coordinate_system="PATIENT",
                center_position=ours.center_position,
                direction=ours.direction,
            )
        )
    for grid in made:
        np.testing.assert_allclose(grid.affine, ours.affine, atol=1e-6)
        assert grid.spatial_shape == geometry.shape


def test_a_series() -> None:
    pixels = np.random.default_rng(2).integers(0, 1000, (5, 6, 7))
    images = make_series((5, 6, 7), turned=rotation(10, 20, 30), pixels=pixels, RescaleIntercept="-1024")
    alike(hd.get_volume_from_series(images[::-1]), highdicom.get_volume_from_series(images[::-1]))
