"""A segmentation object taken apart as far as it goes: what the rules look at."""

from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from ..byte_source import ByteSource
from ..codecs import TRANSFER_SYNTAXES, TransferSyntax
from ..dataset_bytes import UNDEFINED_LENGTH
from ..frame_store import Frames
from ..stored_segments import LABEL_MAP_TYPES
from .frame_groups import FrameGroups
from .values import items, only_item, text, whole


@dataclass(frozen=True, slots=True, eq=False)
class PixelElement:
    """Where Pixel Data lies.

    Parameters
    ----------
    source : ByteSource
    offset : int
        Of the value in `source`.
    length : int
        As the element states it.
    vr : str
    """

    source: ByteSource
    offset: int
    length: int
    vr: str

    @property
    def fragmented(self) -> bool:
        """Whether the value is a sequence of fragments, as compressed frames are."""
        return self.length == UNDEFINED_LENGTH


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """What could be understood of an object.

    Parameters
    ----------
    header : Dataset
        Without Per-Frame Functional Groups and Pixel Data.
    meta : Dataset
        File meta information; empty where there is none.
    in_file : bool
        It was read from a file or bytes, so that encoding and file meta information can be judged.
    groups : FrameGroups, or None
        Functional groups of the frames, of no frame where there are none; None where they cannot be read.
    pixels : PixelElement, or None
        None where there is no Pixel Data.
    frames : Frames, or None
        None where frames cannot be fetched.
    unreadable : str
        Why frames cannot be fetched.
    """

    header: Dataset
    meta: Dataset
    in_file: bool
    groups: FrameGroups | None
    pixels: PixelElement | None
    frames: Frames | None
    unreadable: str

    @property
    def syntax_uid(self) -> str:
        return text(self.meta, "TransferSyntaxUID")

    @property
    def syntax(self) -> TransferSyntax | None:
        return TRANSFER_SYNTAXES.get(self.syntax_uid)

    @property
    def kind(self) -> str:
        """Segmentation Type as stated."""
        return text(self.header, "SegmentationType")

    @property
    def labelmap(self) -> bool:
        """Whether it is a label map, be it one as drafts of the standard had them."""
        return self.kind in LABEL_MAP_TYPES

    @property
    def count(self) -> int:
        """Number of Frames; 1 where it is not stated."""
        return whole(self.header, "NumberOfFrames") or 1

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of a frame, 0 where unknown."""
        return whole(self.header, "Rows") or 0, whole(self.header, "Columns") or 0

    @property
    def tiled_full(self) -> bool:
        return text(self.header, "DimensionOrganizationType") == "TILED_FULL"

    @property
    def implied(self) -> bool:
        """Whether the order of the frames says what they are: TILED_FULL without groups of the frames."""
        return self.tiled_full and (self.groups is None or not self.groups.count)

    @property
    def slide(self) -> bool:
        """Whether frames are tiles of a total pixel matrix."""
        known = ("TotalPixelMatrixRows", "TotalPixelMatrixOriginSequence")
        return self.has_group("PlanePositionSlideSequence") or any(name in self.header for name in known)

    @property
    def shared(self) -> Dataset:
        """Item of the Shared Functional Groups Sequence; empty where there is none."""
        return only_item(self.header, "SharedFunctionalGroupsSequence") or Dataset()

    @property
    def segments(self) -> list[Dataset]:
        """Items of the Segment Sequence."""
        return items(self.header, "SegmentSequence")

    @property
    def segment_numbers(self) -> list[int]:
        """Segment Numbers that are stated, in the order of the Segment Sequence."""
        found = (whole(item, "SegmentNumber") for item in self.segments)
        return [number for number in found if number is not None]

    def has_group(self, keyword: str) -> bool:
        """Tell whether a functional group is there, shared or of any frame, be it empty."""
        return keyword in self.shared or (
            self.groups is not None and any(keyword in shape.item for shape in self.groups.shapes)
        )

    def group_items(self, keyword: str) -> list[Dataset]:
        """Return the items of a functional group: shared, and of a frame of each shape."""
        found = items(self.shared, keyword)
        for shape in self.groups.shapes if self.groups is not None else ():
            found.extend(items(shape.item, keyword))
        return found

    def frame_segments(self) -> np.ndarray | None:
        """Return (frames,) Segment Numbers, 0 where unknown or in a label map; None without groups."""
        if self.implied:
            return self._implied_segments()
        if self.groups is None:
            return None
        segments = self.groups.columns.segment.copy()
        segments[~self.groups.columns.segment_stated] = 0
        if self.labelmap:
            segments[:] = 0
            return segments
        shared = only_item(self.shared, "SegmentIdentificationSequence")
        number = whole(shared, "ReferencedSegmentNumber") if shared is not None else None
        if number is not None:
            segments[~self.groups.columns.segment_stated] = number
        return segments

    def _implied_segments(self) -> np.ndarray | None:
        """Return the segments of TILED_FULL: all tiles of one follow one another, PS3.3 C.7.6.17.3."""
        numbers = [0] if self.labelmap else sorted(set(self.segment_numbers))
        if not numbers or self.count % len(numbers):
            return None
        return np.repeat(np.array(numbers, np.int64), self.count // len(numbers))
