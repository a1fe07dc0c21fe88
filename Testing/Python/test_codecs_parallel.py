"""Many frames at once: the same bytes in the same order, whoever makes them, in flat memory."""

import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec_frames import COMPRESSED, FORMATS, ROWS_AND_BITS, codec_of, labels
from dicomsegcodec.codecs import TransferSyntax, rle
from dicomsegcodec.codecs.parallel import encode_frames
from dicomsegcodec.errors import ArgumentError
from dicomsegcodec.samples import SampleFormat

SHAPE = (256, 256)


def some_frames(samples: SampleFormat, count: int, shape: tuple[int, int] = SHAPE) -> list[np.ndarray]:
    """Return frames of which some are of one value."""
    frames = [labels(shape, samples, seed) for seed in range(count)]
    for place in range(0, count, 3):
        frames[place] = np.full(shape, place // 3 % 2, samples.dtype)
    return frames


class Counting:
    """A codec that says what it was asked for."""

    BITS, READS, SMALLEST, REQUIRES, THREADS = rle.BITS, rle.READS, rle.SMALLEST, rle.REQUIRES, True

    def __init__(self) -> None:
        self.single = 0
        self.many: list[int] = []
        self.threads: set[int] = set()

    def encode(self, frame: np.ndarray, samples: SampleFormat) -> bytes:
        self.single += 1
        return rle.encode(frame, samples)

    def encode_many(self, frames: np.ndarray, samples: SampleFormat) -> list[bytes]:
        self.many.append(len(frames))
        self.threads.add(threading.get_ident())
        return rle.encode_many(frames, samples)

    decode = staticmethod(rle.decode)


@pytest.mark.parametrize(("row", "samples"), ROWS_AND_BITS)
@pytest.mark.parametrize("workers", [0, 1, 2, -1])
def test_frames_come_in_their_order_however_many_work(
    row: TransferSyntax, samples: SampleFormat, workers: int
) -> None:
    codec = codec_of(row)
    frames = some_frames(samples, 50, (64, 64))
    expected = [codec.encode(frame, samples) for frame in frames]
    assert list(encode_frames(iter(frames), codec, samples, workers)) == expected


@pytest.mark.parametrize("row", COMPRESSED, ids=lambda row: row.keyword)
def test_an_executor_of_threads_is_used_and_stays_open(row: TransferSyntax) -> None:
    codec, samples = codec_of(row), FORMATS[8]
    frames = some_frames(samples, 70, (200, 200))
    with ThreadPoolExecutor(3) as executor:
        encoded = list(encode_frames(frames, codec, samples, executor))
        assert executor.submit(int, 3).result() == 3
    assert encoded == [codec.encode(frame, samples) for frame in frames]


@pytest.mark.parametrize("row", COMPRESSED, ids=lambda row: row.keyword)
def test_an_executor_of_processes_is_used(row: TransferSyntax) -> None:
    class Pickling(Executor):
        """What a process pool asks of its tasks, without the second it takes to start one."""

        def submit(self, function, /, *args):
            function, args = pickle.loads(pickle.dumps((function, args)))
            future: Future = Future()
            future.set_result(function(*args))
            return future

    codec, samples = codec_of(row), FORMATS[16]
    frames = some_frames(samples, 20, (200, 200))
    encoded = list(encode_frames(frames, codec, samples, Pickling()))
    assert encoded == [codec.encode(frame, samples) for frame in frames]


@given(
    count=st.integers(0, 40),
    workers=st.integers(0, 2),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    data=st.data(),
)
def test_one_buffer_may_serve_for_all_frames(
    count: int, workers: int, shape: tuple[int, int], data: st.DataObject
) -> None:
    values = data.draw(st.lists(st.integers(0, 255), min_size=count, max_size=count))
    buffer = np.empty(shape, np.uint8)

    def frames() -> Iterator[np.ndarray]:
        for place, value in enumerate(values):
            buffer[:] = value
            buffer[0, 0] = place % 2
            yield buffer

    restored = [
        rle.decode(encoded, shape, FORMATS[8])
        for encoded in encode_frames(frames(), rle, FORMATS[8], workers)
    ]
    expected = [frame.copy() for frame in frames()]
    assert len(restored) == count and all(map(np.array_equal, restored, expected))


def test_frames_of_one_value_are_compressed_once() -> None:
    codec, samples = Counting(), FORMATS[8]
    frames = [np.full(SHAPE, value, np.uint8) for value in (0, 7, 0, 0, 7, 0)] * 50
    assert len(set(encode_frames(frames, codec, samples))) == 2
    assert codec.single == 2 and sum(codec.many) == 0


def test_a_frame_of_one_value_but_for_a_pixel_is_its_own() -> None:
    codec, samples = Counting(), FORMATS[8]
    frames = []
    for place in ((0, 0), (128, 3), (255, 255)):
        frame = np.zeros(SHAPE, np.uint8)
        frame[place] = 1
        frames.append(frame)
    assert len(set(encode_frames(frames, codec, samples))) == 3
    assert codec.many == [3]


@pytest.mark.parametrize("workers", [0, 2])
def test_only_a_few_megabytes_are_taken_ahead(workers: int) -> None:
    taken = 0

    def frames() -> Iterator[np.ndarray]:
        nonlocal taken
        while True:
            taken += 1
            yield labels(SHAPE, FORMATS[8], taken % 7)

    encoded = encode_frames(frames(), rle, FORMATS[8], workers)
    for given_out in range(1, 200):
        next(encoded)
        assert (taken - given_out) * SHAPE[0] * SHAPE[1] <= 12e6
    encoded.close()


def test_threads_share_the_work_and_are_gone_afterwards() -> None:
    codec, samples = Counting(), FORMATS[8]
    before = threading.active_count()
    list(encode_frames(some_frames(samples, 200), codec, samples, 2))
    assert threading.get_ident() not in codec.threads
    assert threading.active_count() == before
    encoded = encode_frames(some_frames(samples, 200), codec, samples, 2)
    next(encoded)
    encoded.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_of_the_codec_or_of_the_source_comes_through(workers: int) -> None:
    before = threading.active_count()
    odd = [*some_frames(FORMATS[8], 20), np.zeros((3, 3), np.uint8)]
    with pytest.raises(ArgumentError, match="3 x 3 pixels and those before it 256 x 256"):
        list(encode_frames(odd, rle, FORMATS[8], workers))
    strange = np.full(SHAPE, 2, np.uint8)
    strange[0] = 0
    with pytest.raises(ArgumentError, match="1-bit samples allow 0 and 1"):
        list(encode_frames([strange] * 20, codec_of(COMPRESSED[-1]), FORMATS[1], workers))
    assert threading.active_count() == before
