"""Where voxels lie, and how those of one grid are found in another."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from segmentations import addVolume, ijkToRasOf

from dicomsegcodec.geometry import Geometry
from DicomSegIOLib import Grid
from series import rotation

SPACING = (2.5, 0.75, 0.5)


def gridOf(shape: tuple[int, int, int]) -> Geometry:
    matrix = np.eye(4)
    matrix[:3, :3] = rotation(10, 20, 30) * np.array(SPACING)
    matrix[:3, 3] = -120.5, 33.25, 1001.125
    return Geometry(matrix, shape)


def moved(
    grid: Geometry, axes: tuple[int, ...], signs: tuple[int, ...], first: tuple[int, ...]
) -> np.ndarray:
    """Return the matrix of voxels that run along the grid's axes `axes` and begin at its voxel `first`."""
    step = np.zeros((4, 4))
    for axis, (gridAxis, sign) in enumerate(zip(axes, signs, strict=True)):
        step[gridAxis, axis] = sign
    step[:3, 3] = first
    step[3, 3] = 1
    return grid.index_to_lps @ step


shapes = st.tuples(*[st.integers(1, 4)] * 3)
offsets = st.tuples(*[st.integers(-6, 6)] * 3)


@given(shapes, st.permutations(range(3)), st.tuples(*[st.sampled_from((1, -1))] * 3), offsets)
def test_voxels_are_found_at_the_place_they_have_in_space(shape, axes, signs, first) -> None:
    grid = gridOf((3, 4, 5))
    matrix = moved(grid, axes, signs, first)
    pixels = np.arange(np.prod(shape)).reshape(shape)
    placed = Grid.place(pixels, matrix, grid)
    assert np.shares_memory(placed.pixels, pixels)
    for index, value in np.ndenumerate(placed.pixels):
        inGrid = grid.index_to_lps @ [*np.add(index, placed.origin), 1]
        inLayer = matrix @ [*np.unravel_index(value, shape), 1]
        np.testing.assert_allclose(inGrid, inLayer, atol=1e-6)


@given(shapes, offsets)
def test_inside_and_outside_share_the_voxels(shape, first) -> None:
    grid = (3, 4, 5)
    pixels = np.arange(np.prod(shape)).reshape(shape)
    placed = Grid.Placed(pixels, first)
    inside = placed.within(grid)
    found = [part.ravel() for part in placed.outside(grid)] + ([inside.pixels.ravel()] if inside else [])
    assert sorted(np.concatenate(found).tolist()) == pixels.ravel().tolist()
    expected = [
        value
        for index, value in np.ndenumerate(pixels)
        if all(0 <= place < size for place, size in zip(np.add(index, first), grid, strict=True))
    ]
    assert (inside.pixels.ravel().tolist() if inside else []) == expected
    if inside:
        assert np.shares_memory(inside.pixels, pixels)
        assert inside.pixels[0, 0, 0] == pixels[tuple(np.subtract(inside.origin, first))]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (np.diag([1, 0.5, 1, 1]), "voxels of 0.5 x 0.375 x 2.5 mm"),
        (np.diag([1, 1, 1.5, 1]), "voxels of 0.75 x 0.75 x 2.5 mm"),
        ([[1, 0, 0, 0.5], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], "beside those of the images"),
        ([[1, 0, 0, 0], [0, 1, 0, 7.25], [0, 0, 1, 0], [0, 0, 0, 1]], "beside those of the images"),
    ],
)
def test_voxels_of_another_lattice_are_not_placed_and_the_difference_is_said(change, words: str) -> None:
    grid = gridOf((3, 4, 5))
    matrix = grid.index_to_lps @ np.array(change, float)
    assert Grid.place(np.ones((3, 4, 5), np.uint8), matrix, grid) is None
    assert words in Grid.sayDifference((3, 4, 5), matrix, grid)


def test_turned_voxels_are_not_placed_and_the_difference_is_said() -> None:
    grid = gridOf((3, 4, 5))
    turned = np.eye(4)
    turned[:3, :3] = rotation(0, 0, 3)
    matrix = turned @ grid.index_to_lps
    assert Grid.place(np.ones((3, 4, 5), np.uint8), matrix, grid) is None
    assert "turned" in Grid.sayDifference((3, 4, 5), matrix, grid)


def test_distances_that_differ_a_little_add_up_and_are_said() -> None:
    grid = gridOf((300, 512, 512))
    matrix = grid.index_to_lps @ np.diag([1, 1, 1.001, 1])
    assert Grid.place(np.broadcast_to(np.uint8(1), (1, 1, 5)), matrix, grid) is not None
    assert Grid.place(np.broadcast_to(np.uint8(1), (1, 1, 501)), matrix, grid) is None
    words = Grid.sayDifference((1, 1, 501), matrix, grid)
    assert words == "voxels that lie up to 0.25 mm beside those of the images"


@pytest.mark.parametrize("angle", [0.0, 1e-5])
def test_last_digits_make_no_other_lattice(angle: float) -> None:
    grid = gridOf((300, 512, 512))
    turned = np.eye(4)
    turned[:3, :3] = rotation(0, 0, np.rad2deg(angle))
    pixels = np.broadcast_to(np.uint8(1), (10, 20, 20))
    matrix = grid.index_to_lps @ turned
    matrix[:3, 3] += 1e-4
    assert Grid.place(pixels, matrix, grid).origin == (0, 0, 0)


def test_the_slice_distance_of_a_single_slice_does_not_count() -> None:
    grid = gridOf((1, 4, 5))
    matrix = grid.index_to_lps @ np.diag([3.0, 1, 1, 1])
    placed = Grid.place(np.arange(20).reshape(1, 4, 5), matrix, grid)
    assert placed.origin == (0, 0, 0)
    assert placed.pixels.ravel().tolist() == list(range(20))


def test_a_grid_of_single_voxels_is_placed_in_every_turn() -> None:
    grid = gridOf((3, 4, 5))
    for axes, signs in product(permutations(range(3)), product((1, -1), repeat=3)):
        placed = Grid.place(np.ones((1, 1, 1), np.uint8), moved(grid, axes, signs, (2, 3, 4)), grid)
        assert placed.origin == (2, 3, 4)


def test_matrices_of_slicer_and_of_the_codec_name_the_same_points(oblique) -> None:
    ijkToRas = ijkToRasOf(oblique.images)
    indexToLps = Grid.toIndexToLps(ijkToRas)
    k, j, i = 4, 3, 2
    right, anterior, superior, _ = ijkToRas @ [i, j, k, 1]
    np.testing.assert_allclose(indexToLps @ [k, j, i, 1], [-right, -anterior, superior, 1])
    np.testing.assert_allclose(Grid.toIjkToRas(indexToLps), ijkToRas)


def test_the_geometry_of_a_volume_is_that_of_its_images(scene, oblique) -> None:
    volume = addVolume(scene, oblique.images)
    geometry = Grid.geometryOfVolume(volume)
    assert geometry.shape == oblique.shape
    for k, image in enumerate(oblique.images):
        np.testing.assert_allclose(geometry.index_to_lps @ [k, 0, 0, 1], [*image.ImagePositionPatient, 1])
