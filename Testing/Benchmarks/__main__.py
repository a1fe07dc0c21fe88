"""Run the benchmark; `python -m Benchmarks --help` in the folder Testing, or `make bench`."""

import argparse
import compileall
import pstats
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from . import report
from .environments import ROOT, EnvironmentMissing, Environments
from .judge import figures
from .report import Result
from .rows import BEFORE, FULL, LIMIT, OURS, QUICK, Row, chosen, rows
from .runs import Bench, Run

SLOW_SECONDS = 15
"""What takes longer is not measured again: its spread is small beside what it is compared with."""
HERE = Path(__file__).resolve().parent


def main(arguments: Sequence[str]) -> int:
    """Return 1 if one of our own rows did not work, so that a build notices."""
    options = _options(arguments)
    try:
        wanted = chosen(options.rows, options.size)
    except KeyError as error:
        sys.exit(error.args[0])
    environments = Environments(options.folder / "environments", options.shared)
    before = _sources_of(options.before, options.folder) if options.before else None
    bench = Bench(options.folder, environments, options.size, before)
    # Nobody is charged for compiling the sources.
    for folder in (ROOT / "DicomSegIO", HERE, *([before] if before else [])):
        compileall.compile_dir(folder, quiet=1)
    session = Session(bench, options.rounds, options.by, [BEFORE] if before else [])
    results = []
    for row in wanted:
        if not options.by or set(options.by) & set(row.by):
            result = session.measure(row, profile=options.profile)
            results.append(result)
            print(report.line(result), *result.failures(), sep="\n    ", flush=True)
            if options.profile:
                _tell_profile(bench.profiles / f"{row.name}-{OURS}.prof")
    whole = options.size == FULL and not (options.rows or options.by or options.profile)
    rates = bench.machine().rates if whole else {}
    data = report.as_json(results, options.size, session.versions(), rates)
    saved = report.save(data, options.folder / "results", datetime.now(UTC).strftime("%Y%m%d-%H%M%S"))
    print(f"Written: {saved} and {saved.with_suffix('.md').name}; {report.missed(results)} targets missed")
    if whole:
        _publish(data, saved, environments)
    if not options.keep:
        shutil.rmtree(bench.files)
    return int(any(not figures(result.runs[OURS]) for result in results if OURS in result.runs))


class Session:
    """Runs rows, by turns: A B A B, so that what disturbs the machine disturbs all."""

    def __init__(self, bench: Bench, rounds: int, by: Sequence[str], further: Sequence[str]) -> None:
        self._bench, self._rounds, self._by, self._further = bench, rounds, by, further
        self._written: set[Path] = set()
        self._used: set[str] = set()

    def measure(self, row: Row, *, profile: bool = False) -> Result:
        """Run a row as often as asked for."""
        bench = self._bench
        if row.workload:
            bench.make_workload(row.workload)
        result = Result(row, judged=bench.size == FULL)
        if row.file:
            by, failure = self._have_file(row)
            if failure:
                result.runs[by] = [Run(failure=f"the file to read was not written: {failure}")]
                return result
        # The limit comes last: it moves as many bytes as the file has that we write.
        all_by = (*row.by, *self._further, *([LIMIT] if row.limit else []))
        wanted = [by for by in all_by if not self._by or by in (*self._by, *self._further)]
        for number in range(1 if row.once or profile else self._rounds):
            for by in wanted:
                before = result.runs.setdefault(by, [])
                if before and (before[-1].failure or before[-1].process_seconds > SLOW_SECONDS):
                    continue
                if by == LIMIT and not bench.file_of(row, OURS).exists():
                    continue
                run = bench.run(row, by, check=number == 0 and not profile, profile=profile)
                before.append(run)
                if not run.failure:
                    self._used.add(by)
        if not row.file:
            self._written |= {bench.file_of(row, by) for by in wanted}
        return result

    def versions(self) -> dict[str, dict[str, str]]:
        """Return the versions in the environments that were used."""
        return {by: self._bench.environments.versions(by) for by in sorted(self._used - {LIMIT, BEFORE})}

    def _have_file(self, row: Row) -> tuple[str, str]:
        """Have the file that a row reads, of this session; return by whom, and why it is not there."""
        name, by = row.file.split("/")
        file = self._bench.file_of(row, OURS)
        if file not in self._written:
            writing = next(known for known in rows(self._bench.size) if known.name == name)
            self._bench.make_workload(writing.workload)
            failure = self._bench.run(writing, by).failure
            if failure:
                return by, failure
            self._written.add(file)
        return by, "" if file.exists() else "see the row that writes it"


def _tell_profile(file: Path) -> None:
    """Print what takes most time by itself, and which of our functions take most with all they call."""
    if not file.exists():
        return
    stats = pstats.Stats(str(file)).stats  # type: ignore[attr-defined]
    ours = {where: found for where, found in stats.items() if "DicomSegIO" in Path(where[0]).parts}
    for title, among, column in (("by themselves", stats, 2), ("ours, with all they call", ours, 3)):
        print(f"      self   total    calls  {title}")
        for where, found in sorted(among.items(), key=lambda item: -item[1][column])[:15]:
            name = f"{Path(where[0]).name}:{where[1]} {where[2]}" if where[1] else where[2]
            print(f"    {found[2]:6.3f}  {found[3]:6.3f}  {found[1]:7,d}  {name}")


def _sources_of(commit: str, folder: Path) -> Path:
    """Return the folder DicomSegIO of a commit."""
    target = folder / "before"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    packed = subprocess.run(["git", "archive", commit, "DicomSegIO"], cwd=ROOT, capture_output=True)
    if packed.returncode:
        sys.exit(packed.stderr.decode().strip())
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(target, filter="data")
    return target / "DicomSegIO"


def _publish(data: dict, saved: Path, environments: Environments) -> None:
    """Put a whole run where the repository shows it."""
    report.save(data, HERE, "results")
    figure = ROOT / "Resources" / "Figures" / "benchmark.svg"
    figure.parent.mkdir(exist_ok=True)
    try:
        python = environments.python("figure")
    except EnvironmentMissing as error:
        print(f"No figure: {error}")
        return
    subprocess.run([python, "-m", "Benchmarks.figure", saved, figure], cwd=HERE.parent, check=True)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("rows", nargs="*", help="beginnings of the names of rows; all without any")
    parser.add_argument("--size", choices=(FULL, QUICK), default=FULL)
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run (3)")
    parser.add_argument("--by", nargs="*", default=(), help="only these: ours, highdicom, dcmqi, …, limit")
    parser.add_argument("--before", metavar="COMMIT", help="measure another version of ours too, by turns")
    parser.add_argument("--profile", action="store_true", help="statistics of cProfile instead of times")
    parser.add_argument("--folder", type=Path, default=ROOT / ".bench", help="where everything is made")
    parser.add_argument("--shared", type=Path, help="a Python that stands for all environments")
    parser.add_argument("--keep", action="store_true", help="keep the segmentations that were written")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
