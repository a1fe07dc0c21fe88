"""The rows of the specification's checklist, and which of them are about writing."""

import re
from dataclasses import dataclass
from pathlib import Path

# Defects (D) that are about reading what is there; and all other rows that are about writing.
_READING = {"D3", "D5", "D9", "D12", "D25"}
_WRITING = {
    *(f"S{n}" for n in range(1, 61)),
    *("Q2", "Q3", *(f"B{n}" for n in range(1, 8)), "B11", "N1", "N3", "N10"),
}


@dataclass(frozen=True)
class Row:
    """A row: its number, what it promises, and what it says of errors and defaults."""

    number: str
    promise: str
    notes: str

    @property
    def about_writing(self) -> bool:
        return self.number in _WRITING or (self.number.startswith("D") and self.number not in _READING)

    @property
    def errors(self) -> set[str]:
        """Names of the exceptions it asks for."""
        return set(re.findall(r"\b(?:\w+Error|UserWarning)", self.notes))


def rows(file: Path) -> list[Row]:
    """Return the rows of the checklist's tables."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(r"[SBDNQ]\d+", cells[0]):
            lines_given = cells[0].startswith("S")
            promise, notes = (cells[2], cells[3]) if lines_given else (cells[1], "")
            found.append(Row(cells[0], promise, notes))
    return found
