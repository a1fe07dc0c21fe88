"""A file of PS3.10 taken apart: what stands where, and what its absence means."""

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol, cast

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from .dataset_bytes import LONG_VRS, UNDEFINED_LENGTH
from .errors import FileMissing, NotDicom, ReadError, TruncatedFile
from .findings import Finding, Severity
from .functional_groups import PER_FRAME_TAG
from .inflating import HEADER_BYTES, InflatingStream
from .item_walk import ItemWalk, UnusualLayout
from .pixeldata import PIXEL_DATA_TAG
from .text_encoding import read_with_unknown_terms, unknown_terms

_CHARACTER_SET_TAG = 0x00080005
_PREAMBLE = 128
_TAG = struct.Struct("<HH")
# What a header and what follows Pixel Data may take beside what is promised, of a file that is deflated.
_SLACK_BYTES = 1 << 26
_PIECE_BYTES = 1 << 20
_DELIMITER_BYTES = 8


class ReadableFile(Protocol):
    """What pydicom needs of a file."""

    def read(self, length: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...


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


def data_set_begins(file: ReadableFile, findings: list[Finding]) -> FileMetaDataset:
    """Go to the first element after the file meta information, and return that, with a Transfer Syntax UID.

    Raises
    ------
    NotDicom
    """
    start = file.tell()
    prefix = file.read(_PREAMBLE + 4)
    if prefix[_PREAMBLE:] != b"DICM":
        if not _looks_like_elements(prefix):
            raise InvalidDicomError
        file.seek(start)
        findings.append(
            Finding(
                Severity.WARNING,
                "The file has no preamble and no prefix DICM; it is read as the elements with which it "
                "starts.",
                "",
                "PS3.10 7.1",
            )
        )
    meta = FileMetaDataset()
    # Otherwise pydicom takes what is no meta information for one of another encoding, and warns.
    if _next_group(file) == 2:
        part = read_dataset(_for_pydicom(file), False, True, stop_when=lambda tag, _vr, _n: tag >> 16 != 2)
        meta.update(part)
    if not meta.get("TransferSyntaxUID"):
        meta.TransferSyntaxUID = UID(_encoding_of(file))
        findings.append(
            Finding(
                Severity.WARNING,
                f"The file states no Transfer Syntax UID; it is read as {meta.TransferSyntaxUID.name}.",
                "TransferSyntaxUID",
                "PS3.10 7.1",
            )
        )
    return meta


def _looks_like_elements(prefix: bytes) -> bool:
    """Tell whether a file without a preamble starts with file meta information or with group 8."""
    if len(prefix) < 12:
        return False
    group, element = _TAG.unpack_from(prefix)
    explicit = prefix[4:6].isalpha() and prefix[4:6].isupper()
    if group == 2:
        return explicit and element <= 0x0102
    return group == 8 and element <= 0x0018 and (explicit or prefix[6:8] == b"\0\0")


def _next_group(file: ReadableFile) -> int | None:
    head = file.read(_TAG.size)
    file.seek(-len(head), 1)
    return _TAG.unpack(head)[0] if len(head) == _TAG.size else None


def _encoding_of(file: ReadableFile) -> str:
    """Return the transfer syntax in which the next element can be read."""
    head = file.read(2)
    file.seek(-len(head), 1)
    if elements_are_implicit(file):
        return str(ImplicitVRLittleEndian)  # the default, PS3.5 10.1
    return str(ExplicitVRBigEndian if head == b"\0\x08" else ExplicitVRLittleEndian)


def elements_are_implicit(file: ReadableFile) -> bool:
    """Tell whether the next element states no VR."""
    head = file.read(6)
    file.seek(-len(head), 1)
    return not (head[4:6].isalpha() and head[4:6].isupper())


def read_header(file: ReadableFile, implicit: bool, little: bool, findings: list[Finding]) -> Dataset:
    """Return the elements before Per-Frame Functional Groups, texts in a character set that is known."""
    start = file.tell()

    def read() -> Dataset:
        file.seek(start)
        return read_dataset(_for_pydicom(file), implicit, little, stop_when=frames_begin)

    stated = _stated_character_set(file, little)
    if not unknown_terms(stated):
        return read()
    header, finding = read_with_unknown_terms(read, stated)
    findings.append(finding)
    return header


def read_more(
    file: ReadableFile,
    implicit: bool,
    little: bool,
    header: Dataset,
    stop_when: "Callable[[BaseTag, str | None, int], bool] | None" = None,
) -> None:
    """Add the elements that follow, up to where `stop_when` says so, to a header."""
    more = read_dataset(_for_pydicom(file), implicit, little, stop_when=stop_when)
    for tag in more.keys():  # noqa: SIM118 - a Dataset iterates over its elements
        header[tag] = more.get_item(tag)


def _stated_character_set(file: ReadableFile, little: bool) -> bytes:
    """Return the value of Specific Character Set, which only a few short elements may come before."""
    order = "<" if little else ">"
    for _ in range(8):
        head = file.read(8)
        if len(head) < 8:
            return b""
        group, element = struct.unpack_from(f"{order}HH", head)
        explicit = head[4:6].isalpha() and head[4:6].isupper()
        form = f"{order}H" if explicit else f"{order}I"
        length = struct.unpack_from(form, head, 6 if explicit else 4)[0]
        tag = group << 16 | element
        if tag > _CHARACTER_SET_TAG or length > 256 or (explicit and head[4:6] in LONG_VRS):
            return b""
        value = file.read(length)
        if tag == _CHARACTER_SET_TAG:
            return value
    return b""


def frames_begin(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    """Tell pydicom to stop before Per-Frame Functional Groups."""
    return tag >= PER_FRAME_TAG


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
        _for_pydicom(file), implicit, little, stop_when=lambda tag, vr, size: tag > PER_FRAME_TAG
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
    header = read_dataset(_for_pydicom(stream), False, True, stop_when=pixels_begin)
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


def _for_pydicom(file: object) -> BinaryIO:
    """Return a file that has the three methods pydicom uses, as the type that it names."""
    return cast(BinaryIO, file)
