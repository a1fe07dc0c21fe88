"""A pydicom Dataset whose pixels, and whose frames' functional groups, wait until somebody asks for them.

To pydicom both are elements like any other: Per-Frame Functional Groups stands as a
raw element that pydicom parses when it is touched, Pixel Data as a deferred one that
is made or read when it is touched. What is still untouched when the object is
saved goes to the file as it is, in pieces; what was changed is written as changed.
"""

import copy
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pydicom import dcmwrite
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag

from .byte_source import ByteSource, FileBytes, SwappedWords
from .codecs import transfer_syntax
from .codecs.encapsulation import FrameSpans
from .compressed import DELIMITER
from .dataset_bytes import UNDEFINED_LENGTH, element_header
from .errors import ArgumentError
from .findings import Progress, tell
from .functional_groups import PER_FRAME_TAG
from .object_file import PendingPixels, write_parts
from .output import whole_file
from .pixeldata import PIXEL_DATA_TAG

_BYTES_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class StoredPixels:
    """Pixel Data that lies in a file or in memory.

    Parameters
    ----------
    source : ByteSource
    offset : int
        Of the value.
    size : int
        Of the value; of an encapsulated one without its delimiter.
    vr : str
    spans : FrameSpans, optional
        Where compressed frames are in `source`; None where frames are native.
    """

    source: ByteSource
    offset: int
    size: int
    vr: str
    spans: FrameSpans | None = None

    @property
    def length(self) -> int:
        return self.size if self.spans is None else UNDEFINED_LENGTH

    @property
    def room(self) -> int:
        return self.size

    def moved(self, path: Path, offset: int) -> "StoredPixels":
        """Return the same pixels where they lie in another file."""
        spans, by = self.spans, offset - self.offset
        if spans is not None:
            spans = FrameSpans(spans.starts + by, spans.ends + by)
        return StoredPixels(FileBytes(path), offset, self.size, self.vr, spans)

    def elements(self, implicit_vr: bool, progress: Progress | None = None) -> Iterator[memoryview | bytes]:
        yield element_header(PIXEL_DATA_TAG, self.vr, self.length, implicit_vr)
        done = 0
        for piece in self.pieces():
            tell(progress, done / max(1, self.size), "Writing frames")
            yield piece
            done += len(piece)
        if self.spans is not None:
            yield DELIMITER
        tell(progress, 1.0, "Writing frames")

    def value(self) -> bytes:
        return b"".join(bytes(piece) for piece in self.pieces())

    def pieces(self) -> Iterator[memoryview | bytes]:
        """Yield the value a few megabytes at a time."""
        with self.source.opened() as read_at:
            for start in range(0, self.size, _BYTES_AT_ONCE):
                yield read_at(self.offset + start, min(_BYTES_AT_ONCE, self.size - start))


class LazyDataset(Dataset):
    """See the module."""

    _pending: PendingPixels | None = None
    _frames_charset: str = ""

    def defer(
        self,
        per_frame: bytes | bytearray | list[Dataset] | None,
        pixels: PendingPixels,
        implicit: bool = False,
    ) -> None:
        """Let the functional groups of the frames, and the pixels, wait.

        Parameters
        ----------
        per_frame : bytes-like, list of Dataset, or None
            Value of Per-Frame Functional Groups, as bytes in little endian; None where absent.
        pixels : PendingPixels
        implicit : bool
            These bytes are in Implicit VR; Explicit VR otherwise.
        """
        if isinstance(per_frame, list):
            self[PER_FRAME_TAG] = DataElement(PER_FRAME_TAG, "SQ", Sequence(per_frame))
        elif per_frame is not None:
            value = bytes(per_frame)
            self[PER_FRAME_TAG] = RawDataElement(
                BaseTag(PER_FRAME_TAG), "SQ", len(value), value, 0, implicit, True
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

    @property
    def waiting_pixels(self) -> PendingPixels | None:
        """Pixel Data as it waits; None where pydicom has it."""
        return self._waiting

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

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Return a copy with its pixels in it: whoever gets it may not know how to ask for them."""
        self._load_pixels()
        copied = self.__class__.__new__(self.__class__)
        memo[id(self)] = copied
        copied.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return copied

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
        with whole_file(filename, self._waiting.room if self._waiting else 0) as file:
            pixels_at = self._write(file, progress, pydicom_options)
        self._follow(Path(filename), pixels_at)

    def _write(self, file: BinaryIO, progress: Progress | None, pydicom_options: dict[str, Any]) -> int:
        """Write the object and return where Pixel Data begins in the file; 0 where pydicom has written it."""
        if self._charset() != self._frames_charset:
            self._decode_texts()
        if pydicom_options:
            dcmwrite(file, self, **{"enforce_file_format": True, **pydicom_options})
            return 0
        pixels = self._waiting
        syntax = transfer_syntax(str(self.file_meta.TransferSyntaxUID))
        if pixels is not None and syntax.encapsulated != (pixels.length == UNDEFINED_LENGTH):
            raise ArgumentError(
                f"Transfer Syntax UID says {syntax.name} and Pixel Data is not stored so; set it to what the "
                "pixels are, or construct the segmentation with it."
            )
        return write_parts(file, self, self._untouched_frames(), pixels, progress)

    def _follow(self, path: Path, pixels_at: int) -> None:
        """Find the pixels in the file that was just written, if it has replaced the one they were in."""
        pixels = self._waiting
        if not isinstance(pixels, StoredPixels):
            return
        source = pixels.source.inner if isinstance(pixels.source, SwappedWords) else pixels.source
        if not isinstance(source, FileBytes):
            return
        old = source.path
        if pixels_at and (old.parent.resolve(), old.name) == (path.parent.resolve(), path.name):
            header = element_header(PIXEL_DATA_TAG, pixels.vr, pixels.length, self._implicit())
            self._pending = pixels.moved(path, pixels_at + len(header))

    def _untouched_frames(self) -> bytes | None:
        """Return the frames' functional groups as they were read or made; None where pydicom has them."""
        element = self._dict.get(BaseTag(PER_FRAME_TAG))
        same_text = self._charset() == self._frames_charset
        if isinstance(element, RawDataElement) and not element.is_implicit_VR and same_text:
            return element.value or b""
        return None

    def _decode_texts(self) -> None:
        """Decode texts in sequences as they were read, before they are written in another character set.

        pydicom 3.0.2 writes bytes in a sequence that nobody has touched as they are, in whatever character
        set they were.
        """
        for tag in list(self.keys()):
            if tag != PIXEL_DATA_TAG and self[tag].VR == "SQ":
                for item in self[tag].value:
                    for _element in item.iterall():
                        pass

    def _implicit(self) -> bool:
        return transfer_syntax(str(self.file_meta.TransferSyntaxUID)).implicit_vr

    def _load_pixels_for(self, key: Any) -> None:
        if self._pending is not None and not isinstance(key, slice) and Tag(key) == PIXEL_DATA_TAG:
            self._load_pixels()

    def _load_pixels(self) -> None:
        pixels = self._waiting
        if pixels is not None:
            element = DataElement(PIXEL_DATA_TAG, pixels.vr, pixels.value())
            element.is_undefined_length = pixels.length == UNDEFINED_LENGTH
            self[PIXEL_DATA_TAG] = element

    def _charset(self) -> str:
        return str(self.get("SpecificCharacterSet") or "")
