"""Many frames compressed in their order, by several threads where that is faster."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from ..errors import ArgumentError
from ..samples import SampleFormat
from . import FrameCodec
from .frame_bytes import stored_samples

# A thread is worth its price from about 0.3 ms of work on; 2 MB are 1 ms and more.
_BYTES_A_TASK = 2 << 20
_FRAMES_A_TASK = 4096


def encode_frames(
    frames: Iterable[np.ndarray], codec: FrameCodec, samples: SampleFormat, workers: int | Executor = 0
) -> Iterator[bytes]:
    """Yield each frame compressed.

    Frames of one value are compressed once. A few megabytes of frames are ahead of what is yielded, however
    many there are. When the iterator is closed early, work that has not begun is dropped.

    Parameters
    ----------
    frames : iterable of (rows, columns) arrays
        All of one shape. An array is used before the next is asked for, so one buffer may serve for all.
    codec : FrameCodec
    samples : SampleFormat
    workers : int, or Executor
        Threads; 0 for none, negative for as many as there are processors. A codec that threads do not make
        faster is left without. An executor, of threads or of processes, is used as it is and stays open.

    Raises
    ------
    ArgumentError
        Frames differ in shape, or one does not compress.
    """
    with ExitStack() as stack:
        if isinstance(workers, Executor):
            yield from _encode_in(workers, os.cpu_count() or 1, frames, codec, samples)
        elif workers and codec.THREADS:
            count = workers if workers > 0 else os.cpu_count() or 1
            threads = ThreadPoolExecutor(count, "encode frames")
            stack.callback(threads.shutdown, cancel_futures=True)
            yield from _encode_in(threads, count, frames, codec, samples)
        elif codec.THREADS:
            for batch in _batches(frames, codec, samples):
                yield from batch.joined(codec.encode_many(batch.filled, samples))
        else:
            known: dict[int, bytes] = {}
            for frame in _checked(frames, samples):
                encoded = _encode_uniform(frame, codec, samples, known)
                yield encoded if encoded is not None else codec.encode(frame, samples)


@dataclass(slots=True, eq=False)
class _Batch:
    """Frames of one task, and what is known already between them."""

    block: np.ndarray
    order: list[bytes | None]
    used: int = 0

    @property
    def filled(self) -> np.ndarray:
        return self.block[: self.used]

    def joined(self, encoded: list[bytes]) -> Iterator[bytes]:
        rest = iter(encoded)
        for known in self.order:
            yield known if known is not None else next(rest)


def _encode_in(
    executor: Executor, ahead: int, frames: Iterable[np.ndarray], codec: FrameCodec, samples: SampleFormat
) -> Iterator[bytes]:
    waiting: deque[tuple[_Batch, Future[list[bytes]]]] = deque()
    free: list[np.ndarray] = []
    try:
        for batch in _batches(frames, codec, samples, free):
            waiting.append((batch, executor.submit(codec.encode_many, batch.filled, samples)))
            while len(waiting) > ahead + 1 or (waiting and waiting[0][1].done()):
                done, future = waiting.popleft()
                yield from done.joined(future.result())
                free.append(done.block)
        while waiting:
            done, future = waiting.popleft()
            yield from done.joined(future.result())
    finally:
        for _batch, future in waiting:
            future.cancel()


def _batches(
    frames: Iterable[np.ndarray],
    codec: FrameCodec,
    samples: SampleFormat,
    free: list[np.ndarray] | None = None,
) -> Iterator[_Batch]:
    """Yield frames copied together into blocks; without `free` each batch is done before the next is made."""
    known: dict[int, bytes] = {}
    batch: _Batch | None = None
    block: np.ndarray | None = None
    for frame in _checked(frames, samples):
        if batch is None:
            if free:
                block = free.pop()
            elif block is None or free is not None:
                count = max(1, min(_FRAMES_A_TASK, _BYTES_A_TASK // max(1, frame.nbytes)))
                block = np.empty((count, *frame.shape), frame.dtype)
            batch = _Batch(block, [])
        encoded = _encode_uniform(frame, codec, samples, known)
        if encoded is None:
            batch.block[batch.used] = frame
            batch.used += 1
        batch.order.append(encoded)
        if batch.used == len(batch.block) or len(batch.order) == _FRAMES_A_TASK:
            yield batch
            batch = None
    if batch is not None:
        yield batch


def _checked(frames: Iterable[np.ndarray], samples: SampleFormat) -> Iterator[np.ndarray]:
    """Yield frames as arrays of `samples.dtype`, all of one shape."""
    shape: tuple[int, ...] | None = None
    for frame in frames:
        if shape is not None and frame.shape != shape:
            raise ArgumentError(
                f"A frame has {frame.shape[0]} x {frame.shape[1]} pixels and those before it "
                f"{shape[0]} x {shape[1]}; frames of an object have one shape."
            )
        shape = frame.shape
        yield stored_samples(frame, samples)


def _encode_uniform(
    frame: np.ndarray, codec: FrameCodec, samples: SampleFormat, known: dict[int, bytes]
) -> bytes | None:
    """Return a frame of one value compressed, once for each value; None where its pixels differ."""
    first = frame[0, 0]
    # One row mostly tells.
    if (frame[len(frame) // 2] != first).any() or (frame != first).any():
        return None
    value = int(first)
    if value not in known:
        known[value] = codec.encode(frame, samples)
    return known[value]
