"""Planes and regular grids in the patient coordinate system, millimetres, LPS.

`Planes` is what a file states (Image Position, Image Orientation, Pixel Spacing;
PS3.3 C.7.6.2, C.7.6.16.2.3 and C.7.6.16.2.4), evenly spaced or not. `Geometry`
is a regular grid. Axes are in array order: slice, row, column.

Positions and directions go to a file as decimal strings of at most 16 characters
(PS3.5 6.2), so a `Planes` keeps the strings beside the numbers: what comes from
a source image goes out word for word, and numbers in memory are those of the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from pydicom.valuerep import format_number_as_ds

from .errors import ArgumentError, IrregularPlanes
from .regularity import SPACING_TOLERANCE, USUAL, Regularity

Index = tuple[int, int, int]
"""(slice, row, column), from 0, in the order of array axes."""

SAME_PLACE_MM = 1e-3
"""Positions closer than this are one place: decimal strings of a place may differ in their last digits."""

DIRECTION_TOLERANCE = 1e-4
"""Largest difference of direction cosines that are taken for the same direction."""


def ds_text(values: Sequence[float] | np.ndarray) -> str:
    """Return numbers as the text of a decimal string, PS3.5 6.2."""
    return "\\".join(format_number_as_ds(float(v) + 0.0) for v in values)  # + 0.0 turns -0.0 into 0.0


def ds_values(text: str) -> list[float]:
    """Return the numbers of a decimal string."""
    return [float(part) for part in text.split("\\")]


def finite_numbers(text: str) -> list[float]:
    """Return the finite numbers of a decimal string; none where any part of it is something else."""
    try:
        values = ds_values(text)
    except ValueError:
        return []
    return values if np.isfinite(values).all() else []


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """A regular grid of voxels.

    Parameters
    ----------
    index_to_lps : (4, 4) float64 array
        Takes (slice, row, column, 1) to the voxel's centre in mm, left-posterior-superior.
    shape : (slices, rows, columns)
    frame_of_reference : str
        Frame of Reference UID; empty where unknown.
    """

    index_to_lps: np.ndarray
    shape: Index
    frame_of_reference: str = ""

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between slices, rows and columns."""
        slices, rows, columns = np.linalg.norm(self.index_to_lps[:3, :3], axis=0).tolist()
        return slices, rows, columns

    @property
    def orthogonal(self) -> bool:
        """Whether the slice axis is perpendicular to the planes, as DICOM planes of a stack need not be."""
        axes = self.index_to_lps[:3, :3] / np.linalg.norm(self.index_to_lps[:3, :3], axis=0)
        return bool(np.abs(axes.T @ axes - np.eye(3)).max() < DIRECTION_TOLERANCE)

    def differs_from(self, other: "Geometry") -> str:
        """Say in words how `other` is another grid, or return an empty string if it is the same."""
        if self.shape != other.shape:
            return f"{_by(self.shape)} voxels against {_by(other.shape)}"
        corners = np.array([[s, r, c, 1.0] for s in (0, 1) for r in (0, 1) for c in (0, 1)]).T
        corners[:3] *= np.array(self.shape)[:, None] - 1
        distance = np.linalg.norm((self.index_to_lps - other.index_to_lps)[:3] @ corners, axis=0).max()
        limit = SPACING_TOLERANCE * min(*self.spacing_mm, *other.spacing_mm)
        return f"corners up to {distance:.3g} mm apart" if distance > limit else ""

    @classmethod
    def of(cls, planes: "Planes", regularity: Regularity = USUAL) -> Self:
        """Return the regular grid of `planes`, in their order.

        Raises
        ------
        IrregularPlanes
            The planes are unevenly spaced, duplicated or not in line.
        """
        if not planes.located:
            raise IrregularPlanes("The images state no place in space, so they are no regular grid.")
        step = planes.regular_step_mm(regularity)
        columns, rows = planes.row_direction, planes.column_direction
        matrix = np.eye(4)
        matrix[:3, 0] = step
        matrix[:3, 1] = rows * planes.spacing_mm[0]
        matrix[:3, 2] = columns * planes.spacing_mm[1]
        matrix[:3, 3] = planes.positions_mm[0]
        return cls(matrix, (len(planes), *planes.shape), planes.frame_of_reference)


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """Parallel planes of one size, orientation and pixel spacing, in the order of an array's first axis.

    Parameters
    ----------
    positions : sequence of str
        Image Position (Patient) of each plane, as decimal strings.
    orientation : str
        Image Orientation (Patient) as a decimal string: row direction, then column direction; empty where
        the planes have no place in space.
    spacing : str
        Pixel Spacing as a decimal string: between rows, then between columns, mm; empty where unknown.
    shape : (rows, columns)
    frame_of_reference : str
        Frame of Reference UID.
    thickness : str
        Slice Thickness, mm, as a decimal string; empty where unknown.
    time_points : tuple of int
        Temporal Position Index of each plane, from 1, PS3.3 C.7.6.16.2.2.6: planes of several times may share
        a place. Empty where nothing is said of time.
    """

    positions: Sequence[str]
    orientation: str
    spacing: str
    shape: tuple[int, int]
    frame_of_reference: str = ""
    thickness: str = ""
    time_points: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.positions)

    def fault(self) -> str:
        """Say in words why the numbers are no planes in space, or return an empty string if they are."""
        for position in self.positions:
            if len(finite_numbers(position)) != 3:
                return f"Image Position (Patient) '{position}' is not three numbers"
        directions = np.array(finite_numbers(self.orientation))
        if directions.size != 6:
            return f"Image Orientation (Patient) '{self.orientation}' is not six numbers"
        lengths = np.linalg.norm(directions.reshape(2, 3), axis=1)
        if np.abs(lengths - 1).max() > 0.1 or abs(float(directions[:3] @ directions[3:])) > 0.01:
            return f"Image Orientation (Patient) '{self.orientation}' is not two perpendicular unit vectors"
        spacing = finite_numbers(self.spacing)
        if len(spacing) != 2 or min(spacing) <= 0:
            return f"Pixel Spacing '{self.spacing}' is not two numbers above 0"
        if self.thickness and len(finite_numbers(self.thickness)) != 1:
            return f"Slice Thickness '{self.thickness}' is not a number"
        return ""

    @property
    def located(self) -> bool:
        """Whether the planes have a place in space; images without a frame of reference have none."""
        return bool(self.orientation)

    def same_grid(self, other: "Planes") -> bool:
        """Tell whether size, orientation and pixel spacing are those of other planes."""
        return (
            self.shape == other.shape
            and self.located == other.located
            and np.allclose(self.row_direction, other.row_direction, rtol=0, atol=DIRECTION_TOLERANCE)
            and np.allclose(self.column_direction, other.column_direction, rtol=0, atol=DIRECTION_TOLERANCE)
            and np.allclose(self.spacing_mm, other.spacing_mm, rtol=SPACING_TOLERANCE, atol=0)
        )

    @property
    def positions_mm(self) -> np.ndarray:
        """(planes, 3) float64, LPS: the centre of each plane's first pixel."""
        return np.array([ds_values(p) for p in self.positions], np.float64).reshape(-1, 3)

    @property
    def row_direction(self) -> np.ndarray:
        """(3,) unit vector along a row, towards increasing column index."""
        return _unit(np.array(ds_values(self.orientation)[:3]))

    @property
    def column_direction(self) -> np.ndarray:
        """(3,) unit vector along a column, towards increasing row index."""
        return _unit(np.array(ds_values(self.orientation)[3:]))

    @property
    def spacing_mm(self) -> tuple[float, float]:
        """Distance between rows and between columns."""
        between_rows, between_columns = ds_values(self.spacing)
        return between_rows, between_columns

    @property
    def stack_direction(self) -> np.ndarray:
        """(3,) unit normal along which planes are ordered: with (slice, row, column) it is right-handed."""
        return np.cross(self.column_direction, self.row_direction)

    def distances_mm(self) -> np.ndarray:
        """(planes,) float64: place of each plane along `stack_direction`."""
        return self.positions_mm @ self.stack_direction if self.located else np.zeros(len(self))

    @property
    def times(self) -> np.ndarray:
        """(planes,) int64: the time point of each plane; all 0 where nothing is said of time."""
        return np.array(self.time_points or [0] * len(self), np.int64)

    def take(self, order: Sequence[int] | np.ndarray) -> Self:
        """Return the planes of these indices, in this order."""
        chosen = [int(i) for i in order]
        return replace(
            self,
            positions=tuple(self.positions[i] for i in chosen),
            time_points=tuple(self.time_points[i] for i in chosen) if self.time_points else (),
        )

    def regular_step_mm(self, regularity: Regularity = USUAL) -> np.ndarray:
        """Return the (3,) vector from each plane to the next.

        A single plane steps by its thickness, or 1 mm, along `stack_direction`.

        Raises
        ------
        IrregularPlanes
        """
        count, positions = len(self), self.positions_mm
        if count == 1:
            return self.stack_direction * (float(self.thickness or 0) or 1.0)
        times = sorted(set(self.time_points))
        if len(times) > 1:
            named = ", ".join(map(str, times))
            raise IrregularPlanes(f"The {count} planes are of the time points {named}; choose those of one.")
        step = (positions[-1] - positions[0]) / (count - 1)
        length = float(np.linalg.norm(step))
        gaps = np.linalg.norm(np.diff(positions, axis=0), axis=1)
        if length == 0 or gaps.min() == 0:
            plane = int(np.argmin(gaps))
            raise IrregularPlanes(
                f"Planes {plane + 1} and {plane + 2} of {count} are at the same position "
                f"({self.positions[plane]}); choose the images of one time point or one stack."
            )
        off = np.linalg.norm(positions - (positions[0] + np.arange(count)[:, None] * step), axis=1)
        regularity.check_tilt(step, self.stack_direction)
        if off.max() > regularity.limit_mm(length):
            widest = int(np.argmax(gaps))
            raise IrregularPlanes(
                f"The {count} planes are not evenly spaced: planes {widest + 1} and {widest + 2} are "
                f"{gaps[widest]:.6g} mm apart where the usual distance is {np.median(gaps):.6g} mm; "
                "an image is missing from the series, or it holds more than one stack."
            )
        return step

    def spacing_between_slices_mm(self) -> float | None:
        """Return the distance between neighbouring planes along their normal, or None if they are uneven."""
        ordered = np.sort(self.distances_mm())
        if self.time_points:  # planes of several times at one place are one
            ordered = ordered[np.diff(ordered, prepend=-np.inf) > SAME_PLACE_MM]
        if len(ordered) < 2:
            return None
        gaps = np.diff(ordered)
        mean = (ordered[-1] - ordered[0]) / (len(ordered) - 1)
        if mean <= 0 or np.abs(gaps - mean).max() > SPACING_TOLERANCE * mean:
            return None
        return float(mean)

    @classmethod
    def of(cls, geometry: Geometry) -> Self:
        """Return the planes of a regular grid, their numbers rounded to decimal strings.

        Raises
        ------
        ArgumentError
            Rows and columns of the grid are not perpendicular, which no DICOM image can express.
        """
        matrix = geometry.index_to_lps
        between_slices, between_rows, between_columns = geometry.spacing_mm
        row_direction = matrix[:3, 2] / between_columns
        column_direction = matrix[:3, 1] / between_rows
        if abs(float(row_direction @ column_direction)) > DIRECTION_TOLERANCE:
            raise ArgumentError(
                "Rows and columns of the grid are not perpendicular; "
                "resample it to a grid without shear in its planes."
            )
        indices = np.arange(geometry.shape[0])[:, None]
        positions = matrix[:3, 3] + indices * matrix[:3, 0]
        return cls(
            tuple(ds_text(p) for p in positions),
            ds_text([*row_direction, *column_direction]),
            ds_text([between_rows, between_columns]),
            geometry.shape[1:],
            geometry.frame_of_reference,
            ds_text([between_slices]),
        )


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def _by(shape: Sequence[int]) -> str:
    return " x ".join(str(n) for n in shape)
