"""Pieces of content that several modules share."""

import copy as copying
from collections.abc import Iterable, Mapping
from typing import Any, Self

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.valuerep import format_number_as_ds

from .contributors import ContentCreatorIdentificationCodeSequence
from .enums import CoordinateSystemNames
from .errors import ArgumentError, ArgumentTypeError
from .geometry import ds_text
from .palette_color import PaletteColorLUTTransformation
from .palette_table import PaletteColorLUT, SegmentedPaletteColorLUT
from .segments import Algorithm, code_item, read_algorithm
from .sr import CodedConcept, as_code
from .texts import check_text

__all__ = [
    "AlgorithmIdentificationSequence",
    "ContentCreatorIdentificationCodeSequence",
    "PaletteColorLUT",
    "PaletteColorLUTTransformation",
    "PixelMeasuresSequence",
    "PlaneOrientationSequence",
    "PlanePositionSequence",
    "SegmentedPaletteColorLUT",
]


class OneItem(Sequence):
    """A sequence of one item, as functional groups and identifications are."""

    @classmethod
    def from_sequence(cls, sequence: Iterable[Dataset], copy: bool = True) -> Self:
        """Return such a sequence of a data set as one of this class.

        Parameters
        ----------
        copy : bool
            Take a copy of its item; otherwise the item itself.

        Raises
        ------
        ArgumentError
            It has not exactly one item.
        """
        items = list(sequence)
        if len(items) != 1:
            raise ArgumentError(f"The sequence has {len(items)} items; {cls.__name__} has one.")
        made = cls.__new__(cls)
        Sequence.__init__(made, copying.deepcopy(items) if copy else items)
        return made


class AlgorithmIdentificationSequence(OneItem):
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
        Stored as one text of name=value pairs, of at most 10240 characters.
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
            text = ",".join(f"{key}={value}" for key, value in parameters.items())
            item.AlgorithmParameters = check_text("parameters", text, "LT", empty=True)
        super().__init__([item])

    @property
    def algorithm(self) -> Algorithm:
        """All of it as one value."""
        return read_algorithm(self[0])

    @property
    def name(self) -> str:
        """What the algorithm is called."""
        return self.algorithm.name

    @property
    def family(self) -> CodedConcept | None:
        """Its kind, CID 7162; None where that is not stated."""
        family = self.algorithm.family
        return None if family is None else CodedConcept.from_code(family)

    @property
    def version(self) -> str:
        """Which version it was."""
        return self.algorithm.version

    @property
    def source(self) -> str | None:
        """Its manufacturer; None where that is not stated."""
        return self.algorithm.source or None

    @property
    def parameters(self) -> dict[str, str] | None:
        """What it was called with; None where nothing is stated."""
        found: dict[str, str] = {}
        last = ""
        for part in self.algorithm.parameters.split(","):
            name, equals, value = part.partition("=")
            if equals:
                last = name
                found[name] = value
            elif part or found:  # a comma in a value, or a text that is no pairs at all
                found[last] = f"{found[last]},{part}" if last in found else part
        return found or None


class PlanePositionSequence(OneItem):
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


class PlaneOrientationSequence(OneItem):
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

    @property
    def cosines(self) -> tuple[float, ...]:
        """Unit vectors along the rows and along the columns, six numbers."""
        item = self[0]
        stored = item.get("ImageOrientationPatient") or item.ImageOrientationSlide
        return tuple(float(cosine) for cosine in stored)


class PixelMeasuresSequence(OneItem):
    """Sizes in a plane and between planes, PS3.3 C.7.6.16.2.1; one item.

    Parameters
    ----------
    pixel_spacing : (between rows, between columns)
        mm.
    slice_thickness : float, optional
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
        slice_thickness: float | None,
        spacing_between_slices: float | None = None,
    ) -> None:
        spacing = [float(v) for v in pixel_spacing]
        sizes = [*spacing, *(v for v in (slice_thickness, spacing_between_slices) if v is not None)]
        if len(spacing) != 2 or min(spacing) <= 0 or min(sizes) < 0:
            raise ArgumentError(
                f"Pixel measures {sizes} cannot be: two distances between pixels and a thickness, all "
                "positive."
            )
        item = Dataset()
        if slice_thickness is not None:
            item.SliceThickness = format_number_as_ds(float(slice_thickness))
        if spacing_between_slices is not None:
            item.SpacingBetweenSlices = format_number_as_ds(float(spacing_between_slices))
        item.PixelSpacing = ds_text(spacing).split("\\")
        super().__init__([item])
