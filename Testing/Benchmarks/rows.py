"""The lines of the benchmark: what is done, by whom, and what is aimed at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OURS, HIGHDICOM, DCMQI, PYDICOM_SEG, SLICER = "ours", "highdicom", "dcmqi", "pydicom-seg", "slicer"
LIMIT = "limit"
BEFORE = "before"
"""Another version of ours, by turns with this one."""
MEGABYTE = 1_000_000
QUICK, FULL = "quick", "full"
MANY_FRAMES = {FULL: (100, 1_000, 10_000, 100_000, 1_000_000), QUICK: (100, 1_000)}
MANY_SEGMENTS = {FULL: (1, 3, 10, 30, 100, 300, 1_000), QUICK: (1, 10)}


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is aimed at; what is absent is not.

    Parameters
    ----------
    faster : dict of str to float
        Times faster than a peer.
    whole_process : dict of str to float
        The same, from the start of the process to its result: with interpreter, import and input.
    seconds : float
        At most.
    memory_mb : float
        At most, above input and result.
    bytes_a_frame : float
        Memory, at most, for each frame.
    of_limit : float
        At most so many times the limit.
    """

    faster: Mapping[str, float] = field(default_factory=dict)
    whole_process: Mapping[str, float] = field(default_factory=dict)
    seconds: float | None = None
    memory_mb: float | None = None
    bytes_a_frame: float | None = None
    of_limit: float | None = None


@dataclass(frozen=True)
class Row:
    """One task.

    Parameters
    ----------
    name : str
        Rows can be chosen by the beginnings of their names.
    title : str
    workload : str
        Empty where there is none.
    task : str
        Of the driver; `encode` and `decode` are commands.
    by : tuple of str
        Who does it, by turns.
    target : Target
    limit : tuple of str
        Parts of the limit, see `drive_limits`; none where there is none to compare with.
    file : str
        The file that is read, as "row/by"; made first if it is not there.
    spec : dict
        Further arguments of the driver.
    peer_spec : dict of str to dict
        Arguments of single ones, where something else is best for them.
    once : bool
        A point of a curve, not measured again.
    """

    name: str
    title: str
    workload: str
    task: str
    by: tuple[str, ...]
    target: Target = Target()
    limit: tuple[str, ...] = ()
    file: str = ""
    spec: Mapping[str, Any] = field(default_factory=dict)
    peer_spec: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    once: bool = False

    def spec_of(self, by: str) -> dict[str, Any]:
        """Return the arguments of the driver of `by`."""
        return {**_DEFAULTS, **self.spec, **self.peer_spec.get(by, {})}


_DEFAULTS = {
    "type": "BINARY",
    "syntax": "explicit",
    "all_frames": False,
    "workers": 0,
    "tiles": "TILED_FULL",
    "lazy": False,
    "labels": True,
}
_BOTH = (OURS, HIGHDICOM)
_BITS_OUT, _BITS_IN = ("scan", "pack", "write"), ("read", "unpack", "result")


def rows(size: str) -> list[Row]:
    """Return all rows of a size, those that write a file before those that read it."""
    return [
        *_binary(),
        *_every_frame(),
        *_commands(),
        *_labelmap(),
        *_overlap(),
        *_fractional(),
        *_slides(),
        *_mrml(),
        *_imports(),
        *_many_frames(MANY_FRAMES[size]),
        *_many_segments(MANY_SEGMENTS[size]),
    ]


def chosen(beginnings: Sequence[str], size: str) -> list[Row]:
    """Return the rows whose names begin with one of these; all rows without any.

    Raises
    ------
    KeyError
        No row begins so.
    """
    known = rows(size)
    for beginning in beginnings:
        if not any(row.name.startswith(beginning) for row in known):
            names = ", ".join(row.name for row in known)
            raise KeyError(f"No row begins with {beginning!r}; there are {names}.")
    return [row for row in known if not beginnings or row.name.startswith(tuple(beginnings))]


def _binary() -> Iterator[Row]:
    everyone = (OURS, HIGHDICOM, DCMQI, PYDICOM_SEG)
    process = {HIGHDICOM: 6, DCMQI: 6}
    write = Target(faster={HIGHDICOM: 25, DCMQI: 20}, whole_process=process, memory_mb=25)
    read = Target(faster={HIGHDICOM: 20, DCMQI: 20}, whole_process=process, memory_mb=25)
    yield Row("w1-binary-write", "write", "w1", "write", everyone, write, _BITS_OUT)
    for writer, readers in (
        (OURS, everyone),
        (HIGHDICOM, _BOTH),
        (DCMQI, (OURS, HIGHDICOM, DCMQI)),
        (PYDICOM_SEG, (OURS, HIGHDICOM, PYDICOM_SEG)),
    ):
        name = "w1-binary-read" if writer == OURS else f"w1-binary-read-{writer}"
        title = f"read the file of {writer}"
        limit = _BITS_IN if writer == OURS else ()
        yield Row(name, title, "w1", "read", readers, read, limit, f"w1-binary-write/{writer}")
    yield Row(
        "w1-binary-open",
        "open, pixels untouched",
        "w1",
        "open",
        _BOTH,
        Target(faster={HIGHDICOM: 100}),
        file="w1-binary-write/ours",
    )
    yield Row(
        "w1-deflated-write",
        "write, data set deflated",
        "w1",
        "write",
        (OURS, DCMQI),
        limit=("scan", "deflate", "write"),
        spec={"syntax": "deflated"},
    )
    yield Row(
        "w1-deflated-read",
        "read, data set deflated",
        "w1",
        "read",
        (OURS, HIGHDICOM, DCMQI),
        limit=("read", "inflate", "unpack", "result"),
        file="w1-deflated-write/ours",
    )


def _every_frame() -> Iterator[Row]:
    """Yield rows of an object that keeps its empty frames, 31,200 altogether."""
    every, file = {"all_frames": True}, "w1-frames-write/ours"
    write = Target(faster={HIGHDICOM: 50}, memory_mb=64)
    read = Target(faster={HIGHDICOM: 35}, memory_mb=64)
    seen = Target(faster={HIGHDICOM: 100}, seconds=0.1)
    yield Row("w1-frames-write", "write all frames", "w1", "write", _BOTH, write, _BITS_OUT, spec=every)
    yield Row("w1-frames-read", "read all frames", "w1", "read", (*_BOTH, DCMQI), read, _BITS_IN, file)
    yield Row("w1-frames-open", "open all frames", "w1", "open", _BOTH, seen, file=file)


def _commands() -> Iterator[Row]:
    by, file = (OURS, DCMQI), "w1-binary-write/ours"
    yield Row("w1-command-encode", "NRRD to SEG, on the command line", "w1", "encode", by)
    yield Row("w1-command-decode", "SEG to MetaImage, on the command line", "w1", "decode", by, file=file)


def _in_syntax(
    prefix: str,
    workload: str,
    spec: Mapping[str, Any],
    syntax: str,
    writers: tuple[str, ...],
    readers: tuple[str, ...],
    targets: tuple[Target, Target],
) -> Iterator[Row]:
    """Yield the rows of writing and reading in a transfer syntax."""
    # There is no bare RLE codec among the packages that are needed anyway.
    coded = syntax not in ("explicit", "rle")
    spec = {**spec, "syntax": syntax}
    write, read = ("scan", "encode", "write"), ("read", "decode", "result")
    if not coded:
        write, read = ("scan", "write"), ("read", "result")
    name, file = f"{prefix}-{syntax}", f"{prefix}-{syntax}-write/ours"
    yield Row(f"{name}-write", f"write {syntax}", workload, "write", writers, targets[0], write, spec=spec)
    yield Row(f"{name}-read", f"read {syntax}", workload, "read", readers, targets[1], read, file, spec)


def _labelmap() -> Iterator[Row]:
    spec = {"type": "LABELMAP"}
    with_dcmqi = (*_BOTH, DCMQI)
    at_parity = Target(faster={HIGHDICOM: 1}, of_limit=1.1, memory_mb=32)
    yield from _in_syntax(
        "w1-labelmap",
        "w1",
        spec,
        "explicit",
        with_dcmqi,
        with_dcmqi,
        (
            Target(faster={HIGHDICOM: 10}, memory_mb=16),
            Target(faster={HIGHDICOM: 10, DCMQI: 7}, memory_mb=16),
        ),
    )
    yield from _in_syntax(
        "w1-labelmap",
        "w1",
        spec,
        "rle",
        _BOTH,
        with_dcmqi,
        (Target(faster={HIGHDICOM: 8}, memory_mb=16),) * 2,
    )
    yield from _in_syntax(
        "w1-labelmap",
        "w1",
        spec,
        "jpeg-ls",
        _BOTH,
        _BOTH,
        (Target(faster={HIGHDICOM: 5}, memory_mb=16), Target(faster={HIGHDICOM: 8}, memory_mb=16)),
    )
    yield from _in_syntax("w1-labelmap", "w1", spec, "jpeg-2000", _BOTH, _BOTH, (at_parity,) * 2)
    yield from _in_syntax(
        "w1-labelmap", "w1", spec, "deflated-frames", (OURS,), (OURS,), (Target(memory_mb=16),) * 2
    )


def _overlap() -> Iterator[Row]:
    target = Target(faster={HIGHDICOM: 12}, memory_mb=32)
    stacked, file = {"labels": False}, "w2-write/ours"
    yield Row("w2-write", "write", "w2", "write", (*_BOTH, DCMQI), target, _BITS_OUT)
    # dcmqi puts overlapping segments into files of their own, which is another task.
    yield Row("w2-read", "read, segments stacked", "w2", "read", _BOTH, target, _BITS_IN, file, stacked)


def _fractional() -> Iterator[Row]:
    spec = {"type": "FRACTIONAL", "labels": False}
    for syntax, write, read in (
        ("explicit", 20, 10),
        ("rle", None, 4),
        ("jpeg-ls", 10, 10),
        ("jpeg-2000", 1, 1),
    ):
        of_limit = 1.1 if syntax == "jpeg-2000" else None
        targets = tuple(
            Target(faster={HIGHDICOM: times} if times else {}, memory_mb=32, of_limit=of_limit)
            for times in (write, read)
        )
        yield from _in_syntax("w3", "w3", spec, syntax, _BOTH, _BOTH, (targets[0], targets[1]))


def _slides() -> Iterator[Row]:
    labels = {"type": "LABELMAP", "all_frames": True}
    # Two processes are what highdicom compresses a slide fastest with; for a pyramid it takes none.
    rle = {**labels, "syntax": "rle", "workers": 2}
    sparse = {"type": "LABELMAP", "syntax": "jpeg-ls", "tiles": "TILED_SPARSE"}
    native = Target(faster={HIGHDICOM: 7}, memory_mb=40)
    packed = Target(faster={HIGHDICOM: 15}, memory_mb=40)
    through_codec = ("scan", "encode", "write")
    yield Row("w4-explicit-write", "write", "w4", "write", _BOTH, native, ("scan", "write"), spec=labels)
    yield Row("w4-rle-write", "write rle", "w4", "write", _BOTH, packed, ("scan", "write"), spec=rle)
    yield Row(
        "w4-jpeg-ls-write", "write jpeg-ls, sparse", "w4", "write", _BOTH, limit=through_codec, spec=sparse
    )
    for syntax in ("explicit", "rle", "jpeg-ls"):
        yield Row(
            f"w4-{syntax}-region",
            f"read 2,000 x 2,000 pixels of {syntax}, with opening",
            "w4",
            "region",
            _BOTH,
            Target(faster={HIGHDICOM: 25}, seconds=0.02, memory_mb=40),
            file=f"w4-{syntax}-write/ours",
            # It reads the whole file otherwise.
            peer_spec={HIGHDICOM: {"lazy": True}},
        )
    yield Row(
        "w4-rle-read",
        "read rle, all of it",
        "w4",
        "read",
        _BOTH,
        limit=("read", "result"),
        file="w4-rle-write/ours",
    )
    yield Row(
        "w4-rle-pyramid",
        "write a pyramid of 4, rle",
        "w4",
        "pyramid",
        _BOTH,
        Target(faster={HIGHDICOM: 8}, memory_mb=64),
        spec=rle,
    )


def _mrml() -> Iterator[Row]:
    by = (OURS, SLICER)
    within = Target(seconds=0.05, memory_mb=300 * 512 * 512 / MEGABYTE)  # one layer
    yield Row("mrml-node-to-layers", "segmentation node to layers", "w1", "read-node", by, within)
    yield Row("mrml-layers-to-node", "layers to segmentation node", "w1", "build-node", by, within)
    yield Row("mrml-export", "segmentation node to file", "w1", "export", by)
    yield Row("mrml-import", "file to segmentation node", "w1", "load", by, file="w1-binary-write/ours")


def _imports() -> Iterator[Row]:
    within = Target(seconds=0.05)
    yield Row("import-codec", "import after numpy and pydicom", "", "import-codec", _BOTH, within)
    yield Row("import-module", "import DicomSegIO in Slicer", "", "import-module", (OURS,), within)


def _many_frames(counts: Sequence[int]) -> Iterator[Row]:
    """Yield the points of a curve: frames of 8 x 8 pixels, so that the work is what is said about them."""
    for count in counts:
        by = _BOTH if count <= 10_000 else (OURS,)
        target = Target(seconds=1, bytes_a_frame=100) if count == 1_000_000 else Target()
        name, workload, spec = f"frames-{count}", f"frames-{count}", {"all_frames": True}
        yield Row(f"{name}-write", f"write {count:,} frames", workload, "write", by, spec=spec, once=True)
        yield Row(
            *(f"{name}-open", f"open {count:,} frames", workload, "open", by, target),
            file=f"{name}-write/ours",
            once=True,
        )


def _many_segments(counts: Sequence[int]) -> Iterator[Row]:
    """Yield the points of a curve: more and more segments in the same volume."""
    by = (OURS, HIGHDICOM, DCMQI)
    for count in counts:
        name, workload = f"segments-{count}", f"segments-{count}"
        title = "1 segment" if count == 1 else f"{count:,} segments"
        yield Row(f"{name}-write", f"write {title}", workload, "write", by, once=True)
        yield Row(f"{name}-read", f"read {title}", workload, "read", by, file=f"{name}-write/ours", once=True)
