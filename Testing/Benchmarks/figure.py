"""The curves of a run as a picture: time and memory against the number of frames and of segments."""

import json
import re
import sys
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

COLORS = {"ours": "#1b6ca8", "highdicom": "#c8553d", "dcmqi": "#7a9e4c"}
PANELS = (
    ("frames", "open", "Opening, by frames"),
    ("segments", "write", "Writing, by segments"),
    ("segments", "read", "Reading, by segments"),
)


def curves(data: dict[str, Any], kind: str, task: str) -> dict[str, list[tuple[int, float, float]]]:
    """Return (count, seconds, megabytes) of everyone who did a task with more and more frames or segments."""
    found: dict[str, list[tuple[int, float, float]]] = {}
    for row in data["rows"]:
        match = re.fullmatch(rf"{kind}-(\d+)-{task}", row["name"])
        for by, figures in row["figures"].items() if match else ():
            if figures and by in COLORS:
                found.setdefault(by, []).append(
                    (int(match[1]), figures["seconds"], figures["memory"] / 1_000_000)
                )
    return {by: sorted(points) for by, points in found.items()}


def draw(data: dict[str, Any], path: str) -> None:
    """Write the figure."""
    plt.rcParams.update({"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "benchmark"})
    figure, grid = plt.subplots(2, len(PANELS), figsize=(10, 5.2), sharex="col", layout="constrained")
    for column, (kind, task, title) in enumerate(PANELS):
        for by, points in curves(data, kind, task).items():
            counts, seconds, megabytes = zip(*points, strict=True)
            for axes, values in ((grid[0, column], seconds), (grid[1, column], megabytes)):
                # A logarithm has no zero; what is below 10 kB is nothing.
                shown = [max(value, 0.01) if axes is grid[1, column] else value for value in values]
                axes.plot(counts, shown, "o-", color=COLORS[by], label=by, markersize=4, linewidth=1.5)
        grid[0, column].set_title(title, fontsize=10)
        grid[1, column].set_xlabel(kind)
    for axes in grid.flat:
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.grid(alpha=0.3, linewidth=0.5)
        axes.spines[["top", "right"]].set_visible(False)
    grid[0, 0].set_ylabel("seconds")
    grid[1, 0].set_ylabel("memory above input\nand result, MB")
    handles = {}
    for axes in grid.flat:
        lines, labels = axes.get_legend_handles_labels()
        handles |= dict(zip(labels, lines, strict=True))
    if handles:
        figure.legend(handles.values(), handles.keys(), loc="outside upper right", ncols=3, frameon=False)
    figure.savefig(path, metadata={"Date": None, "Creator": None})


def main(results: str, path: str) -> None:
    with open(results, encoding="utf-8") as file:
        draw(json.load(file), path)


if __name__ == "__main__":
    main(*sys.argv[1:])
