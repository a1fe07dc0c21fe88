"""Columns over the frames of one object: what its functional groups say, PS3.3 C.7.6.16 and C.8.20.3."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class TextColumn:
    """A text for every frame that has one.

    Parameters
    ----------
    texts : tuple of str
        The distinct texts.
    rows : (known,) int array
        Frames, from 0, that have one.
    place : (known,) int array
        Which of `texts`.
    """

    texts: tuple[str, ...]
    rows: np.ndarray
    place: np.ndarray

    def first(self, count: int) -> "TextColumn":
        """Return the column of the first `count` frames."""
        known = self.rows < count
        used, place = np.unique(self.place[known], return_inverse=True)
        return TextColumn(tuple(self.texts[i] for i in used.tolist()), self.rows[known], place)


@dataclass(frozen=True, slots=True, eq=False)
class FrameColumns:
    """Columns over the frames of one object.

    Parameters
    ----------
    frames : int
    segment : (frames,) int64 array
        Referenced Segment Number, where `segment_stated`.
    segment_stated : (frames,) bool array
    dimensions : (frames, dimensions) uint32 array, or None
        Dimension Index Values, where all frames have as many.
    corners : (frames, 2) int64 array, or None
        Row and Column Position In Total Image Pixel Matrix, from 1, where all frames state them.
    time : (frames,) int64 array
        Temporal Position Index; 0 where a frame states none.
    texts : mapping of str to TextColumn
        position, orientation, spacing, thickness and between (slices), as decimal strings.
    reference_frame : (references,) int64 array
        Frame, from 0, of each reference to a source image.
    reference_uid : (references,) int64 array
        Which of `uids` it refers to.
    reference_preserved : (references,) bool array
        Spatial Locations Preserved is YES, or is not stated.
    reference_number : (references,) int64 array
        Referenced Frame Number, from 1; 0 where none is stated.
    uids : tuple of str
        SOP Instance UIDs of source images.
    """

    frames: int
    segment: np.ndarray
    segment_stated: np.ndarray
    dimensions: np.ndarray | None
    corners: np.ndarray | None
    time: np.ndarray
    texts: dict[str, TextColumn]
    reference_frame: np.ndarray
    reference_uid: np.ndarray
    reference_preserved: np.ndarray
    reference_number: np.ndarray
    uids: tuple[str, ...]

    @classmethod
    def saying_nothing(cls, frames: int) -> Self:
        """Return the columns of frames without functional groups of their own."""
        none = np.zeros(0, np.int64)
        return cls(
            frames,
            segment=np.zeros(frames, np.int64),
            segment_stated=np.zeros(frames, bool),
            dimensions=None,
            corners=None,
            time=np.zeros(frames, np.int64),
            texts={},
            reference_frame=none,
            reference_uid=none,
            reference_preserved=np.zeros(0, bool),
            reference_number=none,
            uids=(),
        )

    def first(self, count: int) -> Self:
        """Return the columns of the first `count` frames."""
        named = self.reference_frame < count
        return replace(
            self,
            frames=count,
            segment=self.segment[:count],
            segment_stated=self.segment_stated[:count],
            dimensions=None if self.dimensions is None else self.dimensions[:count],
            corners=None if self.corners is None else self.corners[:count],
            time=self.time[:count],
            texts={name: text.first(count) for name, text in self.texts.items()},
        ).with_references(named)

    def at_corners(self, corners: np.ndarray) -> Self:
        """Return the columns of tiles whose (frames, 2) first pixels, from 1, are these."""
        return replace(self, corners=corners)

    def all_from(self, uid: str, number: int, preserved: bool) -> Self:
        """Return the columns of frames that are all derived from one image, or one frame (from 1) of it."""
        return replace(
            self,
            reference_frame=np.arange(self.frames),
            reference_uid=np.zeros(self.frames, np.int64),
            reference_preserved=np.full(self.frames, preserved),
            reference_number=np.full(self.frames, number),
            uids=(uid,),
        )

    def with_references(self, chosen: np.ndarray) -> Self:
        """Return the columns with some of the references only: a mask, or their indices."""
        return replace(
            self,
            reference_frame=self.reference_frame[chosen],
            reference_uid=self.reference_uid[chosen],
            reference_preserved=self.reference_preserved[chosen],
            reference_number=self.reference_number[chosen],
        )
