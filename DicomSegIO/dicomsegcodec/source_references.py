"""Which source images the planes of a segmentation are derived from, PS3.3 C.7.6.16.2.6 and table 10-3."""

from dataclasses import dataclass

import numpy as np

from .dataset_bytes import code_bytes, element, item, sequence
from .item_layouts import ElementColumn, Path

_DERIVATION = sequence(0x00089215, code_bytes("113076", "DCM", "Segmentation"))
_PURPOSE = sequence(0x0040A170, code_bytes("121322", "DCM", "Source image for image processing operation"))


@dataclass(frozen=True, slots=True, eq=False)
class SourceReferences:
    """References of planes to source images, a row for each.

    Parameters
    ----------
    images : tuple of (SOP Class UID, SOP Instance UID)
    plane : (references,) int array
        Ascending.
    image : (references,) int array
        Which of `images`.
    frame_number : (references,) int array
        Frame of a multi-frame image, from 1; 0 for an image that is none.
    preserved : (references,) bool array
        Spatial Locations Preserved is YES.
    """

    images: tuple[tuple[str, str], ...]
    plane: np.ndarray
    image: np.ndarray
    frame_number: np.ndarray
    preserved: np.ndarray

    def any_of(self, planes: np.ndarray) -> bool:
        """Tell whether any of these planes has a source image."""
        return bool(np.isin(planes, self.plane).any())

    def of_plane(self, plane: int) -> list[tuple[str, str, int, bool]]:
        """Return SOP Class UID, SOP Instance UID, frame number and preserved of each source of a plane."""
        start, end = np.searchsorted(self.plane, [plane, plane + 1])
        return [
            (*self.images[self.image[row]], int(self.frame_number[row]), bool(self.preserved[row]))
            for row in range(start, end)
        ]

    def group(self, plane: int) -> bytes:
        """Return the Derivation Image Sequence of a plane; of type 2, empty where it has no source."""
        sources = b"".join(
            item(
                element(0x00081150, "UI", sop_class),
                element(0x00081155, "UI", sop_instance),
                element(0x00081160, "IS", str(frame)) if frame else b"",
                element(0x0028135A, "CS", "YES" if preserved else "NO"),
                _PURPOSE,
            )
            for sop_class, sop_instance, frame, preserved in self.of_plane(plane)
        )
        return sequence(0x00089124, item(element(0x00082112, "SQ", sources), _DERIVATION) if sources else b"")

    def columns(self, planes: int) -> tuple[dict[Path, ElementColumn], list[np.ndarray]]:
        """Return what differs in the groups of some planes, and what tells apart their layouts.

        Returns
        -------
        mapping of Path to ElementColumn
            Elements in which groups of one layout may differ.
        list of (planes,) int arrays
            Groups that are alike in all of them are of one layout.
        """
        counts = np.bincount(self.plane, minlength=planes)
        first = np.cumsum(counts) - counts
        classes = {sop_class: number for number, (sop_class, _uid) in enumerate(self.images)}
        kind = np.array([classes[sop_class] for sop_class, _uid in self.images], np.int64)
        numbers, which = np.unique(self.frame_number, return_inverse=True)
        uids = [uid for _class, uid in self.images]
        columns: dict[Path, ElementColumn] = {}
        layout: list[np.ndarray] = [counts]
        for k in range(int(counts.max(initial=0))):
            has = counts > k
            row = np.where(has, first + k, 0)
            uid = ElementColumn.of_texts("UI", uids, self.image[row])
            number = ElementColumn.of_texts("IS", [str(n) for n in numbers.tolist()], which[row])
            columns[0x00089124, 0, 0x00082112, k, 0x00081155] = uid
            columns[0x00089124, 0, 0x00082112, k, 0x00081160] = number
            framed = self.frame_number[row] > 0
            same = (kind[self.image[row]], self.preserved[row], uid.length, number.length * framed)
            layout += [np.where(has, values, 0) for values in same]
        return columns, layout
