"""What `make fuzz` and test_fuzz.py have found, each with the rule that was broken."""

import io

import numpy as np
import pytest
from pydicom import dcmread

import dicomsegcodec as hd
from damage import encoded, read_everything, seeds

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_a_label_map_of_nothing_but_background_has_labels_too() -> None:
    dataset = dcmread(io.BytesIO(seeds()["label map 1.2.840.10008.1.2.1"]))
    dataset.SegmentSequence = [item for item in dataset.SegmentSequence if item.SegmentNumber == 0]
    data = encoded(dataset)
    read_everything(data)
    volume = hd.seg.segread(data).get_volume(combine_segments=True)
    assert volume.array.shape == (2, 33, 34)
    assert not np.asarray(volume.array).any()


def test_a_spacing_of_a_slide_in_another_vr_is_refused() -> None:
    data = seeds()["tiles"]
    assert b"\x28\x00\x10\x91SQ" in data
    for vr in (b"SV", b"FD", b"OB", b"AT"):
        read_everything(data.replace(b"\x28\x00\x10\x91SQ", b"\x28\x00\x10\x91" + vr))


@pytest.mark.parametrize("vr", [b"IS", b"LO", b"DS", b"US", b"ZZ"])
def test_a_transfer_syntax_in_another_vr_is_read_or_refused(vr: bytes) -> None:
    for name in ("big endian", "labelmap-words"):
        read_everything(seeds()[name].replace(b"\x02\x00\x10\x00UI", b"\x02\x00\x10\x00" + vr))
