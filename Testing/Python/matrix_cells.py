"""What can be chosen when a segmentation is written, and the combinations that are tried.

By default few combinations, in which every two values that can meet do meet; with the Hypothesis profile
`thorough` all combinations of what an object is, how its samples are laid out being taken in turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import combinations, product

import numpy as np

from dicomsegcodec.codecs import TRANSFER_SYNTAXES

SIZES = {"whole bytes": (32, 40), "odd": (33, 35)}
"""(rows, columns) of a frame: JPEG 2000 takes none smaller than 32."""

PLACED = (
    *("series", "shuffled series", "multi-frame image"),
    *("finer grid", "oblique grid", "planes of their own"),
)
SLIDES = ("tiles as frames", "whole matrix", "edge tiles", "matrix of its own", "pyramid level")

CHOICES: dict[str, tuple[str, ...]] = {
    "kind": (
        *("BINARY", "PROBABILITY", "OCCUPANCY", "LABELMAP", "LABELMAP 16 bit", "LABELMAP with gaps"),
        *("PALETTE COLOR", "PALETTE COLOR 16 bit"),
    ),
    "geometry": (*PLACED, "two time points", "projection", *SLIDES),
    "organisation": ("by default", "3D", "TILED_SPARSE", "TILED_FULL"),
    "empty_frames": ("omitted", "kept"),
    "syntax": tuple(row.keyword for row in TRANSFER_SYNTAXES.values() if row.writes),
    "segments": ("one", "several", "several, one empty"),
    "overlap": ("apart", "overlapping"),
    "form": ("labels", "stack"),
    "size": tuple(SIZES),
    "hole": ("at the end", "inside"),
}
_TAKEN_IN_TURN = ("form", "size", "hole")
_BY_KEYWORD = {row.keyword: row for row in TRANSFER_SYNTAXES.values()}


@dataclass(frozen=True)
class Cell:
    """One combination; the values of each field are those of `CHOICES`.

    Parameters
    ----------
    form : str
        The caller's array: labels, or segments stacked on a last axis.
    hole : str
        Which plane, or tile, holds no segment.
    """

    kind: str
    geometry: str
    organisation: str
    empty_frames: str
    syntax: str
    segments: str
    overlap: str
    form: str
    size: str
    hole: str

    def __str__(self) -> str:
        return ", ".join(self.values)

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))

    @property
    def labelmap(self) -> bool:
        return self.kind.startswith(("LABELMAP", "PALETTE"))

    @property
    def segmentation_type(self) -> str:
        if self.labelmap:
            return "LABELMAP"
        return "BINARY" if self.kind == "BINARY" else "FRACTIONAL"

    @property
    def bits(self) -> int:
        if self.kind == "BINARY":
            return 1
        return 16 if self.kind.endswith(("16 bit", "gaps")) else 8

    @property
    def tiled(self) -> bool:
        return self.geometry in SLIDES

    @property
    def placed(self) -> bool:
        """Whether the frames lie in the patient's coordinate system, each at a place of its own."""
        return self.geometry in PLACED

    @property
    def stack(self) -> bool:
        """Whether the frames are one evenly spaced stack."""
        one_each = self.labelmap or self.segments == "one"
        return self.placed and one_each and (self.empty_frames == "kept" or self.hole == "at the end")

    @property
    def aligned(self) -> bool:
        """Whether frames lie on the pixels of the source images, and say so."""
        on_sources = ("series", "shuffled series", "two time points", "multi-frame image", "projection")
        on_tiles = ("tiles as frames", "whole matrix", "edge tiles")
        return self.geometry in on_sources or (
            self.geometry in on_tiles and self.organisation != "TILED_FULL"
        )

    @property
    def transfer_syntax_uid(self) -> str:
        return _BY_KEYWORD[self.syntax].uid

    @property
    def possible(self) -> bool:
        """Whether the standard, the codecs and the interface let these values meet."""
        return (
            self.bits in _BY_KEYWORD[self.syntax].writes
            and (self.tiled or not self.organisation.startswith("TILED"))
            and (self.organisation != "3D" or self.stack)
            and not (self.organisation == "TILED_FULL" and self.empty_frames == "omitted")
            and not (self.overlap == "overlapping" and (self.labelmap or self.form == "labels"))
            and not (self.overlap == "overlapping" and self.segments == "one")
            # Fractions of several segments are no labels.
            and not (self.kind == "PROBABILITY" and self.form == "labels" and self.segments != "one")
            # One plane has no other that could be empty.
            and not (self.geometry == "projection" and self.hole != "inside")
        )


@cache
def all_cells() -> tuple[Cell, ...]:
    """Return every combination that is possible."""
    return tuple(cell for values in product(*CHOICES.values()) if (cell := Cell(*values)).possible)


def covering() -> list[Cell]:
    """Return few combinations in which every two values that can meet do: each brings most new pairs."""
    cells = all_cells()
    numbers: dict[tuple[int, str, int, str], int] = {}
    pairs = np.array(
        [
            [numbers.setdefault((i, v[i], j, v[j]), len(numbers)) for i, j in combinations(range(len(v)), 2)]
            for v in (cell.values for cell in cells)
        ]
    )
    new = np.ones(len(numbers), bool)
    chosen = []
    while new.any():
        best = int(new[pairs].sum(axis=1).argmax())
        new[pairs[best]] = False
        chosen.append(cells[best])
    return chosen


def crossing() -> list[Cell]:
    """Return all combinations but of the form, size and hole, which are taken in turn."""
    chosen: dict[tuple[str, ...], list[Cell]] = {}
    names = [field.name for field in fields(Cell) if field.name not in _TAKEN_IN_TURN]
    for cell in all_cells():
        chosen.setdefault(tuple(getattr(cell, name) for name in names), []).append(cell)
    return [alike[turn % len(alike)] for turn, alike in enumerate(chosen.values())]


def pairs_of(cells: Sequence[Cell]) -> set[tuple[tuple[str, str], ...]]:
    """Return every two (choice, value) that meet in one of the cells."""
    return {pair for cell in cells for pair in combinations(zip(CHOICES, cell.values, strict=True), 2)}
