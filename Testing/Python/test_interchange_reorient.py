"""Label grids laid onto the planes of source images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomsegcodec.errors import GeometryMismatch
from dicomsegcodec.geometry import Geometry, Planes
from dicomsegcodec.interchange.reorient import place_on_sources, reorient
from dicomsegcodec.layers import LabelLayer
from dicomsegcodec.sources import SourceImages
from interchange_strategies import assert_same_masks, geometries, layers_on, masks_of
from series import make_series, rotation


def points_of(layers: list[LabelLayer], geometry: Geometry) -> dict[int, set[tuple[float, ...]]]:
    """Return the places in mm of each segment's voxels."""
    return {
        number: {
            tuple(np.round(geometry.index_to_lps @ [*index, 1], 3)[:3].tolist())
            for index in np.argwhere(mask)
        }
        for number, mask in masks_of(layers, geometry.shape).items()
    }


def sources_of(shape: tuple[int, int, int] = (4, 5, 6), **parameters: object) -> SourceImages:
    return SourceImages.of(make_series(shape, **parameters)).sorted()  # type: ignore[arg-type]


def shuffled(geometry: Geometry, layers: list[LabelLayer], order: list[int], flips: list[bool]) -> tuple:
    """Return the same voxels counted along other axes."""
    matrix = geometry.index_to_lps[:, [*order, 3]].copy()
    shape = [geometry.shape[i] for i in order]
    out = []
    for axis, flip in enumerate(flips):
        if flip:
            matrix[:3, 3] += matrix[:3, axis] * (shape[axis] - 1)
            matrix[:3, axis] *= -1
    for layer in layers:
        full = np.zeros(geometry.shape, layer.pixels.dtype)
        box = tuple(slice(o, o + n) for o, n in zip(layer.origin, layer.pixels.shape, strict=True))
        full[box] = layer.pixels
        turned = full.transpose(order)[tuple(slice(None, None, -1 if f else None) for f in flips)]
        out.append(LabelLayer(np.ascontiguousarray(turned), layer.segments))
    return Geometry(matrix, tuple(shape)), out


@given(st.data())
def test_no_voxel_moves(data: st.DataObject) -> None:
    geometry = data.draw(geometries())
    layers = data.draw(layers_on(geometry, [1, 2, 3]))
    planes = Planes.of(data.draw(geometries()))
    turned_grid, turned = reorient(geometry, layers, planes)
    assert points_of(turned, turned_grid) == points_of(layers, geometry)
    assert all(
        np.shares_memory(a.pixels, b.pixels) for a, b in zip(layers, turned, strict=True) if a.pixels.size
    )


@given(st.data())
def test_any_order_and_direction_of_axes_finds_its_way_onto_the_images(data: st.DataObject) -> None:
    angles = data.draw(st.tuples(*[st.integers(-80, 80)] * 3))
    sources = sources_of(turned=rotation(*angles))
    geometry = Geometry.of(sources.planes)
    layers = data.draw(layers_on(geometry, [1, 2]))
    order, flips = (
        data.draw(st.permutations(range(3))),
        data.draw(st.lists(st.booleans(), min_size=3, max_size=3)),
    )
    planes, placed = place_on_sources(*shuffled(geometry, layers, order, flips), sources)
    assert planes is sources.planes
    assert_same_masks(masks_of(placed, geometry.shape), masks_of(layers, geometry.shape))


def test_a_part_of_the_images_lands_in_its_place() -> None:
    sources = sources_of()
    whole = Geometry.of(sources.planes)
    matrix = whole.index_to_lps.copy()
    matrix[:, 3] = whole.index_to_lps @ [1, 2, 3, 1]
    layer = LabelLayer(np.array([[[1, 0]], [[0, 1]]], np.uint8), {1: 4})
    planes, (placed,) = place_on_sources(Geometry(matrix, (2, 1, 2)), [layer], sources)
    assert planes is sources.planes
    assert placed.origin == (1, 2, 3)
    assert placed.pixels.tolist() == layer.pixels.tolist()


def test_a_grid_that_reaches_beyond_rows_and_columns_is_cropped_if_nothing_is_there() -> None:
    sources = sources_of()
    whole = Geometry.of(sources.planes)
    matrix = whole.index_to_lps.copy()
    matrix[:, 3] = whole.index_to_lps @ [0, -1, -2, 1]
    pixels = np.zeros((4, 8, 9), np.uint8)
    pixels[0, 1, 2] = pixels[3, 5, 7] = 1
    _, (placed,) = place_on_sources(Geometry(matrix, pixels.shape), [LabelLayer(pixels, {1: 1})], sources)
    assert np.argwhere(masks_of([placed], whole.shape)[1]).tolist() == [[0, 0, 0], [3, 4, 5]]
    pixels[2, 0, 0] = 1
    with pytest.raises(GeometryMismatch, match="1 labelled voxels lie outside"):
        place_on_sources(Geometry(matrix, pixels.shape), [LabelLayer(pixels, {1: 1})], sources)


@pytest.mark.parametrize(
    "change",
    [
        np.diag([1, 1, 1.1, 1]),
        np.diag([1, 0.5, 1, 1]),
        np.block([[np.eye(3), np.array([[0], [0], [0.5]])], [np.zeros(3), 1]]),
        np.block([[np.eye(3), np.array([[0.5], [0], [0]])], [np.zeros(3), 1]]),
        np.diag([1, -1, 1, 1]),
    ],
    ids=["columns wider", "rows closer", "half a column", "half a slice", "mirrored in place"],
)
def test_another_lattice_is_refused(change: np.ndarray) -> None:
    sources = sources_of()
    whole = Geometry.of(sources.planes)
    grid = Geometry(whole.index_to_lps @ change, whole.shape)
    with pytest.raises(GeometryMismatch):
        place_on_sources(grid, [LabelLayer(np.ones(whole.shape, np.uint8), {1: 1})], sources)


def test_a_turned_grid_is_refused() -> None:
    sources = sources_of()
    whole = Geometry.of(sources.planes)
    turn = np.eye(4)
    turn[:3, :3] = rotation(10, 0, 0)
    with pytest.raises(GeometryMismatch, match="run along"):
        place_on_sources(Geometry(turn @ whole.index_to_lps, whole.shape), [], sources)


def test_a_missing_image_is_told() -> None:
    images = make_series((5, 4, 3))
    whole = Geometry.of(SourceImages.of(images).sorted().planes)
    gap = SourceImages.of([*images[:2], *images[3:]]).sorted()
    with pytest.raises(GeometryMismatch, match="missing"):
        place_on_sources(whole, [LabelLayer(np.ones(whole.shape, np.uint8), {1: 1})], gap)
