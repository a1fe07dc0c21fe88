"""Source images: which are referenced, and which lies under a frame.

A series of single-frame images or one multi-frame image of the patient, of any modality, or a
single image without a frame of reference.
"""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from .errors import (
    ArgumentTypeError,
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
from .lenient import reading
from .placement import near_places
from .slides import SlideTiles
from .source_planes import say, source_planes


@dataclass(frozen=True, slots=True)
class SourceInstance:
    """One source image, or one frame (from 1) of a multi-frame image."""

    study_uid: str
    series_uid: str
    sop_class_uid: str
    sop_instance_uid: str
    frame_number: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SourceImages:
    """Single-frame images of one study and frame of reference, or one multi-frame image.

    Parameters
    ----------
    datasets : tuple of Dataset
        Pixel data is not needed.
    planes : Planes
        Of the images or frames.
    instances : tuple of SourceInstance
        One for each plane.
    further : tuple of SourceInstance
        Images that the segmentation only names.
    """

    datasets: tuple[Dataset, ...]
    planes: Planes
    instances: tuple[SourceInstance, ...]
    further: tuple[SourceInstance, ...] = ()

    def __len__(self) -> int:
        return len(self.datasets)

    @classmethod
    def of(cls, datasets: Sequence[Dataset]) -> "SourceImages":
        """Return source images in the order given.

        Raises
        ------
        SourceError
            There is none, one is there twice, or one lacks its identity or its place.
        MixedSources
            They differ in patient, study, frame of reference, orientation, pixel spacing or size.
        """
        with reading("A source image", SourceError):
            return cls._of(datasets)

    @classmethod
    def _of(cls, datasets: Sequence[Dataset]) -> "SourceImages":
        if isinstance(datasets, Dataset) or not isinstance(datasets, Sequence):
            raise ArgumentTypeError(
                f"Source images are given as a list of data sets, not as {type(datasets).__name__}."
            )
        if not datasets:
            raise SourceError("No source image is given; a segmentation refers to at least one.")
        for dataset in datasets:
            if not isinstance(dataset, Dataset):
                raise ArgumentTypeError(
                    f"A source image is a pydicom Dataset, not {type(dataset).__name__}; read it with imread."
                )
            _check_identity(dataset)
        uids = Counter(str(d.SOPInstanceUID) for d in datasets)
        twice = [uid for uid, count in uids.items() if count > 1]
        if twice:
            raise SourceError(
                f"Source image {twice[0]} is given {uids[twice[0]]} times; give each image once."
            )
        for keyword, what in _ALIKE:
            _same(datasets, keyword, what)
        planes = source_planes(datasets)
        instances = [_instance(d) for d in datasets]
        if len(planes) > len(datasets) or int(datasets[0].get("NumberOfFrames") or 1) > 1:
            instances = [replace(instances[0], frame_number=n) for n in range(1, len(planes) + 1)]
        return cls(tuple(datasets), planes, tuple(instances))

    def with_further(self, datasets: Sequence[Dataset]) -> "SourceImages":
        """Return these sources with further images that the segmentation only names.

        Raises
        ------
        SourceError, MixedSources
            One cannot be referred to, or belongs to another patient or study.
        """
        for dataset in datasets:
            _check_identity(dataset)
        for keyword, what in _ALIKE[:2]:
            _same([self.datasets[0], *datasets], keyword, what)
        further = tuple(_instance(d) for d in datasets)
        return replace(self, further=further)

    def sorted(self) -> "SourceImages":
        """Return single-frame images in the order of their planes along the stack."""
        order = np.argsort(self.planes.distances_mm(), kind="stable").tolist()
        if len(self.datasets) != len(self.planes):
            return self
        return replace(
            self,
            datasets=tuple(self.datasets[i] for i in order),
            planes=self.planes.take(order),
            instances=tuple(self.instances[i] for i in order),
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
        """Return the sources of each plane.

        An image whose pixels are the plane's is referred to with Spatial Locations Preserved YES, one that
        lies in the same plane on another grid with NO; a plane without either has none. PS3.3 C.7.6.16.2.6.
        """
        if planes is self.planes:
            return [(_reference(instance, True),) for instance in self.instances]
        if isinstance(planes, SlideTiles) or isinstance(self.planes, SlideTiles):
            return self._tile_references(planes)
        if not planes.located or not self.planes.located:
            return [() for _ in range(len(planes))]
        if planes.same_grid(self.planes):
            places, mine, preserved = planes.positions_mm, self.planes.positions_mm, True
        elif np.abs(planes.stack_direction @ self.planes.stack_direction) > 1 - DIRECTION_TOLERANCE**2:
            normal = self.planes.stack_direction
            places, mine = (p.positions_mm @ normal[:, None] for p in (planes, self.planes))
            preserved = False
        else:
            return [() for _ in range(len(planes))]
        return [
            tuple(_reference(self.instances[i], preserved) for i in near)
            for near in near_places(places, mine)
        ]

    def _tile_references(self, planes: Planes) -> list[tuple[SourceReference, ...]]:
        """Return the source frame of each tile: the one of the same pixels of the same matrix."""
        mine = self.planes
        if not isinstance(planes, SlideTiles) or not isinstance(mine, SlideTiles):
            return [() for _ in range(len(planes))]
        if (planes.matrix, planes.origin) != (mine.matrix, mine.origin) or not planes.same_grid(mine):
            return [() for _ in range(len(planes))]
        at = dict(zip(mine.corners, self.instances, strict=True))
        return [(_reference(at[c], True),) if c in at else () for c in planes.corners]

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
                f"The segmentation's rows and columns run along {say(ds_values(grid.orientation))}, those "
                f"of the source images along {say(ds_values(mine.orientation))}; resample the "
                "segmentation to the images' grid."
            )
        if np.abs(np.subtract(grid.spacing_mm, mine.spacing_mm)).max() > SPACING_TOLERANCE * min(
            mine.spacing_mm
        ):
            raise GeometryMismatch(
                f"The segmentation's pixels are {say(grid.spacing_mm)} mm apart, those of the source "
                f"images {say(mine.spacing_mm)} mm; resample the segmentation to the images' grid."
            )

    def _say_missing(self, grid: Planes, missing: np.ndarray, distance: np.ndarray) -> str:
        slice_ = int(missing[0])
        text = (
            f"{missing.size} of {len(grid)} slices of the segmentation have no source image at their place; "
            f"the first is slice {slice_ + 1} at ({say(grid.positions_mm[slice_])}) mm, "
            f"{distance[slice_].min():.3g} mm from the nearest of {len(self)} images."
        )
        gaps = np.diff(np.sort(self.planes.distances_mm()))
        if gaps.size > 1 and gaps.max() > 1.5 * np.median(gaps):
            usual = float(np.median(gaps))
            text += f" The series has a gap of {gaps.max():.4g} mm where images are {usual:.4g} mm apart;"
            return text + " add the missing images."
        return text + " Choose the series that was segmented, or resample the segmentation to it."


_ORDER = ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID")
_ALIKE = (
    ("PatientID", "patients"),
    ("StudyInstanceUID", "studies"),
    ("FrameOfReferenceUID", "frames of reference"),
)


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
        with reading(str(path)):
            image = bool(dataset.get("ImagePositionPatient")) and dataset.get("Modality") != "SEG"
        if not folder or image:
            datasets.append(dataset)
    if not datasets:
        raise SourceError(
            f"There is no image series in {files}; choose the folder of the images that were segmented."
        )
    with reading("A source image"):
        _refuse_several_series(datasets)
    return SourceImages.of(datasets).sorted()


def _refuse_several_series(datasets: Sequence[Dataset]) -> None:
    series = {str(d.get("SeriesInstanceUID", "")) for d in datasets}
    if len(series) > 1:
        raise MixedSources(
            f"{len(datasets)} images belong to {len(series)} series: {_list_series(datasets)}. "
            "Give the files of one."
        )


def _list(files: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    if not isinstance(files, (str, os.PathLike)):
        return [Path(f) for f in files]
    path = Path(files)
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file())
    return [path]


def _read_header(path: Path) -> Dataset:
    with reading(str(path)):
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


def _instance(dataset: Dataset) -> SourceInstance:
    study, series, sop_class, sop_instance = (str(dataset[keyword].value) for keyword in _ORDER)
    return SourceInstance(study, series, sop_class, sop_instance)


def _reference(instance: SourceInstance, preserved: bool) -> SourceReference:
    return SourceReference(
        instance.sop_class_uid, instance.sop_instance_uid, instance.frame_number, preserved
    )


def _check_identity(dataset: Dataset) -> None:
    for keyword in _ORDER:
        if not dataset.get(keyword):
            name = dataset.get("SOPInstanceUID", "without SOP Instance UID")
            raise SourceError(f"Source image {name} has no {keyword}; it cannot be referred to.")


def _same(datasets: Sequence[Dataset], keyword: str, what: str) -> None:
    values = sorted({str(d.get(keyword, "")) for d in datasets})
    if len(values) > 1:
        raise MixedSources(
            f"The source images belong to {len(values)} {what} ({', '.join(values[:3])}); "
            "choose the images of one."
        )
