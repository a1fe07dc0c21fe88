"""Results as JSON, and as tables that people read."""

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .environments import ROOT
from .judge import Figures, Verdict, figures, judge
from .rows import DCMQI, HIGHDICOM, LIMIT, MEGABYTE, OURS, PYDICOM_SEG, SLICER, Row
from .runs import Run

GROUPS = {
    "w1-binary": "CT, 512 x 512 x 300, 104 segments: BINARY",
    "w1-deflated": "CT, 512 x 512 x 300, 104 segments: BINARY",
    "w1-frames": "CT, 512 x 512 x 300, 104 segments: BINARY, all 31,200 frames",
    "w1-command": "CT, 512 x 512 x 300, 104 segments: on the command line",
    "w1-labelmap": "CT, 512 x 512 x 300, 104 segments: LABELMAP",
    "w2": "CT, 512 x 512 x 100, 5 overlapping segments: BINARY",
    "w3": "CT, 512 x 512 x 100, 2 probability maps: FRACTIONAL",
    "w4": "Slide, 20,000 x 20,000, 5 classes: LABELMAP",
    "mrml": "3D Slicer's nodes, 512 x 512 x 300, 104 segments",
    "import": "Imports",
    "frames": "More and more frames, of 8 x 8 pixels",
    "segments": "More and more segments, 256 x 256 x 64",
}
_PEERS = {HIGHDICOM: "highdicom", DCMQI: "dcmqi", PYDICOM_SEG: "pydicom-seg", SLICER: "Slicer"}


@dataclass
class Result:
    """What was measured in one row."""

    row: Row
    judged: bool = True
    runs: dict[str, list[Run]] = field(default_factory=dict)

    def figures(self) -> dict[str, Figures | None]:
        return {by: figures(runs) for by, runs in self.runs.items()}

    def verdicts(self) -> list[Verdict]:
        """Return them; none where the size is not the one that the targets are meant for."""
        return judge(self.row, self.figures()) if self.judged else []

    def failures(self) -> list[str]:
        """Return what went wrong: runs without a result, and results that are not the workload."""
        texts = []
        for by, runs in self.runs.items():
            texts += [f"{self.row.name}: {by}: {run.failure}" for run in runs[:1] if run.failure]
            if any(run.exact is False for run in runs):
                texts.append(f"{self.row.name}: {by}: the result is not the workload")
        return texts


def as_json(
    results: Iterable[Result],
    size: str,
    versions: Mapping[str, Mapping[str, str]],
    rates: Mapping[str, float],
) -> dict[str, Any]:
    """Return everything that was found, for the table, the figure and later comparisons."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "size": size,
        "machine": machine(),
        "versions": versions,
        "rates": rates,
        "rows": [
            {
                "name": result.row.name,
                "title": result.row.title,
                "figures": {by: found and asdict(found) for by, found in result.figures().items()},
                "verdicts": [asdict(verdict) for verdict in result.verdicts()],
                "failures": result.failures(),
                "runs": {by: [asdict(run) for run in runs] for by, runs in result.runs.items()},
            }
            for result in results
        ],
    }


def machine() -> dict[str, str]:
    """Return what the times depend on; nothing that tells which machine it is."""
    found = {"system": f"{platform.system()} {platform.release()}", "processor": platform.processor()}
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        found["processor"] = next(
            line.split(":")[1].strip() for line in lines if line.startswith("model name")
        )
        memory = Path("/proc/meminfo").read_text().split()
        found["memory"] = f"{int(memory[1]) / 1024**2:.0f} GiB"
    except (FileNotFoundError, StopIteration):
        pass  # another system than Linux on x86
    return found | {"cores": str(os.cpu_count())}


def _commit() -> str:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
        )
    except FileNotFoundError:
        return ""
    return done.stdout.strip()


# --- tables -------------------------------------------------------------------------------------------------


def line(result: Result) -> str:
    """Return one line for the terminal, as soon as a row is done."""
    found = result.figures()
    ours = found.get(OURS)
    times = [
        f"{by} {_seconds(value.seconds)} (cpu {_seconds(value.cpu_seconds)})"
        for by, value in found.items()
        if value is not None
    ]
    marks = [f"{v.what}: {v.found}{'' if v.met else '  MISSED'}" for v in result.verdicts()]
    memory = f"  {ours.memory / MEGABYTE:.0f} MB" if ours else ""
    return f"{result.row.name:32s} {'  '.join(times)}{memory}" + "".join(f"\n    {mark}" for mark in marks)


def as_markdown(data: Mapping[str, Any]) -> str:
    """Return the tables of a run."""
    system = data["machine"]
    what = f"{system['processor']}, {system['cores']} cores, {system.get('memory', '')}, {system['system']}"
    lines = [
        "# Results of the benchmark",
        "",
        f"{data['date']}, commit {data['commit']}, size {data['size']}; {what}.",
        "",
        *(_versions_line(name, found) for name, found in data["versions"].items()),
        "",
        "Seconds are medians of the task alone, of dcmqi and other commands of the whole process; *process* "
        "is from the start of the process to its result. Memory is the peak above input and result; dcmqi "
        "reads its input itself, so all of it counts. *x limit* is how often the plainest calls for "
        "the same bytes would fit into our time. README.md in this folder tells what is measured and how.",
    ]
    group = ""
    for row in data["rows"]:
        title = next(text for beginning, text in GROUPS.items() if row["name"].startswith(beginning))
        if title != group:
            group = title
            lines += ["", f"## {group}", "", *_HEAD]
        lines.append(_table_line(row))
    if data["rates"]:
        lines += ["", "## The machine by itself", "", "| what | |", "| --- | ---: |"]
        lines += [f"| {what} | {rate:,.0f} |" for what, rate in data["rates"].items()]
    failures = [text for row in data["rows"] for text in row["failures"]]
    if failures:
        lines += ["", "## What did not work", "", *(f"* {text}" for text in failures)]
    return "\n".join(lines) + "\n"


_HEAD = (
    f"| task | ours, s | process, s | {' | '.join(_PEERS.values())} | x limit | memory, MB: ours, highdicom, "
    "dcmqi | file, MB | aimed at |",
    f"| --- | ---: | ---: |{' ---: |' * (len(_PEERS) + 3)} --- |",
)


def _table_line(row: Mapping[str, Any]) -> str:
    found = row["figures"]
    ours = found.get(OURS)
    cells = [row["title"]]
    cells += [_seconds(ours[kind]) if ours else "failed" for kind in ("seconds", "process_seconds")]
    cells += [_against(ours, found.get(peer), peer in found) for peer in _PEERS]
    limit = found.get(LIMIT)
    cells.append(f"{ours['seconds'] / limit['seconds']:.1f}" if ours and limit else "")
    memories = [found.get(by) for by in (OURS, HIGHDICOM, DCMQI)]
    cells.append(
        ", ".join(f"{m['memory'] / MEGABYTE:,.0f}" if m else "-" for m in memories).replace(", -", "")
    )
    size = ours and ours["file_bytes"]
    cells.append(f"{size / MEGABYTE:,.3g}" if size else "")
    cells.append("; ".join(_verdict(verdict) for verdict in row["verdicts"]))
    return f"| {' | '.join(cells)} |"


def _against(ours: Mapping[str, Any] | None, theirs: Mapping[str, Any] | None, asked: bool) -> str:
    """Return a peer's seconds and how many times ours they are."""
    if theirs is None:
        return "failed" if asked else ""
    times = f" ({theirs['seconds'] / ours['seconds']:.3g} x)" if ours else ""
    return _seconds(theirs["seconds"]) + times


def _verdict(verdict: Mapping[str, Any]) -> str:
    return f"{verdict['what']}: {'met' if verdict['met'] else '**missed**'} ({verdict['found']})"


def _versions_line(name: str, found: Mapping[str, str]) -> str:
    return f"* {name}: {', '.join(f'{package} {version}' for package, version in found.items())}"


def _seconds(value: float) -> str:
    """Return seconds with three figures."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value >= 0.01 else f"{value:.4f}"


def save(data: Mapping[str, Any], folder: Path, name: str) -> Path:
    """Write a run as JSON and as Markdown and return the JSON's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(as_markdown(data), encoding="utf-8")
    (folder / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return folder / f"{name}.json"


def missed(results: Sequence[Result]) -> int:
    return sum(not verdict.met for result in results for verdict in result.verdicts())
