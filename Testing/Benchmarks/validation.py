"""How long the panel's validation takes for 100 segments of 512 x 512 x 300 voxels, first and again.

    PYTHONPATH=DicomSegIO:Testing/Python python Testing/Benchmarks/validation.py

Needs slicer-core. It is asked after every click, so a repeated call has 100 ms; what changes between calls is
named in the rows. Each number is the best of some calls.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import slicer
import vtk
from pydicom.dataset import Dataset
from vtk.util.numpy_support import get_numpy_array_type, numpy_to_vtk

from DicomSegIOLib import ExportOptions, validateExport
from series import make_series

SEGMENTS = 100
SPACING_MM = (1.0, 0.8, 0.8)
LIVER = (
    "Segmentation category and type - 3D Slicer General Anatomy list~SCT^123037004^Anatomical Structure"
    "~SCT^10200004^Liver~^^~Anatomic codes - DICOM master list~^^~^^"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", nargs=3, type=int, default=(300, 512, 512), metavar="N")
    parser.add_argument("--layers", type=int, default=1, help="images that the segments are in (1)")
    parser.add_argument("--limit", type=float, default=0.1, help="seconds of a repeated call (0.1)")
    options = parser.parse_args()
    shape = tuple(options.shape)
    with tempfile.TemporaryDirectory() as folder:
        images = make_series((shape[0], 8, 8), spacing_mm=SPACING_MM)
        files = writeHeaders(Path(folder), images, shape)
        scene = slicer.vtkMRMLScene()
        seconds = measure(addNode(scene, images, shape, options.layers), files)
    for name, value in seconds.items():
        print(f"{name:<40}{1000 * value:9.1f} ms")
    if seconds["again, nothing changed"] > options.limit:
        sys.exit(f"A repeated call takes more than {1000 * options.limit:.0f} ms.")


def measure(node, files: list[str]) -> dict[str, float]:
    """Return seconds of calls."""
    segmentation = node.GetSegmentation()
    segment = segmentation.GetNthSegment(0)
    image = segment.GetRepresentation("Binary labelmap")
    scalars = image.GetPointData().GetScalars()
    pixels = np.frombuffer(scalars, get_numpy_array_type(scalars.GetDataType()))

    def check(**choices: object) -> Callable[[], None]:
        return lambda: validateExport(node, files, ExportOptions(**choices)) and None

    def renamed() -> None:
        segment.SetName(f"name {time.perf_counter()}")
        check()()

    def painted() -> None:
        pixels[pixels.size // 2] = 1
        scalars.Modified()
        check()()

    return {
        "first": best(check(), 1),
        "again, nothing changed": best(check()),
        "again, as label map": best(check(segmentationType="LABELMAP")),
        "again, other options each time": best(lambda: check(seriesDescription=f"{time.perf_counter()}")()),
        "again, a segment renamed": best(renamed),
        "again, an image painted on": best(painted, 3),
        "with an estimate of sizes, first": best(
            lambda: validateExport(node, files, ExportOptions(), estimate=True) and None, 1
        ),
        "with an estimate of sizes, again": best(
            lambda: validateExport(node, files, ExportOptions(), estimate=True) and None
        ),
    }


def best(call: Callable[[], None], times: int = 5) -> float:
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        found.append(time.perf_counter() - begin)
    return min(found)


def writeHeaders(folder: Path, images: list[Dataset], shape: tuple[int, ...]) -> list[str]:
    """Write images as ones of this shape, without pixels, which nobody looks at."""
    files = []
    for number, image in enumerate(images):
        image.Rows, image.Columns = shape[1:]
        del image.PixelData
        files.append(str(folder / f"{number:04d}.dcm"))
        image.save_as(files[-1], enforce_file_format=True)
    return files


def addNode(scene, images: list[Dataset], shape: tuple[int, ...], layers: int):
    """Return a segmentation of blocks, some of them in each of its layers."""
    slices, rows, columns = shape
    matrix = vtk.vtkMatrix4x4()
    x, y, z = images[0].ImagePositionPatient
    between, down, across = SPACING_MM
    steps = zip((-across, -down, between), (-x, -y, z), strict=True)
    for axis, (step, start) in enumerate(steps):
        matrix.SetElement(axis, axis, step)
        matrix.SetElement(axis, 3, float(start))
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
    across = int(np.ceil(SEGMENTS ** (1 / 3)))
    steps = [size // across for size in shape]
    images = []
    for layer in range(layers):
        pixels = np.zeros(shape, np.uint8)
        for number in range(layer, SEGMENTS, layers):
            place = np.unravel_index(number, (across,) * 3)
            pixels[tuple(slice(p * s, p * s + s - 2) for p, s in zip(place, steps, strict=True))] = number + 1
        image = slicer.vtkOrientedImageData()
        image.SetExtent(0, columns - 1, 0, rows - 1, 0, slices - 1)
        scalars = numpy_to_vtk(pixels.reshape(-1), deep=True)
        scalars.SetName("ImageScalars")
        image.GetPointData().SetScalars(scalars)
        image.SetGeometryFromImageToWorldMatrix(matrix)
        images.append(image)
    for number in range(SEGMENTS):
        segment = slicer.vtkSegment()
        segment.SetName(f"segment {number + 1}")
        segment.SetTag("TerminologyEntry", LIVER)
        segment.AddRepresentation("Binary labelmap", images[number % layers])
        segment.SetLabelValue(number + 1)
        node.GetSegmentation().AddSegment(segment, f"segment-{number + 1}")
    return node


if __name__ == "__main__":
    main()
