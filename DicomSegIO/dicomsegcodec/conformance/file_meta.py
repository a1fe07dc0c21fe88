"""File meta information, PS3.10 7.1."""

from collections.abc import Iterator

from ..findings import Finding
from .examined import Examined
from .values import name_of, text, value
from .wording import error

_TYPE_1 = (
    *("FileMetaInformationVersion", "MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID"),
    *("TransferSyntaxUID", "ImplementationClassUID"),
)


def complete(seg: Examined) -> Iterator[Finding]:
    for keyword in _TYPE_1 if seg.in_file else ("TransferSyntaxUID",):
        if value(seg.meta, keyword) is None:
            yield error(f"{name_of(keyword)} is missing in the file meta information.", keyword, "PS3.10 7.1")


def agrees_with_the_object(seg: Examined) -> Iterator[Finding]:
    for keyword, of_object in (
        ("MediaStorageSOPClassUID", "SOPClassUID"),
        ("MediaStorageSOPInstanceUID", "SOPInstanceUID"),
    ):
        stated, real = text(seg.meta, keyword), text(seg.header, of_object)
        if seg.in_file and stated and real and stated != real:
            yield error(
                f"{name_of(keyword)} is {stated} and the object's {name_of(of_object)} is {real}.",
                keyword,
                "PS3.10 7.1",
            )


RULES = (complete, agrees_with_the_object)
