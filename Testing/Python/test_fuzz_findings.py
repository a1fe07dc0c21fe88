"""What `make fuzz` and test_fuzz.py have found, each with the rule that was broken."""

import io
from collections.abc import Callable

import numpy as np
import pydicom
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

import dicomsegcodec as hd
from damage import encoded, read_everything, seeds
from dicomsegcodec.errors import IrregularPlanes, ReadError
from dicomsegcodec.frame_columns import columns_from_bytes
from dicomsegcodec.read import open_segmentation

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


def changed(name: str, change: Callable[[Dataset], None]) -> bytes:
    dataset = dcmread(io.BytesIO(seeds()[name]))
    with pydicom.config.disable_value_validation():
        change(dataset)
        return encoded(dataset)


def test_planes_that_lie_in_one_another_are_no_stack() -> None:
    def turn(dataset: Dataset) -> None:
        group = dataset.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0]
        group.ImageOrientationPatient = ["1", "0", "0", "0", "0", "1"]

    data = changed("binary Explicit VR Little Endian", turn)
    read_everything(data)
    stored = open_segmentation(data)
    assert [f.where for f in stored.findings] == ["ImagePositionPatient"]
    with pytest.raises(IrregularPlanes, match="lie in one another"):
        stored.geometry()


@pytest.mark.parametrize("text", ["1e-308", "-1e-300", "1e308", "0", "1e-9"])
def test_a_spacing_that_cannot_be_is_not_followed(text: str) -> None:
    def change(dataset: Dataset) -> None:
        dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SpacingBetweenSlices = text

    data = changed("binary Explicit VR Little Endian", change)
    read_everything(data)
    assert open_segmentation(data).geometry().spacing_mm[0] == pytest.approx(2.5)


def test_a_functional_group_that_pydicom_would_make_do_with_is_refused() -> None:
    # An element in fragments that have no end.
    item = b"\x09\0\x01\x10OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\x04\0\0\0ABCD"
    value = b"\xfe\xff\0\xe0" + len(item).to_bytes(4, "little") + item
    with pytest.raises(ReadError):
        columns_from_bytes(value)
