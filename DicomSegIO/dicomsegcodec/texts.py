"""Texts that a caller gives, as their value representations hold them, PS3.5 6.2."""

from .errors import ArgumentError, ArgumentTypeError

# Longest text of a value representation, in characters; of a person's name, of each component group.
LENGTHS = {"CS": 16, "SH": 16, "LO": 64, "PN": 64, "ST": 1024, "LT": 10240}
_SEVERAL_LINES = ("ST", "LT")
_LINE_CONTROLS = "\t\n\f\r"


def check_text(name: str, text: object, vr: str, *, empty: bool = False) -> str:
    """Return a text that a value of a VR can hold as it is.

    Parameters
    ----------
    name : str
        What the caller calls it.
    vr : str
        SH, LO, PN, ST or LT.
    empty : bool
        It may be empty.

    Raises
    ------
    ArgumentTypeError
        It is no text.
    ArgumentError
        It is longer than the VR allows, holds a character that it does not allow, or is empty.
    """
    if not isinstance(text, str):
        raise ArgumentTypeError(f"{name} is of type {type(text).__name__}; give a text.")
    longest, lines = LENGTHS[vr], vr in _SEVERAL_LINES
    groups = text.split("=") if vr == "PN" else [text]
    what = "characters in each of its groups" if vr == "PN" else "characters"
    if max(len(group) for group in groups) > longest:
        raise ArgumentError(
            f"{name} has {max(len(group) for group in groups)} {what} ('{text[:20]}…'); {vr} allows "
            f"{longest}, so shorten it."
        )
    if len(groups) > 3 or any(group.count("^") > 4 for group in groups if vr == "PN"):
        raise ArgumentError(
            f"{name} '{text}' is no person's name: at most three groups separated by '=', each of at most "
            "five components separated by '^'."
        )
    if not lines and "\\" in text:
        raise ArgumentError(
            f"{name} '{text}' holds a backslash, which separates values in DICOM; leave it out."
        )
    wrong = [c for c in text if not c.isprintable() and not (lines and c in _LINE_CONTROLS)]
    if wrong:
        raise ArgumentError(f"{name} holds the character {wrong[0]!r}, which {vr} does not allow; remove it.")
    if not empty and not text.strip():
        raise ArgumentError(f"{name} is empty; give 1 to {longest} characters.")
    return text
