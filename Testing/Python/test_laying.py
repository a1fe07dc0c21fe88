"""Planes laid on a given grid, along whatever axes, and frames in their places; never between voxels."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import dicomsegcodec as hd
from dicomsegcodec.errors import GeometryMismatch
from dicomsegcodec.geometry import Geometry, Planes
from dicomsegcodec.laying import VOXEL_TOLERANCE, Turn, lay
from dicomsegcodec.mosaic import Mosaic
from strategies import geometries

AXIAL = "1\\0\\0\\0\\1\\0"


def turned_grid(geometry: Geometry, order: list[int], flips: list[int]) -> Geometry:
    """Return the same voxels counted along other axes or from the other end."""
    volume = hd.VolumeGeometry(geometry.index_to_lps, geometry.shape).permute_spatial_axes(order)
    return (volume.flip_spatial(flips) if flips else volume).geometry


orders = st.permutations(range(3))
flips = st.lists(st.integers(0, 2), unique=True)


@given(geometry=geometries(), order=orders, flipped=flips, data=st.data())
def test_any_part_of_a_grid_finds_its_place_in_it_however_that_is_counted(
    geometry, order, flipped, data
) -> None:
    slices, rows, columns = geometry.shape
    grid = turned_grid(geometry, order, flipped)
    chosen = data.draw(st.lists(st.integers(-2, slices + 1), min_size=1, unique=True))
    row, column = data.draw(st.integers(-3, rows)), data.draw(st.integers(-3, columns))
    # With two pixels or more along each axis there is no doubt which way it runs.
    height, width = data.draw(st.integers(2, 6)), data.draw(st.integers(2, 6))
    first = geometry.index_to_lps.copy()
    first[:3, 3] = (geometry.index_to_lps @ [-2, row, column, 1])[:3]
    part = Planes.of(Geometry(first, (slices + 4, height, width))).take([k + 2 for k in chosen])
    laid = lay(part, grid)
    # Voxel by voxel: where a pixel goes is where it lies.
    places = np.indices(grid.shape).reshape(3, -1)
    numbered = laid.turn.view(np.arange(places.shape[1]).reshape(grid.shape))
    for plane, (at, top, left) in enumerate(laid.corners.tolist()):
        for r, c in ((0, 0), (height - 1, width - 1), (0, width - 1)):
            index = (at, top + r, left + c)
            inside = all(0 <= i < n for i, n in zip(index, numbered.shape, strict=True))
            mine = (0 <= chosen[plane] < slices) and 0 <= row + r < rows and 0 <= column + c < columns
            assert inside == mine
            if inside:
                voxel = places[:, numbered[index]]
                there = (grid.index_to_lps @ [*voxel, 1])[:3]
                pixel = (geometry.index_to_lps @ [chosen[plane], row + r, column + c, 1])[:3]
                np.testing.assert_allclose(there, pixel, atol=1e-5)


@given(
    geometry=geometries(), axis=st.integers(0, 2), part=st.floats(0.15, 0.85), sign=st.sampled_from((-1, 1))
)
def test_planes_between_the_voxels_are_refused(geometry: Geometry, axis: int, part: float, sign: int) -> None:
    moved = geometry.index_to_lps.copy()
    moved[:3, 3] += sign * part * moved[:3, axis]
    with pytest.raises(GeometryMismatch, match="beside the voxels"):
        lay(Planes.of(Geometry(moved, geometry.shape)), geometry)


def planes(orientation: str = AXIAL, spacing: str = "1\\1", shape: tuple[int, int] = (4, 5)) -> Planes:
    return Planes(("0\\0\\0", "0\\0\\-2"), orientation, spacing, shape, "1.2")


def test_other_pixels_and_frames_of_reference_are_refused_in_words() -> None:
    grid = Geometry.of(planes())
    for other, words in (
        (planes("0.8\\0.6\\0\\-0.6\\0.8\\0"), "other directions"),
        (planes(spacing="1\\1.1"), r"1 x 1\.1 mm and the grid's 1 x 1 mm"),
        (planes(spacing="0.5\\1"), r"0\.5 x 1 mm"),
    ):
        with pytest.raises(GeometryMismatch, match=words):
            lay(other, grid)
    elsewhere = Geometry(grid.index_to_lps, grid.shape, "1.3")
    with pytest.raises(GeometryMismatch, match="frame of reference"):
        lay(planes(), elsewhere)
    assert lay(planes(), Geometry(grid.index_to_lps, grid.shape)).corners[:, 0].tolist() == [0, 1]


def test_a_small_difference_of_pixels_adds_up_over_a_row() -> None:
    """Half a percent is nothing over 10 pixels, and 2.5 pixels over 500."""
    fine = {"spacing": "1.005\\1.005"}
    small, large = (10, 10), (500, 500)
    lay(planes(**fine, shape=small), Geometry.of(planes(shape=small)))
    with pytest.raises(GeometryMismatch):
        lay(planes(**fine, shape=large), Geometry.of(planes(shape=large)))


@given(off=st.floats(0, 0.4))
def test_pixels_within_the_tolerance_are_those_voxels(off: float) -> None:
    assume(abs(off - VOXEL_TOLERANCE) > 1e-6)
    grid = Geometry.of(planes())
    near = Planes((f"{off:.8g}\\0\\0",), AXIAL, "1\\1", (4, 5))
    if off < VOXEL_TOLERANCE:
        assert lay(near, grid).corners.tolist() == [[0, 0, 0]]
    else:
        with pytest.raises(GeometryMismatch):
            lay(near, grid)


def test_planes_of_a_tilted_stack_have_places_of_their_own_on_a_straight_grid() -> None:
    """Each is a whole pixel further along the columns."""
    tilted = Planes(("0\\0\\0", "0\\1\\-2", "0\\2\\-4"), AXIAL, "1\\1", (4, 5))
    straight = Geometry.of(Planes(("0\\0\\0", "0\\0\\-2", "0\\0\\-4"), AXIAL, "1\\1", (6, 5)))
    assert lay(tilted, straight).corners.tolist() == [[0, 0, 0], [1, 1, 0], [2, 2, 0]]
    between = Planes(("0\\0\\0", "0\\0.5\\-2"), AXIAL, "1\\1", (4, 5))
    with pytest.raises(GeometryMismatch):
        lay(between, straight)


# --- turns and mosaics --------------------------------------------------------------------------------------

turns = st.builds(lambda axes, forward: Turn(tuple(axes), forward), orders, st.tuples(*[st.booleans()] * 3))


@given(turn=turns, shape=st.tuples(*[st.integers(1, 5)] * 3))
def test_an_index_turned_is_that_of_the_same_voxel(turn: Turn, shape: tuple[int, int, int]) -> None:
    array = np.arange(np.prod(shape)).reshape(shape)
    view = turn.view(array)
    assert view.shape == turn.shape(shape)
    assert np.shares_memory(view, array)
    indices = np.indices(shape).reshape(3, -1).T
    np.testing.assert_array_equal(view[tuple(turn.indices(indices, shape).T)], array.ravel())


@st.composite
def mosaics(draw: st.DrawFn) -> Mosaic:
    shape = draw(st.tuples(*[st.integers(1, 6)] * 3))
    frame_shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    corner = st.tuples(*[st.integers(-5, 7)] * 3)
    corners = np.array(draw(st.lists(corner, min_size=1, max_size=5, unique=True)))
    return Mosaic(shape, frame_shape, np.arange(len(corners)), corners, draw(turns))


def painted(mosaic: Mosaic) -> np.ndarray:
    """Return how many frames cover each voxel, worked out the slow and plain way."""
    array = np.zeros(mosaic.shape, int)
    view = mosaic.turn.view(array)
    for slice_, row, column in mosaic.corners.tolist():
        for r in range(row, row + mosaic.frame_shape[0]):
            for c in range(column, column + mosaic.frame_shape[1]):
                if all(0 <= i < n for i, n in zip((slice_, r, c), view.shape, strict=True)):
                    view[slice_, r, c] += 1
    return array


@given(mosaic=mosaics())
def test_windows_are_the_parts_of_frames_that_lie_in_the_array(mosaic: Mosaic) -> None:
    inside = mosaic.take(~mosaic.missing)
    array = np.zeros(mosaic.shape, int)
    view = mosaic.turn.view(array)
    frame = np.ones(mosaic.frame_shape, int)
    whole = []
    for window in inside.windows():
        assert frame[window.part].size
        view[window.place] += frame[window.part]
        whole.append(frame[window.part].size == frame.size)
    np.testing.assert_array_equal(array, painted(mosaic))
    assert whole == (~inside.outside).tolist()


@given(mosaic=mosaics(), data=st.data())
def test_a_part_of_a_mosaic_is_the_part_of_its_array(mosaic: Mosaic, data: st.DataObject) -> None:
    part = []
    for size in mosaic.shape:
        start = data.draw(st.integers(0, size - 1))
        part.append(slice(start, data.draw(st.integers(start + 1, size))))
    np.testing.assert_array_equal(painted(mosaic.part(tuple(part))), painted(mosaic)[tuple(part)])


@given(mosaic=mosaics())
def test_the_box_of_a_mosaic_is_the_smallest_that_holds_its_frames(mosaic: Mosaic) -> None:
    covered = np.argwhere(painted(mosaic))
    if len(covered):
        box = [slice(a, b + 1) for a, b in zip(covered.min(axis=0), covered.max(axis=0), strict=True)]
        assert list(mosaic.box) == box
    else:
        assert mosaic.box == (slice(0, 0),) * 3
