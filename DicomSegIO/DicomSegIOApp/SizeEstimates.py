"""About how large files will be: frames are counted, and some planes compressed to see how small they get."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .Pieces import Pieces
from .VoxelCounts import LayerCounts

# What a frame costs beside its pixels: its item in the functional groups, and in compressed files its tag.
_FRAME_BYTES = 430
_FILE_BYTES = 4000
_SEGMENT_BYTES = 400
_MOST_SAMPLES = 6


class Frames(NamedTuple):
    """What a type stores: frames, and their bytes before compression."""

    frames: int
    pixelBytes: int


class SizeEstimates:
    """Estimates for one segmentation; compressed sizes come in little by little.

    Parameters
    ----------
    estimated : function
        Called when the compressed sizes are known.
    """

    def __init__(self, estimated: Any) -> None:
        self._estimated = estimated
        self._pieces = Pieces()
        self._ratios: dict[tuple[str, str], float] = {}
        self._layers: Sequence[LayerCounts] = ()
        self._shape = (0, 0)
        self._state: tuple[Any, ...] = ()

    @property
    def isRunning(self) -> bool:
        return self._pieces.isRunning

    def look(
        self,
        layers: Sequence[LayerCounts],
        shape: tuple[int, int],
        compressions: Sequence[tuple[str, str, str]],
    ) -> None:
        """Estimate for these layers on frames of `shape` (rows, columns).

        Parameters
        ----------
        compressions : sequence of (segmentation type, compression, transfer syntax UID)
            Those to try, as of `ExportOptions`; they must be possible and installed.
        """
        state = (tuple(id(layer) for layer in layers), shape, tuple(compressions))
        if state == self._state:
            return
        if state[:2] != self._state[:2]:
            self._ratios = {}
        self._layers, self._shape, self._state = layers, shape, state
        missing = [row for row in compressions if row[:2] not in self._ratios]
        if layers and missing:
            self._pieces.start(self._compress(missing), self._estimated)
        else:
            self._pieces.stop()

    def forget(self) -> None:
        self._pieces.stop()
        self._layers, self._ratios, self._state = (), {}, ()

    def frames(self, segmentationType: str, chosen: Any = None) -> Frames | None:
        """Return what a type stores of the chosen segments (all when None); None while nothing is known."""
        if not self._layers:
            return None
        rows, columns = self._shape
        if segmentationType == "LABELMAP":
            planes: set[int] = set().union(*(layer.occupied for layer in self._layers))
            highest = max(sum(len(layer.voxels) for layer in self._layers), 1)
            return Frames(len(planes), len(planes) * rows * columns * (2 if highest > 255 else 1))
        frames = sum(
            count
            for layer in self._layers
            for segmentId, count in layer.planes.items()
            if chosen is None or segmentId in chosen
        )
        pixels = frames * rows * columns
        return Frames(frames, -(-pixels // 8) if segmentationType == "BINARY" else pixels)

    def fileBytes(self, segmentationType: str, compression: str, chosen: Any = None) -> int | None:
        """Return about how large the file becomes, or None if that is not known (yet)."""
        stored = self.frames(segmentationType, chosen)
        if stored is None:
            return None
        segments = sum(len(layer.voxels) for layer in self._layers)
        around = _FILE_BYTES + _SEGMENT_BYTES * segments + _FRAME_BYTES * stored.frames
        if compression == "NONE":
            return stored.pixelBytes + around
        ratio = self._ratios.get((segmentationType, compression))
        if ratio is None:
            return None
        if compression == "DEFLATED":  # what is around is deflated too, and alike from frame to frame
            return int(stored.pixelBytes * ratio) + around // 12
        return int(stored.pixelBytes * ratio) + around

    def _compress(self, compressions: Sequence[tuple[str, str, str]]) -> Iterator[None]:
        """Compress the samples with each compression, a frame a piece."""
        import zlib

        import numpy as np

        from dicomsegcodec.codecs import TRANSFER_SYNTAXES
        from dicomsegcodec.samples import SampleFormat

        samples = [sample for layer in self._layers for sample in layer.samples]
        planes = [_frame(sample, self._shape) for sample in samples[:: max(1, len(samples) // _MOST_SAMPLES)]]
        # Of segments that are stored apart, the largest of the plane stands for all.
        masks = [(plane == np.bincount(plane[plane > 0]).argmax()).astype(np.uint8) for plane in planes]
        for segmentationType, key, uid in compressions:
            if key == "NONE" or not planes:
                continue
            samplesAre = SampleFormat(1 if segmentationType == "BINARY" else 8)
            codec = TRANSFER_SYNTAXES[uid].codec
            before = after = 0
            for frame in planes if segmentationType == "LABELMAP" else masks:
                frame = frame.astype(np.uint8)
                native = np.packbits(frame).tobytes() if samplesAre.bits == 1 else frame.tobytes()
                before += len(native)
                after += len(codec.encode(frame, samplesAre)) if codec else len(zlib.compress(native))
                yield
            self._ratios[segmentationType, key] = after / before


def _frame(sample: Any, shape: tuple[int, int]) -> Any:
    """Return a plane of a layer on a frame of the images' size."""
    import numpy as np

    frame = np.zeros(shape, np.uint16)
    rows, columns = min(shape[0], sample.shape[0]), min(shape[1], sample.shape[1])
    frame[:rows, :columns] = sample[:rows, :columns]
    return frame


def sizeText(bytes_: int) -> str:
    """Return a size as 1.9 MB, 650 kB and the like."""
    for unit, size in (("GB", 10**9), ("MB", 10**6)):
        if bytes_ >= size:
            value = bytes_ / size
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{-(-bytes_ // 1000)} kB"
