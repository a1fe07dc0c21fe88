"""The description of one segment: an item of the Segment Sequence, PS3.3 C.8.20.4."""

from collections.abc import Iterable
from dataclasses import replace
from operator import index
from typing import Any, Self, SupportsIndex

from pydicom.dataset import Dataset

from ..color import CIELabColor
from ..content import AlgorithmIdentificationSequence
from ..errors import ArgumentError, ArgumentTypeError
from ..segments import Algorithm, Region, Segment, read_segment, write_segment
from ..sr import CodedConcept, as_code, as_codes
from .argument_types import checked
from .enums import SegmentAlgorithmTypeValues


class SegmentDescription(Dataset):
    """What one segment is.

    Parameters
    ----------
    segment_number : int
        1 to 65535.
    segment_label : str
        What people call it. Over 64 characters, or with a backslash, the standard's attribute holds a
        shortened form and the whole is kept beside it.
    segmented_property_category, segmented_property_type : CodedConcept or Code
    algorithm_type : SegmentAlgorithmTypeValues or str
    algorithm_identification : AlgorithmIdentificationSequence, optional
        Needed unless the type is MANUAL.
    tracking_uid, tracking_id : str, optional
        Both or neither.
    anatomic_regions, primary_anatomic_structures : sequence of CodedConcept or Code, optional
    display_color : CIELabColor, optional
    segment_description : str, optional

    Raises
    ------
    ArgumentError
        The number is out of range or the algorithm type unknown.
    ArgumentTypeError
        A concept is no code, the algorithm is not identified, or only one of tracking ID and UID is given.
    """

    @checked
    def __init__(
        self,
        segment_number: int,
        segment_label: str,
        segmented_property_category: Any,
        segmented_property_type: Any,
        algorithm_type: SegmentAlgorithmTypeValues | str,
        algorithm_identification: AlgorithmIdentificationSequence | None = None,
        tracking_uid: str | None = None,
        tracking_id: str | None = None,
        anatomic_regions: Iterable[Any] | None = None,
        primary_anatomic_structures: Iterable[Any] | None = None,
        display_color: CIELabColor | None = None,
        segment_description: str | None = None,
    ) -> None:
        super().__init__()
        if (tracking_uid is None) != (tracking_id is None):
            raise ArgumentTypeError(
                "Only one of tracking_id and tracking_uid is given; give both or neither."
            )
        segment = Segment(
            number=_whole(segment_number),
            label=segment_label,
            category=as_code(segmented_property_category),
            type=as_code(segmented_property_type),
            regions=tuple(Region(code) for code in as_codes(anatomic_regions)),
            primary_structures=tuple(Region(code) for code in as_codes(primary_anatomic_structures)),
            algorithm=_algorithm(algorithm_type, algorithm_identification),
            cielab=display_color.value if display_color is not None else None,
            tracking_id=tracking_id or "",
            tracking_uid=tracking_uid or "",
            description=segment_description or "",
        )
        self.update(write_segment(segment))

    @classmethod
    def from_dataset(cls, dataset: Dataset) -> Self:
        """Return an item of a Segment Sequence as a description."""
        description = cls.__new__(cls)
        Dataset.__init__(description)
        description.update(dataset)
        # Texts that nobody has asked for yet are bytes in the character set of the file.
        implicit, little = dataset.original_encoding
        description.set_original_encoding(implicit, little, dataset.original_character_set)
        return description

    @property
    def segment(self) -> Segment:
        """All of it as one value."""
        return read_segment(self)[0]

    @property
    def segment_number(self) -> int:
        """1 to 65535."""
        return int(self.SegmentNumber)

    @property
    def segment_label(self) -> str:
        """The whole label, also where the standard's attribute holds a shortened form."""
        return self.segment.label

    @property
    def segmented_property_category(self) -> CodedConcept:
        """The kind of thing the segment is, for instance an organ."""
        return CodedConcept.from_code(self.segment.category)

    @property
    def segmented_property_type(self) -> CodedConcept:
        """What exactly it is, for instance a liver."""
        return CodedConcept.from_code(self.segment.type)

    @property
    def algorithm_type(self) -> SegmentAlgorithmTypeValues:
        """What drew it."""
        return SegmentAlgorithmTypeValues(self.segment.algorithm.type)

    @property
    def algorithm_identification(self) -> AlgorithmIdentificationSequence | None:
        """Which algorithm drew it; None where no family of algorithms is stated, as in MANUAL."""
        algorithm = self.segment.algorithm
        if algorithm.family is None:
            return None
        sequence = AlgorithmIdentificationSequence(
            algorithm.name, algorithm.family, algorithm.version, algorithm.source or None
        )
        if algorithm.parameters:
            sequence[0].AlgorithmParameters = algorithm.parameters
        return sequence

    @property
    def tracking_id(self) -> str | None:
        """What people call the finding across studies; None where it is not tracked."""
        return self.segment.tracking_id or None

    @property
    def tracking_uid(self) -> str | None:
        """Unique identifier of the finding across studies; None where it is not tracked."""
        return self.segment.tracking_uid or None

    @property
    def anatomic_regions(self) -> list[CodedConcept]:
        """Where it lies; empty where that is not stated."""
        return [CodedConcept.from_code(region.code) for region in self.segment.regions]

    @property
    def primary_anatomic_structures(self) -> list[CodedConcept]:
        """The structures of most interest in it; empty where none is stated."""
        return [CodedConcept.from_code(region.code) for region in self.segment.primary_structures]

    @property
    def display_color(self) -> CIELabColor | None:
        """The colour to show it in; None where there is none."""
        stored = self.segment.cielab
        return None if stored is None else CIELabColor.from_dicom_value(stored)


def segments_of(descriptions: Iterable[SegmentDescription]) -> tuple[Segment, ...]:
    """Return what descriptions say.

    Raises
    ------
    ArgumentTypeError
        One is something else.
    """
    segments = []
    for description in descriptions:
        if not isinstance(description, SegmentDescription):
            raise ArgumentTypeError(
                f"A segment is described by a SegmentDescription, not by {type(description).__name__}; "
                "SegmentDescription.from_dataset takes an item of a Segment Sequence."
            )
        segments.append(description.segment)
    return tuple(segments)


def _whole(number: SupportsIndex) -> int:
    try:
        return index(number)
    except TypeError as error:
        raise ArgumentTypeError(f"segment_number is {number!r}; give a whole number.") from error


def _algorithm(
    kind: SegmentAlgorithmTypeValues | str, identification: AlgorithmIdentificationSequence | None
) -> Algorithm:
    try:
        kind = SegmentAlgorithmTypeValues(kind)
    except ValueError as error:
        raise ArgumentError(
            f"Algorithm type '{kind}' is not one of {', '.join(SegmentAlgorithmTypeValues)}."
        ) from error
    if identification is None:
        if kind is not SegmentAlgorithmTypeValues.MANUAL:
            raise ArgumentTypeError(f"algorithm_identification is needed where the algorithm type is {kind}.")
        return Algorithm()
    return replace(identification.algorithm, type=kind.value)
