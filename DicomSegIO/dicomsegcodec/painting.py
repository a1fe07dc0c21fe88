"""Masks of one segment painted into an array, each frame in its place."""

from collections.abc import Iterator

import numpy as np

from .bits import align, frame_span
from .errors import ReadError
from .frame_store import Frames
from .masks import PACKED_AT_ONCE, WORD_PIXELS, MaskPainter, pack_frames, packed_bytes
from .mosaic import Mosaic
from .pixeldata import NativeFrames


def paint_masks(frames: Frames, mosaic: Mosaic, array: np.ndarray, label: int, *, over: bool) -> int:
    """Paint the frames of a segment into an array; where another label is already, the higher one stays.

    Parameters
    ----------
    mosaic : Mosaic
        None of its frames is missing in the array.
    array : (slices, rows, columns) array of `mosaic.shape`
        0 where no segment is.
    label : int
    over : bool
        Go on although another label is there.

    Returns
    -------
    int
        Pixels found where another label was; unless `over`, painting ends there.
    """
    array = array.view(np.uint8) if array.dtype == bool else array
    taken = 0
    if mosaic.whole_planes:
        painter, slices = MaskPainter(array, mosaic.frame_shape), mosaic.slices
        for places, packed in packed_frames(frames, mosaic.frames):
            taken += painter.paint(slices[places], packed, label, over=over)
            if taken and not over:
                break
        return taken
    view = mosaic.turn.view(array)
    for frame, window in zip(frames.frames(mosaic.frames), mosaic.windows(), strict=True):
        taken += paint_mask(view[window.place], frame[window.part] != 0, label, over=over)
        if taken and not over:
            break
    return taken


def paint_mask(pixels: np.ndarray, mask: np.ndarray, label: int, *, over: bool) -> int:
    """Paint a mask into a (rows, columns) view of an array; the rest is as for `paint_masks`."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not rows.size:
        return 0
    pixels, mask = pixels[rows[0] : rows[-1] + 1], mask[rows[0] : rows[-1] + 1]
    below = pixels[mask]
    taken = int(np.count_nonzero((below != 0) & (below != label)))
    if not taken:
        pixels[mask] = label
    elif over:
        pixels[mask] = np.maximum(below, pixels.dtype.type(label))
    return taken


def pixels_beyond(frames: Frames, mosaic: Mosaic, belongs: np.ndarray) -> int:
    """Return how many pixels of frames lie beyond the array.

    Parameters
    ----------
    belongs : (values,) bool array
        Which stored values count.
    """
    missing = mosaic.missing
    gone, partly = mosaic.take(missing), mosaic.take(~missing)
    lost = sum(int(np.count_nonzero(belongs[frame])) for frame in frames.frames(gone.frames))
    for frame, window in zip(frames.frames(partly.frames), partly.windows(), strict=True):
        counted = belongs[frame]
        lost += int(np.count_nonzero(counted)) - int(np.count_nonzero(counted[window.part]))
    return lost


def erase(mosaic: Mosaic, array: np.ndarray, label: int) -> None:
    """Put 0 wherever a label is, in the places of these frames."""
    view = mosaic.turn.view(array)
    for window in mosaic.windows():
        pixels = view[window.place]
        pixels[pixels == label] = 0


def unite_labels(labels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the labels that either of two frames of a label map has, which lie at one place.

    Raises
    ------
    ReadError
        They differ in a pixel that both label.
    """
    if ((labels != 0) & (others != 0) & (labels != others)).any():
        raise ReadError(
            "Two frames of the label map lie at one place and differ in their segments; it is unknown which "
            "is right. Read it frame by frame."
        )
    return np.maximum(labels, others)


def packed_frames(frames: Frames, indices: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield BINARY frames as packed bits, as `pack_frames` does; native ones are not unpacked for it.

    The array is used before the next one is asked for.
    """
    if not isinstance(frames, NativeFrames) or frames.samples.bits != 1:
        yield from pack_frames(frames.frames(indices), frames.shape)
    elif frames.shape[0] * frames.shape[1] % WORD_PIXELS == 0:
        yield from _whole_words(frames, indices)
    else:
        yield from _aligned(frames, indices)


def _whole_words(frames: NativeFrames, indices: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield frames that are whole words as they are stored, neighbours together."""
    size = packed_bytes(frames.shape[0] * frames.shape[1])
    at_once = max(1, PACKED_AT_ONCE // size)
    ends = np.flatnonzero(np.diff(indices, append=-1) != 1) + 1
    first = 0
    with frames.source.opened() as read_at:
        for end in ends.tolist():
            for start in range(first, end, at_once):
                stop = min(start + at_once, end)
                data = read_at(frames.offset + int(indices[start]) * size, (stop - start) * size)
                yield slice(start, stop), np.frombuffer(data, np.uint8).reshape(-1, size)
            first = end


def _aligned(frames: NativeFrames, indices: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield frames that begin anywhere, moved so that each begins with a word."""
    size = packed_bytes(frames.shape[0] * frames.shape[1])
    own_bytes = frames.samples.native_bytes(1, frames.shape) if frames.whole_bytes else 0
    at_once = max(1, PACKED_AT_ONCE // size)
    buffer = np.zeros((min(at_once, len(indices)), size), np.uint8)
    with frames.source.opened() as read_at:
        for first in range(0, len(indices), at_once):
            batch = indices[first : first + at_once].tolist()
            for out, index in zip(buffer, batch, strict=False):
                if own_bytes:
                    align(read_at(frames.offset + index * own_bytes, own_bytes), 0, frames.shape, out)
                else:
                    start, end = frame_span(index, frames.shape)
                    align(read_at(frames.offset + start, end - start), index, frames.shape, out)
            yield slice(first, first + len(batch)), buffer[: len(batch)]
