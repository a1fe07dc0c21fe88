"""Where the frames of a stored segmentation lie, by its shared and per-frame groups, PS3.3 C.7.6.16.2."""

from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from .columns import FrameColumns
from .errors import IrregularPlanes, ReadError
from .findings import Finding, Severity
from .geometry import Planes, finite_numbers
from .placement import planes_at_times, same_places, stack_geometry
from .regularity import SPACING_TOLERANCE
from .shared_groups import decimal_text, own_value, shared_value
from .stored_times import frame_times

# Name of the column, the functional group, its attribute, and its section of PS3.3.
_ATTRIBUTES = {
    "position": ("PlanePositionSequence", "ImagePositionPatient", "C.7.6.16.2.3"),
    "orientation": ("PlaneOrientationSequence", "ImageOrientationPatient", "C.7.6.16.2.4"),
    "spacing": ("PixelMeasuresSequence", "PixelSpacing", "C.7.6.16.2.1"),
    "thickness": ("PixelMeasuresSequence", "SliceThickness", "C.7.6.16.2.1"),
    "between": ("PixelMeasuresSequence", "SpacingBetweenSlices", "C.7.6.16.2.1"),
}


@dataclass(frozen=True, slots=True, eq=False)
class FoundPlanes:
    """The planes of the frames of one object.

    Parameters
    ----------
    planes : Planes, or None
        The distinct ones, sorted by time point and along the stack; None where the place of the frames is
        unknown.
    plane : (frames,) int array
        Which of them each frame lies on; 0 where `planes` is None.
    unplaced : str
        Why the place is unknown, as a sentence; empty where it is known.
    """

    planes: Planes | None
    plane: np.ndarray
    unplaced: str = ""


def find_planes(dataset: Dataset, columns: FrameColumns, findings: list[Finding]) -> FoundPlanes:
    """Return the distinct planes, sorted, and the plane of each frame.

    Where the functional groups do not say where frames lie, or make no sense, frames can still be read by
    source image, so that this is no error here.
    """
    if columns.corners is not None:
        return _nowhere(columns, "The frames are tiles of a total pixel matrix.")
    places = _Places(dataset, columns, findings)
    try:
        texts, place = places.positions()
        orientation, spacing = (places.same_for_all(name) for name in ("orientation", "spacing"))
        planes = Planes(
            texts,
            orientation,
            spacing,
            (int(dataset.Rows), int(dataset.Columns)),
            str(dataset.get("FrameOfReferenceUID") or ""),
            places.thickness(),
        )
        fault = planes.fault()
        if fault:
            raise ReadError(f"{fault}, so the place of the frames is unknown; the file is damaged.")
    except ReadError as error:
        if places.anything:
            where = _ATTRIBUTES[places.last][1]
            findings.append(Finding(Severity.WARNING, str(error), where, "PS3.3 C.7.6.16.2"))
        return _nowhere(columns, str(error))
    order, cluster = same_places(planes)
    found = planes.take(order)
    _doubt_stack(found, places.between(), findings)
    times = frame_times(dataset, columns, cluster[place])
    if times is not None:
        return FoundPlanes(*planes_at_times(found, cluster[place], times))
    return FoundPlanes(found, cluster[place])


def _nowhere(columns: FrameColumns, why: str) -> FoundPlanes:
    return FoundPlanes(None, np.zeros(columns.frames, np.int64), why)


class _Places:
    """Looks an attribute up in the frames' groups, then in the shared ones, then in the object itself."""

    def __init__(self, dataset: Dataset, columns: FrameColumns, findings: list[Finding]) -> None:
        self._dataset, self._columns, self._findings = dataset, columns, findings
        self.anything = False
        self.last = "position"

    def positions(self) -> tuple[tuple[str, ...], np.ndarray]:
        """Return the distinct positions and which each frame has."""
        column = self._columns.texts.get("position")
        place = np.zeros(self._columns.frames, np.int64)
        everywhere = self._for_all("position")
        self.anything = column is not None or bool(everywhere)
        if column is None:
            if not everywhere:
                raise ReadError(_NO_POSITION)
            return (everywhere,), place
        texts = column.texts
        place[column.rows] = column.place
        if column.rows.size < self._columns.frames:
            if not everywhere:
                missing = self._columns.frames - np.unique(column.rows).size
                raise ReadError(
                    f"{missing:,} of {self._columns.frames:,} frames state no Image Position (Patient), so "
                    "their place in space is unknown."
                )
            silent = np.ones(self._columns.frames, bool)
            silent[column.rows] = False
            place[silent] = len(texts)
            texts = (*texts, everywhere)
        return texts, place

    def same_for_all(self, name: str) -> str:
        """Return the value that all frames have.

        Raises
        ------
        ReadError
            There is none, or frames differ in it.
        """
        self.last = name
        keyword = _ATTRIBUTES[name][1]
        column = self._columns.texts.get(name)
        everywhere = self._for_all(name)
        texts = [] if column is None else list(column.texts)
        if everywhere and (column is None or column.rows.size < self._columns.frames):
            texts.append(everywhere)
        if not texts:
            raise ReadError(f"The object states no {keyword}, so the place of its frames is unknown.")
        values = {tuple(round(v, 4) for v in finite_numbers(text)) or text for text in texts}
        if len(values) > 1:
            raise ReadError(f"Frames differ in {keyword}; they are not parallel planes of one grid.")
        return texts[0]

    def thickness(self) -> str:
        """Return Slice Thickness where all frames have the same, empty otherwise."""
        try:
            text = self.same_for_all("thickness")
        except ReadError:
            return ""
        number = finite_numbers(text)
        return text if len(number) == 1 and number[0] > 0 else ""

    def between(self) -> float | None:
        """Return Spacing Between Slices where all frames have the same, mm."""
        return stated_spacing(self._dataset, self._columns)

    def _for_all(self, name: str) -> str:
        sequence, keyword, section = _ATTRIBUTES[name]
        shared = shared_value(self._dataset, sequence, keyword)
        if shared is not None:
            return decimal_text(shared)
        if name in self._columns.texts:
            return ""
        own = own_value(self._dataset, keyword)
        if own is not None:
            self._findings.append(
                Finding(
                    Severity.WARNING,
                    f"{keyword} is in no functional group but in the object itself, as a single image has "
                    "it; it is taken for all frames.",
                    keyword,
                    f"PS3.3 {section}",
                )
            )
        return decimal_text(own)


_NO_POSITION = (
    "The frames of the segmentation state no Image Position (Patient), so its place in space is unknown; "
    "read its frames by source image instead."
)


def stated_spacing(dataset: Dataset, columns: FrameColumns) -> float | None:
    """Return Spacing Between Slices, mm; None where it is absent, no number, or differs among frames."""
    column = columns.texts.get("between")
    texts = set(column.texts) if column else set()
    shared = shared_value(dataset, "PixelMeasuresSequence", "SpacingBetweenSlices")
    texts.add(decimal_text(shared if shared is not None else own_value(dataset, "SpacingBetweenSlices")))
    numbers = {abs(n) for text in texts if text for n in finite_numbers(text)[:1]}
    return numbers.pop() if len(numbers) == 1 and 0 not in numbers else None


def _doubt_stack(planes: Planes, stated_mm: float | None, findings: list[Finding]) -> None:
    """Tell where planes and what is said of their distances differ; positions decide."""

    def doubt(severity: Severity, text: str, where: str, section: str) -> None:
        findings.append(Finding(severity, text, where, f"PS3.3 {section}"))

    if not planes.frame_of_reference:
        doubt(
            Severity.WARNING,
            "The frames have positions and the object has no Frame of Reference UID, so it is unknown to "
            "which images they are relative; those of the source images are taken for the same.",
            "FrameOfReferenceUID",
            "C.7.4.1",
        )
    if len(planes) == 1:
        if not stated_mm and not planes.thickness:
            doubt(
                Severity.NOTE,
                "There is one plane, without Slice Thickness or Spacing Between Slices; 1 mm is assumed.",
                "SliceThickness",
                "C.7.6.16.2.1",
            )
        return
    try:
        grid = stack_geometry(planes, stated_mm)
    except IrregularPlanes as error:
        doubt(Severity.WARNING, str(error), "ImagePositionPatient", "C.7.6.16.2.3")
        return
    normal = abs(float(grid.index_to_lps[:3, 0] @ planes.stack_direction))
    if not grid.orthogonal:
        doubt(
            Severity.NOTE,
            f"The planes are stacked obliquely, as by a tilted gantry: a step of {grid.spacing_mm[0]:.6g} "
            f"mm is {normal:.6g} mm along their normal. The grid is tilted with them.",
            "ImagePositionPatient",
            "C.7.6.16.2.3",
        )
    if stated_mm and abs(stated_mm - normal) > SPACING_TOLERANCE * normal:
        doubt(
            Severity.WARNING,
            f"Spacing Between Slices is {stated_mm:.6g} mm and planes are {normal:.6g} mm apart by their "
            "positions; the positions are followed.",
            "SpacingBetweenSlices",
            "C.7.6.16.2.1",
        )
