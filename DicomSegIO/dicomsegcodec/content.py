"""Pieces of content that several modules share."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.valuerep import format_number_as_ds

from .errors import ArgumentError, ArgumentTypeError
from .geometry import ds_text
from .segments import Algorithm, code_item, read_algorithm
from .sr import as_code
from .volume import CoordinateSystemNames


class AlgorithmIdentificationSequence(Sequence):
    """What made a segment, PS3.3 10.16; one item.

    Parameters
    ----------
    name : str
    family : CodedConcept or Code
        For instance `codes.cid7162.ArtificialIntelligence`.
    version : str
    source : str, optional
        Manufacturer of the algorithm.
    parameters : mapping of str to str, optional
        Stored as one text of name=value pairs.
    """

    def __init__(
        self,
        name: str,
        family: Any,
        version: str,
        source: str | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        item = Dataset()
        item.AlgorithmFamilyCodeSequence = [code_item(as_code(family))]
        item.AlgorithmName = name
        item.AlgorithmVersion = version
        if source is not None:
            item.AlgorithmSource = source
        if parameters is not None:
            item.AlgorithmParameters = ",".join(f"{key}={value}" for key, value in parameters.items())
        super().__init__([item])

    @property
    def algorithm(self) -> Algorithm:
        """All of it as one value."""
        return read_algorithm(self[0])

    @property
    def name(self) -> str:
        return self.algorithm.name

    @property
    def version(self) -> str:
        return self.algorithm.version

    @property
    def source(self) -> str | None:
        return self.algorithm.source or None

    @property
    def parameters(self) -> dict[str, str] | None:
        text = self.algorithm.parameters
        return dict(part.split("=", 1) for part in text.split(",")) if text else None


class PlanePositionSequence(Sequence):
    """Where a plane's first pixel lies, PS3.3 C.7.6.16.2.3 (patient) and C.8.12.6.1 (slide); one item.

    Parameters
    ----------
    coordinate_system : CoordinateSystemNames or str
    image_position : 3 floats
        Centre of the first pixel, mm: LPS of the patient, or x, y, z of the slide.
    pixel_matrix_position : (column, row), optional
        Of the first pixel in the total pixel matrix, from 1; needed on a slide.

    Raises
    ------
    ArgumentTypeError
        `pixel_matrix_position` is missing on a slide.
    ArgumentError
        It is below 1, or a position has not 3 numbers.
    """

    def __init__(
        self,
        coordinate_system: CoordinateSystemNames | str,
        image_position: Iterable[float],
        pixel_matrix_position: tuple[int, int] | None = None,
    ) -> None:
        position = [float(v) for v in image_position]
        if len(position) != 3:
            raise ArgumentError(f"image_position has {len(position)} numbers; it needs 3.")
        item = Dataset()
        if CoordinateSystemNames(coordinate_system) is CoordinateSystemNames.PATIENT:
            item.ImagePositionPatient = ds_text(position).split("\\")
        else:
            if pixel_matrix_position is None:
                raise ArgumentTypeError("pixel_matrix_position is needed for a position on a slide.")
            column, row = pixel_matrix_position
            if min(column, row) < 1:
                raise ArgumentError(f"pixel_matrix_position is {pixel_matrix_position}; it counts from 1.")
            item.XOffsetInSlideCoordinateSystem = format_number_as_ds(position[0])
            item.YOffsetInSlideCoordinateSystem = format_number_as_ds(position[1])
            item.ZOffsetInSlideCoordinateSystem = format_number_as_ds(position[2])
            item.ColumnPositionInTotalImagePixelMatrix = int(column)
            item.RowPositionInTotalImagePixelMatrix = int(row)
        super().__init__([item])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlanePositionSequence) and self[0] == other[0]

    __hash__ = None  # type: ignore[assignment]


class PlaneOrientationSequence(Sequence):
    """How planes are turned, PS3.3 C.7.6.16.2.4; one item.

    Parameters
    ----------
    coordinate_system : CoordinateSystemNames or str
    image_orientation : 6 floats
        Unit vectors along the rows and along the columns.
    """

    def __init__(
        self, coordinate_system: CoordinateSystemNames | str, image_orientation: Iterable[float]
    ) -> None:
        cosines = [float(v) for v in image_orientation]
        if len(cosines) != 6:
            raise ArgumentError(f"image_orientation has {len(cosines)} numbers; it needs 6.")
        item = Dataset()
        keyword = (
            "ImageOrientationPatient"
            if CoordinateSystemNames(coordinate_system) is CoordinateSystemNames.PATIENT
            else "ImageOrientationSlide"
        )
        setattr(item, keyword, ds_text(cosines).split("\\"))
        super().__init__([item])


class PixelMeasuresSequence(Sequence):
    """Sizes in a plane and between planes, PS3.3 C.7.6.16.2.1; one item.

    Parameters
    ----------
    pixel_spacing : (between rows, between columns)
        mm.
    slice_thickness : float
        mm.
    spacing_between_slices : float, optional
        mm.

    Raises
    ------
    ArgumentError
        A size is not positive.
    """

    def __init__(
        self,
        pixel_spacing: Iterable[float],
        slice_thickness: float,
        spacing_between_slices: float | None = None,
    ) -> None:
        spacing = [float(v) for v in pixel_spacing]
        sizes = [
            *spacing,
            slice_thickness,
            *([] if spacing_between_slices is None else [spacing_between_slices]),
        ]
        if len(spacing) != 2 or min(spacing) <= 0 or min(sizes) < 0:
            raise ArgumentError(
                f"Pixel measures {sizes} cannot be: two distances between pixels and a thickness, all "
                "positive."
            )
        item = Dataset()
        item.SliceThickness = format_number_as_ds(float(slice_thickness))
        if spacing_between_slices is not None:
            item.SpacingBetweenSlices = format_number_as_ds(float(spacing_between_slices))
        item.PixelSpacing = ds_text(spacing).split("\\")
        super().__init__([item])
