"""Label volumes in NIfTI, NRRD and MetaImage files: whole numbers on a regular grid, one segment a value.

Read through SimpleITK, in whose physical space (LPS, mm) all of them are; ITK's
(x, y, z) is (column, row, slice) here. Several files are written where segments overlap.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArgumentError, ExternalFileError
from ..geometry import Geometry, Index
from ..layers import LabelLayer
from ..occupancy import values_in
from ..output import whole_file
from ..samples import SampleFormat
from ..segments import MAX_SEGMENT_NUMBER
from .metaimage import write_metaimage
from .nifti import check_nifti_is_whole, write_nifti
from .nrrd import write_nrrd

READ_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")
WRITE_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha")


@dataclass(frozen=True, slots=True, eq=False)
class LabelVolume:
    """Segments that do not overlap, in one array.

    Parameters
    ----------
    pixels : (slices, rows, columns) uint8 or uint16 array of Segment Numbers, 0 for none
    numbers : tuple of int
        Segments that the volume stands for, in ascending order; one that is empty is nowhere in `pixels`.
    """

    pixels: np.ndarray
    numbers: tuple[int, ...]


def suffix_of(path: str | Path, suffixes: Sequence[str]) -> str | None:
    """Return which of `suffixes` a file name ends with; the first that fits."""
    name = Path(path).name.lower()
    return next((suffix for suffix in suffixes if name.endswith(suffix)), None)


def read_label_volume(path: str | Path) -> tuple[LabelLayer, Geometry]:
    """Return the labels of a file; Segment Numbers are the label values.

    Raises
    ------
    ExternalFileError
        The file cannot be read, is truncated, is not a 3-D volume of single numbers, or holds a value that
        is not a whole number from 0 to 65535.
    """
    path = Path(path)
    suffix = suffix_of(path, READ_SUFFIXES)
    if suffix is None:
        raise ExternalFileError(f"{path} is of an unknown kind; known are {', '.join(READ_SUFFIXES)}.")
    if not path.is_file():
        raise ExternalFileError(f"There is no file {path}.")
    if suffix.startswith(".nii"):
        check_nifti_is_whole(path)
    image = _read_image(path)
    _check_shape(image, path)
    import SimpleITK as sitk

    pixels = sitk.GetArrayFromImage(image)
    pixels = _label_values(pixels.reshape(pixels.shape[-3:]), path)
    values = [value for value in values_in(pixels).tolist() if value]
    return LabelLayer(pixels, {value: value for value in values}), _read_geometry(image)


def write_label_volumes(path: str | Path, volumes: Sequence[LabelVolume], geometry: Geometry) -> list[Path]:
    """Write label volumes and return their files; all of them appear, or none.

    One file is called `path`; several get a number, `name_1.nii.gz`.

    Raises
    ------
    ArgumentError
        The name's ending is not one of WRITE_SUFFIXES, or the grid cannot be said in that format.
    OutputError
        A file cannot be written.
    """
    paths = volume_paths(path, len(volumes))
    suffix = suffix_of(path, WRITE_SUFFIXES)
    if suffix == ".mha" and not geometry.orthogonal:
        raise ArgumentError(
            "The slices are sheared (gantry tilt), which MetaImage cannot say; choose .nrrd or .seg.nrrd."
        )
    with ExitStack() as stack:
        files = [stack.enter_context(whole_file(target)) for target in paths]
        for file, volume in zip(files, volumes, strict=True):
            match suffix:
                case ".nrrd":
                    write_nrrd(file, [volume.pixels], geometry, {})
                case ".mha":
                    write_metaimage(file, volume.pixels, geometry)
                case _:
                    write_nifti(file, volume.pixels, geometry, compressed=suffix == ".nii.gz")
            file.flush()  # a full disk shows before the first file takes its name
    return paths


def volume_paths(path: str | Path, count: int) -> list[Path]:
    """Return the names of `count` label volumes.

    Raises
    ------
    ArgumentError
        The name's ending is not one of WRITE_SUFFIXES.
    """
    path = Path(path)
    suffix = suffix_of(path, WRITE_SUFFIXES)
    if suffix is None:
        reason = ""
        if suffix_of(path, READ_SUFFIXES):
            reason = " (that kind keeps header and pixels in two files)"
        raise ArgumentError(
            f"Label volumes cannot be written as {path.name}{reason}; choose {', '.join(WRITE_SUFFIXES)} "
            "or .seg.nrrd."
        )
    if count == 1:
        return [path]
    name, ending = path.name[: -len(suffix)], path.name[-len(suffix) :]
    return [path.with_name(f"{name}_{place}{ending}") for place in range(1, count + 1)]


def merge_layers(layers: Sequence[LabelLayer], shape: Index) -> list[LabelVolume]:
    """Return as few label volumes as hold the layers without overlap, taken in order; one at least.

    Parameters
    ----------
    shape : (slices, rows, columns)
        Of the grid on which the layers lie.
    """
    dtype = SampleFormat.holding(max((n for la in layers for n in la.segments.values()), default=0)).dtype
    merged: list[tuple[np.ndarray, list[int]]] = []
    for layer in layers:
        box = tuple(slice(o, o + n) for o, n in zip(layer.origin, layer.pixels.shape, strict=True))
        numbers = _segment_numbers(layer, dtype)
        occupied = numbers != 0
        for pixels, held in merged:
            if not (occupied & (pixels[box] != 0)).any():
                np.maximum(pixels[box], numbers, out=pixels[box])
                held.extend(layer.segments.values())
                break
        else:
            pixels = np.zeros(shape, dtype)
            pixels[box] = numbers
            merged.append((pixels, list(layer.segments.values())))
    if not merged:
        merged.append((np.zeros(shape, dtype), []))
    return [LabelVolume(pixels, tuple(sorted(numbers))) for pixels, numbers in merged]


def _segment_numbers(layer: LabelLayer, dtype: np.dtype) -> np.ndarray:
    """Return a layer's pixels with Segment Numbers for values, 0 where no segment is."""
    pixels = layer.array
    if pixels.dtype == bool:
        pixels = pixels.view(np.uint8)
    if pixels.dtype.itemsize <= 2 and pixels.dtype.kind == "u":
        table = np.zeros(1 << (8 * pixels.dtype.itemsize), dtype)
        for value, number in layer.segments.items():
            if value < table.size:  # else the segment is empty: no pixel can have its value
                table[value] = number
        return table[pixels]
    numbers = np.zeros(pixels.shape, dtype)
    for value, number in layer.segments.items():
        numbers[pixels == value] = number
    return numbers


def _read_image(path: Path) -> Any:
    import SimpleITK as sitk

    process: Any = sitk.ProcessObject
    warned = process.GetGlobalWarningDisplay()
    process.SetGlobalWarningDisplay(False)
    try:
        return sitk.ReadImage(str(path))
    except RuntimeError as problem:  # all that SimpleITK raises
        reason = str(problem).strip().splitlines()[-1].removeprefix("sitk::ERROR: ").rstrip(".")
        raise ExternalFileError(f"{path} cannot be read as a label volume: {reason}.") from problem
    finally:
        process.SetGlobalWarningDisplay(warned)


def _check_shape(image: Any, path: Path) -> None:
    if image.GetNumberOfComponentsPerPixel() > 1:
        raise ExternalFileError(
            f"{path} has {image.GetNumberOfComponentsPerPixel()} numbers a voxel; a label volume has one. "
            "Save each as a volume of its own, or all as .seg.nrrd."
        )
    size = image.GetSize()
    if len(size) < 3:
        raise ExternalFileError(
            f"{path} has {len(size)} dimensions, so its place in the patient is unknown; expected 3."
        )
    if any(n != 1 for n in size[3:]):
        raise ExternalFileError(
            f"{path} has {len(size)} dimensions ({' x '.join(str(n) for n in size)}); a label volume has 3. "
            "Save each volume as a file of its own, or all as layers of one .seg.nrrd."
        )


def _read_geometry(image: Any) -> Geometry:
    size = image.GetSize()
    direction = np.array(image.GetDirection()).reshape(len(size), len(size))[:3, :3]
    matrix = np.eye(4)
    matrix[:3, :3] = (direction * np.array(image.GetSpacing()[:3]))[:, ::-1]
    matrix[:3, 3] = image.GetOrigin()[:3]
    return Geometry(matrix, (size[2], size[1], size[0]))


def _label_values(pixels: np.ndarray, path: Path) -> np.ndarray:
    """Return pixels as uint8 or uint16 where all are whole numbers that can be Segment Numbers or 0."""
    if pixels.dtype in (np.uint8, np.uint16):
        return pixels
    if pixels.dtype.kind not in "fiu":
        raise ExternalFileError(
            f"{path} has pixels of type {pixels.dtype}; a label volume has whole numbers."
        )
    least, most = pixels.min(), pixels.max()
    if not (least >= 0 and most <= MAX_SEGMENT_NUMBER):
        raise ExternalFileError(
            f"{path} holds values from {least} to {most}; "
            f"labels are whole numbers from 0 to {MAX_SEGMENT_NUMBER}."
        )
    labels = pixels.astype(SampleFormat.holding(int(most)).dtype)
    if pixels.dtype.kind == "f" and not np.array_equal(labels, pixels):
        odd = pixels[labels != pixels].flat[0]
        raise ExternalFileError(
            f"{path} holds fractions (such as {odd:.6g}); labels are whole numbers. It was resampled with "
            "interpolation, or is a probability map."
        )
    return labels
