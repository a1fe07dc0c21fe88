"""Frames, and where each of them goes in an array of slices, rows and columns.

A stack of masks, a volume, a total pixel matrix and a part of any of them are the same to what fills them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from .geometry import Index
from .laying import Turn


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a frame that lies in the array, and where.

    Parameters
    ----------
    place : (int, slice, slice)
        Slice, rows and columns of the array, turned as the frames are.
    part : (slice, slice)
        Rows and columns of the frame.
    """

    place: tuple[int, slice, slice]
    part: tuple[slice, slice]


@dataclass(frozen=True, slots=True, eq=False)
class Mosaic:
    """Where frames go.

    Parameters
    ----------
    shape : (slices, rows, columns)
        Of the array.
    frame_shape : (rows, columns)
    frames : (n,) int array
        Stored frames, from 0.
    corners : (n, 3) int array
        Slice, row and column of each frame's first pixel, along the frames' own axes; they may lie partly or
        wholly outside of the array.
    turn : Turn
        How the frames' slices, rows and columns run along the axes of the array.
    """

    shape: Index
    frame_shape: tuple[int, int]
    frames: np.ndarray
    corners: np.ndarray
    turn: Turn = Turn()  # noqa: RUF009  frozen

    @classmethod
    def stack(
        cls, count: int, frame_shape: tuple[int, int], frames: np.ndarray, slices: np.ndarray
    ) -> "Mosaic":
        """Return a stack of `count` masks of the frames' own size, each frame in its slice."""
        corners = np.zeros((len(frames), 3), np.int64)
        corners[:, 0] = slices
        return cls((count, *frame_shape), frame_shape, frames, corners)

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """Slices, rows and columns of the array that hold all frames; nothing where all are missing."""
        inside = self.take(~self.missing)
        if not len(inside.frames):
            return slice(0, 0), slice(0, 0), slice(0, 0)
        room = inside._room
        low = np.maximum(inside.corners, 0).min(axis=0)
        high = np.minimum(inside._ends, room).max(axis=0)
        # Back along the axes of the array.
        start, stop = np.zeros(3, np.int64), np.zeros(3, np.int64)
        for mine, axis in enumerate(self.turn.axes):
            if self.turn.forward[mine]:
                start[axis], stop[axis] = low[mine], high[mine]
            else:
                start[axis], stop[axis] = room[mine] - high[mine], room[mine] - low[mine]
        slices, rows, columns = (slice(a, b) for a, b in zip(start.tolist(), stop.tolist(), strict=True))
        return slices, rows, columns

    def take(self, chosen: np.ndarray) -> "Mosaic":
        """Return the mosaic of some of its frames, by index or mask."""
        return replace(self, frames=self.frames[chosen], corners=self.corners[chosen])

    def part(self, part: tuple[slice, slice, slice]) -> "Mosaic":
        """Return the frames as they lie in a part of the array."""
        starts = np.array([[s.start for s in part]])
        shape = tuple(s.stop - s.start for s in part)
        # A corner goes the way back to the array's axes, is moved, and turned again in the new shape.
        offsets = self.turn.indices(starts, self.shape)[0]
        lasts = self.turn.indices(starts + np.array(shape) - 1, self.shape)[0]
        first = np.minimum(offsets, lasts)
        return replace(self, shape=(shape[0], shape[1], shape[2]), corners=self.corners - first)

    @property
    def _room(self) -> np.ndarray:
        return np.array(self.turn.shape(self.shape))

    @property
    def _ends(self) -> np.ndarray:
        return self.corners + np.array([1, *self.frame_shape])

    @property
    def outside(self) -> np.ndarray:
        """(n,) bool: the frame reaches beyond the array."""
        return np.logical_or.reduce((self.corners < 0) | (self._ends > self._room), axis=1)

    @property
    def missing(self) -> np.ndarray:
        """(n,) bool: no pixel of the frame lies in the array."""
        return np.logical_or.reduce((self._ends <= 0) | (self.corners >= self._room), axis=1)

    @property
    def whole_planes(self) -> bool:
        """Whether every frame is exactly one slice of the array, pixel by pixel in the same order."""
        straight = self.turn.axes == (0, 1, 2) and self.turn.forward[1:] == (True, True)
        full = self.shape[1:] == self.frame_shape and not self.corners[:, 1:].any()
        return straight and full and not self.missing.any()

    @property
    def slices(self) -> np.ndarray:
        """(n,) int: the slice of the array, where its slices are those of the frames."""
        return self.corners[:, 0] if self.turn.forward[0] else self.shape[0] - 1 - self.corners[:, 0]

    def windows(self) -> Iterator[Window]:
        """Yield where each frame goes; none of them may be missing."""
        room = self._room.tolist()
        (height, width), (_slices, rows, columns) = self.frame_shape, room
        for slice_, row, column in self.corners.tolist():
            top, left = max(row, 0), max(column, 0)
            bottom, right = min(row + height, rows), min(column + width, columns)
            yield Window(
                (slice_, slice(top, bottom), slice(left, right)),
                (slice(top - row, bottom - row), slice(left - column, right - column)),
            )
