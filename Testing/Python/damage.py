"""Objects to be damaged, and everything that reading one does: it succeeds, or ends in an error of ours."""

import io
import itertools
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

import dicomsegcodec as hd
from dicomsegcodec.errors import SegError
from dicomsegcodec.read import open_segmentation
from objects import construct
from series import make_series

DATA = Path(__file__).resolve().parents[1] / "Data"
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
FRAMES_READ = 40


@cache
def seeds() -> dict[str, bytes]:
    """Return small whole objects of every kind, encoding, compression and organisation."""
    found = {}
    labels = np.zeros((3, 5, 7), np.uint8)
    labels[:, 2:4, 2:5] = 1
    labels[1, 0] = 2
    images = make_series((3, 5, 7))
    for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian):
        found[f"binary {syntax.name}"] = saved(construct(images, labels, [1, 2], transfer_syntax_uid=syntax))
    found["fractional"] = saved(construct(images, (labels == 1) * 0.5, [1], "FRACTIONAL"))
    large = np.zeros((2, 33, 34), np.uint8)
    large[:, 3:20, 3:30] = 1
    large[1, 22:] = 200
    for syntax in (ExplicitVRLittleEndian, RLELossless, JPEGLSLossless, JPEG2000Lossless, DEFLATED_FRAMES):
        seg = construct(make_series(large.shape), large, [1, 200], "LABELMAP", transfer_syntax_uid=syntax)
        found[f"label map {syntax}"] = saved(seg)
    for syntax in (JPEG2000Lossless, DEFLATED_FRAMES):
        seg = construct(make_series(large.shape), (large == 1).astype(np.uint8), transfer_syntax_uid=syntax)
        found[f"binary {syntax}"] = saved(seg)
    found["undefined lengths"] = with_undefined_lengths(found["binary Explicit VR Little Endian"])
    found["big endian"] = in_big_endian(found["binary Explicit VR Little Endian"])
    for name in ("labelmap-words", "labelmap-16", "binary-overlapping-empty"):
        found[name] = (DATA / f"{name}.dcm").read_bytes()
    found["tiles"] = tiled()
    return found


def saved(seg: hd.seg.Segmentation) -> bytes:
    file = io.BytesIO()
    seg.save_as(file)
    return file.getvalue()


def with_undefined_lengths(data: bytes) -> bytes:
    dataset = dcmread(io.BytesIO(data))
    for element in dataset.iterall():
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
    return encoded(dataset)


def in_big_endian(data: bytes) -> bytes:
    dataset = dcmread(io.BytesIO(data))
    for _element in dataset.iterall():
        pass
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    return encoded(dataset)


def tiled() -> bytes:
    """Return an object whose frames are TILED_FULL tiles of 2 x 3."""
    dataset = dcmread(io.BytesIO(saved(construct(make_series((1, 4, 4)), np.ones((1, 4, 4), np.uint8)))))
    del dataset.PerFrameFunctionalGroupsSequence
    dataset.DimensionOrganizationType = "TILED_FULL"
    dataset.TotalPixelMatrixRows, dataset.TotalPixelMatrixColumns = 7, 10
    dataset.NumberOfFrames = 6
    dataset.PixelData = bytes(range(12))
    return encoded(dataset)


def encoded(dataset: Dataset) -> bytes:
    file = io.BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def _readings(data: bytes) -> Iterator[Callable[[], object]]:
    stored = open_segmentation(data)
    yield lambda: list(stored.frames.frames(range(min(FRAMES_READ, stored.number_of_frames))))
    yield lambda: stored.source_instances
    yield stored.geometry
    yield stored.read_layers
    yield stored.read_fractions
    yield stored.corners
    seg = hd.seg.segread(data)
    yield lambda: seg.findings
    yield seg.get_source_image_uids
    yield lambda: seg.get_segment_numbers(segment_label="x")
    yield lambda: [seg.get_segment_description(n) for n in seg.segment_numbers]
    yield seg.get_volume
    yield lambda: seg.get_volume(combine_segments=True, relabel=True, skip_overlap_checks=True)
    yield seg.get_total_pixel_matrix
    uids = [uid for _study, _series, uid in itertools.islice(seg.get_source_image_uids(), 5)]
    yield lambda: seg.get_pixels_by_source_instance(uids, combine_segments=True)
    yield lambda: seg.get_pixels_by_source_frame(uids[0] if uids else "1.2.3", [1, 2])


def read_everything(data: bytes) -> int:
    """Do all that reading an object consists of; return how much of it succeeded.

    Raises
    ------
    Exception
        One that is no SegError.
    """
    done = 0
    try:
        for reading in _readings(data):
            try:
                reading()
                done += 1
            except SegError as error:
                assert str(error)
    except SegError as error:
        assert str(error)
    return done
