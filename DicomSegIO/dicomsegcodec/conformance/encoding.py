"""Whether values are as their value representations ask, PS3.5 6 and 7, and PS3.6."""

import re
from collections.abc import Iterator

from pydicom import charset as character_sets
from pydicom.datadict import dictionary_VM, dictionary_VR

from ..findings import Finding
from .elements import ASCII_VRS, SINGLE_VRS, TEXT_VRS, StoredElement, decode, stored_elements
from .examined import Examined
from .values import name_of, text
from .wording import error, listed, note, warning

_LONGEST = {"AE": 16, "CS": 16, "DS": 16, "IS": 12, "SH": 16, "LO": 64, "PN": 64, "ST": 1024, "LT": 10240}
_FORMS = {
    "AS": r"\d{3}[DWMY]",
    "CS": r"[A-Z0-9 _]*",
    "DA": r"\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])",
    "DS": r" *[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)? *",
    "DT": r"\d{4}(\d\d(\d\d(\d\d(\d\d(\d\d(\.\d{1,6})?)?)?)?)?)?([-+]\d{4})? *",
    "IS": r" *[-+]?\d+ *",
    "TM": r"([01]\d|2[0-3])([0-5]\d(([0-5]\d|60)(\.\d{1,6})?)?)? *",
    "UI": r"(0|[1-9]\d*)(\.(0|[1-9]\d*))*",
}
_BYTES = {"AT": 4, "FD": 8, "FL": 4, "SL": 4, "SS": 2, "SV": 8, "UL": 4, "US": 2, "UV": 8}
_LINES = ("ST", "LT", "UT")
# Other rules say more about these than how many values they have.
_ELSEWHERE = (
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "DimensionIndexValues"),
    "RecommendedDisplayCIELabValue",
)


def values_have_the_form_of_their_vr(seg: Examined) -> Iterator[Finding]:
    """Each fault once for an attribute, however often it is there."""
    found: dict[tuple[str, str], tuple[Finding, int]] = {}
    for element in stored_elements(seg):
        for fault in _faults(element):
            key = (fault.where, fault.section + fault.text.split("'")[0])
            first, times = found.get(key, (fault, 0))
            found[key] = (first, times + 1)
    for fault, times in found.values():
        if times == 1:
            yield fault
        else:
            more = fault.text.removesuffix(".") + f", and the like {times} times in all."
            yield Finding(fault.severity, more, fault.where, fault.section)


def _faults(element: StoredElement) -> Iterator[Finding]:
    name = name_of(element.tag)
    if element.damage:
        yield error(f"{name} cannot be understood ({element.damage}).", element.keyword, "PS3.5 7.5")
        return
    if element.length is not None and element.length % 2:
        yield error(f"{name} has an odd length of {element.length} bytes.", element.keyword, "PS3.5 7.1.1")
    yield from _vr_faults(element, name)
    if element.vr in TEXT_VRS | ASCII_VRS:
        yield from _text_faults(element, name)
    elif element.raw is not None and element.vr in _BYTES and len(element.raw) % _BYTES[element.vr]:
        yield error(
            f"{name} holds {len(element.raw)} bytes; values of VR {element.vr} have {_BYTES[element.vr]}.",
            element.keyword,
            "PS3.5 6.2",
        )
    yield from _multiplicity_faults(element, name)


def _vr_faults(element: StoredElement, name: str) -> Iterator[Finding]:
    try:
        known = dictionary_VR(element.tag).split(" or ")
    except KeyError:
        return
    # UN is what a program writes that does not know an attribute, PS3.5 6.2.2.
    if element.vr not in (*known, "UN"):
        yield warning(
            f"{name} is stored with VR {element.vr}; it is {' or '.join(known)}.", element.keyword, "PS3.6 6"
        )


def _text_faults(element: StoredElement, name: str) -> Iterator[Finding]:
    known = " and ".join(filter(None, element.charset))
    if element.vr in TEXT_VRS and not _held(element):
        way = "" if known else "; Specific Character Set is missing"
        yield error(
            f"{name} holds characters that are not of {known or 'ASCII'}{way}.",
            element.keyword,
            "PS3.3 C.12.1.1.2",
        )
    for part in element.texts():
        yield from _part_faults(element, name, part)


def _held(element: StoredElement) -> bool:
    """Tell whether the character set has all characters of a text."""
    if element.raw is not None:
        return decode(element.raw, element.charset)[1]
    return any(element.charset) or all(part.isascii() for part in element.texts())


def _part_faults(element: StoredElement, name: str, part: str) -> Iterator[Finding]:
    shown = part if len(part) <= 40 else part[:37] + "..."
    limit = 64 if element.vr == "UI" else _LONGEST.get(element.vr)
    length = max(len(group) for group in part.split("=")) if element.vr == "PN" else len(part.strip(" "))
    if limit is not None and length > limit:
        what = "each of its groups of " if element.vr == "PN" else ""
        yield error(
            f"{name} is longer than the {limit} characters that {what}VR {element.vr} allows: '{shown}'.",
            element.keyword,
            "PS3.5 6.2",
        )
    form = _FORMS.get(element.vr)
    if part and form is not None and not re.fullmatch(form, part.strip() if element.vr == "CS" else part):
        yield error(
            f"{name} is '{shown}', which VR {element.vr} does not allow.", element.keyword, "PS3.5 6.2"
        )
    elif element.vr in TEXT_VRS:
        allowed = "\x1b\t\n\f\r" if element.vr in _LINES else "\x1b"
        controls = [c for c in part if ord(c) < 32 and c not in allowed]
        if controls:
            yield error(
                f"{name} holds the control character {controls[0]!r}: '{shown!a}'.",
                element.keyword,
                "PS3.5 6.1.3",
            )


def _multiplicity_faults(element: StoredElement, name: str) -> Iterator[Finding]:
    if element.keyword in _ELSEWHERE or element.vr in SINGLE_VRS:
        return
    if element.raw is None:
        number = len(element.parts)
    elif element.vr in TEXT_VRS | ASCII_VRS:
        number = len(element.texts()) if element.raw.strip(b"\0 ") else 0
    elif element.vr in _BYTES:
        number = len(element.raw) // _BYTES[element.vr]
    else:
        return
    try:
        rule = dictionary_VM(element.tag)
    except KeyError:
        return
    if number and not allows(rule, number):
        yield error(
            f"{name} has {number} value{'' if number == 1 else 's'}; it must have {rule}.",
            element.keyword,
            "PS3.6 6",
        )


def allows(rule: str, number: int) -> bool:
    """Tell whether a value multiplicity, as "1", "1-3", "2-n" or "3-3n", allows a number of values."""
    for choice in rule.split(" or "):
        low, _dash, high = choice.partition("-")
        least = int(low)
        if not high:
            fits = number == least
        elif high.endswith("n"):
            step = int(high[:-1] or 1)
            fits = number >= least and (number - least) % step == 0
        else:
            fits = least <= number <= int(high)
        if fits:
            return True
    return False


def character_set_is_known(seg: Examined) -> Iterator[Finding]:
    terms = text(seg.header, "SpecificCharacterSet").split("\\")
    strange = [term for term in terms if term and term.strip() not in character_sets.python_encoding]
    if strange:
        yield error(
            f"Specific Character Set '{listed(strange)}' is unknown, so texts cannot be decoded.",
            "SpecificCharacterSet",
            "PS3.3 C.12.1.1.2",
        )


def private_elements(seg: Examined) -> Iterator[Finding]:
    """Private elements are noted with their creators; one without a creator belongs to nobody."""
    creators: dict[tuple[int, int], str] = {}
    orphans: set[str] = set()
    all_elements = [element for element in stored_elements(seg) if element.tag.is_private]
    for element in all_elements:
        if element.tag.is_private_creator:
            creators[element.tag.group, element.tag.element] = "".join(element.texts()).strip()
    for element in all_elements:
        owner = (element.tag.group, element.tag.element >> 8)
        if not element.tag.is_private_creator and owner not in creators:
            orphans.add(str(element.tag))
    named = sorted({creator for creator in creators.values() if creator})
    if named:
        yield note(f"There are private elements of {listed(named)}.", "", "PS3.5 7.8")
    if orphans:
        yield warning(
            f"Private elements {listed(sorted(orphans))} have no private creator, so nobody knows them.",
            "",
            "PS3.5 7.8.1",
        )


RULES = (values_have_the_form_of_their_vr, character_set_is_known, private_elements)
