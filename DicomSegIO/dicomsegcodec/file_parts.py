"""A file taken apart after its header: functional groups of the frames, pixels, and what follows them."""

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag

from .dataset_bytes import LONG_VRS, UNDEFINED_LENGTH
from .errors import FileMissing, NotDicom, ReadError, TruncatedFile
from .file_start import ReadableFile, data_set_begins, for_pydicom
from .functional_groups import PER_FRAME_TAG
from .inflating import HEADER_BYTES, InflatingStream
from .item_walk import ItemWalk, UnusualLayout
from .pixeldata import PIXEL_DATA_TAG

_TAG = struct.Struct("<HH")
# What a header and what follows Pixel Data may take beside what is promised, of a file that is deflated.
_SLACK_BYTES = 1 << 26
_PIECE_BYTES = 1 << 20
_DELIMITER_BYTES = 8


@contextmanager
def failures(name: str) -> Iterator[None]:
    """Say what a failure of file and format means."""
    try:
        yield
    except InvalidDicomError as error:
        raise NotDicom(f"{name} is not a DICOM file.") from error
    except (EOFError, struct.error) as error:
        raise TruncatedFile(f"{name} ends inside its header; it is truncated.") from error
    except zlib.error as error:
        raise TruncatedFile(f"{name} cannot be inflated ({error}); it is truncated or damaged.") from error
    except FileNotFoundError as error:
        raise FileMissing(f"There is no file {name}.") from error
    except IsADirectoryError as error:
        raise ReadError(f"{name} is a folder; give the file of the segmentation.") from error
    except OSError as error:
        if isinstance(error, ReadError):
            raise
        if error.errno is None:  # pydicom's, where it finds no tag
            raise TruncatedFile(f"{name} ends inside a sequence; it is truncated.") from error
        raise ReadError(f"{name} cannot be read: {error.strerror}.") from error


def read_more(
    file: ReadableFile,
    implicit: bool,
    little: bool,
    header: Dataset,
    stop_when: "Callable[[BaseTag, str | None, int], bool] | None" = None,
) -> None:
    """Add the elements that follow, up to where `stop_when` says so, to a header."""
    more = read_dataset(for_pydicom(file), implicit, little, stop_when=stop_when)
    for tag in more.keys():  # noqa: SIM118 - a Dataset iterates over its elements
        header[tag] = more.get_item(tag)


def pixels_begin(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    """Tell pydicom to stop before Pixel Data."""
    return tag >= PIXEL_DATA_TAG


def read_per_frame(
    file: ReadableFile | BinaryIO, implicit: bool, header: Dataset, little: bool = True
) -> "bytes | list[Dataset] | None":
    """Return the value of Per-Frame Functional Groups, if the file stands at its tag.

    As bytes where they are Explicit VR Little Endian, as items otherwise; None where there is none.
    """
    if little and not implicit:
        value = per_frame_bytes(file, False)
        if value is not None:
            return value
    start = file.tell()
    head = file.read(12)
    file.seek(start)
    order = "<" if little else ">"
    wanted = (PER_FRAME_TAG >> 16, PER_FRAME_TAG & 0xFFFF)
    if len(head) < 12 or struct.unpack_from(f"{order}HH", head) != wanted:
        return None
    # Another encoding: pydicom knows how to walk it.
    part = read_dataset(
        for_pydicom(file), implicit, little, stop_when=lambda tag, vr, size: tag > PER_FRAME_TAG
    )
    part.file_meta = header.file_meta
    return list(part[PER_FRAME_TAG].value)


def per_frame_bytes(file: ReadableFile | BinaryIO, implicit: bool) -> bytes | None:
    """Return the value of Per-Frame Functional Groups, if a little endian file stands at its tag, as bytes.

    Of undefined length, without its delimiter. None, and the file stays, where the tag is another one, the VR
    is not SQ, or only pydicom may know how to find its end.

    Raises
    ------
    TruncatedFile
    """
    start = file.tell()
    head = file.read(8 if implicit else 12)
    found = len(head) >= 8 and _TAG.unpack_from(head) == (PER_FRAME_TAG >> 16, PER_FRAME_TAG & 0xFFFF)
    if not found or not (implicit or (head[4:6] == b"SQ" and len(head) == 12)):
        file.seek(start)
        return None
    length = struct.unpack_from("<I", head, len(head) - 4)[0]
    if length == UNDEFINED_LENGTH:
        try:
            return _undefined_sequence(file, file.tell(), implicit)
        except UnusualLayout:
            file.seek(start)
            return None
    value = file.read(length)
    if len(value) != length:
        raise TruncatedFile(
            f"The functional groups of the frames take {length:,} bytes and the file holds {len(value):,}; "
            "it is truncated."
        )
    return value


def _undefined_sequence(file: ReadableFile | BinaryIO, start: int, implicit: bool) -> bytes:
    """Return the value of a sequence that ends with a delimiter, and go to what follows that."""
    value, walk = bytearray(), ItemWalk(implicit)
    while more := file.read(max(_PIECE_BYTES, len(value))):
        value += more
        try:
            if walk.go_on(value):
                file.seek(start + walk.position)
                return bytes(memoryview(value)[: walk.position - _DELIMITER_BYTES])
        except (struct.error, IndexError):
            continue  # an item goes on in the next piece
    raise TruncatedFile("The functional groups of the frames have no end; the file is truncated.")


def find_pixels(file: ReadableFile | BinaryIO, implicit: bool, little: bool = True) -> tuple[int, int, str]:
    """Return offset, length and VR of the value of Pixel Data, where the file stands at its tag."""
    start = file.tell()
    head = file.read(12)
    order = "<" if little else ">"
    wanted = (PIXEL_DATA_TAG >> 16, PIXEL_DATA_TAG & 0xFFFF)
    if len(head) < 8 or struct.unpack_from(f"{order}HH", head) != wanted:
        raise TruncatedFile(
            "The object has no Pixel Data; the file is truncated, or its pixels were taken out."
        )
    if implicit:
        return start + 8, struct.unpack_from("<I", head, 4)[0], "OW"
    if head[4:6] not in LONG_VRS or len(head) < 12:
        raise TruncatedFile("Pixel Data begins and does not go on; the file is truncated.")
    return start + 12, struct.unpack_from(f"{order}I", head, 8)[0], head[4:6].decode("ascii")


def inflate(file: ReadableFile | BinaryIO) -> bytearray:
    """Return the data set of a deflated file, PS3.5 A.5.

    Raises
    ------
    ReadError
        It is damaged, or inflates to far more than its header gives a reason for.
    """
    file.seek(0)
    data_set_begins(file, [])
    stream = InflatingStream(file.read(), HEADER_BYTES)
    header = read_dataset(for_pydicom(stream), False, True, stop_when=pixels_begin)
    try:
        offset, length, _vr = find_pixels(stream, False)
    except TruncatedFile:  # which is said when the elements are read
        offset, length = stream.tell(), 0
    promised = (
        int(header.get("NumberOfFrames") or 1)
        * int(header.get("Rows") or 0)
        * int(header.get("Columns") or 0)
        * int(header.get("BitsAllocated") or 0)
        // 8
    )
    stream.limit = offset + min(length, promised) + _SLACK_BYTES
    return stream.everything()
