"""A pydicom Dataset whose pixels, and whose frames' functional groups, wait until somebody asks for them.

To pydicom both are elements like any other: Per-Frame Functional Groups stands as a
raw element that pydicom parses when it is touched, Pixel Data as a deferred one that
is made or read when it is touched. What is still untouched when the object is
saved goes to the file as it is, in pieces; what was changed is written as changed.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from pydicom import dcmwrite
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag
from pydicom.uid import ExplicitVRLittleEndian

from .byte_source import ByteSource, FileBytes
from .dataset_bytes import element_header, encode_elements
from .findings import Progress
from .functional_groups import PER_FRAME_TAG
from .output import whole_file
from .pixeldata import PIXEL_DATA_TAG
from .write import write_head, write_pixels

_BYTES_AT_ONCE = 1 << 22


class PendingPixels(Protocol):
    """The value of Pixel Data, not yet in memory."""

    @property
    def length(self) -> int: ...

    @property
    def vr(self) -> str: ...

    def pieces(self) -> Iterator[memoryview | bytes]: ...


class StoredPixels:
    """Pixel Data that lies in a file or in memory."""

    def __init__(self, source: ByteSource, offset: int, length: int, vr: str) -> None:
        self.source, self.offset, self.length, self.vr = source, offset, length, vr

    def pieces(self) -> Iterator[memoryview | bytes]:
        with self.source.opened() as read_at:
            for start in range(0, self.length, _BYTES_AT_ONCE):
                yield read_at(self.offset + start, min(_BYTES_AT_ONCE, self.length - start))


class LazyDataset(Dataset):
    """See the module."""

    _pending: PendingPixels | None = None
    _frames_charset: str = ""

    def defer(self, per_frame: bytes | bytearray | list[Dataset] | None, pixels: PendingPixels) -> None:
        """Let the functional groups of the frames, and the pixels, wait.

        Parameters
        ----------
        per_frame : bytes-like, list of Dataset, or None
            Value of Per-Frame Functional Groups, as bytes in Explicit VR Little Endian; None where absent.
        pixels : PendingPixels
        """
        if isinstance(per_frame, list):
            self[PER_FRAME_TAG] = DataElement(PER_FRAME_TAG, "SQ", Sequence(per_frame))
        elif per_frame is not None:
            value = bytes(per_frame)
            self[PER_FRAME_TAG] = RawDataElement(
                BaseTag(PER_FRAME_TAG), "SQ", len(value), value, 0, False, True
            )
        deferred = RawDataElement(BaseTag(PIXEL_DATA_TAG), pixels.vr, pixels.length, None, 0, False, True)
        self[PIXEL_DATA_TAG] = deferred
        self._pending = pixels
        self._frames_charset = self._charset()

    @property
    def _waiting(self) -> PendingPixels | None:
        """The pixels that wait; None once Pixel Data was loaded, changed or removed, in whatever way."""
        element = self._dict.get(BaseTag(PIXEL_DATA_TAG))
        if not isinstance(element, RawDataElement) or element.value is not None:
            self._pending = None
        return self._pending

    def __getitem__(self, key: Any) -> Any:
        self._load_pixels_for(key)
        return super().__getitem__(key)

    def get_item(self, key: Any, *, keep_deferred: bool = False) -> Any:
        """Return an element as pydicom's `Dataset.get_item` does."""
        if not keep_deferred:
            self._load_pixels_for(key)
        return super().get_item(key, keep_deferred=keep_deferred)

    def pop(self, key: Any, *default: Any) -> Any:
        """Remove an element and return it, as pydicom's `Dataset.pop` does."""
        self._load_pixels_for(key)
        return super().pop(key, *default)

    def popitem(self) -> Any:
        """Remove the last element and return it with its tag, as pydicom's `Dataset.popitem` does."""
        self._load_pixels()
        return super().popitem()

    def items(self) -> Any:
        """Return tags and elements, as pydicom's `Dataset.items` does."""
        self._load_pixels()
        return super().items()

    def values(self) -> Any:
        """Return the elements, as pydicom's `Dataset.values` does."""
        self._load_pixels()
        return super().values()

    def save_as(  # type: ignore[override]
        self,
        filename: str | os.PathLike[str] | BinaryIO,
        /,
        *,
        overwrite: bool = True,
        progress: Progress | None = None,
        **pydicom_options: Any,
    ) -> None:
        """Write the object to a file; the file appears whole or not at all.

        Parameters
        ----------
        filename : path or binary file-like object
        overwrite : bool
            Replace a file of this name.
        progress : callable, optional
            Called with the fraction done and the stage; a true answer cancels.
        pydicom_options
            Other options of pydicom's `Dataset.save_as`; with any of them pydicom writes the file.

        Raises
        ------
        OutputError
            The file cannot be written.
        FileExistsError
            It exists and `overwrite` is False.
        """
        if not isinstance(filename, (str, os.PathLike)):
            self._write(filename, progress, pydicom_options)
            return
        if not overwrite and Path(filename).exists():
            raise FileExistsError(f"{filename} exists; pass overwrite=True to replace it.")
        with whole_file(filename, self._waiting.length if self._waiting else 0) as file:
            pixels_at = self._write(file, progress, pydicom_options)
        self._follow(Path(filename), pixels_at)

    def _write(self, file: BinaryIO, progress: Progress | None, pydicom_options: dict[str, Any]) -> int:
        """Write the object and return where Pixel Data begins in the file; 0 where pydicom has written it."""
        if pydicom_options or self.file_meta.TransferSyntaxUID != ExplicitVRLittleEndian:
            dcmwrite(file, self, **{"enforce_file_format": True, **pydicom_options})
            return 0
        tags = sorted(self.keys())
        write_head(file, self, encode_elements(self, [t for t in tags if t < PER_FRAME_TAG]))
        if PER_FRAME_TAG in self._dict:
            self._write_frames(file)
        file.write(encode_elements(self, [t for t in tags if PER_FRAME_TAG < t < PIXEL_DATA_TAG]))
        pixels, pixels_at = self._waiting, file.tell()
        if pixels is not None:
            write_pixels(file, pixels.vr, pixels.length, pixels.pieces(), progress)
        elif PIXEL_DATA_TAG in self._dict:
            file.write(encode_elements(self, [BaseTag(PIXEL_DATA_TAG)]))
        file.write(encode_elements(self, [t for t in tags if t > PIXEL_DATA_TAG]))
        return pixels_at

    def _follow(self, path: Path, pixels_at: int) -> None:
        """Find the pixels in the file that was just written, if it has replaced the one they were in."""
        pixels = self._waiting
        if not isinstance(pixels, StoredPixels) or not isinstance(pixels.source, FileBytes):
            return
        old = pixels.source.path
        if pixels_at and (old.parent.resolve(), old.name) == (path.parent.resolve(), path.name):
            offset = pixels_at + len(element_header(PIXEL_DATA_TAG, pixels.vr, pixels.length))
            self._pending = StoredPixels(FileBytes(path), offset, pixels.length, pixels.vr)

    def _write_frames(self, file: BinaryIO) -> None:
        element = self._dict[BaseTag(PER_FRAME_TAG)]
        same_text = self._charset() == self._frames_charset
        if isinstance(element, RawDataElement) and not element.is_implicit_VR and same_text:
            value = element.value or b""
            file.write(element_header(PER_FRAME_TAG, "SQ", len(value)))
            file.write(value)
        else:
            file.write(encode_elements(self, [BaseTag(PER_FRAME_TAG)]))

    def _load_pixels_for(self, key: Any) -> None:
        if self._pending is not None and not isinstance(key, slice) and Tag(key) == PIXEL_DATA_TAG:
            self._load_pixels()

    def _load_pixels(self) -> None:
        pixels = self._waiting
        if pixels is not None:
            value = b"".join(bytes(piece) for piece in pixels.pieces())
            self[PIXEL_DATA_TAG] = DataElement(PIXEL_DATA_TAG, pixels.vr, value)

    def _charset(self) -> str:
        return str(self.get("SpecificCharacterSet") or "")
