"""The character set of an object's texts, PS3.3 C.12.1.1.2 and PS3.5 6.1."""

import warnings
from collections.abc import Iterable, Iterator, Sequence

from pydicom import charset
from pydicom.dataset import Dataset

from .errors import ArgumentError, ArgumentTypeError, UnencodableText

UTF_8 = "ISO_IR 192"

# Terms that stand alone, and terms that may stand together; of those the first has one byte a character.
_ALONE = (
    *("ISO_IR 100", "ISO_IR 101", "ISO_IR 109", "ISO_IR 110", "ISO_IR 144", "ISO_IR 127", "ISO_IR 126"),
    *("ISO_IR 138", "ISO_IR 148", "ISO_IR 13", "ISO_IR 166", UTF_8, "GB18030", "GBK"),
)
_SINGLE_BYTE = (
    *("ISO 2022 IR 6", "ISO 2022 IR 100", "ISO 2022 IR 101", "ISO 2022 IR 109", "ISO 2022 IR 110"),
    *("ISO 2022 IR 144", "ISO 2022 IR 127", "ISO 2022 IR 126", "ISO 2022 IR 138", "ISO 2022 IR 148"),
    *("ISO 2022 IR 13", "ISO 2022 IR 166"),
)
_MULTI_BYTE = ("ISO 2022 IR 87", "ISO 2022 IR 159", "ISO 2022 IR 149", "ISO 2022 IR 58")
_TEXT_VRS = frozenset(("SH", "LO", "ST", "LT", "PN", "UC", "UT"))
_DELIMITERS = set(map(ord, "\\^=\r\n\t\f"))

CharacterSet = str | Sequence[str] | None


def check_character_set(wanted: CharacterSet) -> tuple[str, ...]:
    """Return the values of Specific Character Set that a caller asks for; empty where the texts decide.

    Parameters
    ----------
    wanted : str or sequence of str, optional
        One defined term, or several of ISO 2022, of which the first may be empty.

    Raises
    ------
    ArgumentTypeError
        A term is no text.
    ArgumentError
        A term is unknown, or they do not go together.
    """
    if wanted is None:
        return ()
    given = [wanted] if not isinstance(wanted, Sequence) or isinstance(wanted, str) else list(wanted)
    terms = [getattr(term, "value", term) for term in given]
    for term in terms:
        if not isinstance(term, str):
            raise ArgumentTypeError(
                f"specific_character_set holds a {type(term).__name__}; give defined terms, for instance "
                f"'{UTF_8}'."
            )
    if not terms or (len(terms) == 1 and not terms[0]):
        raise ArgumentError(
            f"specific_character_set is empty; leave it out, or name a character set, for instance '{UTF_8}'."
        )
    if len(terms) == 1:
        if terms[0] not in _ALONE:
            raise ArgumentError(
                f"specific_character_set '{terms[0]}' is not one that stands alone: {', '.join(_ALONE)}."
            )
        return (terms[0],)
    known = (*_SINGLE_BYTE, *_MULTI_BYTE)
    wrong = [term for place, term in enumerate(terms) if term not in known and (term or place)]
    if wrong or terms[0] in _MULTI_BYTE:
        raise ArgumentError(
            f"specific_character_set {terms} cannot be: several terms must be of ISO 2022, as "
            f"{', '.join(known)}, and the first one empty or none of {', '.join(_MULTI_BYTE)}."
        )
    return tuple(terms)


def choose_character_set(
    dataset: Dataset, wanted: tuple[str, ...], items: Iterable[Dataset] | None = None
) -> None:
    """Say in which character set the texts of a data set are.

    Parameters
    ----------
    wanted : tuple of str
        As `check_character_set` returns it. When empty, UTF-8 where a text needs more than ASCII, and no
        Specific Character Set otherwise.
    items : iterable of Dataset, optional
        Parts that came to the data set since its character set was chosen; all of it when omitted.

    Raises
    ------
    UnencodableText
        The wanted character set does not hold a text.
    """
    parts = [dataset] if items is None else items
    texts = [(keyword, text) for part in parts for keyword, text in _texts(part) if not text.isascii()]
    if not wanted:
        if texts:
            dataset.SpecificCharacterSet = UTF_8
        return
    for keyword, text in texts:
        if not _holds(wanted, text):
            raise UnencodableText(
                f"{keyword} is '{text}', which specific_character_set {' and '.join(filter(None, wanted))} "
                f"does not hold; leave specific_character_set out, or give '{UTF_8}', which holds every text."
            )
    dataset.SpecificCharacterSet = wanted[0] if len(wanted) == 1 else list(wanted)


def _texts(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Yield keyword and text of each value that the character set is about."""
    for element in dataset.iterall():
        if element.VR in _TEXT_VRS and element.value is not None:
            values = element.value if element.VM > 1 else [element.value]
            for value in values:
                yield element.keyword or str(element.tag), str(value)


def _holds(terms: tuple[str, ...], text: str) -> bool:
    """Tell whether a text comes back as it was; what pydicom cannot encode it replaces."""
    encodings = charset.convert_encodings(list(terms))
    # pydicom takes the default repertoire, which is ASCII, for Latin-1.
    strict = [
        "ascii" if term in ("", "ISO 2022 IR 6") else encoding
        for term, encoding in zip(terms, encodings, strict=True)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            encoded = charset.encode_string(text, encodings)
            return charset.decode_bytes(encoded, strict, _DELIMITERS) == text
        except (LookupError, UnicodeError):
            return False
