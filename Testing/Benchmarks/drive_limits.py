"""What the machine itself needs: the plainest calls that move the bytes of a task, and nothing else.

The limit of a row is the sum of its parts: the input read once, frames packed or put through the bare
codec, the bytes of the file written to or read from the page cache, and memory for the result filled once.
No writer or reader can be expected to reach it; it tells a slow program from a slow machine.
"""

import json
import os
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from . import workloads
from .measure import Watch

_PIECE = 4 << 20
_TILE = 512


@dataclass
class Task:
    """What a limit is asked for; parts of it are made before the clock runs."""

    spec: dict
    bytes: int
    array: np.ndarray = field(init=False)
    about: dict = field(init=False)

    def __post_init__(self) -> None:
        self.array = workloads.load_array(self.spec["workload"])
        self.about = workloads.about(self.spec["workload"])

    def label_frames(self) -> Iterator[np.ndarray]:
        """Yield the frames that are compressed: planes, tiles, or fractions as they are stored."""
        if self.array.ndim == 2:
            for row in range(0, self.array.shape[0], _TILE):
                for column in range(0, self.array.shape[1], _TILE):
                    tile = self.array[row : row + _TILE, column : column + _TILE]
                    if tile.any() and tile.shape == (_TILE, _TILE):
                        yield np.ascontiguousarray(tile)
        elif self.array.ndim == 4:
            for segment in range(self.array.shape[3]):
                for plane in self.array[..., segment]:
                    if plane.any():
                        yield np.rint(plane * 255).astype(np.uint8)
        else:
            yield from self.array


Part = Callable[[], object]


def scan(task: Task) -> Part:
    """Read the input once."""
    flat = task.array.reshape(-1).view(np.uint8)
    words = flat[: flat.size // 8 * 8].view(np.uint64)
    return words.max


def write(task: Task) -> Part:
    """Write as many bytes as the file has."""
    piece = memoryview(np.full(_PIECE, 7, np.uint8))

    def run() -> None:
        with open(task.spec["scratch"], "wb", buffering=0) as file:
            for start in range(0, task.bytes, _PIECE):
                file.write(piece[: min(_PIECE, task.bytes - start)])

    return run


def read(task: Task) -> Part:
    """Read the file into one piece of memory, again and again."""
    piece = memoryview(np.full(_PIECE, 7, np.uint8))

    def run() -> None:
        with open(task.spec["file"], "rb", buffering=0) as file:
            while file.readinto(piece):
                pass

    return run


def result(task: Task) -> Part:
    """Fill memory of the size of the result, which is fresh."""
    size = task.array.size * (4 if task.array.dtype.kind == "f" else 1)
    return lambda: np.empty(size, np.uint8).fill(1)


def _frame(task: Task) -> np.ndarray:
    rows, columns = task.about["shape"][-2:]
    return np.arange(rows * columns, dtype=np.uint8) % 9


def pack(task: Task) -> Part:
    """Compare and pack a frame in the cache for every frame that is not empty."""
    frame, count = _frame(task), task.about["frames_with_voxels"]
    mask = np.empty(frame.shape, bool)

    def run() -> None:
        for _ in range(count):
            np.equal(frame, 7, out=mask)
            np.packbits(mask, bitorder="little")

    return run


def unpack(task: Task) -> Part:
    """Unpack a frame for every frame that is not empty."""
    packed, count = np.packbits(_frame(task) == 7, bitorder="little"), task.about["frames_with_voxels"]

    def run() -> None:
        for _ in range(count):
            np.unpackbits(packed, bitorder="little")

    return run


def encoder(syntax: str, shape: tuple[int, ...]) -> Callable[[np.ndarray], bytes]:
    """Return the bare call that compresses a frame of uint8."""
    match syntax:
        case "jpeg-ls":
            from jpeg_ls import encode_buffer

            return lambda frame: encode_buffer(frame.tobytes(), *shape, 1, 8)
        case "jpeg-2000":
            from openjpeg.utils import encode_array

            return lambda frame: encode_array(frame, bits_stored=8)
        case "deflated-frames":
            return lambda frame: zlib.compress(frame, 6, -15)
    raise ValueError(syntax)


def decoder(syntax: str) -> Callable[[bytes], object]:
    """Return the bare call that restores a frame."""
    match syntax:
        case "jpeg-ls":
            from jpeg_ls import decode

            return lambda data: decode(np.frombuffer(data, np.uint8))
        case "jpeg-2000":
            from openjpeg.utils import decode

            return decode
        case "deflated-frames":
            return lambda data: zlib.decompress(data, -15)
    raise ValueError(syntax)


def encode(task: Task) -> Part:
    """Compress every frame, one after the other."""
    _prime_heap()
    frames = list(task.label_frames())
    call = encoder(task.spec["syntax"], frames[0].shape)

    def run() -> None:
        for frame in frames:
            call(frame)

    return run


def decode(task: Task) -> Part:
    """Restore every frame, one after the other."""
    _prime_heap()
    frames = list(task.label_frames())
    call = encoder(task.spec["syntax"], frames[0].shape)
    encoded = [bytes(call(frame)) for frame in frames]
    restore = decoder(task.spec["syntax"])

    def run() -> None:
        for data in encoded:
            restore(data)

    return run


def deflate(task: Task) -> Part:
    """Deflate what a deflated data set has of pixels: the packed bits."""
    packed = _packed(task)
    return lambda: zlib.compress(packed, 6, -15)


def inflate(task: Task) -> Part:
    data = zlib.compress(_packed(task), 6, -15)
    return lambda: zlib.decompress(data, -15)


def _packed(task: Task) -> bytes:
    parts = []
    for plane in task.array:
        parts += [np.packbits(plane == n, bitorder="little").tobytes() for n in np.unique(plane) if n]
    return b"".join(parts)


def _prime_heap() -> None:
    # Until a large block has been freed, glibc gives a codec's buffers back to the system after every frame.
    bytes(31 << 20)


PARTS = {
    part.__name__: part
    for part in (scan, write, read, result, pack, unpack, encode, decode, deflate, inflate)
}


def limit(spec: dict) -> None:
    """Time the parts of one row, each after the other."""
    # Of a file that is read, all of it is; what is written is as long as what was written before.
    size = os.path.getsize(spec["file"]) if os.path.exists(spec["file"]) else spec["bytes"]
    task = Task(spec, size)
    parts = [(name, PARTS[name](task)) for name in spec["parts"]]
    with Watch(spec) as watch:
        for name, run in parts:
            run()
            watch.lap(name)
    watch.report()
    if os.path.exists(spec["scratch"]):
        os.remove(spec["scratch"])


# --- the machine by itself ----------------------------------------------------------------------------------


def machine(spec: dict) -> None:
    """Report rates of memory, disk and codecs; the median of five."""
    labels = workloads.load_array(spec["workload"])
    size, frame = labels.nbytes, np.ascontiguousarray(labels[len(labels) // 2])
    other, mask = np.empty_like(labels), np.empty(frame.shape, bool)
    packed = np.packbits(frame != 0, bitorder="little")
    megabytes = 1e6
    rates = {
        "copy an array (MB/s)": size / _median(lambda: np.copyto(other, labels)) / megabytes,
        "fill fresh memory (MB/s)": size / _median(lambda: np.empty(size, np.uint8).fill(1)) / megabytes,
        "compare a frame in the cache (MB/s)": _rate(frame, lambda: np.equal(frame, 7, out=mask)),
        "pack a frame in the cache (MB/s)": _rate(frame, lambda: np.packbits(mask, bitorder="little")),
        "unpack a frame in the cache (MB/s)": _rate(frame, lambda: np.unpackbits(packed, bitorder="little")),
    }
    data = np.random.default_rng(0).integers(0, 256, spec["bytes"], np.uint8)
    rates["write a file to the page cache (MB/s)"] = data.size / _median(lambda: _put(spec, data)) / megabytes
    rates["write a file to the disk (MB/s)"] = (
        data.size / _median(lambda: _put(spec, data, sync=True)) / megabytes
    )
    piece = memoryview(np.empty(_PIECE, np.uint8))
    rates["read a file from the page cache (MB/s)"] = (
        data.size / _median(lambda: _get(spec, piece)) / megabytes
    )
    os.remove(spec["scratch"])
    _prime_heap()
    planes = list(labels[:: max(1, len(labels) // 60)])
    total = sum(plane.nbytes for plane in planes)
    for syntax in ("jpeg-ls", "jpeg-2000", "deflated-frames"):
        put = partial(map, encoder(syntax, frame.shape), planes)
        encoded = list(map(bytes, put()))
        get = partial(map, decoder(syntax), encoded)
        rates[f"{syntax} encoding (MB/s)"] = total / _median(lambda put=put: list(put())) / megabytes
        rates[f"{syntax} decoding (MB/s)"] = total / _median(lambda get=get: list(get())) / megabytes
    with Watch(spec) as watch:
        pass
    watch.report(rates=rates)


def _median(call: Callable[[], object], rounds: int = 5) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return sorted(times)[rounds // 2]


def _rate(frame: np.ndarray, call: Callable[[], object]) -> float:
    times = 200
    return times * frame.nbytes / _median(lambda: [call() for _ in range(times)]) / 1e6


def _put(spec: dict, data: np.ndarray, sync: bool = False) -> None:
    with open(spec["scratch"], "wb", buffering=0) as file:
        for start in range(0, data.size, _PIECE):
            file.write(data[start : start + _PIECE])
        if sync:
            os.fsync(file.fileno())


def _get(spec: dict, piece: memoryview) -> None:
    with open(spec["scratch"], "rb", buffering=0) as file:
        while file.readinto(piece):
            pass


def main(text: str) -> None:
    spec = json.loads(text)
    {"limit": limit, "machine": machine}[spec["task"]](spec)


if __name__ == "__main__":
    main(sys.argv[1])
