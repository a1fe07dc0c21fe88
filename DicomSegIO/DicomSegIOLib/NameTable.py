"""A table of names of segments and their codes, in a file that users can edit.

A row has a name, codes of its category, type, type modifier, region and region modifier, each written as
`SCT 10200004 Liver`, and a colour of three numbers from 0 to 255. Only name, category and type are needed.
Names are compared by their words, in any order: `kidney_left`, `Left kidney` and `Kidney, left` are one.
"""

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dicomsegcodec.segments import Code

NAMES_FILE = Path(__file__).resolve().parent.parent / "Resources" / "Coding" / "SegmentNames.csv"
"""The table that comes with the module: classes of TotalSegmentator and some more."""

_COLUMNS = ("name", "category", "type", "modifier", "region", "region modifier", "color")


@dataclass(frozen=True)
class NamedCodes:
    """What a name stands for."""

    name: str
    category: "Code"
    type: "Code"
    modifier: "Code | None" = None
    region: "Code | None" = None
    regionModifier: "Code | None" = None
    color: tuple[float, float, float] | None = None
    """Red, green, blue from 0 to 1."""


def readNames(path: str | os.PathLike[str] = NAMES_FILE) -> dict[tuple[str, ...], NamedCodes]:
    """Return what the names in a file stand for, by their words.

    Raises
    ------
    ExternalFileError
        It cannot be read, a row is not as it should be, or two rows have the same name.
    """
    from dicomsegcodec.errors import ExternalFileError

    try:
        state = os.stat(path)
    except OSError as error:
        raise ExternalFileError(f"There is no table of names {path}.") from error
    return _read(os.fspath(path), state.st_mtime_ns, state.st_size)


def wordsOf(name: str) -> tuple[str, ...]:
    """Return the words of a name, sorted, as names are compared: in lower case, numbers without zeros."""
    words = re.findall(r"[^\W\d_]+\d*|\d+", name.casefold())
    return tuple(sorted(word.lstrip("0") or "0" if word.isdigit() else word for word in words))


@lru_cache(maxsize=4)
def _read(path: str, _modified: int, _size: int) -> dict[tuple[str, ...], NamedCodes]:
    from dicomsegcodec.errors import ExternalFileError

    found: dict[tuple[str, ...], NamedCodes] = {}
    for line, row in _rows(path):
        where = f"{Path(path).name}, line {line}"
        codes = [_code(row[column], where, column) for column in _COLUMNS[1:6]]
        name, (category, kind, *rest) = row["name"].strip(), codes
        if not wordsOf(name):
            raise ExternalFileError(f"{where}: the row has no name.")
        if category is None or kind is None:
            raise ExternalFileError(f"{where}: '{name}' needs a category and a type.")
        known = found.get(wordsOf(name))
        if known is not None:
            raise ExternalFileError(f"{where}: '{name}' is the same name as '{known.name}'.")
        found[wordsOf(name)] = NamedCodes(name, category, kind, *rest, color=_color(row["color"], where))
    return found


def _rows(path: str) -> Iterator[tuple[int, dict[str, str]]]:
    from dicomsegcodec.errors import ExternalFileError

    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in _COLUMNS[:3] if column not in (reader.fieldnames or ())]
            if missing:
                raise ExternalFileError(
                    f"{Path(path).name} has no column '{missing[0]}'; its first line names the columns "
                    f"{', '.join(_COLUMNS)}."
                )
            for row in reader:
                yield reader.line_num, {column: row.get(column) or "" for column in _COLUMNS}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ExternalFileError(f"{path} cannot be read as a table of names: {error}.") from error


def _code(text: str, where: str, column: str) -> "Code | None":
    from dicomsegcodec.errors import ExternalFileError
    from dicomsegcodec.segments import Code

    parts = text.split(None, 2)
    if not parts:
        return None
    if len(parts) < 3:
        raise ExternalFileError(
            f"{where}: the {column} is '{text}'; a code is written as its scheme, value and meaning, such as "
            "SCT 10200004 Liver."
        )
    scheme, value, meaning = parts
    return Code(value, scheme, meaning.strip())


def _color(text: str, where: str) -> tuple[float, float, float] | None:
    from dicomsegcodec.errors import ExternalFileError

    parts = text.split()
    if not parts:
        return None
    if len(parts) != 3 or not all(part.isdigit() and int(part) <= 255 for part in parts):
        raise ExternalFileError(f"{where}: the color is '{text}'; three numbers from 0 to 255 are expected.")
    red, green, blue = (int(part) / 255 for part in parts)
    return red, green, blue
