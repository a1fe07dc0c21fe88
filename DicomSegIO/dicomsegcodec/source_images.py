"""Source images: which are referenced, and which lies under a frame.

A series of single-frame images or one multi-frame image of the patient, of any modality, or a
single image without a frame of reference.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from pydicom.dataset import Dataset

from .errors import ArgumentError, ArgumentTypeError, MixedSources, SourceError
from .findings import Finding, Severity
from .geometry import Geometry, Planes
from .lenient import reading
from .placement import same_places
from .source_matching import match, planes_on
from .source_planes import source_planes
from .source_references import SourceReferences
from .source_times import NUMBERS, check_told_apart, say_difference, time_points


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
    timed_by : str
        Keyword of the attribute that tells the time points of `planes`; empty where they have none.
    """

    datasets: tuple[Dataset, ...]
    instances: tuple[SourceInstance, ...]
    planes: Planes
    image: np.ndarray
    frame_number: np.ndarray
    further: tuple[SourceInstance, ...] = ()
    timed_by: str = ""

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
        times, timed_by = time_points(datasets, planes)
        planes = replace(planes, time_points=times)
        instances = tuple(_instance(d) for d in datasets)
        return cls(tuple(datasets), instances, planes, image, frame_number, timed_by=timed_by)

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
        """Return single-frame images by time point, and in the order of their planes along the stack."""
        if self.frame_number.any():
            return self
        return self._only(np.lexsort((self.planes.distances_mm(), self.planes.times)))

    def at_time(self, time_point: int) -> "SourceImages":
        """Return the images or frames of one time point; other images become further ones.

        Raises
        ------
        ArgumentError
            There are none.
        """
        times = np.array(self.planes.time_points, np.int64)
        if time_point not in times:
            known = ", ".join(map(str, np.unique(times).tolist())) or "none, as no two share a position"
            raise ArgumentError(f"No source image is of time point {time_point}; time points are {known}.")
        return self._only(np.flatnonzero(times == time_point))

    def _only(self, chosen: np.ndarray) -> "SourceImages":
        """Return the sources of these planes, in this order."""
        images = list(dict.fromkeys(self.image[chosen].tolist()))
        number = np.zeros(len(self.instances), np.int64)
        number[images] = np.arange(len(images))
        others = set(range(len(self.instances))) - set(images)
        return replace(
            self,
            datasets=tuple(self.datasets[i] for i in images),
            instances=tuple(self.instances[i] for i in images),
            planes=self.planes.take(chosen),
            image=number[self.image[chosen]],
            frame_number=self.frame_number[chosen],
            further=(*(self.instances[i] for i in sorted(others)), *self.further),
        )

    def findings(self) -> list[Finding]:
        """Return what was concluded from the images and is worth knowing."""
        if self.timed_by in ("", *NUMBERS):
            return []
        times = sorted(set(self.planes.time_points))
        what = f"{len(times)} time points" if len(times) > 1 else f"time point {times[0]}"
        text = f"The source images have no Temporal Position Identifier; {self.timed_by} makes them {what}."
        return [Finding(Severity.NOTE, text, "TemporalPositionIndex", "PS3.3 C.7.6.16.2.2.6")]

    def planes_on(self, geometry: Geometry) -> Planes:
        """Return the planes of a grid's slices, in its order and in the images' own decimal strings.

        Raises
        ------
        GeometryMismatch
            Rows, columns or direction differ, or a slice has no image at its place.
        MixedSources
            The images are of several time points.
        """
        self._matched(Planes.of(geometry))
        return planes_on(self.planes, geometry)

    def references(self, planes: Planes) -> SourceReferences:
        """Return the sources of each plane.

        An image whose pixels are the plane's is referred to with Spatial Locations Preserved YES, one that
        lies in the same plane on another grid with NO; a plane without either has none. PS3.3 C.7.6.16.2.6.

        Raises
        ------
        MixedSources
            Several images of one series lie at a plane, and which of them it is derived from is unknown.
        """
        plane, source, preserved = self._matched(planes)
        return SourceReferences(
            tuple((instance.sop_class_uid, instance.sop_instance_uid) for instance in self.instances),
            plane,
            self.image[source],
            self.frame_number[source],
            np.full(len(plane), preserved),
        )

    def _matched(self, planes: Planes) -> tuple[np.ndarray, np.ndarray, bool]:
        """Return which sources lie at each plane, by their index, and whether their pixels are its own."""
        mine = self.planes
        if planes is mine:
            check_told_apart(self.datasets, planes)
            return np.arange(len(planes)), np.arange(len(planes)), True
        plane, source, preserved = match(planes, mine)
        if planes.time_points and mine.time_points:
            same = planes.times[plane] == mine.times[source]
            plane, source = plane[same], source[same]
        if len(np.unique(plane)) < len(plane):
            self._refuse_several(plane, source)
        return plane, source, preserved

    def _refuse_several(self, plane: np.ndarray, source: np.ndarray) -> None:
        """Refuse planes at which several images of one place and one series lie."""
        known = [instance.series_uid for instance in self.instances]
        series = np.array([known.index(uid) for uid in known])[self.image[source]]
        place = same_places(self.planes)[1][source]
        alike = np.stack([plane, place, series])
        _, which, counts = np.unique(alike, axis=1, return_inverse=True, return_counts=True)
        if counts.max() == 1:
            return
        pairs = np.flatnonzero(which.reshape(-1) == counts.argmax())
        raise MixedSources(
            f"Plane {plane[pairs[0]] + 1} of the segmentation lies where {len(pairs)} source images of one "
            f"series do, {say_difference(self.datasets, self.planes, source[pairs])}. Which of them was "
            "segmented is unknown: give the images of one, and the others as further source images; or an "
            "array with a plane for each image."
        )


_ORDER = ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID")
_ALIKE = (
    ("PatientID", "patients"),
    ("StudyInstanceUID", "studies"),
    ("FrameOfReferenceUID", "frames of reference"),
)


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
