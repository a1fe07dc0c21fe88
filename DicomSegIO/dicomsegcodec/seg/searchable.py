"""What a segmentation object tells of itself without its pixels: its segments, sources and dimensions."""

import copy as copying
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID as PydicomUID

from ..encodings import SegmentationType
from ..enums import CoordinateSystemNames
from ..errors import UnknownSegment
from ..findings import Finding
from ..frame_lookup import SEGMENT_POINTER, dimension_places, dimension_pointers, known_dimensions
from ..interpret import read_type
from ..segments import Code, Segment, read_segment
from ..sr import CodedConcept, same_code
from ..stored_places import is_tiled
from ..stored_segments import segment_items
from ..uid import UID
from .description import SegmentDescription
from .enums import (
    SegmentAlgorithmTypeValues,
    SegmentationFractionalTypeValues,
    SegmentationTypeValues,
)
from .stored_dataset import StoredDataset


class SearchableSegmentation(StoredDataset):
    """A segmentation that can be searched."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was mended or assumed when the object was made or read."""
        made: tuple[Finding, ...] = getattr(self, "_findings", ())
        return made or self._stored().findings

    # The object

    @property
    def segmentation_type(self) -> SegmentationTypeValues:
        """BINARY, FRACTIONAL or LABELMAP, PS3.3 C.8.20.2.3."""
        return SegmentationTypeValues(read_type(self._header()))

    @property
    def segmentation_fractional_type(self) -> SegmentationFractionalTypeValues | None:
        """PROBABILITY or OCCUPANCY; None for other types of segmentation, and where it is not stated."""
        stated = self._header().get("SegmentationFractionalType")
        if self.segmentation_type != SegmentationType.FRACTIONAL or not stated:
            return None
        return SegmentationFractionalTypeValues(stated)

    @property
    def transfer_syntax_uid(self) -> PydicomUID:
        """How the object is encoded."""
        return self.file_meta.TransferSyntaxUID

    @property
    def number_of_frames(self) -> int:
        """Stored frames; empty ones may be left out."""
        return self._stored().number_of_frames

    @property
    def is_tiled(self) -> bool:
        """Whether the frames are tiles of a total pixel matrix."""
        return is_tiled(self._stored())

    @property
    def coordinate_system(self) -> CoordinateSystemNames | None:
        """What the frames' positions refer to; None where they state none."""
        stored = self._stored()
        if is_tiled(stored):
            return CoordinateSystemNames.SLIDE
        return None if stored.planes is None else CoordinateSystemNames.PATIENT

    def is_indexable_as_total_pixel_matrix(self) -> bool:
        """Tell whether `get_total_pixel_matrix` has one to give."""
        return self.is_tiled

    # Segments

    @property
    def number_of_segments(self) -> int:
        """Without the background of a label map."""
        return len(self._items())

    @property
    def segment_numbers(self) -> list[int]:
        """Segment Numbers in the order of the Segment Sequence; those of a label map may have gaps."""
        return [int(item.SegmentNumber) for item in self._items()]

    @property
    def segmented_property_categories(self) -> list[CodedConcept]:
        """The kinds of things that segments are, each once, in the order of the segments."""
        return _distinct(segment.category for segment in self._segments())

    @property
    def segmented_property_types(self) -> list[CodedConcept]:
        """What exactly segments are, each once, in the order of the segments."""
        return _distinct(segment.type for segment in self._segments())

    def get_segment_description(self, segment_number: int) -> SegmentDescription:
        """Return the description of a segment; a copy, the object is not changed through it.

        Raises
        ------
        UnknownSegment
            There is none of this number; also an IndexError.
        """
        for item in self._items():
            if int(item.SegmentNumber) == segment_number:
                return SegmentDescription.from_dataset(copying.deepcopy(item))
        raise UnknownSegment(
            f"There is no segment {segment_number}; the segmentation has {self.segment_numbers}."
        )

    def get_segment_numbers(
        self,
        segment_label: str | None = None,
        segmented_property_category: Any = None,
        segmented_property_type: Any = None,
        algorithm_type: SegmentAlgorithmTypeValues | str | None = None,
        tracking_uid: str | None = None,
        tracking_id: str | None = None,
    ) -> list[int]:
        """Return the numbers of the segments that meet every criterion given."""
        return [
            segment.number
            for segment in self._segments()
            if _is(segment, segmented_property_category, segmented_property_type, algorithm_type)
            and (segment_label is None or segment.label == segment_label)
            and (tracking_uid is None or segment.tracking_uid == tracking_uid)
            and (tracking_id is None or segment.tracking_id == tracking_id)
        ]

    def get_tracking_ids(
        self,
        segmented_property_category: Any = None,
        segmented_property_type: Any = None,
        algorithm_type: SegmentAlgorithmTypeValues | str | None = None,
    ) -> list[tuple[str, UID]]:
        """Return (Tracking ID, Tracking UID) of the tracked segments that meet every criterion, each once."""
        found = [
            (segment.tracking_id, UID(segment.tracking_uid))
            for segment in self._segments()
            if segment.tracking_uid
            and _is(segment, segmented_property_category, segmented_property_type, algorithm_type)
        ]
        return list(dict.fromkeys(found))

    # Sources and dimensions

    def get_source_image_uids(self) -> list[tuple[UID, UID, UID]]:
        """Return (Study, Series, SOP) Instance UID of every source image that the object names."""
        return [
            (UID(source.study_uid), UID(source.series_uid), UID(source.sop_instance_uid))
            for source in self._stored().source_instances
        ]

    @property
    def dimension_index_pointers(self) -> list[BaseTag]:
        """Attributes that Dimension Index Values count, in their order, PS3.3 C.7.6.17."""
        return dimension_pointers(self._stored())

    def get_default_dimension_index_pointers(self) -> list[BaseTag]:
        """Return the attributes that Dimension Index Values count, without the segment."""
        return [pointer for pointer in self.dimension_index_pointers if pointer != SEGMENT_POINTER]

    def are_dimension_indices_unique(self, dimension_index_pointers: Sequence[int | str]) -> bool:
        """Tell whether the indices of these dimensions tell the frames of each segment apart.

        Parameters
        ----------
        dimension_index_pointers : sequence of tags or keywords

        Raises
        ------
        ArgumentError
            None is named, or Referenced Segment Number is; also a ValueError.
        UnknownDimension
            The object has no such dimension; also a KeyError.
        """
        stored = self._stored()
        places = dimension_places(stored, dimension_index_pointers)
        table = known_dimensions(stored)[:, places]
        key = np.column_stack([stored.table.segment, table])
        return len(np.unique(key, axis=0)) == len(key)

    # Inside

    def _items(self) -> list[Dataset]:
        """Segment Sequence items without the background of a label map, to be looked at only."""
        return segment_items(self._header())

    def _segments(self) -> list[Segment]:
        return [read_segment(item)[0] for item in self._items()]


def _is(
    segment: Segment, category: Any, kind: Any, algorithm: SegmentAlgorithmTypeValues | str | None
) -> bool:
    return (
        (category is None or same_code(segment.category, category))
        and (kind is None or same_code(segment.type, kind))
        and (algorithm is None or segment.algorithm.type == str(algorithm))
    )


def _distinct(codes: Any) -> list[CodedConcept]:
    """Return coded concepts, each once; the same code with another meaning is the same."""
    found: list[Code] = []
    for code in codes:
        if not any(same_code(code, known) for known in found):
            found.append(code)
    return [CodedConcept.from_code(code) for code in found]
