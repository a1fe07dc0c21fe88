"""Numbers that callers give for frames, slices, rows and columns, as indices from 0.

DICOM counts from 1, Python from 0; negative numbers count from the end in both, -1 being the last.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .errors import OutOfRange


def index_range(
    start: int | None, end: int | None, size: int, axis: str, *, as_indices: bool
) -> tuple[int, int]:
    """Return a range as indices from 0, the end being one beyond the last.

    Parameters
    ----------
    start : int, optional
        From 1, or from 0 if `as_indices`; negative counts from the end. The first when omitted.
    end : int, optional
        One beyond the last, counted likewise; to the last when omitted.
    size : int
        How many there are.
    axis : str
        What they are, for messages: slice, row or column.

    Raises
    ------
    OutOfRange
        It reaches beyond the axis, leaves nothing, or a number counted from 1 is 0; also a ValueError.
    """
    base = 0 if as_indices else 1
    if not as_indices and 0 in (start, end):
        raise OutOfRange(
            f"{axis}_start and {axis}_end count from 1 and are never 0; with as_indices=True they count from "
            "0."
        )
    first = 0 if start is None else start - base if start >= base else size + start
    last = size if end is None else end - base if end >= base else size + end
    if not 0 <= first < last <= size:
        raise OutOfRange(
            f"{axis}_start {start} to {axis}_end {end} is no part of {size} {axis}s; they count from {base}, "
            "or from the end if negative, and the end is one beyond the last."
        )
    return first, last


@dataclass(frozen=True, slots=True)
class IndexRanges:
    """Ranges of slices, rows and columns as a caller gives them."""

    slice_start: int | None = None
    slice_end: int | None = None
    row_start: int | None = None
    row_end: int | None = None
    column_start: int | None = None
    column_end: int | None = None
    as_indices: bool = False

    def slices(self, shape: tuple[int, int, int]) -> tuple[slice, slice, slice]:
        """Return the part of an array of (slices, rows, columns).

        Raises
        ------
        OutOfRange
        """
        slices, rows, columns = shape
        return (
            self._slice(self.slice_start, self.slice_end, slices, "slice"),
            self._slice(self.row_start, self.row_end, rows, "row"),
            self._slice(self.column_start, self.column_end, columns, "column"),
        )

    def _slice(self, start: int | None, end: int | None, size: int, axis: str) -> slice:
        return slice(*index_range(start, end, size, axis, as_indices=self.as_indices))


def frame_index(number: int, count: int, *, as_index: bool) -> int:
    """Return the index, from 0, of a frame of an image of `count` frames.

    Parameters
    ----------
    number : int
        From 1, or from 0 if `as_index`; negative indices count from the end.

    Raises
    ------
    OutOfRange
        There is no such frame; also a ValueError and an IndexError.
    """
    base = 0 if as_index else 1
    index = int(number) - base
    if as_index and -count <= index < 0:
        index += count
    if not 0 <= index < count:
        raise OutOfRange(
            f"There is no frame {number}; the image has frames {base} to {count - 1 + base}, counted from "
            f"{base}."
        )
    return index


def frame_indices(numbers: Iterable[int] | None, count: int, *, as_indices: bool) -> list[int]:
    """Return the indices, from 0, of several frames; of all where none are named.

    Raises
    ------
    OutOfRange
    """
    if numbers is None:
        return list(range(count))
    return [frame_index(number, count, as_index=as_indices) for number in numbers]
