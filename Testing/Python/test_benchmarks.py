"""The benchmark itself: its workloads, its judgement, and that every driver runs and gets right results."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from Benchmarks import phantoms, report
from Benchmarks.environments import environments
from Benchmarks.judge import figures, judge
from Benchmarks.measure import Watch, touched_bytes
from Benchmarks.report import Result
from Benchmarks.rows import FULL, LIMIT, OURS, QUICK, Row, Target, chosen, rows
from Benchmarks.runs import Run

ROOT = Path(__file__).resolve().parents[2]
on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is told by /proc")


# --- workloads ----------------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_workload():
    shape = (12, 40, 48)
    for make in (
        lambda seed: phantoms.anatomy(shape, (3, 2, 3, 3, 2), seed),
        lambda seed: phantoms.overlapping(shape, seed),
        lambda seed: phantoms.probabilities(shape, seed),
        lambda seed: phantoms.slide(600, seed),
        lambda seed: phantoms.spots(shape, 20, seed),
    ):
        assert np.array_equal(make(1), make(1))
        assert not np.array_equal(make(1), make(2))


@pytest.mark.parametrize("seed", range(5))
def test_no_segment_of_the_anatomy_is_empty(seed):
    counts = (24, 24, 20, 24, 12)
    labels = phantoms.anatomy((20, 64, 64), counts, seed)
    assert labels.dtype == np.uint8
    assert np.unique(labels).tolist() == list(range(sum(counts) + 1))


@pytest.mark.parametrize("count", [1, 10, 300, 1000])
def test_spots_are_as_many_as_asked_for_and_take_the_same_room(count):
    labels = phantoms.spots((64, 256, 256), count, 6)
    assert np.unique(labels).size == count + 1
    assert 0.05 < np.count_nonzero(labels) / labels.size < 0.3


def test_overlapping_segments_overlap_and_probabilities_are_soft():
    assert (phantoms.overlapping((10, 64, 64), 3).sum(axis=-1) > 2).any()
    fractions = phantoms.probabilities((10, 64, 64), 4)
    assert fractions.dtype == np.float32 and fractions.min() == 0 and fractions.max() <= 1
    assert ((fractions > 0.1) & (fractions < 0.9)).any()


# --- rows and targets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [FULL, QUICK])
def test_rows_have_names_of_their_own_and_read_what_an_earlier_row_wrote(size):
    writers: dict[str, Row] = {}
    for row in rows(size):
        assert row.name not in writers
        if row.file:
            name, by = row.file.split("/")
            assert by in writers[name].by and not writers[name].file
            assert writers[name].workload == row.workload
        writers[row.name] = row
        assert row.name.startswith(tuple(report.GROUPS))


@pytest.mark.parametrize("row", rows(FULL), ids=lambda row: row.name)
def test_a_row_is_compared_only_with_those_who_do_it(row):
    assert row.by[0] == OURS
    peers = {*row.target.faster, *row.target.whole_process}
    assert peers <= {"highdicom", "dcmqi"}
    # Rows that read another writer's file share their targets; those who do not read it are not judged.
    assert peers & set(row.by) or not peers


def test_rows_are_chosen_by_their_beginnings():
    assert [row.name for row in chosen(["w2", "mrml-export"], FULL)] == ["w2-write", "w2-read", "mrml-export"]
    assert len(chosen([], FULL)) == len(rows(FULL)) > len(rows(QUICK))
    with pytest.raises(KeyError, match="No row begins with 'w9'"):
        chosen(["w9"], FULL)


def _figures(seconds: float, process_seconds: float = 1.0, memory: int = 0, frames: int | None = None):
    return figures([Run(seconds, process_seconds, memory=memory, frames=frames)])


def test_targets_are_met_at_their_bounds_and_missed_beyond():
    target = Target(
        faster={"highdicom": 10},
        whole_process={"highdicom": 2},
        seconds=0.5,
        memory_mb=16,
        bytes_a_frame=100,
        of_limit=1.25,
    )
    row = Row("w1-x", "x", "w1", "write", (OURS, "highdicom"), target)
    others = {"highdicom": _figures(5, 8), LIMIT: _figures(0.4)}
    at = judge(row, {OURS: _figures(0.5, 4, 16_000_000, 160_000), **others})
    assert len(at) == 6 and all(verdict.met for verdict in at)
    beyond = judge(row, {OURS: _figures(0.51, 4.1, 16_100_000, 160_000), **others})
    assert not any(verdict.met for verdict in beyond)
    assert [verdict.found for verdict in beyond][:2] == ["9.8 x", "1.95 x"]


def test_a_peer_that_did_not_run_leaves_no_verdict():
    row = Row("w1-x", "x", "w1", "write", (OURS, "dcmqi"), Target(faster={"dcmqi": 20}))
    assert judge(row, {OURS: _figures(1.0), "dcmqi": figures([Run(failure="is not installed")])}) == []
    assert judge(row, {OURS: None, "dcmqi": _figures(1.0)}) == []


def test_the_median_counts_and_failed_runs_do_not():
    found = figures([Run(3.0), Run(1.0), Run(failure="crash"), Run(2.0)])
    assert found is not None and (found.seconds, found.runs) == (2.0, 3)


def test_the_table_tells_ratios_misses_and_wrong_results():
    row = Row(
        "w1-binary-write", "write", "w1", "write", (OURS, "highdicom"), Target(faster={"highdicom": 25})
    )
    runs = {OURS: [Run(0.5, 1.0, memory=6_000_000, exact=False)], "highdicom": [Run(5.0, 6.0)]}
    data = report.as_json([Result(row, runs=runs)], FULL, {OURS: {"numpy": "2.4"}}, {"copy (MB/s)": 12_000.0})
    text = report.as_markdown(json.loads(json.dumps(data)))
    assert "| write | 0.5 | 1 | 5 (10 x) |" in text
    assert "25 x highdicom: **missed** (10 x)" in text
    assert "w1-binary-write: ours: the result is not the workload" in text
    assert "numpy 2.4" in text and "12,000" in text
    head = next(line for line in text.splitlines() if line.startswith("| task"))
    assert head.count("|") == next(line for line in text.splitlines() if line.startswith("| write")).count(
        "|"
    )


def test_peers_have_the_versions_that_the_tests_have():
    known = environments()
    assert any(requirement.startswith("highdicom==") for requirement in known["highdicom"].requirements)
    assert any(requirement.startswith("dcmqi==") for requirement in known["dcmqi"].requirements)
    assert not any("highdicom" in requirement for requirement in known[OURS].requirements)


# --- measuring ----------------------------------------------------------------------------------------------


@on_linux
def test_only_touched_pages_of_a_result_count():
    size = 64 << 20
    assert touched_bytes(np.zeros(size, np.uint8)) < size // 8
    full = np.ones(size, np.uint8)
    assert touched_bytes(full) == touched_bytes(full[1:].reshape(-1)) == size


@on_linux
def test_memory_is_the_peak_of_the_work_above_what_was_there(capsys):
    held = np.ones(32 << 20, np.uint8)
    with Watch({}) as watch:
        temporary = np.ones(64 << 20, np.uint8)
        del temporary
        result = np.ones(16 << 20, np.uint8)
    watch.report(result=result)
    found = json.loads(capsys.readouterr().out.removeprefix("bench: "))
    assert held.nbytes == 32 << 20 and found["result"] == 16 << 20
    # Temporary and result do not live together: the highest is 64 MiB, of which 16 count as the result's.
    assert 46 << 20 < found["memory"] < 56 << 20


# --- running ------------------------------------------------------------------------------------------------


def run_benchmark(folder: Path, *arguments: str, python: str = sys.executable) -> SimpleNamespace:
    """Run the benchmark at its quick size, everybody in one environment; return results by row."""
    command = [sys.executable, "-m", "Benchmarks", "--size", QUICK, "--rounds", "1", "--folder", str(folder)]
    done = subprocess.run(
        [*command, "--shared", python, *arguments],
        cwd=ROOT / "Testing",
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
    )
    saved = list((folder / "results").glob("*.json"))
    assert len(saved) == 1, done.stdout + done.stderr
    data = json.loads(saved[0].read_text(encoding="utf-8"))
    return SimpleNamespace(
        status=done.returncode, rows={row["name"]: row for row in data["rows"]}, said=done.stdout
    )


def assert_right(row: dict, *everyone: str) -> None:
    """Check that all did a row, and that what they read is the workload."""
    assert row["failures"] == []
    for by in everyone:
        assert row["figures"][by]["seconds"] > 0
        if by != LIMIT and row["name"].split("-")[-1] in ("read", "region", "open", "decode"):
            assert row["runs"][by][0]["exact"] is True, by


def test_each_kind_of_task_runs_and_its_result_is_the_workload(tmp_path):
    names = [
        "w1-binary-write",
        "w1-binary-open",
        "w1-labelmap-rle",
        "w3-jpeg-ls",
        "w4-rle-write",
        "w4-rle-region",
    ]
    found = run_benchmark(tmp_path, *names, "import-codec", "--by", OURS, LIMIT)
    assert found.status == 0, found.said
    assert len(found.rows) == 9
    for row in found.rows.values():
        limit = [LIMIT] if LIMIT in row["runs"] else []
        assert_right(row, OURS, *limit)
    assert found.rows["w1-binary-write"]["verdicts"] == []  # times of tiny workloads say nothing
    assert not (tmp_path / "files" / QUICK).exists()


def test_peers_do_the_same_task_by_turns(tmp_path):
    for peer in ("highdicom", "dcmqi"):
        if find_spec(peer) is None:
            pytest.skip(f"{peer} is not installed")
    found = run_benchmark(tmp_path, "w1-binary-read-dcmqi", "--keep")
    assert_right(found.rows["w1-binary-read-dcmqi"], OURS, "highdicom", "dcmqi")


@pytest.mark.skipif(os.name != "posix", reason="the broken interpreter is a shell script")
def test_a_failure_of_ours_is_told_and_ends_the_benchmark_with_1(tmp_path):
    broken = tmp_path / "python"
    broken.write_text(
        f'#!/bin/sh\ncase "$2" in Benchmarks.drive_*) echo "it is broken" >&2; exit 3;; esac\n'
        f'exec "{sys.executable}" "$@"\n'
    )
    broken.chmod(0o755)
    found = run_benchmark(tmp_path, "w2", "--by", OURS, python=str(broken))
    assert found.status == 1
    assert found.rows["w2-write"]["failures"] == ["w2-write: ours: it is broken"]
    assert found.rows["w2-read"]["figures"].get(OURS) is None


@pytest.mark.slow
def test_every_row_runs(tmp_path):
    for package in ("slicer", "PySide6"):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    found = run_benchmark(tmp_path, "--by", OURS, LIMIT, "slicer")
    assert {row.name for row in rows(QUICK)} - set(found.rows) == set()
    # pydicom-seg has an environment of its own, with an older pydicom.
    wrong = [text for row in found.rows.values() for text in row["failures"] if "pydicom-seg" not in text]
    assert wrong == []
