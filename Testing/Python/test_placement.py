"""The grid that the planes of a file lie on, and which of them are at one place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomsegcodec.errors import IrregularPlanes
from dicomsegcodec.geometry import Geometry, Planes
from dicomsegcodec.laying import lay
from dicomsegcodec.placement import near_places, same_places, stack_geometry
from strategies import geometries

AXIAL = "1\\0\\0\\0\\1\\0"


def stack(*places: float, y: float = 0) -> Planes:
    """Return axial planes at these places along z, from the head down; `y` is added for each mm of z."""
    texts = tuple(f"0\\{y * z:.10g}\\{z}" for z in places)
    return Planes(texts, AXIAL, "1\\1", (4, 5), "1.2")


@given(
    geometry=geometries(left_handed=False),
    data=st.data(),
)
def test_planes_that_are_left_of_a_stack_find_its_grid_by_the_stated_spacing(
    geometry: Geometry, data: st.DataObject
) -> None:
    matrix = geometry.index_to_lps
    planes = Planes.of(Geometry(matrix, (9, *geometry.shape[1:])))
    spacing = planes.spacing_between_slices_mm()
    kept = sorted(data.draw(st.lists(st.integers(0, 8), min_size=2, unique=True)))
    found = stack_geometry(planes.take(kept), spacing)
    # What a tilted stack states is along the normal, and its step is along the tilt.
    np.testing.assert_allclose(found.index_to_lps[:3, 0], matrix[:3, 0], rtol=1e-5, atol=1e-5)
    assert found.shape[0] == kept[-1] - kept[0] + 1
    placed = lay(planes.take(kept), found).corners[:, 0]
    assert placed.tolist() == [k - kept[0] for k in kept]


def test_positions_win_over_a_stated_spacing_that_contradicts_them() -> None:
    for stated in (2.0, 3.0, 5.0, 0.9, None):
        geometry = stack_geometry(stack(0, -2.5, -5, -7.5, -10), stated)
        assert geometry.shape[0] == 5
        np.testing.assert_allclose(geometry.index_to_lps[:3, 0], [0, 0, -2.5])


def test_a_stated_spacing_that_divides_the_distances_leaves_gaps_between_the_planes() -> None:
    geometry = stack_geometry(stack(0, -2.5, -7.5), 2.5)
    assert geometry.shape[0] == 4
    assert stack_geometry(stack(0, -5), 2.5).shape[0] == 3
    assert stack_geometry(stack(0, -5), None).shape[0] == 2


def test_planes_without_a_common_distance_are_refused() -> None:
    for places in ((0, -1, -2.5), (0, -2, -5), (0, -1, -2, -2.4)):
        with pytest.raises(IrregularPlanes, match="distances run from"):
            stack_geometry(stack(*places), None)


def test_planes_that_are_not_in_line_are_refused() -> None:
    planes = Planes(("0\\0\\0", "3\\0\\-1", "0\\0\\-2"), AXIAL, "1\\1", (4, 5))
    with pytest.raises(IrregularPlanes):
        stack_geometry(planes, 1.0)


def test_a_single_plane_steps_by_the_stated_spacing() -> None:
    assert stack_geometry(stack(3), 4.0).spacing_mm[0] == 4
    assert stack_geometry(stack(3), None).spacing_mm[0] == 1


@pytest.mark.parametrize("stated", [2.0, None])
def test_a_tilted_stack_keeps_its_tilt(stated: float | None) -> None:
    geometry = stack_geometry(stack(0, -2, -4, y=0.4), stated)
    np.testing.assert_allclose(geometry.index_to_lps[:3, 0], [0, -0.8, -2])


@pytest.mark.parametrize("kept", [(0, 2), (0, 2, 4), (0, 3, 5), (1, 2, 5)])
def test_a_tilted_stack_with_gaps_keeps_its_step(kept: tuple[int, ...]) -> None:
    # 0.7 is 35 degrees, so that a step is 2.44 mm where 2 are stated.
    geometry = stack_geometry(stack(*(-2.0 * k for k in kept), y=0.7), 2.0)
    np.testing.assert_allclose(geometry.index_to_lps[:3, 0], [0, -1.4, -2])
    assert geometry.shape[0] == kept[-1] - kept[0] + 1


# --- places -------------------------------------------------------------------------------------------------


def test_positions_that_differ_in_their_last_digits_are_one_place() -> None:
    first, cluster = same_places(stack(-1.00004, 0, -1.0, -2, -1.00001))
    assert len(first) == 3
    assert cluster.tolist() == [1, 0, 1, 2, 1]


def test_minus_zero_is_zero() -> None:
    planes = Planes(("0\\0\\-0.0", "-0\\0\\0", "0\\-0.00\\0.0"), AXIAL, "1\\1", (4, 5))
    assert len(same_places(planes)[0]) == 1


@given(
    places=st.lists(st.tuples(*[st.floats(-9, 9).map(lambda v: round(v, 3))] * 3), max_size=12),
    others=st.lists(st.tuples(*[st.floats(-9, 9).map(lambda v: round(v, 3))] * 3), max_size=12),
)
def test_near_places_are_all_pairs_that_are_near(places: list, others: list) -> None:
    others = [*others, *((x + 0.0004, y, z - 0.0004) for x, y, z in places[::2])]
    one, two = (np.array(points, float).reshape(-1, 3) for points in (places, others))
    near = near_places(one, two)
    for place, found in zip(one, near, strict=True):
        assert found == np.flatnonzero(np.linalg.norm(two - place, axis=1) <= 1e-3).tolist()
