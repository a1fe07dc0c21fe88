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
    MixedSources,
    NotDicom,
    ReadError,
    SourceError,
)
from .findings import Progress
from .geometry import Geometry, Planes
from .lenient import reading
from .source_matching import match, planes_on
from .source_planes import source_planes
from .source_references import SourceReferences


@dataclass(frozen=True, slots=True)
class SourceInstance:
    """One source image."""

    study_uid: str
    series_uid: str
    sop_class_uid: str
    sop_instance_uid: str


@dataclass(frozen=True, slots=True, eq=False)
class SourceImages:
    """Single-frame images of one study and frame of reference, or one multi-frame image.

    Parameters
    ----------
    datasets : tuple of Dataset
        Pixel data is not needed.
    instances : tuple of SourceInstance
        One for each data set.
    planes : Planes
        Of the images or frames.
    image : (planes,) int array
        Which of `instances` each plane is of.
    frame_number : (planes,) int array
        Frame of a multi-frame image, from 1; 0 for an image that is none.
    further : tuple of SourceInstance
        Images that the segmentation only names.
    """

    datasets: tuple[Dataset, ...]
    instances: tuple[SourceInstance, ...]
    planes: Planes
    image: np.ndarray
    frame_number: np.ndarray
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
        image = np.arange(len(planes))
        frame_number = np.zeros(len(planes), np.int64)
        if len(planes) > len(datasets) or int(datasets[0].get("NumberOfFrames") or 1) > 1:
            image, frame_number = frame_number, image + 1
        return cls(tuple(datasets), tuple(_instance(d) for d in datasets), planes, image, frame_number)

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
            instances=tuple(self.instances[i] for i in order),
            planes=self.planes.take(order),
        )

    def planes_on(self, geometry: Geometry) -> Planes:
        """Return the planes of a grid's slices, in its order and in the images' own decimal strings.

        Raises
        ------
        GeometryMismatch
            Rows, columns or direction differ, or a slice has no image at its place.
        """
        return planes_on(self.planes, geometry)

    def references(self, planes: Planes) -> SourceReferences:
        """Return the sources of each plane.

        An image whose pixels are the plane's is referred to with Spatial Locations Preserved YES, one that
        lies in the same plane on another grid with NO; a plane without either has none. PS3.3 C.7.6.16.2.6.
        """
        if planes is self.planes:
            plane = source = np.arange(len(planes))
            preserved = True
        else:
            plane, source, preserved = match(planes, self.planes)
        return SourceReferences(
            tuple((instance.sop_class_uid, instance.sop_instance_uid) for instance in self.instances),
            plane,
            self.image[source],
            self.frame_number[source],
            np.full(len(plane), preserved),
        )


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
