"""What the runs of a row come to: medians, ratios, and which of its targets are met."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from .rows import LIMIT, MEGABYTE, OURS, Row
from .runs import Run


@dataclass(frozen=True)
class Figures:
    """Medians of the runs of one program."""

    seconds: float
    process_seconds: float
    cpu_seconds: float
    memory: float
    file_bytes: int | None
    frames: int | None
    runs: int


@dataclass(frozen=True)
class Verdict:
    """One target of a row.

    Parameters
    ----------
    what : str
        What is aimed at, in words.
    found : str
        What was measured, in the same unit.
    met : bool
    """

    what: str
    found: str
    met: bool


def figures(runs: Sequence[Run]) -> Figures | None:
    """Return the medians of the runs that worked; None if none did."""
    good = [run for run in runs if not run.failure]
    if not good:
        return None
    return Figures(
        median(run.seconds for run in good),
        median(run.process_seconds for run in good),
        median(run.cpu_seconds for run in good),
        median(run.memory for run in good),
        good[-1].file_bytes,
        good[-1].frames,
        len(good),
    )


def judge(row: Row, found: Mapping[str, Figures | None]) -> list[Verdict]:
    """Return a verdict for every target that can be judged; a peer that did not run leaves none."""
    ours, target = found.get(OURS), row.target
    if ours is None:
        return []
    verdicts = []
    for kind, wanted in (("seconds", target.faster), ("process_seconds", target.whole_process)):
        for peer, times in wanted.items():
            theirs = found.get(peer)
            if theirs is not None:
                ratio = getattr(theirs, kind) / getattr(ours, kind)
                what = f"{times:g} x {peer}" + (" (whole process)" if kind == "process_seconds" else "")
                verdicts.append(Verdict(what, f"{ratio:.3g} x", ratio >= times))
    if target.seconds is not None:
        what = f"{target.seconds:g} s"
        verdicts.append(Verdict(what, f"{ours.seconds:.3g} s", ours.seconds <= target.seconds))
    if target.memory_mb is not None:
        memory = ours.memory / MEGABYTE
        verdicts.append(Verdict(f"{target.memory_mb:.3g} MB", f"{memory:.3g} MB", memory <= target.memory_mb))
    if target.bytes_a_frame is not None and ours.frames:
        memory = ours.memory / ours.frames
        what = f"{target.bytes_a_frame:g} bytes a frame"
        verdicts.append(Verdict(what, f"{memory:.3g} bytes", memory <= target.bytes_a_frame))
    limit = found.get(LIMIT)
    if target.of_limit is not None and limit is not None:
        ratio = ours.seconds / limit.seconds
        verdicts.append(
            Verdict(f"{target.of_limit:g} x the limit", f"{ratio:.3g} x", ratio <= target.of_limit)
        )
    return verdicts
