"""Coded concepts, PS3.3 8."""

from collections.abc import Iterable
from typing import Any, Self

from pydicom.dataset import Dataset

from .coding_schemes import CodingSchemeIdentificationItem, CodingSchemeResourceItem
from .errors import ArgumentError, ArgumentTypeError
from .segments import LABEL_LENGTH, SHORT_LENGTH, Code, code_item, read_code

__all__ = [
    "CodedConcept",
    "CodingSchemeIdentificationItem",
    "CodingSchemeResourceItem",
    "as_code",
    "as_codes",
    "same_code",
]


class CodedConcept(Dataset):
    """A coded concept: an item of any code sequence.

    Parameters
    ----------
    value : str
        Code Value; one of over 16 characters goes to Long Code Value, a URN to URN Code Value.
    scheme_designator : str
        Coding Scheme Designator, for instance SCT or DCM.
    meaning : str
        Code Meaning, at most 64 characters.
    scheme_version : str, optional

    Raises
    ------
    ArgumentError
        The meaning is longer than 64 characters, the designator than 16, or there is a backslash in one.
    """

    def __init__(
        self, value: str, scheme_designator: str, meaning: str, scheme_version: str | None = None
    ) -> None:
        super().__init__()
        if len(meaning) > LABEL_LENGTH:
            raise ArgumentError(f"Code Meaning '{meaning}' has {len(meaning)} characters; at most 64 fit.")
        if len(scheme_designator) > SHORT_LENGTH:
            raise ArgumentError(
                f"Coding Scheme Designator '{scheme_designator}' has {len(scheme_designator)} characters; at "
                "most 16 fit."
            )
        if any("\\" in text for text in (value, scheme_designator, meaning)):
            raise ArgumentError(
                f"Code ('{value}', '{scheme_designator}', '{meaning}') holds a backslash, which separates "
                "values in DICOM; leave it out."
            )
        self.update(code_item(Code(value, scheme_designator, meaning, scheme_version)))

    @property
    def code(self) -> Code:
        """The concept as a plain tuple."""
        return read_code(self)

    @property
    def value(self) -> str:
        """Code Value, Long Code Value or URN Code Value."""
        return self.code.value

    @property
    def scheme_designator(self) -> str:
        """Coding Scheme Designator, for instance SCT."""
        return self.code.scheme_designator

    @property
    def meaning(self) -> str:
        """Code Meaning, for people."""
        return self.code.meaning

    @property
    def scheme_version(self) -> str | None:
        """Coding Scheme Version; None where that is not stated."""
        return self.code.scheme_version

    def __eq__(self, other: object) -> bool:
        """Compare value and scheme, also with pydicom's `Code`, which knows SNOMED's retired identifiers."""
        try:
            return same_code(self, other)
        except ArgumentTypeError:
            return NotImplemented

    def __ne__(self, other: object) -> bool:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    def __hash__(self) -> int:
        return hash((self.scheme_designator, self.value))

    @classmethod
    def from_code(cls, code: Any) -> Self:
        """Return the concept of a pydicom `Code` or another `CodedConcept`."""
        return cls(*as_code(code))

    @classmethod
    def from_dataset(cls, dataset: Dataset) -> Self:
        """Return the concept of a code sequence item."""
        concept = cls.__new__(cls)
        Dataset.__init__(concept)
        concept.update(dataset)
        # Texts that nobody has asked for yet are bytes in the character set of the file.
        implicit, little = dataset.original_encoding
        concept.set_original_encoding(implicit, little, dataset.original_character_set)
        return concept


def as_code(concept: Any) -> Code:
    """Return what has value, scheme designator and meaning, or is a code sequence item, as a tuple.

    Raises
    ------
    ArgumentTypeError
    """
    if isinstance(concept, Dataset) and not isinstance(concept, CodedConcept):
        return read_code(concept)
    try:
        version = getattr(concept, "scheme_version", None)
        return Code(concept.value, concept.scheme_designator, concept.meaning, version)
    except AttributeError as error:
        raise ArgumentTypeError(
            f"'{concept}' is not a coded concept; give a CodedConcept or a pydicom Code."
        ) from error


def as_codes(concepts: Iterable[Any] | None) -> tuple[Code, ...]:
    """Return several concepts as tuples."""
    return tuple(as_code(concept) for concept in concepts or ())


def same_code(one: Any, other: Any) -> bool:
    """Tell whether two concepts mean the same, be they coded in SNOMED CT or in its retired SRT."""
    from pydicom.sr.coding import Code as PydicomCode  # large tables, needed for comparing only

    first, second = as_code(one), as_code(other)
    return bool(PydicomCode(*first) == PydicomCode(*second))
