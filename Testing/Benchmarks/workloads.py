"""The workloads: an array, the images it was drawn on, and both as other programs want them.

Each is a folder, made once from its seed; see `Workload` for what is in it. The drivers, which run in the
environments of the peers, only read.
"""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .rows import FULL, MANY_FRAMES, MANY_SEGMENTS

VERSION = 1
"""Raised when a workload's contents change, so that folders of before are made anew."""


@dataclass(frozen=True)
class Workload:
    """What is segmented.

    In its folder: `array.npy`; `images/`, the source series or slide; `about.json`, what the rows and limits
    need to know of it; for dcmqi and pydicom-seg `labels.nrrd` or one file a segment, and `coding.json`.

    Parameters
    ----------
    shape : (slices, rows, columns), or (rows, columns) of a slide
    segments : int
    make : callable
        Returns the array; see `phantoms`.
    further : tuple of str
        `nrrd` where other programs need the labels as a file.
    """

    shape: tuple[int, ...]
    segments: int
    make: Callable[[], np.ndarray]
    further: tuple[str, ...] = ()


def workloads(size: str) -> dict[str, Workload]:
    """Return the workloads by name; `size` is FULL or QUICK."""
    from . import phantoms

    full = size == FULL
    body, counts = ((300, 512, 512), (24, 24, 20, 24, 12)) if full else ((12, 40, 48), (3, 2, 3, 3, 2))
    part = (100, 512, 512) if full else (8, 40, 48)
    extent = 20_000 if full else 1_200
    known = {
        "w1": Workload(body, sum(counts), lambda: phantoms.anatomy(body, counts, 1), ("nrrd",)),
        "w2": Workload(part, 5, lambda: phantoms.overlapping(part, 3), ("nrrd",)),
        "w3": Workload(part, 2, lambda: phantoms.probabilities(part, 4)),
        "w4": Workload((extent, extent), 5, lambda: phantoms.slide(extent, 5)),
    }
    for frames in MANY_FRAMES[size]:
        known[f"frames-{frames}"] = _many_frames(frames)
    volume = (64, 256, 256) if full else (8, 32, 32)
    for count in MANY_SEGMENTS[size]:
        known[f"segments-{count}"] = Workload(
            volume, count, lambda count=count: phantoms.spots(volume, count, 6), ("nrrd",)
        )
    return known


def _many_frames(frames: int) -> Workload:
    """Return a workload of frames of 8 x 8 pixels: what it costs is what is said about them."""
    planes = 10 ** -(-len(str(frames - 1)) // 2)
    shape = (planes, 8, 8)

    def make() -> np.ndarray:
        labels = np.zeros(shape, np.uint16)
        labels[:, 2, 3] = 1
        return labels

    return Workload(shape, frames // planes, make)


def ready(folder: Path, name: str, size: str) -> bool:
    """Tell whether a workload is there as this version makes it."""
    try:
        about = json.loads((folder / name / "about.json").read_text())
    except FileNotFoundError:
        return False
    return (about["version"], about["size"]) == (VERSION, size)


def make_workload(folder: Path, name: str, size: str) -> None:
    """Make a workload's folder, unless it is there; it appears whole or not at all."""
    from . import images

    if ready(folder, name, size):
        return
    workload, target, part = workloads(size)[name], folder / name, folder / f"{name}.part"
    for old in (target, part):
        shutil.rmtree(old, ignore_errors=True)
    part.mkdir(parents=True)
    array = workload.make()
    np.save(part / "array.npy", array)
    if len(workload.shape) == 2:
        images.write_slide(part / "images", name, workload.shape[0])
    else:
        images.write_series(part / "images", name, workload.shape)
    if "nrrd" in workload.further:
        _write_for_others(part, array, workload)
    frames = int(_segments_in_planes(array, workload.segments))
    about = {
        "version": VERSION,
        "size": size,
        "shape": workload.shape,
        "segments": workload.segments,
        "frames_with_voxels": frames,
    }
    (part / "about.json").write_text(json.dumps(about, indent=2) + "\n")
    part.rename(target)


def _segments_in_planes(array: np.ndarray, segments: int) -> int:
    """Return how many frames of one segment and one plane are not empty; of a slide, how many tiles."""
    if array.ndim == 2:
        from .images import TILE

        starts = range(0, array.shape[0], TILE)
        return sum(bool(array[row : row + TILE, at : at + TILE].any()) for row in starts for at in starts)
    if array.ndim == 4:
        return (array != 0).any(axis=(1, 2)).sum()
    return sum(np.count_nonzero(np.bincount(plane.reshape(-1), minlength=2)[1:]) for plane in array)


def _write_for_others(folder: Path, array: np.ndarray, workload: Workload) -> None:
    """Write labels and coding as dcmqi and pydicom-seg take them."""
    from .images import SPACING_MM, origin_mm

    parts = [array] if array.ndim == 3 else [array[..., k].view(np.uint8) for k in range(array.shape[3])]
    numbers = range(1, workload.segments + 1)
    files = [[(number, number) for number in numbers]] if array.ndim == 3 else [[(n, 1)] for n in numbers]
    x, y, z = origin_mm(array.shape[:3])
    names = ["labels.nrrd"] if array.ndim == 3 else [f"segment{number}.nrrd" for number in numbers]
    for part, name in zip(parts, names, strict=True):
        slices, rows, columns = part.shape
        header = (
            f"NRRD0004\ntype: {part.dtype.name}\ndimension: 3\nspace: left-posterior-superior\n"
            f"sizes: {columns} {rows} {slices}\n"
            f"space directions: ({SPACING_MM[2]},0,0) (0,{SPACING_MM[1]},0) (0,0,{SPACING_MM[0]})\n"
            f"kinds: domain domain domain\nendian: little\nencoding: raw\n"
            f"space origin: ({x:.4f},{y:.4f},{z:.4f})\n\n"
        )
        with open(folder / name, "wb") as file:
            file.write(header.encode("ascii"))
            np.ascontiguousarray(part).tofile(file)
    coding = {
        "ContentCreatorName": "Bench",
        "SeriesDescription": "Segmentation",
        "SeriesNumber": "300",
        "InstanceNumber": "1",
        "segmentAttributes": [[_coded(number, label) for number, label in file] for file in files],
    }
    (folder / "coding.json").write_text(json.dumps(coding, indent=1))


def _coded(number: int, label: int) -> dict[str, object]:
    """Return a segment as dcmqi's coding has it."""
    code = {"CodeValue": "123037004", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Anatomical Structure"}
    return {
        "labelID": label,
        "SegmentLabel": segment_label(number),
        "SegmentDescription": segment_label(number),
        "SegmentAlgorithmType": "AUTOMATIC",
        "SegmentAlgorithmName": "bench",
        "SegmentedPropertyCategoryCodeSequence": code,
        "SegmentedPropertyTypeCodeSequence": code,
        "recommendedDisplayRGBValue": [number * 37 % 256, number * 91 % 256, number * 53 % 256],
    }


def segment_label(number: int) -> str:
    return f"structure {number:03d}"


# --- for the drivers ----------------------------------------------------------------------------------------


def load_array(folder: str) -> np.ndarray:
    return np.load(f"{folder}/array.npy")


def load_images(folder: str) -> list:
    """Return the headers of the source images, in the order of the planes of the array."""
    from pydicom import dcmread

    return [dcmread(file, stop_before_pixels=True) for file in sorted(Path(folder, "images").glob("*.dcm"))]


def about(folder: str) -> dict:
    return json.loads(Path(folder, "about.json").read_text())


def main(folder: str, size: str, *names: str) -> None:
    for name in names:
        if not ready(Path(folder), name, size):
            print(f"Making workload {name}", flush=True)
            make_workload(Path(folder), name, size)


if __name__ == "__main__":
    main(*sys.argv[1:])
