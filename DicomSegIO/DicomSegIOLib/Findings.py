"""Findings about an export, with what could be done about them: in words, and as keys for a panel's buttons.

Imported where a finding is made, because it needs the codec, which Slicer does not load when it starts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from dicomsegcodec.errors import SegError
from dicomsegcodec.findings import Finding, Severity

FIXES: Mapping[str, str] = MappingProxyType(
    {
        "chooseSegmentation": "Choose the segmentation",
        "chooseReference": "Choose the volume that was segmented",
        "chooseFolder": "Choose the folder of the DICOM images",
        "createImages": "Create DICOM images from the volume",
        "openDatabase": "Open the DICOM database",
        "chooseSegments": "Choose segments",
        "chooseFractions": "Choose the segments' probability volumes",
        "setGeometry": "Set the source geometry of the segmentation",
        "splitOverlap": "Write overlapping segments to several files",
        "laterWins": "Let later segments win where they overlap",
        "writeBinary": "Write BINARY",
        "writeLabelMap": "Write LABELMAP",
        "consecutiveNumbers": "Number segments from 1",
        "useOwnGrid": "Write the segments on their own grid",
        "resampleToImages": "Resample the segments to the images",
        "cutToImages": "Cut off what lies outside of the images",
        "noCompression": "Do not compress",
        "installPackage": "Install what the compression needs",
        "hardenTransform": "Harden the transform on a copy",
        "matchCodes": "Match codes by name",
        "nameAlgorithm": "Name the algorithm, or make its type MANUAL",
        "renameLong": "Shorten long names",
        "changeOptions": "Change what is said about the series",
    }
)
"""What can be done about findings: the keys, and what a button may say."""

OPTIONS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "splitOverlap": {"overlap": "SPLIT"},
        "laterWins": {"overlap": "LATER_WINS"},
        "writeBinary": {"segmentationType": "BINARY"},
        "writeLabelMap": {"segmentationType": "LABELMAP"},
        "consecutiveNumbers": {"segmentNumbers": "CONSECUTIVE"},
        "useOwnGrid": {"grid": "OWN"},
        "resampleToImages": {"grid": "SOURCE"},
        "cutToImages": {"outside": "CUT"},
        "noCompression": {"compression": "NONE"},
    }
)
"""Those of the fixes that are a change of `ExportOptions`, and which."""


@dataclass(frozen=True, slots=True)
class ExportFinding(Finding):
    """A finding about an export.

    Parameters
    ----------
    fixes : tuple of str
        Keys of `FIXES`, the most likely one first; empty where nothing is to be done.
    segmentIds : tuple of str
        The segments that it is about; empty for the whole segmentation.
    """

    fixes: tuple[str, ...] = ()
    segmentIds: tuple[str, ...] = ()

    @property
    def fix(self) -> str:
        """The first of `fixes`, or an empty text."""
        return self.fixes[0] if self.fixes else ""


def note(text: str, *fixes: str, segmentIds: Sequence[str] = (), where: str = "") -> ExportFinding:
    return ExportFinding(Severity.NOTE, text, where, fixes=fixes, segmentIds=tuple(segmentIds))


def warning(text: str, *fixes: str, segmentIds: Sequence[str] = (), where: str = "") -> ExportFinding:
    return ExportFinding(Severity.WARNING, text, where, fixes=fixes, segmentIds=tuple(segmentIds))


def blocking(text: str, *fixes: str, segmentIds: Sequence[str] = (), where: str = "") -> ExportFinding:
    """Return a finding that prevents the export."""
    return ExportFinding(Severity.ERROR, text, where, fixes=fixes, segmentIds=tuple(segmentIds))


def refusal(error: SegError, *fixes: str, segmentIds: Sequence[str] = ()) -> SegError:
    """Return an error that knows what could be done about it, for `ofError` to tell."""
    error.fixes, error.segmentIds = fixes, tuple(segmentIds)  # type: ignore[attr-defined]
    return error


def ofError(error: SegError) -> ExportFinding:
    """Return an error as a finding that prevents the export."""
    return blocking(str(error), *getattr(error, "fixes", ()), segmentIds=getattr(error, "segmentIds", ()))


def names(labels: Sequence[str], most: int = 3, quote: bool = True) -> str:
    """Return the names of segments in a sentence: `'A', 'B' and 4 more`."""
    quoted = [f"'{label}'" for label in labels] if quote else list(labels)
    if len(quoted) > most:
        return f"{', '.join(quoted[:most])} and {len(quoted) - most} more"
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else "".join(quoted)
