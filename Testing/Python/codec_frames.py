"""Frames to compress: what the tests of the codecs share."""

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dicomsegcodec.codecs import TRANSFER_SYNTAXES, FrameCodec, TransferSyntax
from dicomsegcodec.samples import SampleFormat

FORMATS = {bits: SampleFormat(bits) for bits in (1, 8, 16)}

COMPRESSED = [row for row in TRANSFER_SYNTAXES.values() if row.codec is not None and row.writes]
"""Every transfer syntax that can be written and is compressed frame by frame."""

ROWS_AND_BITS = [
    pytest.param(row, FORMATS[bits], id=f"{row.keyword}-{bits}")
    for row in COMPRESSED
    for bits in sorted(row.writes)
]


def codec_of(row: TransferSyntax) -> FrameCodec:
    """Return the codec of a compressed transfer syntax, or skip where its package is absent."""
    if row.requires is not None and row.requires.find() is None:
        pytest.skip(f"{row.requires.name} is not installed")
    assert row.codec is not None
    return row.codec


def labels(shape: tuple[int, int], samples: SampleFormat, seed: int = 0) -> np.ndarray:
    """Return a frame like one of a label map: discs and boxes of single values on a background of 0."""
    generator = np.random.default_rng(seed)
    frame = np.zeros(shape, samples.dtype)
    row, column = np.ogrid[: shape[0], : shape[1]]
    for _ in range(6):
        centre = generator.integers(0, shape[0]), generator.integers(0, shape[1])
        radius = generator.integers(1, max(2, max(shape) // 4))
        value = generator.integers(1, samples.max_value, endpoint=True)
        frame[(row - centre[0]) ** 2 + (column - centre[1]) ** 2 < radius**2] = value
        frame[centre[0] : centre[0] + radius, centre[1] : centre[1] + radius] = samples.max_value
    return frame


def noise(shape: tuple[int, int], samples: SampleFormat, seed: int = 0) -> np.ndarray:
    """Return a frame without any order; of 1-bit pixels one in eight is set.

    OpenJPEG has no room for more; a test of its own says so.
    """
    if samples.bits == 1:
        return (np.random.default_rng(seed).random(shape) < 0.125).astype(samples.dtype)
    return np.random.default_rng(seed).integers(0, samples.max_value, shape, samples.dtype, endpoint=True)


@st.composite
def frames(draw: st.DrawFn, samples: SampleFormat, smallest: int = 1) -> np.ndarray:
    """Return a frame that may be anything: one row high, of one value, of noise, of runs of any length."""
    sides = st.integers(smallest, smallest + 20) | st.sampled_from((smallest, 127 + smallest, 128, 129, 256))
    shape = draw(sides), draw(sides)
    match draw(st.sampled_from(("one value", "noise", "labels", "runs", "few"))):
        case "one value":
            return np.full(shape, draw(st.integers(0, samples.max_value)), samples.dtype)
        case "noise":
            return noise(shape, samples, draw(st.integers(0, 99)))
        case "labels":
            return labels(shape, samples, draw(st.integers(0, 99)))
        case "runs":
            lengths = draw(st.lists(st.integers(1, 300), min_size=1, max_size=60))
            values = np.arange(len(lengths)) * draw(st.integers(1, 999)) & samples.max_value
            return np.resize(np.repeat(values, lengths).astype(samples.dtype), shape)
    elements = st.sampled_from((0, 1, samples.max_value)) | st.integers(0, samples.max_value)
    return draw(hnp.arrays(samples.dtype, shape, elements=elements, fill=st.just(0)))
