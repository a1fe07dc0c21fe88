"""Segments, grids and layers drawn at random, for the tests of files of other programs."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from dicomsegcodec.color import rgb_to_cielab
from dicomsegcodec.geometry import Geometry
from dicomsegcodec.layers import LabelLayer
from dicomsegcodec.segments import Algorithm, Code, Region, Segment
from series import rotation

# Whatever a person may type, separators of all formats included; lone surrogates are no text.
any_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=80)
filled_text = any_text.filter(lambda t: t.strip() and "\0" not in t)
short_text = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
    str.strip
)
long_text = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=64).filter(str.strip)
codes = st.builds(Code, short_text, short_text, long_text, st.none())
versioned_codes = st.builds(Code, short_text, short_text, long_text, st.none() | short_text)
colors = st.tuples(*[st.integers(0, 255)] * 3).map(lambda rgb: rgb_to_cielab([c / 255 for c in rgb]))
stored_colors = st.tuples(*[st.integers(0, 65535)] * 3)


@st.composite
def simple_segments(draw: st.DrawFn, number: int = 1) -> Segment:
    """Return a segment that dcmqi's JSON holds without loss."""
    tracking = draw(st.none() | long_text)
    region = draw(st.none() | st.builds(Region, codes, st.lists(codes, max_size=1).map(tuple)))
    return Segment(
        number=number,
        label=draw(long_text),
        category=draw(codes),
        type=draw(codes),
        type_modifiers=draw(st.lists(codes, max_size=1).map(tuple)),
        regions=(region,) if region else (),
        algorithm=draw(
            st.builds(Algorithm, st.sampled_from(("AUTOMATIC", "SEMIAUTOMATIC", "MANUAL")), long_text)
        ),
        cielab=draw(st.none() | colors | stored_colors),
        tracking_id=tracking or "",
        tracking_uid="1.2.3" if tracking else "",
        description=draw(st.just("") | filled_text),
    )


@st.composite
def full_segments(draw: st.DrawFn, number: int = 1) -> Segment:
    """Return a segment that says everything there is to say."""
    regions = st.lists(
        st.builds(Region, versioned_codes, st.lists(versioned_codes, max_size=2).map(tuple)), max_size=2
    )
    tracking = draw(st.none() | long_text)
    return Segment(
        number=number,
        label=draw(filled_text),
        category=draw(versioned_codes),
        type=draw(versioned_codes),
        type_modifiers=draw(st.lists(versioned_codes, max_size=2).map(tuple)),
        regions=tuple(draw(regions)),
        primary_structures=tuple(draw(regions)),
        algorithm=draw(
            st.builds(
                Algorithm,
                st.sampled_from(("AUTOMATIC", "SEMIAUTOMATIC", "MANUAL")),
                st.just("") | filled_text,
                any_text,
                st.none() | versioned_codes,
                any_text,
                any_text,
            )
        ),
        cielab=draw(st.none() | stored_colors),
        tracking_id=tracking or "",
        tracking_uid="1.2.3" if tracking else "",
        description=draw(st.just("") | filled_text),
        private_text=draw(st.dictionaries(short_text.map(lambda t: "other:" + t), any_text, max_size=2)),
    )


@st.composite
def geometries(draw: st.DrawFn, *, oblique: bool = True, sheared: bool = False) -> Geometry:
    """Return a small grid: axes in any order and direction, turned by any angles, sheared if asked for."""
    shape = draw(st.tuples(*[st.integers(1, 6)] * 3))
    spacing = draw(st.tuples(*[st.sampled_from((0.4, 0.75, 1.0, 2.5, 3.3))] * 3))
    origin = draw(st.tuples(*[st.integers(-3000, 3000)] * 3))
    angles = draw(st.tuples(*[st.integers(-90, 90)] * 3)) if oblique else (0, 0, 0)
    axes = rotation(*angles)[:, list(draw(st.permutations(range(3))))]
    axes = axes * np.array(draw(st.tuples(*[st.sampled_from((-1, 1))] * 3)))
    matrix = np.eye(4)
    matrix[:3, :3] = axes * np.array(spacing)
    if sheared:
        matrix[:3, 0] += 0.3 * matrix[:3, 1]
    matrix[:3, 3] = np.array(origin) / 10
    return Geometry(matrix, shape)


@st.composite
def layers_on(draw: st.DrawFn, geometry: Geometry, numbers: Sequence[int]) -> list[LabelLayer]:
    """Return cropped layers among which segments are dealt out; layers may overlap, segments be empty."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    layers = []
    left = list(numbers)
    while left:
        count = draw(st.integers(1, len(left)))
        mine, left = left[:count], left[count:]
        origin = [draw(st.integers(0, n - 1)) for n in geometry.shape]
        size = [draw(st.integers(1, n - o)) for n, o in zip(geometry.shape, origin, strict=True)]
        dtype = draw(st.sampled_from(("u1", "i2", "u2", "i4", "i8")))
        pixels = rng.integers(0, count + 1, size).astype(dtype)
        values = {value: number for value, number in enumerate(mine, 1)}
        layers.append(LabelLayer(pixels, values, (origin[0], origin[1], origin[2])))
    return layers


def masks_of(layers: Sequence[LabelLayer], shape: Sequence[int]) -> dict[int, np.ndarray]:
    """Return the voxels of each Segment Number on the whole grid, without the empty ones."""
    masks: dict[int, np.ndarray] = {}
    for layer in layers:
        box = tuple(slice(o, o + n) for o, n in zip(layer.origin, layer.pixels.shape, strict=True))
        for value, number in layer.segments.items():
            mask = masks.setdefault(number, np.zeros(shape, bool))
            mask[box] |= layer.pixels == value
    return {number: mask for number, mask in masks.items() if mask.any()}


def assert_same_masks(found: dict[int, np.ndarray], expected: dict[int, np.ndarray]) -> None:
    assert sorted(found) == sorted(expected)
    for number, mask in expected.items():
        assert np.array_equal(found[number], mask), f"segment {number}"
