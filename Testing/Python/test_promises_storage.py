"""What the checklist promises of fractions, bits, compression and frames; a short proof for each row."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

import dicomsegcodec as hd
from objects import construct
from promises import (
    IMAGES,
    JPEG_2000,
    JPEG_LS,
    LABELS,
    MATRIX,
    RLE,
    SHAPE,
    by_image,
    frames_of,
    proves,
    slide_of,
    written,
)
from series import make_series
from validators import DEFLATED_IMAGE_FRAME, inflated_frames


@proves("S49", "D8")
def test_fractions_are_stored_to_the_nearest_part_of_the_largest_value(tmp_path: Path) -> None:
    fractions = np.random.default_rng(3).random(SHAPE).astype(np.float32)
    fractions[:, 0, 0] = 1
    for largest in (255, 1, 100):
        given = {} if largest == 255 else {"max_fractional_value": largest}
        seg = written(construct(IMAGES, fractions, kind="FRACTIONAL", **given), tmp_path)
        assert seg.MaximumFractionalValue == largest
        assert seg.BitsAllocated == 8
        assert seg.pixel_array[:, 0, 0].tolist() == [largest] * 4
        np.testing.assert_array_equal(seg.pixel_array, np.around(fractions * np.float32(largest)))


@proves("S50", "S51")
def test_floats_go_in_and_come_out_as_fractions() -> None:
    for dtype in (np.float32, np.float64):
        fractions = np.random.default_rng(4).random(SHAPE).astype(dtype)
        back = by_image(construct(IMAGES, fractions, kind="FRACTIONAL"))
        assert back.dtype == np.float32
        np.testing.assert_allclose(back[..., 0], fractions, atol=0.5 / 255 + 1e-6)


@proves("S52", "D24")
def test_fractions_of_several_segments_are_stacked() -> None:
    stack = np.random.default_rng(6).random((*SHAPE, 2)).astype(np.float32)
    back = by_image(construct(IMAGES, stack, [1, 2], "FRACTIONAL"))
    np.testing.assert_allclose(back, stack, atol=0.5 / 255 + 1e-6)


@proves("S54", "D1", "D2")
def test_bits_follow_each_other_across_frames_to_a_padding_of_nulls(tmp_path: Path) -> None:
    for shape in ((3, 2, 3), (1, 1, 1), (5, 5, 7), (3, 11, 13), (4, 6, 9)):
        masks = np.random.default_rng(7).integers(0, 2, shape).astype(bool)
        images = hd.spatial.sort_datasets(make_series(shape))  # frames are stored in this order
        data = written(construct(images, masks, omit_empty_frames=False), tmp_path).PixelData
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        assert len(data) == -(-masks.size // 16) * 2
        np.testing.assert_array_equal(bits[: masks.size].reshape(shape), masks)
        assert not bits[masks.size :].any()


@proves("S55")
def test_binary_is_compressed_by_jpeg_2000_with_one_bit(tmp_path: Path) -> None:
    masks = np.zeros((3, 40, 45), bool)
    masks[:, 5:30, 7:20] = True
    seg = written(construct(make_series(masks.shape), masks, transfer_syntax_uid=JPEG_2000), tmp_path)
    assert seg.file_meta.TransferSyntaxUID == JPEG_2000
    assert (seg.BitsAllocated, seg.BitsStored) == (1, 1)
    np.testing.assert_array_equal(seg.pixel_array, masks)


@proves("S56")
def test_other_types_are_compressed_without_loss(tmp_path: Path) -> None:
    images = make_series((4, 40, 45))
    labels = np.zeros((4, 40, 45), np.uint8)
    labels[:, 3:30, 5:20], labels[2, 9:11] = 1, 2
    for kind in ("LABELMAP", "FRACTIONAL"):
        plain = written(construct(images, labels, [1, 2], kind), tmp_path)
        assert plain.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
        for uid in ("1.2.840.10008.1.2", RLE, JPEG_LS, JPEG_2000):
            seg = written(construct(images, labels, [1, 2], kind, transfer_syntax_uid=uid), tmp_path)
            assert seg.file_meta.TransferSyntaxUID == uid
            np.testing.assert_array_equal(seg.pixel_array, plain.pixel_array)


@proves("S57")
def test_workers_compress_the_same(tmp_path: Path) -> None:
    labels = np.zeros((4, 40, 45), np.uint8)
    labels[:, 3:30, 5:20] = 1
    images = make_series(labels.shape)

    def frames(workers: object) -> bytes:
        seg = construct(images, labels, kind="LABELMAP", transfer_syntax_uid=JPEG_2000, workers=workers)
        return written(seg, tmp_path).PixelData

    with ThreadPoolExecutor(2) as executor:
        assert frames(0) == frames(2) == frames(-1) == frames(executor)
    with pytest.warns(UserWarning, match="not used"):
        construct(images, labels, workers=2)


@proves("S58")
def test_empty_frames_are_left_out_unless_all_are() -> None:
    for kind, kept, all_of_them in (("BINARY", 3 + 1, 8), ("FRACTIONAL", 3 + 1, 8), ("LABELMAP", 3, 4)):
        assert construct(IMAGES, LABELS, [1, 2], kind).NumberOfFrames == kept
        seg = construct(IMAGES, LABELS, [1, 2], kind, omit_empty_frames=False)
        assert seg.NumberOfFrames == all_of_them
        empty = construct(IMAGES, LABELS * 0, [1, 2], kind)
        assert empty.NumberOfFrames == all_of_them
        assert any("empty" in finding.text for finding in empty.findings)


@proves("S59")
def test_a_segmentation_is_a_data_set_of_pydicom(tmp_path: Path) -> None:
    seg = construct(IMAGES, LABELS, [1, 2])
    assert isinstance(seg, Dataset)
    assert seg.pixel_array.shape == (4, 6, 9)
    np.testing.assert_array_equal(seg.pixel_array, written(seg, tmp_path).pixel_array)
    seg.PatientName = "Roe^Jane"
    assert written(seg, tmp_path).PatientName == "Roe^Jane"


@proves("S60")
def test_dimension_indices_are_the_ranks_of_what_they_point_to() -> None:
    for seg in (
        construct(IMAGES, LABELS, [1, 2]),
        construct(IMAGES, LABELS, [1, 2], "LABELMAP"),
        construct(slide_of(), MATRIX, tile_pixel_array=True),
    ):
        pointers = [item.DimensionIndexPointer for item in seg.DimensionIndexSequence]
        groups = [item.FunctionalGroupPointer for item in seg.DimensionIndexSequence]
        shared = seg.SharedFunctionalGroupsSequence[0]
        indices, values = [], []
        for frame in frames_of(seg):
            index = frame.FrameContentSequence[0].DimensionIndexValues
            indices.append(list(index) if len(pointers) > 1 else [index])
            values.append(
                [(frame.get(g) or shared[g]).value[0][p].value for g, p in zip(groups, pointers, strict=True)]
            )
        assert indices == sorted(indices)
        for column in range(len(pointers)):
            pairs = {i[column]: v[column] for i, v in zip(indices, values, strict=True)}
            assert sorted(pairs) == list(range(1, len(pairs) + 1))
            assert all(pairs[i[column]] == v[column] for i, v in zip(indices, values, strict=True))
        organizations = {item.DimensionOrganizationUID for item in seg.DimensionOrganizationSequence}
        assert organizations == {item.DimensionOrganizationUID for item in seg.DimensionIndexSequence}


@proves("B7")
def test_compressed_frames_have_an_offset_table(tmp_path: Path) -> None:
    for extended in (False, True):
        seg = construct(
            IMAGES,
            LABELS,
            [1, 2],
            "LABELMAP",
            transfer_syntax_uid=RLE,
            use_extended_offset_table=extended,
        )
        plain = written(seg, tmp_path)
        assert plain.PixelData[:8] == bytes.fromhex("feff00e0") + (0 if extended else 12).to_bytes(
            4, "little"
        )
        assert ("ExtendedOffsetTable" in plain) == extended
        np.testing.assert_array_equal(plain.pixel_array, LABELS[1:])


@proves("N1")
def test_frames_and_files_are_deflated(tmp_path: Path) -> None:
    for kind, array in (("BINARY", LABELS == 1), ("LABELMAP", LABELS), ("FRACTIONAL", LABELS / 4)):
        numbers = [1, 2] if kind == "LABELMAP" else [1]
        plain = written(construct(IMAGES, array, numbers, kind), tmp_path)
        seg = construct(IMAGES, array, numbers, kind, transfer_syntax_uid="1.2.840.10008.1.2.1.99")
        assert written(seg, tmp_path).PixelData == plain.PixelData
        seg = construct(IMAGES, array, numbers, kind, transfer_syntax_uid=DEFLATED_IMAGE_FRAME)
        frames = np.stack(inflated_frames(written(seg, tmp_path)))
        np.testing.assert_array_equal(frames, plain.pixel_array)
        np.testing.assert_array_equal(by_image(hd.seg.segread(tmp_path / "written.dcm")), by_image(seg))


@proves("N3")
def test_a_file_is_written_in_slabs_and_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    shape = (20, 512, 512)
    labels = np.zeros(shape, np.uint8)
    labels[:, 5:500, 5:500] = np.arange(1, 11).repeat(2)[:, None, None]
    seg = construct(make_series(shape), labels, range(1, 11), "FRACTIONAL", omit_empty_frames=False)
    tracemalloc.start()
    seg.save_as(tmp_path / "large.dcm")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "large.dcm").stat().st_size > 10 * labels.size > 20 * peak
    (tmp_path / "large.dcm").unlink()
    for when in (0.0, 0.5, 0.99):
        with pytest.raises(hd.errors.Cancelled):
            seg.save_as(tmp_path / "large.dcm", progress=lambda done, _stage, when=when: done >= when)
        assert list(tmp_path.iterdir()) == []


@proves("D6")
def test_fractions_that_round_to_nothing_are_empty_frames() -> None:
    seg = construct(IMAGES, np.full(SHAPE, 0.001), kind="FRACTIONAL")
    assert seg.NumberOfFrames == 4 and not seg.pixel_array.any()
    some = np.where(LABELS == 2, 0.5, 0.001)
    assert construct(IMAGES, some, kind="FRACTIONAL").NumberOfFrames == 1
