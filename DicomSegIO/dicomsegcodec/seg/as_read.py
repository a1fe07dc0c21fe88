"""What an object was taken apart to when it was read, good for as long as nobody has looked into the object.

To take an object apart costs some 30 ms with a hundred segments, and whoever reads its masks one by one would
pay that each time. Elements that pydicom has not parsed yet are values; once somebody has asked for one it is
an object that can be changed without a word, and what it says has to be looked up anew.
"""

import copy as copying
from dataclasses import dataclass
from typing import Self

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from ..stored import StoredSegmentation


def apart(dataset: Dataset) -> Dataset | None:
    """Return a header of the same elements that shares nothing that can change; None if that is not cheap."""
    elements: dict[BaseTag, DataElement | RawDataElement] = {}
    for tag, element in dataset._dict.items():
        if not isinstance(element, RawDataElement):
            if element.VR == "SQ":
                return None
            element = copying.deepcopy(element)
        elements[tag] = element
    own = Dataset(elements)
    own.file_meta = copying.deepcopy(dataset.file_meta)
    implicit, little = dataset.original_encoding
    own.set_original_encoding(implicit, little, dataset.original_character_set)
    return own


@dataclass(frozen=True, slots=True, eq=False)
class AsRead:
    """An object taken apart when it was read.

    Parameters
    ----------
    elements : dict
        Those of the object, at that time.
    syntax_uid : str
        Its Transfer Syntax UID.
    stored : StoredSegmentation
        Of a header that nobody else has.
    """

    elements: dict[BaseTag, DataElement | RawDataElement]
    syntax_uid: str
    stored: StoredSegmentation

    @classmethod
    def of(cls, dataset: Dataset, stored: StoredSegmentation) -> Self:
        """Remember an object as it is."""
        elements = {
            tag: element if isinstance(element, RawDataElement) else copying.deepcopy(element)
            for tag, element in dataset._dict.items()
        }
        return cls(elements, str(dataset.file_meta.TransferSyntaxUID), stored)

    def holds_for(self, dataset: Dataset) -> bool:
        """Tell whether the object is as it was, for certain."""
        now = dataset._dict
        return (
            len(now) == len(self.elements)
            and str(dataset.file_meta.TransferSyntaxUID) == self.syntax_uid
            and all(_same(now.get(tag), element) for tag, element in self.elements.items())
        )

    # A copy of the object has elements of its own.

    def __deepcopy__(self, memo: object) -> None:
        return None

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()


def _same(now: DataElement | RawDataElement | None, then: DataElement | RawDataElement) -> bool:
    if isinstance(then, RawDataElement):
        return now is then
    return isinstance(now, DataElement) and bool(now == then)
