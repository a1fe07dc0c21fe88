"""Total pixel matrices that are not in memory: what is read of them, how often, and what memory it takes."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicomsegcodec as hd
from dicomsegcodec import chunked, resampling
from dicomsegcodec.chunked import ChunkCache, first_frame, with_chunks_kept
from dicomsegcodec.resampling import Resampled
from test_slides import segmentation, slide

MATRIX, TILE, CHUNK = (700, 900), (32, 48), (128, 160)


class Stored:
    """What zarr, dask and HDF5 arrays are to us: a shape, a type, slices; chunks, or none that are stated."""

    def __init__(self, array: np.ndarray, chunk: tuple[int, ...] | None = None, dask: bool = False) -> None:
        self._array = array
        self.shape, self.ndim, self.dtype = array.shape, array.ndim, array.dtype
        self.largest, self.read = 0, Counter()
        self._chunk = chunk
        if chunk is not None:
            sizes = [
                (c,) * (n // c) + ((n % c,) if n % c else ()) for n, c in zip(array.shape, chunk, strict=True)
            ]
            self.chunks = tuple(sizes) if dask else chunk

    def __getitem__(self, key: tuple) -> np.ndarray:
        part = self._array[key]
        self.largest = max(self.largest, part.size)
        if self._chunk is not None:
            ranges = [
                range(*k.indices(n)) if isinstance(k, slice) else range(k, k + 1)
                for k, n in zip(key, self.shape, strict=False)
            ]
            touched = [sorted({i // c for i in r}) for r, c in zip(ranges, self._chunk, strict=False)]
            self.read.update(
                (*place,) for place in np.array(np.meshgrid(*touched)).reshape(len(touched), -1).T.tolist()
            )
        return part


def blobs(matrix: tuple[int, int] = MATRIX) -> np.ndarray:
    """Return labels 1 and 2 in some places, and nothing in most."""
    array = np.zeros(matrix, np.uint8)
    for number, (row, column) in enumerate([(40, 70), (300, 310), (560, 640), (90, 800), (650, 20)]):
        array[row : row + 130, column : column + 90] = number % 2 + 1
    return array


@pytest.mark.parametrize("dask", [False, True], ids=["zarr", "dask"])
@pytest.mark.parametrize(("kind", "passes"), [("LABELMAP", 3), ("BINARY", 4), ("FRACTIONAL", 4)])
def test_each_chunk_is_read_once_in_each_pass(kind: str, passes: int, dask: bool, tmp_path: Path) -> None:
    array, image = blobs(), slide(MATRIX, TILE)
    matrix = Stored(array, CHUNK, dask)
    segmentation(image, matrix, kind, tile_pixel_array=True).save_as(tmp_path / "seg.dcm")
    # To look for values, to look where they are, and to write; what is kept in between saves some.
    assert max(matrix.read.values()) <= passes
    assert matrix.largest <= np.prod(CHUNK)
    back = hd.seg.segread(tmp_path / "seg.dcm").get_total_pixel_matrix(combine_segments=True)
    np.testing.assert_array_equal(back, array)


def test_where_memory_holds_no_row_of_chunks_each_is_read_once_for_a_row_of_tiles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = 3 * int(np.prod(CHUNK))
    monkeypatch.setattr(chunked, "_BYTES_KEPT", kept)
    array, matrix = blobs(), Stored(blobs(), CHUNK)
    cache = with_chunks_kept(matrix, TILE)
    assert isinstance(cache, ChunkCache)
    for row in range(0, MATRIX[0], TILE[0]):
        for column in range(0, MATRIX[1], TILE[1]):
            window = (slice(row, row + TILE[0]), slice(column, column + TILE[1]))
            np.testing.assert_array_equal(cache[window], array[window])
            assert sum(block.nbytes for block in cache._kept.values()) <= kept
    assert max(matrix.read.values()) == CHUNK[0] // TILE[0]


@given(
    matrix=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    chunk=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    segments=st.sampled_from((None, 3)),
    data=st.data(),
)
def test_a_matrix_whose_chunks_are_kept_is_the_matrix(matrix, chunk, segments, data) -> None:
    array = np.random.default_rng(0).integers(0, 99, matrix if segments is None else (*matrix, segments))
    cache = ChunkCache(Stored(array), chunk)
    assert (cache.shape, cache.ndim, cache.dtype) == (array.shape, array.ndim, array.dtype)
    for _ in range(3):
        top, left = data.draw(st.integers(0, matrix[0] - 1)), data.draw(st.integers(0, matrix[1] - 1))
        window = (
            slice(top, top + data.draw(st.integers(1, 50))),
            slice(left, left + data.draw(st.integers(1, 50))),
        )
        key = window if segments is None or data.draw(st.booleans()) else (*window, 1)
        np.testing.assert_array_equal(cache[key], array[key])


def test_only_chunks_that_tiles_share_are_kept() -> None:
    array = blobs()
    assert with_chunks_kept(array, TILE) is array
    for matrix in (Stored(array), Stored(array, TILE), Stored(array, (16, 48))):
        assert with_chunks_kept(matrix, TILE) is matrix


@pytest.mark.parametrize("kind", ["LABELMAP", "BINARY"])
def test_of_a_matrix_without_chunks_no_more_than_a_tile_is_read_at_once(kind: str) -> None:
    matrix = Stored(blobs())
    seg = segmentation(slide(MATRIX, TILE), matrix, kind, tile_pixel_array=True)
    np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), blobs())
    assert matrix.largest <= np.prod(TILE)


@pytest.mark.parametrize("segments", [None, 2], ids=["labels", "stacked"])
def test_a_first_axis_of_one_frame_is_not_read_to_be_left_out(segments: int | None) -> None:
    labels = blobs()
    array = labels[None] if segments is None else np.stack([labels == 1, labels == 2], axis=-1)[None]
    matrix = Stored(array, (1, *CHUNK, 1)[: array.ndim])
    seg = segmentation(slide(MATRIX, TILE), matrix, "BINARY", tile_pixel_array=True)
    np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), labels)
    assert matrix.largest <= np.prod(CHUNK)
    np.testing.assert_array_equal(first_frame(array), array[0])
    np.testing.assert_array_equal(first_frame(matrix)[3:7], array[0, 3:7])


@pytest.mark.parametrize("average", [False, True])
def test_a_smaller_view_reads_what_it_is_made_of_in_parts(
    average: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    array = np.random.default_rng(0).random((211, 307)).astype(np.float32)
    size = (13, 29)
    whole = Resampled(array, size, average=average)[:, :]
    monkeypatch.setattr(resampling, "_PIXELS_AT_ONCE", 2000)
    matrix = Stored(array)
    np.testing.assert_allclose(Resampled(matrix, size, average=average)[:, :], whole, rtol=1e-6)
    assert matrix.largest <= 2000
    one = Resampled(matrix, (1, 1), average=average)[:, :]  # a single pixel cannot be halved
    assert one.shape == (1, 1)


@pytest.mark.parametrize("kind", ["LABELMAP", "BINARY"])
def test_a_pyramid_of_a_chunked_matrix_reads_it_in_parts(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampling, "_PIXELS_AT_ONCE", 4 * int(np.prod(CHUNK)))
    labels = blobs()
    matrix = Stored(labels[None], (1, *CHUNK))
    descriptions = [
        hd.seg.SegmentDescription(
            n,
            f"Segment {n}",
            hd.sr.CodedConcept("1", "99X", "a"),
            hd.sr.CodedConcept("1", "99X", "a"),
            "MANUAL",
        )
        for n in (1, 2)
    ]
    levels = hd.seg.create_segmentation_pyramid(
        [slide(MATRIX, TILE)], [matrix], kind, descriptions, hd.UID(), 1, "Maker", "Model", "1", "1", [4.0]
    )
    assert matrix.largest <= 4 * np.prod(CHUNK)
    np.testing.assert_array_equal(levels[0].get_total_pixel_matrix(combine_segments=True), labels)
    np.testing.assert_array_equal(levels[1].get_total_pixel_matrix(combine_segments=True), labels[2::4, 2::4])


MAPPED = """
import resource, sys
import numpy as np
from test_slides import segmentation, slide

path, side, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with open(path + "/matrix", "wb") as file:
    file.truncate(side * side)  # a hole, which takes no room on the disk
matrix = np.memmap(path + "/matrix", np.uint8, "r+", shape=(side, side))
matrix[100:1500, 700:2100] = 1
matrix[-900:, -900:] = 2
small = segmentation(slide(), np.ones((50, 34), np.uint8), kind, 1, tile_pixel_array=True)
small.save_as(path + "/small.dcm")  # so that everything is imported
with open("/proc/self/status") as status:
    taken = next(int(line.split()[1]) << 10 for line in status if line.startswith("VmData"))
# Of what is private to the process, so not of the map, only so much more: else MemoryError.
limit = taken + (48 << 20)
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
seg = segmentation(slide((side, side), (512, 512)), matrix, kind, 2, tile_pixel_array=True)
seg.save_as(path + "/seg.dcm")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory and its use are those of Linux")
@pytest.mark.parametrize("kind", ["LABELMAP", "BINARY"])
def test_a_map_of_144_megabytes_is_written_within_48(kind: str, tmp_path: Path) -> None:
    side = 12_000
    run = subprocess.run(
        [sys.executable, "-c", MAPPED, tmp_path, str(side), kind],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
        env={"PYTHONPATH": ":".join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
    )
    assert run.returncode == 0, run.stderr
    seg = hd.seg.segread(tmp_path / "seg.dcm")
    part = seg.get_total_pixel_matrix(1001, 2001, 1501, 2501, combine_segments=True)
    expected = np.zeros((1000, 1000), np.uint8)
    expected[:500, :600] = 1
    np.testing.assert_array_equal(part, expected)
    corner = seg.get_total_pixel_matrix(side - 999, None, side - 999, None, combine_segments=True)
    assert corner.sum() == 2 * 900 * 900 and corner[100, 100] == 2
