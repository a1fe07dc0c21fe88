"""Segmentations and what belongs to them, drawn at random.

Drawn, not remembered: sizes that are no multiple of 8, planes of one pixel, segments in any order of any
layer, cropped layers, strided views, every integer type, oblique and shuffled stacks, missing planes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydicom.dataset import Dataset

from dicomsegcodec.geometry import Geometry
from dicomsegcodec.layers import LabelLayer, LayeredSegmentation
from dicomsegcodec.segments import Algorithm, Code, Region, Segment
from dicomsegcodec.sources import SourceImages
from series import make_series, rotation

LAYER_DTYPES = (np.bool_, np.uint8, np.uint16, np.uint32, np.uint64, np.int8, np.int16, np.int32, np.int64)
ARRAY_DTYPES = (np.bool_, np.uint8, np.uint16, np.uint32, np.int16, np.int32, np.int64)

# What LO, SH, UT and so on can carry in UTF-8: no control characters, no lone surrogates.
characters = st.characters(exclude_categories=("Cs", "Cc"))
label_texts = st.text(characters, min_size=1, max_size=80).filter(str.strip)
plain_texts = (
    st.text(st.sampled_from("abcXYZ 019_-äßéñ東京肝"), min_size=1, max_size=40).map(str.strip).filter(bool)
)
codes = st.builds(
    Code,
    st.text(st.sampled_from("ABT-0123456789"), min_size=1, max_size=24),
    st.sampled_from(("SCT", "DCM", "99LOCAL", "SRT")),
    plain_texts,
    st.none() | st.sampled_from(("1.0", "2024")),
)
regions = st.builds(Region, codes, st.lists(codes, max_size=2).map(tuple))


@st.composite
def shapes(draw: st.DrawFn, slices: int = 5, side: int = 21) -> tuple[int, int, int]:
    """Return (slices, rows, columns)."""
    edges = st.sampled_from((1, 2, 3, 5, 7, 8, 9, 15, 16, 17)) | st.integers(1, side)
    return draw(st.integers(1, slices)), draw(edges), draw(edges)


@st.composite
def rotations(draw: st.DrawFn) -> np.ndarray:
    """Return a (3, 3) rotation: none, in steps of a quarter turn, or any."""
    angles = draw(
        st.just((0.0, 0.0, 0.0))
        | st.tuples(*[st.sampled_from((0.0, 90.0, 180.0, 270.0))] * 3)
        | st.tuples(*[st.floats(-180, 180)] * 3)
    )
    return rotation(*angles)


lengths_mm = st.sampled_from((0.5, 0.75, 1.0, 1.25, 3.0, 0.9765625)) | st.floats(0.05, 20).map(
    lambda v: round(v, 5)
)


@st.composite
def series(
    draw: st.DrawFn, shape: tuple[int, int, int] | None = None, *, gaps: bool = False, shuffled: bool = True
) -> list[Dataset]:
    """Return source images: any modality and orientation, in any order; with `gaps`, some may be missing."""
    slices, rows, columns = shape or draw(shapes())
    more = draw(st.integers(0, 3)) if gaps else 0
    images = make_series(
        (slices + more, rows, columns),
        modality=draw(st.sampled_from(("CT", "MR", "PT"))),
        spacing_mm=(draw(lengths_mm), draw(lengths_mm), draw(lengths_mm)),
        origin_mm=draw(st.tuples(*[st.floats(-500, 500).map(lambda v: round(v, 3))] * 3)),
        turned=draw(rotations()),
    )
    if more:
        kept = draw(st.permutations(range(len(images))))[:slices]
        images = [image for i, image in enumerate(images) if i in kept]
    order = draw(st.just("forward") | st.sampled_from(("backward", "shuffled"))) if shuffled else "forward"
    if order == "backward":
        images.reverse()
    elif order == "shuffled":
        images = draw(st.permutations(images))
    return list(images)


@st.composite
def geometries(draw: st.DrawFn, *, left_handed: bool = True, sheared: bool = True) -> Geometry:
    """Return a regular grid: oblique, of either handedness, its stack perhaps tilted."""
    shape = draw(shapes())
    matrix = np.eye(4)
    matrix[:3, :3] = draw(rotations()) * [draw(lengths_mm), draw(lengths_mm), draw(lengths_mm)]
    if left_handed and draw(st.booleans()):
        matrix[:3, 0] *= -1
    if sheared and draw(st.booleans()):
        # As a gantry tilt does it: each slice a little further along the columns.
        tangent = draw(st.floats(-0.5, 0.5))
        matrix[:3, 0] += (
            tangent * np.linalg.norm(matrix[:3, 0]) * matrix[:3, 1] / np.linalg.norm(matrix[:3, 1])
        )
    matrix[:3, 3] = draw(st.tuples(*[st.floats(-500, 500)] * 3))
    return Geometry(matrix, shape, "1.2.3")


@st.composite
def segments(draw: st.DrawFn, number: int | None = None) -> Segment:
    """Return a segment that says whatever a segment can say."""
    tracked = draw(st.booleans())
    kind = draw(st.sampled_from(("MANUAL", "SEMIAUTOMATIC", "AUTOMATIC")))
    family = draw(st.none() | codes)
    name = draw(plain_texts) if kind != "MANUAL" or family is not None or draw(st.booleans()) else ""
    if family is None:
        algorithm = Algorithm(kind, name)
    else:
        source, parameters = draw(st.just("") | plain_texts), draw(st.just("") | plain_texts)
        algorithm = Algorithm(kind, name, draw(plain_texts), family, source, parameters)
    return Segment(
        number=number if number is not None else draw(st.integers(1, 65535)),
        label=draw(label_texts),
        category=draw(codes),
        type=draw(codes),
        type_modifiers=tuple(draw(st.lists(codes, max_size=2))),
        regions=tuple(draw(st.lists(regions, max_size=2))),
        primary_structures=tuple(draw(st.lists(regions, max_size=2))),
        algorithm=algorithm,
        cielab=draw(st.none() | st.tuples(*[st.integers(0, 65535)] * 3)),
        tracking_id=draw(plain_texts) if tracked else "",
        tracking_uid=f"1.2.{draw(st.integers(0, 10**12))}" if tracked else "",
        description=draw(st.just("") | plain_texts),
        private_text=draw(
            st.dictionaries(st.sampled_from(("tag", "Segmentation.Status")), label_texts, max_size=2)
        ),
    )


def plain_segments(numbers: Sequence[int]) -> tuple[Segment, ...]:
    """Return segments of these numbers that say no more than they have to."""
    return tuple(Segment(number=n, label=f"Segment {n}") for n in numbers)


@st.composite
def strided(draw: st.DrawFn, array: np.ndarray) -> np.ndarray:
    """Return an equal array that lies otherwise in memory."""
    match draw(
        st.sampled_from(("as is", "Fortran", "every other", "backwards", "read only", "other byte order"))
    ):
        case "Fortran":
            return np.asfortranarray(array)
        case "every other":
            wide = np.zeros((*array.shape[:-1], array.shape[-1] * 2), array.dtype)
            wide[..., ::2] = array
            return wide[..., ::2]
        case "backwards":
            return np.ascontiguousarray(array[::-1, ::-1, ::-1])[::-1, ::-1, ::-1]
        case "read only":
            array = array.copy()
            array.setflags(write=False)
        case "other byte order":
            return array.astype(array.dtype.newbyteorder())
    return array


@st.composite
def blobs(draw: st.DrawFn, shape: tuple[int, ...], values: Sequence[int], dtype: type) -> np.ndarray:
    """Return an array of a few boxes of single values, so that planes are empty, full or anything between."""
    array = np.zeros(shape, dtype)
    for value in draw(st.lists(st.sampled_from(values), max_size=6)) if values else ():
        box = []
        for length in shape:
            start = draw(st.integers(0, length - 1))
            box.append(slice(start, draw(st.integers(start + 1, length))))
        array[tuple(box)] = value
    if values and draw(st.booleans()):
        points = draw(hnp.arrays(np.bool_, shape, fill=st.just(False)))
        array[points] = draw(st.sampled_from(values))
    return array


@dataclass(frozen=True)
class Case:
    """A segmentation, the images it was drawn on, and what each segment holds."""

    segmentation: LayeredSegmentation
    sources: SourceImages
    masks: dict[int, np.ndarray]
    """(slices, rows, columns) bool by Segment Number, in the order of the segmentation's planes."""

    @property
    def overlaps(self) -> bool:
        return bool(self.masks) and bool((np.sum(list(self.masks.values()), axis=0) > 1).any())


@st.composite
def cases(draw: st.DrawFn, *, gaps: bool = True, shuffled: bool = True, disjoint: bool = False) -> Case:
    """Return a segmentation of layers on a series of images."""
    sources = SourceImages.of(draw(series(gaps=gaps, shuffled=shuffled)))
    shape = (len(sources), *sources.planes.shape)
    count = draw(st.integers(1, 6))
    numbers = draw(
        st.lists(st.integers(1, 300) | st.integers(1, 65535), min_size=count, max_size=count, unique=True)
    )
    homes = [draw(st.integers(0, 2)) for _ in numbers]
    layers = []
    masks = {number: np.zeros(shape, bool) for number in numbers}
    taken = np.zeros(shape, bool)
    for home in sorted(set(homes)):
        held = [number for number, h in zip(numbers, homes, strict=True) if h == home]
        dtype = draw(st.sampled_from(LAYER_DTYPES))
        limit = 1 if dtype is np.bool_ else int(np.iinfo(dtype).max)
        held = held[: 1 if dtype is np.bool_ else None]
        values = draw(
            st.lists(st.integers(1, min(limit, 70000)), min_size=len(held), max_size=len(held), unique=True)
        )
        if all(number <= limit for number in held) and draw(st.booleans()):
            values = held  # Segment Numbers themselves, as most writers have them
        origin, size = [], []
        for length in shape:
            start = draw(st.integers(0, length - 1))
            start = 0 if draw(st.booleans()) else start
            origin.append(start)
            size.append(length - start if draw(st.booleans()) else draw(st.integers(1, length - start)))
        # Sometimes a value that belongs to no segment.
        stray = [v for v in (limit, 1, 2) if v not in values and v <= limit][: draw(st.integers(0, 1))]
        pixels = draw(blobs(tuple(size), [*values, *stray], dtype))
        window = tuple(slice(o, o + n) for o, n in zip(origin, size, strict=True))
        if disjoint:
            pixels = np.where(taken[window], 0, pixels).astype(dtype)
        for value, number in zip(values, held, strict=True):
            masks[number][window] = pixels == value
            taken[window] |= pixels == value
        layers.append(
            LabelLayer(
                draw(strided(pixels)), dict(zip(values, held, strict=True)), (origin[0], origin[1], origin[2])
            )
        )
    segmentation = LayeredSegmentation(sources.planes, plain_segments(numbers), tuple(layers))
    return Case(segmentation, sources, masks)
