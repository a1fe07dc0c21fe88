"""Where a file of PS3.10 begins: preamble, meta information, header, and what the absence of each means."""

import struct
from typing import BinaryIO, Protocol, cast

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from .dataset_bytes import LONG_VRS
from .findings import Finding, Severity
from .functional_groups import PER_FRAME_TAG
from .text_encoding import read_with_unknown_terms, unknown_terms

_CHARACTER_SET_TAG, _SYNTAX_TAG = 0x00080005, 0x00020010
_PREAMBLE = 128
_TAG = struct.Struct("<HH")


class ReadableFile(Protocol):
    """What pydicom needs of a file."""

    def read(self, length: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...


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
        part = read_dataset(for_pydicom(file), False, True, stop_when=lambda tag, _vr, _n: tag >> 16 != 2)
        meta.update(part)
    if not meta.get("TransferSyntaxUID"):
        set_transfer_syntax(meta, UID(_encoding_of(file)))
        findings.append(
            Finding(
                Severity.WARNING,
                f"The file states no Transfer Syntax UID; it is read as {meta.TransferSyntaxUID.name}.",
                "TransferSyntaxUID",
                "PS3.10 7.1",
            )
        )
    return meta


def set_transfer_syntax(meta: Dataset, uid: UID) -> None:
    """State a Transfer Syntax UID, whatever VR it had."""
    meta[_SYNTAX_TAG] = DataElement(_SYNTAX_TAG, "UI", uid)


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
        return read_dataset(for_pydicom(file), implicit, little, stop_when=frames_begin)

    stated = _stated_character_set(file, little)
    if not unknown_terms(stated):
        return read()
    header, finding = read_with_unknown_terms(read, stated)
    findings.append(finding)
    return header


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


def for_pydicom(file: object) -> BinaryIO:
    """Return a file that has the three methods pydicom uses, as the type that it names."""
    return cast(BinaryIO, file)
