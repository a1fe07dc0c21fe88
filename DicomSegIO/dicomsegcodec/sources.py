"""Source images: which are referenced, and which lies under a frame.

Here a series of single-frame images with a frame of reference (CT, MR, PET and
whatever else has Image Plane attributes, PS3.3 C.7.6.2).
"""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.valuerep import format_number_as_ds

from .errors import (
    Cancelled,
    FileMissing,
    GeometryMismatch,
    MixedSources,
    NotDicom,
    ReadError,
    SourceError,
)
from .findings import Progress
from .functional_groups import SourceReference
from .geometry import DIRECTION_TOLERANCE, SPACING_TOLERANCE, Geometry, Planes, ds_values

_IDENTITY = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
_PLANE = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns")


@dataclass(frozen=True, slots=True)
class SourceInstance:
    """One source image."""

    study_uid: str
    series_uid: str
    sop_class_uid: str
    sop_instance_uid: str


@dataclass(frozen=True, slots=True, eq=False)
class SourceImages:
    """Single-frame images of one study and frame of reference.

    Parameters
    ----------
    datasets : tuple of Dataset
        In the order of `planes`; pixel data is not needed.
    planes : Planes
        The images' planes.
    instances : tuple of SourceInstance
    """

    datasets: tuple[Dataset, ...]
    planes: Planes
    instances: tuple[SourceInstance, ...]

    def __len__(self) -> int:
        return len(self.datasets)

    @classmethod
    def of(cls, datasets: Sequence[Dataset]) -> "SourceImages":
        """Return source images in the order given.

        Raises
        ------
        SourceError
            There is none, one is there twice, or one lacks what says where it lies.
        MixedSources
            They differ in patient, study, frame of reference, orientation, pixel spacing or size.
        """
        if not datasets:
            raise SourceError("No source image is given; a segmentation refers to at least one.")
        for dataset in datasets:
            _check_single_frame(dataset)
        uids = Counter(str(d.SOPInstanceUID) for d in datasets)
        twice = [uid for uid, count in uids.items() if count > 1]
        if twice:
            raise SourceError(
                f"Source image {twice[0]} is given {uids[twice[0]]} times; give each image once."
            )
        for keyword, what in (
            ("PatientID", "patients"),
            ("StudyInstanceUID", "studies"),
            ("FrameOfReferenceUID", "frames of reference"),
        ):
            _same(datasets, keyword, what)
        first = datasets[0]
        _same_numbers(datasets, "ImageOrientationPatient", DIRECTION_TOLERANCE)
        _same_numbers(datasets, "PixelSpacing", SPACING_TOLERANCE * min(float(v) for v in first.PixelSpacing))
        if len({(d.Rows, d.Columns) for d in datasets}) > 1:
            sizes = sorted({f"{d.Rows} x {d.Columns}" for d in datasets})
            raise MixedSources(f"The source images differ in size: {', '.join(sizes)}; choose one series.")
        planes = Planes(
            tuple(decimal_string(d, "ImagePositionPatient") for d in datasets),
            decimal_string(first, "ImageOrientationPatient"),
            decimal_string(first, "PixelSpacing"),
            (int(first.Rows), int(first.Columns)),
            str(first.FrameOfReferenceUID),
            decimal_string(first, "SliceThickness") if first.get("SliceThickness") not in (None, "") else "",
        )
        instances = tuple(SourceInstance(*(str(d[keyword].value) for keyword in _ORDER)) for d in datasets)
        return cls(tuple(datasets), planes, instances)

    def sorted(self) -> "SourceImages":
        """Return the images in the order of their planes along the stack."""
        order = np.argsort(self.planes.distances_mm(), kind="stable").tolist()
        return SourceImages(
            tuple(self.datasets[i] for i in order),
            self.planes.take(order),
            tuple(self.instances[i] for i in order),
        )

    def planes_on(self, geometry: Geometry) -> Planes:
        """Return the planes of a grid's slices, in its order and in the images' own decimal strings.

        Raises
        ------
        GeometryMismatch
            Rows, columns or direction differ, or a slice has no image at its place.
        """
        mine, grid = self.planes, Planes.of(geometry)
        self._check_in_plane(grid)
        limit = SPACING_TOLERANCE * min(*mine.spacing_mm, *geometry.spacing_mm)
        positions, wanted = mine.positions_mm, grid.positions_mm
        distance = np.linalg.norm(wanted[:, None] - positions[None], axis=2)
        nearest = distance.argmin(axis=1)
        missing = np.flatnonzero(distance[np.arange(len(wanted)), nearest] > limit)
        if missing.size:
            raise GeometryMismatch(self._say_missing(grid, missing, distance))
        return mine.take(nearest)

    def references(self, planes: Planes) -> list[tuple[SourceReference, ...]]:
        """Return the source of each plane: the image at the same place, if there is one."""
        at: dict[tuple[float, ...], list[SourceReference]] = {}
        for position, instance in zip(
            self.planes.positions_mm.round(4).tolist(), self.instances, strict=True
        ):
            reference = SourceReference(instance.sop_class_uid, instance.sop_instance_uid)
            at.setdefault(tuple(position), []).append(reference)
        return [tuple(at.get(tuple(p), ())) for p in planes.positions_mm.round(4).tolist()]

    def _check_in_plane(self, grid: Planes) -> None:
        mine = self.planes
        if grid.shape != mine.shape:
            raise GeometryMismatch(
                f"The segmentation has {grid.shape[0]} x {grid.shape[1]} pixels a slice, the source images "
                f"{mine.shape[0]} x {mine.shape[1]}; resample the segmentation to the images' grid."
            )
        turned = max(
            np.abs(grid.row_direction - mine.row_direction).max(),
            np.abs(grid.column_direction - mine.column_direction).max(),
        )
        if turned > DIRECTION_TOLERANCE:
            raise GeometryMismatch(
                f"The segmentation's rows and columns run along {_round(ds_values(grid.orientation))}, those "
                f"of the source images along {_round(ds_values(mine.orientation))}; resample the "
                "segmentation to the images' grid."
            )
        if np.abs(np.subtract(grid.spacing_mm, mine.spacing_mm)).max() > SPACING_TOLERANCE * min(
            mine.spacing_mm
        ):
            raise GeometryMismatch(
                f"The segmentation's pixels are {_round(grid.spacing_mm)} mm apart, those of the source "
                f"images {_round(mine.spacing_mm)} mm; resample the segmentation to the images' grid."
            )

    def _say_missing(self, grid: Planes, missing: np.ndarray, distance: np.ndarray) -> str:
        slice_ = int(missing[0])
        text = (
            f"{missing.size} of {len(grid)} slices of the segmentation have no source image at their place; "
            f"the first is slice {slice_ + 1} at ({_round(grid.positions_mm[slice_])}) mm, "
            f"{distance[slice_].min():.3g} mm from the nearest of {len(self)} images."
        )
        gaps = np.diff(np.sort(self.planes.distances_mm()))
        if gaps.size > 1 and gaps.max() > 1.5 * np.median(gaps):
            usual = float(np.median(gaps))
            text += f" The series has a gap of {gaps.max():.4g} mm where images are {usual:.4g} mm apart;"
            return text + " add the missing images."
        return text + " Choose the series that was segmented, or resample the segmentation to it."


_ORDER = ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID")


def read_sources(
    files: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], progress: Progress | None = None
) -> SourceImages:
    """Read the headers of one series and return its images sorted along the stack.

    Parameters
    ----------
    files : folder, or files
        In a folder, files that are not images in a frame of reference are passed over.

    Raises
    ------
    FileMissing, NotDicom, ReadError
        A file cannot be used.
    SourceError
        There is no image, or images of several series.
    """
    folder = isinstance(files, (str, os.PathLike)) and Path(files).is_dir()
    datasets = []
    paths = _list(files)
    for done, path in enumerate(paths):
        if progress is not None and progress(done / len(paths), "Reading source images"):
            raise Cancelled("Cancelled while the source images were read; nothing was written.")
        try:
            dataset = _read_header(path)
        except NotDicom:
            if not folder:
                raise
            continue
        if not folder or (dataset.get("ImagePositionPatient") and dataset.get("Modality") != "SEG"):
            datasets.append(dataset)
    if not datasets:
        raise SourceError(
            f"There is no image series in {files}; choose the folder of the images that were segmented."
        )
    series = Counter(str(d.get("SeriesInstanceUID", "")) for d in datasets)
    if len(series) > 1:
        raise MixedSources(
            f"{len(datasets)} images belong to {len(series)} series: {_list_series(datasets)}. "
            "Give the files of one."
        )
    return SourceImages.of(datasets).sorted()


def decimal_string(dataset: Dataset, keyword: str) -> str:
    """Return a decimal string attribute word for word; only numbers over 16 characters are written anew."""
    value = dataset[keyword].value
    texts = [str(part).strip() for part in (value if dataset[keyword].VM > 1 else [value])]
    return "\\".join(t if len(t) <= 16 else format_number_as_ds(float(t)) for t in texts)


def _check_single_frame(dataset: Dataset) -> None:
    name = dataset.get("SOPInstanceUID", "without SOP Instance UID")
    for keyword in _IDENTITY:
        if not dataset.get(keyword):
            raise SourceError(f"Source image {name} has no {keyword}; it cannot be referred to.")
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        raise SourceError(
            f"Source image {name} has {dataset.NumberOfFrames} frames; this version takes series of "
            "single-frame images."
        )
    for keyword in (*_PLANE, "FrameOfReferenceUID"):
        if not dataset.get(keyword):
            raise SourceError(
                f"Source image {name} has no {keyword}, so its place is unknown; choose a series of images "
                "with a frame of reference."
            )


def _same(datasets: Sequence[Dataset], keyword: str, what: str) -> None:
    values = sorted({str(d.get(keyword, "")) for d in datasets})
    if len(values) > 1:
        raise MixedSources(
            f"The source images belong to {len(values)} {what} ({', '.join(values[:3])}); "
            "choose the images of one."
        )


def _same_numbers(datasets: Sequence[Dataset], keyword: str, tolerance: float) -> None:
    values = np.array([[float(v) for v in d[keyword].value] for d in datasets])
    worst = int(np.abs(values - values[0]).max(axis=1).argmax())
    if np.abs(values[worst] - values[0]).max() > tolerance:
        raise MixedSources(
            f"The source images differ in {keyword}: {_round(values[0])} and {_round(values[worst])} "
            f"({datasets[worst].SOPInstanceUID}); choose the images of one stack."
        )


def _list(files: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    if not isinstance(files, (str, os.PathLike)):
        return [Path(f) for f in files]
    path = Path(files)
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file())
    return [path]


def _read_header(path: Path) -> Dataset:
    try:
        return dcmread(path, stop_before_pixels=True)
    except FileNotFoundError as error:
        raise FileMissing(f"There is no file {path}.") from error
    except InvalidDicomError as error:
        raise NotDicom(f"{path} is not a DICOM file.") from error
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror or error}.") from error


def _list_series(datasets: Sequence[Dataset]) -> str:
    groups: dict[str, list[Dataset]] = {}
    for dataset in datasets:
        groups.setdefault(str(dataset.get("SeriesInstanceUID", "")), []).append(dataset)
    names = [
        f"{members[0].get('Modality', '?')} {members[0].get('SeriesNumber', '?')} "
        f"'{members[0].get('SeriesDescription', '')}' ({len(members)} images)"
        for members in groups.values()
    ]
    return "; ".join(names[:5]) + ("; ..." if len(names) > 5 else "")


def _round(values: Iterable[float]) -> str:
    return ", ".join(f"{v:.6g}" for v in values)
