"""What was written is read back and compared, frame by frame, before the file gets its name."""

import os

import numpy as np

from .compressed import CompressedPixels
from .errors import Cancelled, SegError, VerificationFailed
from .findings import Progress, tell
from .frames import FrameTable
from .pixeldata import NativeFrames, NativePixels
from .read import open_segmentation
from .stored import StoredSegmentation


def verify_file(
    path: str | os.PathLike[str],
    pixels: NativePixels | CompressedPixels,
    progress: Progress | None = None,
) -> None:
    """Read a file as any reader would, and make sure that it holds the frames that were planned.

    Parameters
    ----------
    pixels : NativePixels or CompressedPixels
        The plan that the file was written from.

    Raises
    ------
    VerificationFailed
        The file cannot be read, or its segments, places or pixels are others than those planned.
    Cancelled
    """
    native = pixels.native if isinstance(pixels, CompressedPixels) else pixels
    try:
        stored = open_segmentation(path)
        _compare_tables(native, stored)
        if isinstance(pixels, NativePixels) and isinstance(stored.frames, NativeFrames):
            _compare_stream(native, stored.frames, progress)
        else:
            _compare_frames(native, stored, progress)
    except (VerificationFailed, Cancelled):
        raise
    except SegError as error:
        raise VerificationFailed(f"What was written cannot be read back: {error}") from error


def _compare_tables(native: NativePixels, stored: StoredSegmentation) -> None:
    planned: FrameTable = native.table
    numbers = sorted(native.segmentation.numbers)
    if sorted(segment.number for segment in stored.segments) != numbers:
        raise VerificationFailed("The segments that were read back are others than those written.")
    if stored.number_of_frames != len(planned):
        raise VerificationFailed(
            f"{stored.number_of_frames} frames were read back where {len(planned)} were written."
        )
    differs = stored.table.segment != planned.segment
    if differs.any():
        raise VerificationFailed(f"Frame {int(differs.argmax()) + 1} was read back as another segment's.")
    if stored.planes is not None and native.segmentation.planes.located:
        read = stored.planes.positions_mm[stored.table.plane]
        away = np.linalg.norm(read - native.segmentation.planes.positions_mm[planned.plane], axis=1)
        if away.max(initial=0.0) > 1e-3:
            raise VerificationFailed(
                f"Frame {int(away.argmax()) + 1} was read back {away.max():.6g} mm from its place."
            )


def _compare_stream(native: NativePixels, frames: NativeFrames, progress: Progress | None) -> None:
    """Compare native frames as they are stored, a few megabytes at a time."""
    done, size = 0, native.length
    with frames.source.opened() as read_at:
        for piece in native.pieces():
            tell(progress, done / size, "Reading back")
            written = np.frombuffer(read_at(frames.offset + done, len(piece)), np.uint8)
            if not np.array_equal(written, np.frombuffer(piece, np.uint8)):
                raise VerificationFailed(
                    f"Pixel Data was read back otherwise than it was written, {done:,} bytes from its start."
                )
            done += len(piece)


def _compare_frames(native: NativePixels, stored: StoredSegmentation, progress: Progress | None) -> None:
    """Compare frames that were compressed, each restored."""
    count = len(native.table)
    restored = stored.frames.frames(np.arange(count))
    for index, (written, read) in enumerate(zip(native.frames(), restored, strict=True)):
        tell(progress, index / count, "Reading back")
        if not np.array_equal(written, read):
            raise VerificationFailed(
                f"Frame {index + 1} of {count} was restored otherwise than it was compressed; write it with "
                "another transfer syntax."
            )
