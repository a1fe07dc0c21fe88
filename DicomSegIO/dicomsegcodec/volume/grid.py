"""Where the voxels of a regular grid lie."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from ..content import PixelMeasuresSequence, PlaneOrientationSequence, PlanePositionSequence
from ..enums import AxisHandedness, CoordinateSystemNames
from ..errors import ArgumentError, ArgumentTypeError, GeometryMismatch, OutOfRange
from ..geometry import Geometry, Index
from ..orientation import Orientation, get_closest_patient_orientation, reference_change
from ..uid import UID


class Grid(ABC):
    """A regular grid of voxels in space.

    Parameters
    ----------
    affine : (4, 4) array
        Takes (slice, row, column, 1) to the voxel's centre, mm: LPS of the patient, or x, y, z of the slide.
        Axes need not be perpendicular: those of a tilted stack are not.
    coordinate_system : CoordinateSystemNames or str
    frame_of_reference_uid : str, optional
    from_reference_convention : str, optional
        Convention of the affine's coordinates if they are not LPS, for instance RAS as in NIfTI.

    Raises
    ------
    ArgumentError
        The affine is not 4 x 4, not finite, flat, or its last row is not 0, 0, 0, 1.
    ArgumentTypeError
        A convention is given for a slide, whose axes are not the patient's.
    """

    def __init__(
        self,
        affine: np.ndarray,
        coordinate_system: CoordinateSystemNames | str,
        frame_of_reference_uid: str | None,
        from_reference_convention: str | Sequence[str] | None = None,
    ) -> None:
        self._affine = np.array(affine, np.float64)
        if self._affine.shape != (4, 4) or not np.array_equal(self._affine[3], [0, 0, 0, 1]):
            raise ArgumentError("The affine must be 4 x 4 with the last row 0, 0, 0, 1.")
        if not np.isfinite(self._affine).all() or _flat(self._affine[:3, :3]):
            raise ArgumentError("The affine's axes must be finite, above 0 mm long and not in one plane.")
        try:
            self._coordinate_system = CoordinateSystemNames(coordinate_system)
        except ValueError as error:
            raise ArgumentError(
                f"{coordinate_system!r} is no coordinate system; known are PATIENT and SLIDE."
            ) from error
        self._frame_of_reference_uid = frame_of_reference_uid
        if from_reference_convention is not None:
            if self._coordinate_system is CoordinateSystemNames.SLIDE:
                raise ArgumentTypeError("from_reference_convention is about a patient, not about a slide.")
            self._affine = reference_change(from_reference_convention).T @ self._affine

    @property
    @abstractmethod
    def spatial_shape(self) -> Index:
        """(slices, rows, columns)."""

    @property
    def geometry(self) -> Geometry:
        """The grid as the layers underneath take it."""
        return Geometry(self.affine, self.spatial_shape, self._frame_of_reference_uid or "")

    @property
    def affine(self) -> np.ndarray:
        """(4, 4) float64: (slice, row, column, 1) to mm, LPS; a copy."""
        return self._affine.copy()

    @property
    def inverse_affine(self) -> np.ndarray:
        """(4, 4) float64: mm, LPS, to (slice, row, column, 1)."""
        return np.linalg.inv(self._affine)

    def get_affine(self, output_convention: str | Sequence[str] | None) -> np.ndarray:
        """Return the (4, 4) matrix to another convention than LPS, for instance RAS; None is LPS."""
        return (
            self.affine if output_convention is None else reference_change(output_convention) @ self._affine
        )

    @property
    def coordinate_system(self) -> CoordinateSystemNames:
        """What positions refer to."""
        return self._coordinate_system

    @property
    def frame_of_reference_uid(self) -> UID | None:
        """None where that is not stated."""
        return None if self._frame_of_reference_uid is None else UID(self._frame_of_reference_uid)

    # Lengths and directions

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Length of a step along each axis, mm."""
        return self.geometry.spacing_mm

    @property
    def pixel_spacing(self) -> tuple[float, float]:
        """Between rows and between columns, mm, as in Pixel Spacing."""
        return self.spacing[1:]

    @property
    def spacing_between_slices(self) -> float:
        """Distance of slices along their normal, mm, PS3.3 C.7.6.16.2.1; a tilted step is longer."""
        normal = np.cross(self._affine[:3, 1], self._affine[:3, 2])
        return float(abs(self._affine[:3, 0] @ normal) / np.linalg.norm(normal))

    @property
    def direction(self) -> np.ndarray:
        """(3, 3): unit vectors along the slice, row and column index, as columns."""
        return self._affine[:3, :3] / np.array(self.spacing)

    @property
    def direction_cosines(self) -> tuple[float, float, float, float, float, float]:
        """Unit vectors along a row and along a column, as in Image Orientation (Patient)."""
        ax, ay, az = self.direction[:, 2].tolist()
        bx, by, bz = self.direction[:, 1].tolist()
        return ax, ay, az, bx, by, bz

    def spacing_vectors(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the step along each axis, mm."""
        slices, rows, columns = self._affine[:3, :3].T.copy()
        return slices, rows, columns

    def unit_vectors(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the direction of each axis."""
        slices, rows, columns = self.direction.T
        return slices, rows, columns

    @property
    def handedness(self) -> AxisHandedness:
        """Of slice, row and column; right-handed as a rule."""
        right = np.linalg.det(self._affine[:3, :3]) > 0
        return AxisHandedness.RIGHT_HANDED if right else AxisHandedness.LEFT_HANDED

    @property
    def voxel_volume(self) -> float:
        """Cubic mm."""
        return float(abs(np.linalg.det(self._affine[:3, :3])))

    @property
    def physical_extent(self) -> tuple[float, float, float]:
        """Length of each side, mm, from outer face to outer face."""
        slices, rows, columns = (n * mm for n, mm in zip(self.spatial_shape, self.spacing, strict=True))
        return slices, rows, columns

    @property
    def physical_volume(self) -> float:
        """Cubic mm."""
        return self.voxel_volume * float(np.prod(self.spatial_shape))

    # Places

    @property
    def position(self) -> tuple[float, float, float]:
        """Centre of voxel (0, 0, 0), mm."""
        x, y, z = self._affine[:3, 3].tolist()
        return x, y, z

    @property
    def center_indices(self) -> tuple[float, float, float]:
        """Index of the middle; halves where a side has an even number of voxels."""
        slices, rows, columns = ((n - 1) / 2 for n in self.spatial_shape)
        return slices, rows, columns

    @property
    def nearest_center_indices(self) -> Index:
        """Index of the voxel in the middle, the lower one of two."""
        slices, rows, columns = ((n - 1) // 2 for n in self.spatial_shape)
        return slices, rows, columns

    @property
    def center_position(self) -> tuple[float, float, float]:
        """Of the middle, mm."""
        x, y, z = self.map_indices_to_reference(np.array([self.center_indices]))[0].tolist()
        return x, y, z

    def map_indices_to_reference(self, indices: np.ndarray) -> np.ndarray:
        """Return the (points, 3) positions, mm, of (points, 3) indices, which may lie between voxels."""
        return _points(indices) @ self._affine[:3, :3].T + self._affine[:3, 3]

    def map_reference_to_indices(
        self, coordinates: np.ndarray, round_output: bool = False, check_bounds: bool = False
    ) -> np.ndarray:
        """Return the (points, 3) indices of (points, 3) positions, mm.

        Parameters
        ----------
        round_output : bool
            To the nearest voxel, as integers.
        check_bounds : bool
            Refuse positions outside of the grid, voxels being boxes around their centres.

        Raises
        ------
        GeometryMismatch
            A position lies outside; also a RuntimeError.
        """
        inverse = self.inverse_affine
        indices = _points(coordinates) @ inverse[:3, :3].T + inverse[:3, 3]
        outside = ((indices < -0.5) | (indices > np.array(self.spatial_shape) - 0.5)).any(axis=1)
        if check_bounds and outside.any():
            place = np.asarray(coordinates)[int(outside.argmax())].tolist()
            raise GeometryMismatch(
                f"Position {place} lies outside of the grid of {self.spatial_shape} voxels."
            )
        return np.around(indices).astype(np.int64) if round_output else indices

    def get_closest_patient_orientation(self) -> Orientation:
        """Return towards which side of the patient each axis runs most nearly.

        Raises
        ------
        GeometryMismatch
            The grid lies on a slide; also a RuntimeError.
        """
        if self._coordinate_system is not CoordinateSystemNames.PATIENT:
            raise GeometryMismatch("The grid lies on a slide; it has no sides of a patient.")
        return get_closest_patient_orientation(self._affine)

    # As DICOM writes it

    def get_plane_position(self, plane_index: int) -> PlanePositionSequence:
        """Return the position of a slice, from 0.

        Raises
        ------
        OutOfRange
        """
        if not 0 <= plane_index < self.spatial_shape[0]:
            raise OutOfRange(f"There is no slice {plane_index}; there are 0 to {self.spatial_shape[0] - 1}.")
        position = self.map_indices_to_reference(np.array([[plane_index, 0, 0]]))[0]
        on_slide = self._coordinate_system is CoordinateSystemNames.SLIDE
        return PlanePositionSequence(self._coordinate_system, position, (1, 1) if on_slide else None)

    def get_plane_positions(self) -> list[PlanePositionSequence]:
        """Return the position of every slice."""
        return [self.get_plane_position(i) for i in range(self.spatial_shape[0])]

    def get_plane_orientation(self) -> PlaneOrientationSequence:
        """Return the directions of the rows and columns."""
        return PlaneOrientationSequence(self._coordinate_system, self.direction_cosines)

    def get_pixel_measures(self) -> PixelMeasuresSequence:
        """Return the spacings; slices are as thick as they are apart."""
        between = self.spacing_between_slices
        return PixelMeasuresSequence(self.pixel_spacing, between, between)

    def geometry_equal(self, other: "Grid", tol: float | None = 1e-5) -> bool:
        """Tell whether another grid has the same voxels in the same order.

        Parameters
        ----------
        tol : float, optional
            Largest difference of an affine's number, mm; None asks for the very same numbers.
        """
        return (
            self.spatial_shape == other.spatial_shape
            and self._coordinate_system is other._coordinate_system
            and same_frame_of_reference(self, other)
            and np.allclose(self._affine, other._affine, rtol=0, atol=0 if tol is None else tol)
        )


def same_frame_of_reference(one: Grid, other: Grid) -> bool:
    """Tell whether two grids can be in one frame of reference; one that is not stated may be any."""
    uids = {grid._frame_of_reference_uid for grid in (one, other)} - {None}
    return len(uids) < 2


def _flat(axes: np.ndarray) -> bool:
    """Tell whether three axes, as columns, span no space."""
    lengths = np.linalg.norm(axes, axis=0)
    return bool(lengths.min() == 0 or abs(np.linalg.det(axes / lengths)) < 1e-6)


def _points(points: np.ndarray) -> np.ndarray:
    array = np.asarray(points, np.float64)
    if array.ndim != 2 or array.shape[1] != 3:
        raise ArgumentError(f"Points of shape {array.shape}; they need (points, 3).")
    return array
