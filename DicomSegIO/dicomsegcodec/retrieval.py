"""Arrays put together from stored frames: stacked by segment, or combined to labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .encodings import SegmentationType
from .errors import (
    ArgumentError,
    ArgumentTypeError,
    NotDerivedFromSources,
    SegmentsOverlapInFile,
    UnknownSource,
)
from .samples import SampleFormat
from .stored import StoredSegmentation

Window = tuple[slice, slice]
"""Rows and columns of a frame."""

_WHOLE: Window = (slice(None), slice(None))


@dataclass(frozen=True, slots=True)
class ArrayOptions:
    """What kind of array is wanted.

    Parameters
    ----------
    segment_numbers : sequence of int, optional
        Segments, in the order of the output; all of them when omitted.
    combine_segments : bool
        One label map instead of a stack.
    relabel : bool
        Labels count the requested segments from 1, instead of being Segment Numbers.
    skip_overlap_checks : bool
        Where combined segments overlap the highest label wins, instead of an error.
    rescale_fractional : bool
        Fractions from 0 to 1, instead of stored values.
    dtype : dtype, optional
        Type of the output; the narrowest that holds it when omitted.
    """

    segment_numbers: Sequence[int] | None = None
    combine_segments: bool = False
    relabel: bool = False
    skip_overlap_checks: bool = False
    rescale_fractional: bool = True
    dtype: Any = None


def frames_by_source(
    stored: StoredSegmentation,
    uids: Sequence[str],
    *,
    ignore_spatial_locations: bool,
    assert_missing_frames_are_empty: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of (place in `uids`, frame): the frames derived from each source image.

    Raises
    ------
    NotDerivedFromSources
        A frame is not derived from exactly one image, or not at the image's pixels.
    UnknownSource
        The segmentation does not refer to one of the images.
    """
    _check_derivation(stored, ignore_spatial_locations)
    _check_known(stored, uids, assert_missing_frames_are_empty)
    columns = stored.frame_columns
    by_uid: dict[str, list[int]] = {}
    for frame, uid in zip(columns.reference_frame.tolist(), columns.reference_uid.tolist(), strict=True):
        by_uid.setdefault(columns.uids[uid], []).append(frame)
    pairs = [(place, frame) for place, uid in enumerate(uids) for frame in by_uid.get(uid, ())]
    place, frame_of = np.array(pairs, np.int64).reshape(-1, 2).T
    return place, frame_of


def frames_by_source_frame(
    stored: StoredSegmentation,
    uid: str,
    numbers: Sequence[int],
    *,
    ignore_spatial_locations: bool,
    assert_missing_frames_are_empty: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of (place in `numbers`, frame): the frames derived from frames (from 1) of a source image.

    Raises
    ------
    NotDerivedFromSources, UnknownSource
        As for `frames_by_source`.
    ArgumentError
        A number is below 1, or above all that the segmentation refers to.
    """
    if not numbers or min(numbers) < 1:
        raise ArgumentError(f"Source frame numbers {list(numbers)} cannot be; frames are numbered from 1.")
    _check_derivation(stored, ignore_spatial_locations)
    _check_known(stored, [uid], assert_missing_frames_are_empty)
    columns = stored.frame_columns
    mine = np.zeros(columns.frames, bool)
    number = np.zeros(columns.frames, np.int64)
    of_image = np.array([u == uid for u in columns.uids], bool)[columns.reference_uid]
    mine[columns.reference_frame[of_image]] = True
    number[columns.reference_frame[of_image]] = columns.reference_number[of_image]
    highest = int(number.max(initial=0))
    if max(numbers) > highest and not assert_missing_frames_are_empty:
        raise ArgumentError(
            f"The segmentation refers to source frames up to {highest}, not to {max(numbers)}; if the others "
            "are known to be empty, pass assert_missing_frames_are_empty=True."
        )
    # Sorted once, so that the cost does not grow with requests times references.
    frames = np.flatnonzero(mine & (number > 0))
    frames = frames[np.argsort(number[frames], kind="stable")]
    starts = np.searchsorted(number[frames], numbers, side="left")
    ends = np.searchsorted(number[frames], numbers, side="right")
    place = np.repeat(np.arange(len(numbers)), ends - starts)
    parts = [frames[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    return place, np.concatenate(parts)


def _check_derivation(stored: StoredSegmentation, ignore_spatial_locations: bool) -> None:
    columns = stored.frame_columns
    counts = np.bincount(columns.reference_frame, minlength=columns.frames)
    if (counts != 1).any():
        frame = int((counts != 1).argmax())
        raise NotDerivedFromSources(
            f"Frame {frame + 1} of the segmentation is derived from {counts[frame]} source images, not from "
            "one; use get_volume, which places frames by their position."
        )
    if not ignore_spatial_locations and not columns.reference_preserved.all():
        raise NotDerivedFromSources(
            "The segmentation's pixels do not lie at those of its source images (Spatial Locations Preserved "
            "is not YES); use get_volume, or ignore_spatial_locations=True."
        )


def _check_known(
    stored: StoredSegmentation, uids: Sequence[str], assert_missing_frames_are_empty: bool
) -> None:
    known = {source.sop_instance_uid for source in stored.source_instances}
    strange = [uid for uid in uids if uid not in known]
    if strange and not assert_missing_frames_are_empty:
        raise UnknownSource(
            f"The segmentation does not refer to source image {strange[0]}; if its frames are known to be "
            "empty, pass assert_missing_frames_are_empty=True."
        )


def matrix_range(start: int, end: int | None, size: int, axis: str) -> tuple[int, int]:
    """Return a range of a total pixel matrix, counted from 0, end exclusive.

    Parameters
    ----------
    start : int
        From 1; negative counts from the end, -1 being the last.
    end : int, optional
        One beyond the last, from 1; negative counts from the end. The last is included when omitted.

    Raises
    ------
    ArgumentError
        It is 0, beyond the matrix, or leaves nothing.
    """
    if start == 0 or end == 0:
        raise ArgumentError(f"{axis}_start and {axis}_end count from 1 and are never 0.")
    last = size + 1 if end is None else end if end > 0 else size + 1 + end
    first = start if start > 0 else size + 1 + start
    if not (1 <= first <= size and 1 <= last <= size + 1 and first < last):
        raise ArgumentError(
            f"{axis}_start {start} to {axis}_end {end} is no part of a matrix of {size} {axis}s; they count "
            "from 1, or from the end if negative, and the end is one beyond the last."
        )
    return first - 1, last - 1


def build_matrix(
    stored: StoredSegmentation, rows: tuple[int, int], columns: tuple[int, int], options: ArrayOptions
) -> np.ndarray:
    """Stitch a region of the total pixel matrix from its tiles; only those that it needs are read.

    Parameters
    ----------
    rows, columns : (start, end)
        From 0, end exclusive.

    Returns
    -------
    (rows, columns, segments) array, or (rows, columns) where segments are combined

    Raises
    ------
    NotDerivedFromSources
        Two tiles of a segment hold the same pixel.
    """
    corners = stored.corners() - 1
    height, width = stored.rows, stored.columns
    meets = (corners[:, 0] < rows[1]) & (corners[:, 0] + height > rows[0])
    meets &= (corners[:, 1] < columns[1]) & (corners[:, 1] + width > columns[0])
    frames = np.flatnonzero(meets)
    places, place = np.unique(corners[frames], axis=0, return_inverse=True)
    starts = np.maximum(places, (rows[0], columns[0]))
    ends = np.minimum(np.add(places, (height, width)), (rows[1], columns[1]))
    parts = _windows(starts - places, ends - places)
    tiles = build_array(stored, place.reshape(-1), frames, len(places), options, parts)
    out = np.zeros((rows[1] - rows[0], columns[1] - columns[0], *tiles.shape[3:]), tiles.dtype)
    first = (rows[0], columns[0])
    for tile, part, window in zip(tiles, parts, _windows(starts - first, ends - first), strict=True):
        out[window] = tile[part]
    return out


def _windows(starts: np.ndarray, ends: np.ndarray) -> list[Window]:
    """Return the windows of (windows, 2) first rows and columns, and of those one beyond the last."""
    return [
        (slice(top, bottom), slice(left, right))
        for (top, left), (bottom, right) in zip(starts.tolist(), ends.tolist(), strict=True)
    ]


def build_array(
    stored: StoredSegmentation,
    place: np.ndarray,
    frames: np.ndarray,
    count: int,
    options: ArrayOptions,
    parts: Sequence[Window] | None = None,
) -> np.ndarray:
    """Lay frames into an array of `count` planes.

    Parameters
    ----------
    place, frames : (pairs,) int arrays
        Plane of the output and stored frame; one frame for each plane and segment.
    parts : sequence of (rows, columns) slices, optional
        Of each plane, what is asked for: segments may overlap elsewhere in it.

    Returns
    -------
    (count, rows, columns, segments) array, or (count, rows, columns) where segments are combined
    """
    numbers = _numbers(stored, options)
    keep = np.ones(len(frames), bool)
    if stored.segmentation_type is not SegmentationType.LABELMAP:
        keep = np.isin(stored.table.segment[frames], numbers)
    place, frames = place[keep], frames[keep]
    _refuse_duplicates(stored, place, frames)
    if options.combine_segments:
        return _combined(stored, numbers, place, frames, parts or [_WHOLE] * count, options)
    return _stacked(stored, numbers, place, frames, count, options)


def _numbers(stored: StoredSegmentation, options: ArrayOptions) -> list[int]:
    known = [s.number for s in stored.segments]
    if options.segment_numbers is None:
        return known
    numbers = [int(n) for n in options.segment_numbers]
    if not numbers:
        raise ArgumentError("segment_numbers is empty; name at least one segment, or leave it out for all.")
    strange = [n for n in numbers if n not in known]
    if strange:
        raise ArgumentError(f"There is no segment {strange[0]}; the segmentation has {known}.")
    if len(set(numbers)) != len(numbers):
        raise ArgumentError(f"segment_numbers {numbers} names a segment twice.")
    return numbers


def _refuse_duplicates(stored: StoredSegmentation, place: np.ndarray, frames: np.ndarray) -> None:
    key = np.stack([place, stored.table.segment[frames].astype(np.int64)])
    if np.unique(key, axis=1).shape[1] != key.shape[1]:
        raise NotDerivedFromSources(
            "Several frames of one segment belong to the same place; it is unknown which of them is meant."
        )


def _stacked(
    stored: StoredSegmentation,
    numbers: list[int],
    place: np.ndarray,
    frames: np.ndarray,
    count: int,
    options: ArrayOptions,
) -> np.ndarray:
    fractional = stored.segmentation_type is SegmentationType.FRACTIONAL
    rescale = fractional and options.rescale_fractional
    dtype = np.dtype(options.dtype or (np.float32 if rescale else np.uint8))
    if rescale and dtype.kind != "f":
        raise ArgumentError(
            f"Fractions cannot be held by {dtype}; choose a float dtype, or rescale_fractional=False."
        )
    out = np.zeros((count, stored.rows, stored.columns, len(numbers)), dtype)
    channel = {number: i for i, number in enumerate(numbers)}
    segments = stored.table.segment[frames].tolist()
    for at, number, frame in zip(place.tolist(), segments, stored.frames.frames(frames), strict=True):
        if stored.segmentation_type is SegmentationType.LABELMAP:
            for wanted, i in channel.items():
                out[at, :, :, i] = frame == wanted
        elif rescale:
            out[at, :, :, channel[number]] = frame / dtype.type(stored.dataset.MaximumFractionalValue)
        else:
            out[at, :, :, channel[number]] = frame
    return out


def _combined(
    stored: StoredSegmentation,
    numbers: list[int],
    place: np.ndarray,
    frames: np.ndarray,
    parts: Sequence[Window],
    options: ArrayOptions,
) -> np.ndarray:
    labels = {n: i + 1 if options.relabel else n for i, n in enumerate(numbers)}
    dtype = np.dtype(options.dtype or SampleFormat.holding(max(labels.values())).dtype)
    if dtype.kind not in "ui" or np.iinfo(dtype).max < max(labels.values()):
        raise ArgumentTypeError(f"Labels up to {max(labels.values())} cannot be held by {dtype}.")
    if stored.segmentation_type is SegmentationType.FRACTIONAL and not options.rescale_fractional:
        raise ArgumentError("Stored fractional values cannot be combined; leave rescale_fractional on.")
    out = np.zeros((len(parts), stored.rows, stored.columns), dtype)
    if stored.segmentation_type is SegmentationType.LABELMAP:
        table = np.zeros(stored.frames.samples.max_value + 1, dtype)
        table[numbers] = [labels[n] for n in numbers]
        for at, frame in zip(place.tolist(), stored.frames.frames(frames), strict=True):
            out[at] = table[frame]
        return out
    segments = stored.table.segment[frames].tolist()
    for at, number, frame in zip(place.tolist(), segments, stored.frames.frames(frames), strict=True):
        target, frame = out[at][parts[at]], frame[parts[at]]
        mask = frame != 0
        if stored.segmentation_type is SegmentationType.FRACTIONAL:
            _refuse_fractions(frame, int(stored.dataset.MaximumFractionalValue))
        taken = target[mask]
        if taken.any() and not options.skip_overlap_checks:
            raise SegmentsOverlapInFile(
                f"Segment {number} overlaps another one in {int(np.count_nonzero(taken))} pixels of plane "
                f"{at + 1}; read the segments as a stack, or pass skip_overlap_checks=True to keep the "
                "highest label."
            )
        target[mask] = np.maximum(taken, labels[number])
    return out


def _refuse_fractions(frame: np.ndarray, maximum: int) -> None:
    if ((frame != 0) & (frame != maximum)).any():
        raise ArgumentError(
            "The segmentation holds fractions between 0 and 1, which labels cannot express; read it as a "
            "stack."
        )
