"""What is doubtful but not fatal: repairs, omissions and departures from the standard.

An error stops; a finding is reported. Readers, writers and validators return
findings of this one type, so that a panel, a log and a report show the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from .errors import Cancelled


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    NOTE = "NOTE"


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubt, in one sentence.

    Parameters
    ----------
    severity : Severity
        ERROR blocks an export, or violates the standard, or cannot be read safely; WARNING changes or drops
        something, or misleads other programs; NOTE is for information.
    text : str
        What was found and what was done or is to be done, for a person to read.
    where : str
        Attribute, segment or file that it is about; empty for the whole object.
    section : str
        Section of PS3.x that the finding rests on; empty where there is none.
    """

    severity: Severity
    text: str
    where: str = ""
    section: str = ""

    def __str__(self) -> str:
        place = f" [{self.where}]" if self.where else ""
        return f"{self.severity}: {self.text}{place}"


Progress = Callable[[float, str], object]
"""Called with the fraction done (0 to 1) and the stage's name; a true answer cancels."""


def tell(progress: Progress | None, fraction: float, stage: str) -> None:
    """Tell how far a stage has come.

    Raises
    ------
    Cancelled
        The answer is true.
    """
    if progress is not None and progress(fraction, stage):
        raise Cancelled("Cancelled; nothing was written.")
