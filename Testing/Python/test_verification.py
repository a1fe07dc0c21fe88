"""What was written is read back before it gets its name."""

import os

import numpy as np
import pytest

from dicomsegcodec import verification
from dicomsegcodec.codecs import TRANSFER_SYNTAXES
from dicomsegcodec.errors import Cancelled, VerificationFailed
from dicomsegcodec.layers import FractionLayer, LabelLayer, LayeredSegmentation
from dicomsegcodec.sources import SourceImages
from dicomsegcodec.write import WriteOptions, write_segmentation
from series import make_series
from strategies import plain_segments

KINDS = ("BINARY", "LABELMAP", "FRACTIONAL")


def planned(kind: str, shape: tuple[int, int, int] = (4, 33, 37)) -> tuple[LayeredSegmentation, SourceImages]:
    sources = SourceImages.of(make_series(shape))
    random = np.random.default_rng(4)
    if kind == "FRACTIONAL":
        fractions = (FractionLayer(random.random(shape).astype(np.float32), 1),)
        return LayeredSegmentation(sources.planes, plain_segments([1]), (), fractions), sources
    labels = LabelLayer(random.integers(0, 3, shape).astype(np.uint8), {1: 1, 2: 2})
    return LayeredSegmentation(sources.planes, plain_segments([1, 2]), (labels,)), sources


def options(kind: str, uid: str) -> WriteOptions:
    return WriteOptions(segmentation_type=kind, transfer_syntax_uid=uid)


def combinations() -> list[tuple[str, str]]:
    bits = {"BINARY": 1, "LABELMAP": 8, "FRACTIONAL": 8}
    return [
        (kind, uid)
        for kind in KINDS
        for uid, syntax in TRANSFER_SYNTAXES.items()
        if bits[kind] in syntax.writes
    ]


@pytest.mark.parametrize(("kind", "uid"), combinations())
def test_what_is_right_passes(kind, uid, tmp_path):
    segmentation, sources = planned(kind)
    write_segmentation(tmp_path / "a.dcm", segmentation, sources, options(kind, uid), verify=True)
    assert [file.name for file in tmp_path.iterdir()] == ["a.dcm"]


@pytest.mark.parametrize(("kind", "uid"), combinations())
def test_a_pixel_that_reads_back_otherwise_leaves_no_file(kind, uid, tmp_path, monkeypatch):
    segmentation, sources = planned(kind)
    find = verification.open_segmentation

    def on_a_bad_disk(path):
        stored = find(path)
        pixels = segmentation.fractions[0].pixels if kind == "FRACTIONAL" else segmentation.layers[0].pixels
        pixels[2, 5, 5] = 0 if pixels[2, 5, 5] else 1
        return stored

    monkeypatch.setattr(verification, "open_segmentation", on_a_bad_disk)
    with pytest.raises(VerificationFailed, match=r"read back|restored"):
        write_segmentation(tmp_path / "a.dcm", segmentation, sources, options(kind, uid), verify=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", [b"", b"\xff"])
def test_a_file_that_cannot_be_read_back_leaves_none(damage, tmp_path, monkeypatch):
    segmentation, sources = planned("BINARY")
    find = verification.open_segmentation

    def cut(path):
        os.truncate(path, 2000)
        with open(path, "r+b") as file:
            file.write(damage)
        return find(path)

    monkeypatch.setattr(verification, "open_segmentation", cut)
    with pytest.raises(VerificationFailed, match="read back"):
        write_segmentation(tmp_path / "a.dcm", segmentation, sources, verify=True)
    assert not list(tmp_path.iterdir())


def test_segments_and_places_are_compared(tmp_path, monkeypatch):
    segmentation, sources = planned("BINARY")
    find = verification.open_segmentation
    for wrong, words in ((_moved, "from its place"), (_renumbered, "another segment"), (_fewer, "frames")):
        monkeypatch.setattr(verification, "open_segmentation", lambda path, wrong=wrong: wrong(find(path)))
        with pytest.raises(VerificationFailed, match=words):
            write_segmentation(tmp_path / "a.dcm", segmentation, sources, verify=True)
        assert not (tmp_path / "a.dcm").exists()


def test_reading_back_can_be_cancelled(tmp_path):
    segmentation, sources = planned("LABELMAP")
    with pytest.raises(Cancelled):
        write_segmentation(
            tmp_path / "a.dcm",
            segmentation,
            sources,
            options("LABELMAP", "1.2.840.10008.1.2.5"),
            lambda _fraction, stage: stage == "Reading back",
            verify=True,
        )
    assert not list(tmp_path.iterdir())


def _moved(stored):
    positions = tuple(
        f"{float(p.split(chr(92))[0]) + 1}" + p[p.index("\\") :] for p in stored.planes.positions
    )
    object.__setattr__(stored.planes, "positions", positions)
    return stored


def _renumbered(stored):
    stored.table.segment[:] = stored.table.segment[::-1].copy()
    return stored


def _fewer(stored):
    object.__setattr__(stored.frames, "count", stored.frames.count - 1)
    return stored
