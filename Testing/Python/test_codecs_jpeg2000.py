"""What is particular to JPEG 2000: OpenJPEG and noisy masks."""

import numpy as np
import pytest

from dicomsegcodec.codecs import jpeg2000
from dicomsegcodec.errors import ArgumentError
from dicomsegcodec.samples import SampleFormat

pytest.importorskip("openjpeg", reason="pylibjpeg-openjpeg is not installed")


def test_a_mask_comes_back_as_it_was_or_is_refused() -> None:
    # Of the first of these OpenJPEG 2.5.2 loses 397 pixels, without an error.
    labels = np.random.default_rng(0).integers(0, 3, (4, 40, 48))
    kept = 0
    for mask in [*(labels == 1), *(labels == 2)]:
        mask = mask.astype(np.uint8)
        try:
            stream = jpeg2000.encode(mask, SampleFormat(1))
        except ArgumentError as error:
            assert "another transfer syntax" in str(error)
            continue
        np.testing.assert_array_equal(jpeg2000.decode(stream, mask.shape, SampleFormat(1)), mask)
        kept += 1
    assert kept == 7
