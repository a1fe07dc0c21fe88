"""Time points of source images that share their places, as in a dynamic series; PS3.3 C.7.6.16.2.2.6.

Attributes that number the time point are taken at their word. Attributes that say when an image was
acquired order the images of each place, where nothing but time tells these apart.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset

from .copied_attributes import usable_value
from .errors import MixedSources
from .geometry import Planes
from .placement import same_places
from .slides import SlideTiles
from .source_planes import frame_columns

NUMBERS = ("TemporalPositionIdentifier", "TemporalPositionIndex")

_TIMES = (
    ("TriggerTime",),
    ("NominalCardiacTriggerDelayTime",),
    ("NominalPercentageOfCardiacPhase",),
    ("TemporalPositionTimeOffset",),
    ("FrameReferenceTime",),
    ("FrameReferenceDateTime",),
    ("FrameAcquisitionDateTime",),
    ("AcquisitionDateTime",),
    ("AcquisitionDate", "AcquisitionTime"),
    ("AcquisitionTime",),
    ("AcquisitionNumber",),
    ("FrameAcquisitionNumber",),
    ("ContentDate", "ContentTime"),
    ("ContentTime",),
)

# Images of one place that differ in these are of several kinds; when each was acquired is no time point.
_KINDS = (
    "SeriesInstanceUID",
    "ImageType",
    "EchoTime",
    "EchoNumbers",
    "EffectiveEchoTime",
    "DiffusionBValue",
    "InversionTime",
    "FlipAngle",
    "KVP",
    "ConvolutionKernel",
    "StackID",
)


def time_points(datasets: Sequence[Dataset], planes: Planes) -> tuple[tuple[int, ...], str]:
    """Return the time point of every plane, from 1, and the keyword of the attribute that tells it.

    Nothing and an empty string are returned where no two planes share a place, or where no attribute tells
    their times.
    """
    places = _shared_places(planes)
    if places is None:
        return (), ""
    if len(datasets) < len(places):
        index = frame_columns(datasets[0]).time
        if index.min() >= 1 and _distinct(places, index):
            return tuple(index.tolist()), "TemporalPositionIndex"
    groups = list(_groups(datasets))
    for keyword in NUMBERS:
        values = _values(groups, (keyword,))
        if values is not None and values.min() >= 1 and _distinct(places, values):
            return tuple(int(value) for value in values.tolist()), keyword
    if _difference(groups, places):
        return (), ""
    for keywords in _TIMES:
        values = _values(groups, keywords)
        ranks = None if values is None else _ranks(places, np.unique(values, return_inverse=True)[1])
        if ranks is not None:
            return tuple(ranks.tolist()), keywords[-1]
    return (), ""


def check_told_apart(datasets: Sequence[Dataset], planes: Planes) -> None:
    """Refuse images that share a place and are of no known time.

    Raises
    ------
    MixedSources
    """
    places = None if planes.time_points else _shared_places(planes)
    if places is not None:
        sources = np.flatnonzero(places == np.bincount(places).argmax())
        raise MixedSources(
            f"{len(sources)} source images are at the same position ({planes.positions[int(sources[0])]}), "
            f"{say_difference(datasets, planes, sources)}; choose the images of one time point or one stack."
        )


def say_difference(datasets: Sequence[Dataset], planes: Planes, sources: np.ndarray) -> str:
    """Say in what sources of one place differ."""
    if planes.time_points:
        times = sorted({planes.time_points[i] for i in sources.tolist()})
        return f"of the time points {', '.join(map(str, times))}"
    groups = list(_groups(datasets))
    kind = _difference([groups[i] for i in sources.tolist()], np.zeros(len(sources), np.int64))
    return f"which differ in {kind}" if kind else "and no attribute tells when each was acquired"


def _difference(groups: Sequence[Sequence[Dataset]], places: np.ndarray) -> str:
    """Return in what, other than time, images of one place differ; an empty string if in nothing known."""
    for keyword in _KINDS:
        texts = [str(_value(group, keyword)) for group in groups]
        known, kind = np.unique(texts, return_inverse=True)
        pairs = np.unique(np.stack([places, kind]), axis=1)
        if np.bincount(pairs[0]).max() > 1:
            return f"{keyword} ({', '.join(known[:5].tolist())}{', ...' if len(known) > 5 else ''})"
    return ""


def _shared_places(planes: Planes) -> np.ndarray | None:
    """Return the place of every plane, or None where all have their own."""
    if isinstance(planes, SlideTiles) or not planes.located:
        return None
    first, places = same_places(planes)
    return places if len(first) < len(places) else None


def _distinct(places: np.ndarray, values: np.ndarray) -> bool:
    return np.unique(np.stack([places, values]), axis=1).shape[1] == len(places)


def _ranks(places: np.ndarray, values: np.ndarray) -> np.ndarray | None:
    """Return the time point of each image, from 1, or None where the values leave it open.

    Parameters
    ----------
    values : (images,) int array
        Ranks of all times that occur, from 0.
    """
    # As many times as a place has images are those of the time points. Otherwise images of one time point
    # have times of their own, and are counted at each place, where none may be missing.
    counts = np.bincount(places)
    if not _distinct(places, values):
        return None
    if values.max() + 1 == counts.max():
        return values + 1
    if counts.min() < counts.max():
        return None
    order = np.lexsort((values, places))
    ranks = np.empty(len(places), np.int64)
    ranks[order] = np.arange(len(places)) % counts.max() + 1
    return ranks


def _groups(datasets: Sequence[Dataset]) -> Iterator[list[Dataset]]:
    """Yield the data sets that describe each plane: an image, or the functional groups of a frame."""
    for dataset in datasets:
        frames = dataset.get("PerFrameFunctionalGroupsSequence")
        if not frames:
            yield [dataset]
            continue
        for frame in frames:
            yield [group.value[0] for group in frame if group.VR == "SQ" and group.value]


def _value(groups: Sequence[Dataset], keyword: str) -> object:
    for group in groups:
        value = usable_value(group, keyword, [])
        if value is not None:
            return value
    return None


def _values(groups: Sequence[Sequence[Dataset]], keywords: Sequence[str]) -> np.ndarray | None:
    """Return a value for every plane, such that values sort as times do, or None where a plane has none."""
    found = [[_value(group, keyword) for keyword in keywords] for group in groups]
    if any(value is None or isinstance(value, list) for values in found for value in values):
        return None
    if dictionary_VR(keywords[0]) in ("DA", "DT", "TM"):
        return _clock([str(part) for part in values] for values in found)
    numbers = np.array([float(str(values[0])) for values in found])
    return numbers if np.isfinite(numbers).all() else None


def _clock(found: Iterable[Sequence[str]]) -> np.ndarray | None:
    """Return dates and times as texts that sort as they do, or None where they are of several time zones."""
    texts, zones = [], set()
    for parts in found:
        text = "".join(parts).replace(":", "")
        time = text.split("+")[0].split("-")[0]
        texts.append(time)
        zones.add(text[len(time) :])
    return np.array(texts) if len(zones) == 1 else None
