"""Planes and grids, to and from the decimal strings of a file."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dicomsegcodec.errors import ArgumentError, IrregularPlanes
from dicomsegcodec.geometry import Geometry, Planes, ds_text, ds_values
from strategies import geometries, rotations

AXIAL = "1\\0\\0\\0\\1\\0"


def stack(*places: float, orientation: str = AXIAL, thickness: str = "") -> Planes:
    """Return axial planes at these places along z."""
    return Planes(tuple(f"0\\0\\{z}" for z in places), orientation, "1\\1", (4, 5), "1.2", thickness)


@given(values=st.lists(st.floats(-1e99, 1e99), min_size=1, max_size=6))
def test_decimal_strings_have_at_most_16_characters_and_keep_ten_digits(values: list[float]) -> None:
    text = ds_text(values)
    assert all(len(part) <= 16 for part in text.split("\\"))
    np.testing.assert_allclose(ds_values(text), values, rtol=1e-8, atol=0)
    assert "-0" not in text.split("\\")
    assert "-0.0" not in text.split("\\")


@given(geometry=geometries())
def test_a_grid_comes_back_from_its_planes(geometry: Geometry) -> None:
    planes = Planes.of(geometry)
    assert planes.fault() == ""
    assert all(len(part) <= 16 for text in planes.positions for part in text.split("\\"))
    again = Geometry.of(planes)
    assert again.shape == geometry.shape
    assert again.frame_of_reference == geometry.frame_of_reference
    if geometry.shape[0] > 1:
        assert again.differs_from(geometry) == ""
        np.testing.assert_allclose(again.index_to_lps, geometry.index_to_lps, atol=1e-6)


@given(geometry=geometries())
def test_planes_lie_where_the_first_voxels_of_the_slices_do(geometry: Geometry) -> None:
    corners = np.array([[k, 0, 0, 1.0] for k in range(geometry.shape[0])])
    np.testing.assert_allclose(
        Planes.of(geometry).positions_mm, (corners @ geometry.index_to_lps.T)[:, :3], atol=1e-6
    )


@given(geometry=geometries(), turned=rotations())
def test_slices_are_ordered_so_that_slice_row_column_is_right_handed(geometry: Geometry, turned) -> None:
    planes = Planes.of(geometry)
    axes = np.stack([planes.stack_direction, planes.column_direction, planes.row_direction], axis=1)
    assert np.linalg.det(axes) == pytest.approx(1)


def test_an_axial_stack_goes_from_head_to_feet() -> None:
    assert stack(0).stack_direction.tolist() == [0, 0, -1]


@given(geometry=geometries(sheared=False))
def test_a_grid_is_orthogonal_unless_it_is_sheared(geometry: Geometry) -> None:
    assert geometry.orthogonal
    tilted = geometry.index_to_lps.copy()
    tilted[:3, 0] += 0.1 * tilted[:3, 1] / np.linalg.norm(tilted[:3, 1]) * np.linalg.norm(tilted[:3, 0])
    assert not Geometry(tilted, geometry.shape).orthogonal


def test_rows_and_columns_that_are_not_perpendicular_are_refused() -> None:
    matrix = np.eye(4)
    matrix[1, 2] = 0.2
    with pytest.raises(ArgumentError, match="perpendicular"):
        Planes.of(Geometry(matrix, (2, 3, 4)))


@given(geometry=geometries(), data=st.data())
def test_differences_of_grids_are_said_in_words(geometry: Geometry, data: st.DataObject) -> None:
    assert geometry.differs_from(Geometry(geometry.index_to_lps.copy(), geometry.shape)) == ""
    assert "voxels" in geometry.differs_from(Geometry(geometry.index_to_lps, (*geometry.shape[:2], 99)))
    moved = geometry.index_to_lps.copy()
    moved[data.draw(st.integers(0, 2)), 3] += 0.5 * min(geometry.spacing_mm)
    assert "mm apart" in geometry.differs_from(Geometry(moved, geometry.shape))


# --- spacing ------------------------------------------------------------------------------------------------


@given(
    count=st.integers(2, 40),
    spacing=st.floats(0.1, 10),
    off=st.lists(st.floats(-0.004, 0.004), min_size=40, max_size=40),
)
def test_planes_within_a_hundredth_of_their_spacing_are_regular(
    count: int, spacing: float, off: list[float]
) -> None:
    planes = stack(*(k * spacing * (1 + o / max(k, 1)) for k, o in zip(range(count), off, strict=False)))
    assert planes.spacing_between_slices_mm() == pytest.approx(spacing, rel=0.01)
    assert np.linalg.norm(planes.regular_step_mm()) == pytest.approx(spacing, rel=0.01)


@given(count=st.integers(3, 20), missing=st.integers(1, 18), spacing=st.floats(0.1, 10))
def test_a_missing_plane_is_found_and_named(count: int, missing: int, spacing: float) -> None:
    assume(missing < count)
    planes = stack(*(k * spacing for k in range(count + 1) if k != missing))
    assert planes.spacing_between_slices_mm() is None
    with pytest.raises(IrregularPlanes, match=rf"planes {missing} and {missing + 1} are .* apart"):
        planes.regular_step_mm()


def test_planes_at_one_position_are_refused() -> None:
    for places in ((0, 0), (0, 1, 1, 2), (0, 1, 0, 1)):
        with pytest.raises(IrregularPlanes):
            stack(*places).regular_step_mm()
        assert stack(*places).spacing_between_slices_mm() is None


def test_a_tilted_stack_has_its_spacing_along_the_normal_and_its_step_along_the_tilt() -> None:
    planes = Planes(("0\\0\\0", "0\\1\\2", "0\\2\\4"), AXIAL, "1\\1", (4, 5))
    assert planes.spacing_between_slices_mm() == pytest.approx(2)
    np.testing.assert_allclose(planes.regular_step_mm(), [0, 1, 2])
    assert not Geometry.of(planes).orthogonal


def test_a_single_plane_steps_by_its_thickness_or_by_one_millimetre() -> None:
    assert stack(5, thickness="3").regular_step_mm().tolist() == [0, 0, -3]
    assert stack(5).regular_step_mm().tolist() == [0, 0, -1]
    assert stack(5).spacing_between_slices_mm() is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"positions": ("1\\2",)}, "Position"),
        ({"positions": ("0\\0\\0", "1\\2\\x")}, "1\\\\2\\\\x"),
        ({"positions": ("nan\\0\\0",)}, "Position"),
        ({"orientation": "1\\0\\0"}, "Orientation"),
        ({"orientation": "0\\0\\0\\0\\0\\0"}, "perpendicular"),
        ({"orientation": "1\\0\\0\\1\\0\\0"}, "perpendicular"),
        ({"orientation": "2\\0\\0\\0\\2\\0"}, "unit"),
        ({"spacing": "1"}, "Spacing"),
        ({"spacing": "0\\1"}, "Spacing"),
        ({"spacing": "-1\\1"}, "Spacing"),
        ({"spacing": "inf\\1"}, "Spacing"),
        ({"thickness": "thick"}, "Thickness"),
    ],
)
def test_numbers_that_are_no_planes_are_said_to_be_none(change: dict, words: str) -> None:
    parts = {"positions": ("0\\0\\0",), "orientation": AXIAL, "spacing": "1\\1", "shape": (4, 5), **change}
    assert words.replace("\\\\", "\\") in Planes(**parts).fault()


def test_directions_written_with_four_digits_are_directions() -> None:
    assert Planes(("0\\0\\0",), "0.8660\\0.5000\\0\\-0.5\\0.866\\0", "1\\1", (4, 5)).fault() == ""
