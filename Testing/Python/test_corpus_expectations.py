"""Files of other writers hold what other readers found in them, as `record_corpus.py` has recorded it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dicomsegcodec as hd
from dicomsegcodec.errors import IrregularPlanes, MissingAttribute
from dicomsegcodec.read import open_segmentation
from objects import masks_of

EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[1] / "Data" / "corpus_expectations.json").read_text(encoding="utf-8")
)
every_file = pytest.mark.parametrize("name", EXPECTED)


def expected_segments(name: str) -> dict[int, dict[str, Any]]:
    """Return the segments that we should find: those that others found, but where we say why not."""
    left_out = EXPECTED[name].get("differs", {}).get("without_segments", [])
    return {int(n): s for n, s in EXPECTED[name]["segments"].items() if int(n) not in left_out}


def test_every_file_of_the_corpus_is_recorded(corpus: Path) -> None:
    assert all((corpus / name).is_file() for name in EXPECTED)
    listed = (corpus / "manifest.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(EXPECTED) == len(listed) == 28


def test_each_difference_has_a_reason() -> None:
    for name, found in EXPECTED.items():
        if "differs" in found:
            assert len(found["differs"]["reason"]) > 40, name


@every_file
def test_the_file_is_the_one_that_was_recorded(name: str, corpus: Path) -> None:
    assert hashlib.sha256((corpus / name).read_bytes()).hexdigest() == EXPECTED[name]["sha256"]


@every_file
def test_segments_and_voxels_are_those_that_others_found(name: str, corpus: Path) -> None:
    stored = open_segmentation(corpus / name)
    found = EXPECTED[name]
    assert str(stored.segmentation_type) == found["type"]
    assert (stored.number_of_frames, stored.rows, stored.columns) == (
        found["frames"],
        found["rows"],
        found["columns"],
    )
    expected = expected_segments(name)
    assert [s.number for s in stored.segments] == list(expected)
    frames = np.stack(list(stored.frames.frames(range(stored.number_of_frames))))
    labels = stored.segmentation_type == "LABELMAP"
    for segment in stored.segments:
        other = expected[segment.number]
        mine = frames if labels else frames[stored.table.segment == segment.number]
        held = mine == segment.number if labels else mine != 0
        assert segment.label == other["label"]
        assert segment.type.meaning == other["type"]
        assert other["frames"] in (None, len(mine))
        assert int(held.sum()) == other["voxels"]
        assert int((np.flatnonzero(held) + 1).sum()) == other["places"]
        assert other["sum_of_values"] in (None, int(mine.sum(dtype=np.int64)))


@every_file
def test_volumes_hold_as_many_voxels_where_others_have_them(name: str, corpus: Path) -> None:
    seg = hd.seg.segread(corpus / name)
    expected, grid = expected_segments(name), EXPECTED[name].get("volume")
    try:
        volume = seg.get_volume(rescale_fractional=False)
    except (IrregularPlanes, MissingAttribute):
        assert grid is None, "others have a volume of it"
        return
    for channel, number in enumerate(seg.segment_numbers):
        assert int((volume.array[..., channel] != 0).sum()) == expected[number]["voxels"]
    if grid is not None:
        assert list(volume.spatial_shape) == grid["shape"]
        # How far the next plane would be where there is one: we go by Slice Thickness, highdicom takes 1 mm.
        axes = [0, 1, 2, 3] if grid["shape"][0] > 1 else [1, 2, 3]
        np.testing.assert_allclose(volume.affine[:, axes], np.array(grid["affine"])[:, axes], atol=2e-5)


@every_file
def test_layers_hold_as_many_voxels(name: str, corpus: Path) -> None:
    stored = open_segmentation(corpus / name)
    expected = expected_segments(name)
    if stored.planes is None:
        pytest.skip("its frames have no place in a patient: there is no grid to lay them on")
    if stored.segmentation_type == "FRACTIONAL":
        found = {f.segment: np.asarray(f.pixels) != 0 for f in stored.read_fractions().fractions}
    else:
        found = masks_of(stored.read_layers())
    assert {n: int(mask.sum()) for n, mask in found.items()} == {n: s["voxels"] for n, s in expected.items()}
