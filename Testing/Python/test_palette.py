"""Colours of a label map: tables to and from data sets, what an object with them is, ICC profiles."""

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.data import get_palette_files
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_color_lut
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRBigEndian, RLELossless

import dicomsegcodec as hd
from dicomsegcodec.color import cielab_to_rgb
from dicomsegcodec.errors import (
    ArgumentError,
    MissingAttribute,
    PaletteMismatch,
    ReadError,
    UnusableIccProfile,
)
from dicomsegcodec.icc_profile import check_icc_profile, srgb_profile
from dicomsegcodec.palette import Palette, check_palette, palette_of_segments, read_palette, write_palette
from dicomsegcodec.read import open_segmentation
from dicomsegcodec.segmented_table import expand
from dicomsegcodec.segments import Segment
from dicomsegcodec.write import WriteOptions
from objects import construct, describe, uids_of
from series import make_series
from test_header import dciodvfy

MASK = np.zeros((3, 5, 7), np.uint8)
MASK[1, 2:4, 2:5] = 1
MASK[2, 1, 1:4] = 2
BLACK_RED_TEAL = hd.PaletteColorLUTTransformation.from_colors(["black", "#ff0000", "rgb(0, 128, 128)"])


@st.composite
def palettes(draw: st.DrawFn) -> Palette:
    dtype = draw(st.sampled_from([np.uint8, np.uint16]))
    entries = draw(st.integers(1, 12) | st.sampled_from([255, 256, 257, 65535, 65536]))
    first = draw(st.integers(0, 65535))
    seed = draw(st.integers(0, 2**32 - 1))
    colors = np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, (entries, 3), dtype, endpoint=True)
    return Palette(colors, first, draw(st.sampled_from(["", "1.2.3"])))


def described(*colors: str | None) -> list[hd.seg.SegmentDescription]:
    """Return descriptions with these display colours."""
    return [
        hd.seg.SegmentDescription(
            n,
            f"Segment {n}",
            codes.SCT.Tissue,
            codes.SCT.Bone,
            "MANUAL",
            display_color=None if color is None else hd.color.CIELabColor.from_string(color),
        )
        for n, color in enumerate(colors, start=1)
    ]


def colored(**other: object) -> hd.seg.Segmentation:
    """Return a label map with a palette."""
    given = {"palette_color_lut_transformation": BLACK_RED_TEAL, **other}
    return construct(make_series((3, 5, 7)), MASK, (1, 2), "LABELMAP", **given)


# --- tables -------------------------------------------------------------------------------------------------


@given(palette=palettes())
def test_a_palette_is_read_as_it_was_written(palette: Palette) -> None:
    dataset = Dataset()
    write_palette(dataset, palette)
    back = read_palette(dataset)
    assert back is not None
    np.testing.assert_array_equal(back.colors, palette.colors)
    assert back.colors.dtype == palette.colors.dtype
    assert (back.first_mapped_value, back.uid) == (palette.first_mapped_value, palette.uid)
    assert dataset.RedPaletteColorLookupTableDescriptor[0] == len(palette.colors) % 65536
    assert len(dataset.BluePaletteColorLookupTableData) % 2 == 0


@given(palette=palettes(), data=st.data())
def test_stored_values_get_their_color_and_those_beyond_the_table_that_at_its_end(palette, data) -> None:
    dtype = data.draw(st.sampled_from([np.uint8, np.uint16, np.int16, np.int64]))
    shape = data.draw(st.sampled_from([(), (3,), (2, 0, 3), (2, 3, 4)]))
    labels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)
    colors = palette.apply(labels)
    assert colors.shape == (*shape, 3)
    for label, color in zip(labels.ravel().tolist(), colors.reshape(-1, 3), strict=True):
        entry = min(max(label - palette.first_mapped_value, 0), len(palette.colors) - 1)
        assert color.tolist() == palette.colors[entry].tolist()


def test_values_that_are_no_integers_have_no_color() -> None:
    with pytest.raises(ArgumentError, match="float32"):
        BLACK_RED_TEAL.apply(np.zeros((2, 2), np.float32))


@given(palette=palettes())
def test_pydicom_and_highdicom_show_the_same_colors(palette: Palette) -> None:
    highdicom = pytest.importorskip("highdicom")
    transformation = hd.PaletteColorLUTTransformation.from_palette(palette)
    peer = highdicom.PaletteColorLUTTransformation.extract_from_dataset(transformation)
    theirs = [lut.lut_data for lut in (peer.red_lut, peer.green_lut, peer.blue_lut)]
    np.testing.assert_array_equal(np.stack(theirs, axis=-1), transformation.combined_lut_data)
    assert peer.first_mapped_value == transformation.first_mapped_value
    labels = np.arange(palette.first_mapped_value, palette.first_mapped_value + len(palette.colors))
    # pydicom 3.0.2 takes the padding of an odd number of 8-bit entries for a part of the table.
    if labels[-1] > 65535 or (palette.bits == 8 and len(labels) % 2):
        return
    labels = labels.astype(np.uint16)
    np.testing.assert_array_equal(peer.red_lut.apply(labels), transformation.red_lut.apply(labels))
    image = Dataset()
    image.update(transformation)
    image.PixelRepresentation, image.PhotometricInterpretation = 0, "PALETTE COLOR"
    image.set_original_encoding(False, True)
    shown = apply_color_lut(labels[None], image)[0]
    np.testing.assert_array_equal(shown, transformation.apply(labels))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tables_of_highdicom_are_read(dtype: type) -> None:
    highdicom = pytest.importorskip("highdicom")
    table = np.random.default_rng(1).integers(0, np.iinfo(dtype).max, (5, 3), dtype)
    theirs = highdicom.PaletteColorLUTTransformation.from_combined_lut(
        table, first_mapped_value=7, palette_color_lut_uid="1.2.3"
    )
    ours = hd.PaletteColorLUTTransformation.extract_from_dataset(theirs)
    np.testing.assert_array_equal(ours.combined_lut_data, table)
    assert (ours.number_of_entries, ours.first_mapped_value, ours.bits_per_entry) == (
        theirs.number_of_entries,
        theirs.first_mapped_value,
        theirs.bits_per_entry,
    )
    assert ours.PaletteColorLookupTableUID == "1.2.3"


def test_a_transformation_is_put_together_of_three_tables() -> None:
    red, green, blue = (np.array(values, np.uint8) for values in ([0, 255, 1], [0, 0, 2], [9, 8, 7]))
    luts = [
        hd.PaletteColorLUT(first_mapped_value=1, lut_data=table, color=color)
        for table, color in ((red, "red"), (green, "GREEN"), (blue, "Blue"))
    ]
    made = hd.PaletteColorLUTTransformation(*luts, palette_color_lut_uid="1.2")
    for one in (made, pickle.loads(pickle.dumps(made))):
        np.testing.assert_array_equal(one.combined_lut_data, np.stack([red, green, blue], axis=-1))
        np.testing.assert_array_equal(one.green_lut.lut_data, green)
        assert (one.blue_lut.color, one.red_lut.bits_per_entry, one.red_lut.number_of_entries) == (
            "blue",
            8,
            3,
        )
        assert one.blue_lut.apply(np.array([[0, 1, 3, 200]])).tolist() == [[9, 9, 7, 7]]
        assert one.apply(np.array([2]), dtype=np.int32).tolist() == [[255, 0, 8]]
        assert not one.is_segmented
    with pytest.raises(TypeError):
        made.apply(np.array([2]), dtype=np.int8)
    with pytest.raises(ArgumentError, match="red_lut is a table of green"):
        hd.PaletteColorLUTTransformation(luts[1], luts[1], luts[2])
    with pytest.raises(TypeError):
        hd.PaletteColorLUTTransformation(red, green, blue)
    longer = hd.PaletteColorLUT(1, np.zeros(4, np.uint8), "blue")
    with pytest.raises(ArgumentError, match="alike"):
        hd.PaletteColorLUTTransformation(luts[0], luts[1], longer)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((0, np.zeros(3, np.int16), "red"), ValueError),
        ((0, [1, 2], "red"), TypeError),
        ((0, np.zeros(0, np.uint8), "red"), ValueError),
        ((0, np.zeros(65537, np.uint8), "red"), ValueError),
        ((0, np.zeros((2, 2), np.uint8), "red"), ValueError),
        ((-1, np.zeros(3, np.uint8), "red"), ValueError),
        ((65536, np.zeros(3, np.uint16), "red"), ValueError),
        ((1.0, np.zeros(3, np.uint8), "red"), TypeError),
        ((0, np.zeros(3, np.uint8), "alpha"), ValueError),
    ],
)
def test_a_table_that_cannot_be_stored_is_refused(arguments: tuple, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        hd.PaletteColorLUT(*arguments)
    assert isinstance(caught.value, hd.errors.SegError)


@pytest.mark.parametrize(
    ("colors", "first", "error"),
    [
        (np.zeros((3, 4), np.uint8), 0, ValueError),
        (np.zeros(3, np.uint8), 0, ValueError),
        (np.zeros((3, 3), np.float64), 0, ValueError),
        ([[0, 0, 0]], 0, TypeError),
        (np.zeros((3, 3), np.uint8), 65536, ValueError),
    ],
)
def test_colors_that_are_no_palette_are_refused(colors, first: int, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        hd.PaletteColorLUTTransformation.from_combined_lut(colors, first)
    assert isinstance(caught.value, hd.errors.SegError)


@pytest.mark.parametrize("colors", [[], "red", ["no such colour"]])
def test_colors_that_nobody_knows_are_refused(colors) -> None:
    with pytest.raises(ArgumentError):
        hd.PaletteColorLUTTransformation.from_colors(colors)


# --- tables in segments, and tables of other writers --------------------------------------------------------


@pytest.mark.parametrize("path", get_palette_files("*.dcm"), ids=lambda path: Path(path).stem)
def test_the_palettes_of_the_standard_are_read_as_pydicom_reads_them(path: str) -> None:
    stored = dcmread(path, force=True)
    palette = read_palette(stored)
    assert palette is not None and palette.colors.shape == (256, 3)
    values = np.arange(256, dtype=np.uint8)[None]
    shown = apply_color_lut(values, palette=str(stored.SOPInstanceUID))
    np.testing.assert_array_equal(palette.apply(values), shown)


def test_segments_of_all_kinds_are_expanded() -> None:
    # Three values; four on a line to 90; again both, from byte 0.
    eight = np.array([0, 3, 10, 20, 50, 1, 4, 90, 2, 2, 0, 0, 0, 0], np.uint8)
    assert expand(eight).tolist() == [10, 20, 50, 60, 70, 80, 90] * 2
    sixteen = np.array([0, 3, 10, 20, 50, 1, 4, 90, 2, 1, 10, 0], np.uint16)  # the line again, from byte 10
    assert expand(sixteen).tolist() == [10, 20, 50, 60, 70, 80, 90, 90, 90, 90, 90]
    lut = hd.SegmentedPaletteColorLUT(0, eight, "red")
    assert lut.lut_data.tolist() == expand(eight).tolist()
    np.testing.assert_array_equal(lut.segmented_lut_data, eight)
    assert lut.number_of_entries == 14


@pytest.mark.parametrize(
    "segments",
    [
        [3, 1, 1],
        [0, 3, 1],
        [1, 4, 90],
        [2, 1, 0, 0, 0, 0],
        [0, 1, 5, 2, 2, 3, 0, 0, 0],
        [0, 1, 5, 2, 1, 200, 0, 0, 0],
        [0, 1, 5, 1, 0, 9, 1],
    ],
)
def test_segments_that_make_no_sense_are_an_error(segments: list[int]) -> None:
    try:
        table = expand(np.array(segments, np.uint8))
    except ReadError:
        return
    # One value left over is the padding of an odd length.
    assert table.tolist() == [5] and segments[-1] == 1


@given(st.binary(max_size=60), st.sampled_from([np.uint8, np.uint16]))
def test_whatever_bytes_a_segmented_table_has_its_reading_ends(stored: bytes, dtype: type) -> None:
    words = np.frombuffer(stored[: len(stored) // 2 * 2], dtype)
    try:
        assert len(expand(words)) <= 1 << 20
    except ReadError as error:
        assert "palette" in str(error)


def stored_palette(first_bits: tuple[int, int], data: bytes, entries: int) -> Dataset:
    dataset = Dataset()
    for color in ("Red", "Green", "Blue"):
        setattr(dataset, f"{color}PaletteColorLookupTableDescriptor", [entries, *first_bits])
        setattr(dataset, f"{color}PaletteColorLookupTableData", data)
    return dataset


def test_tables_are_read_as_old_files_have_them() -> None:
    in_words = read_palette(stored_palette((0, 8), bytes([1, 0, 2, 0, 200, 0]), 3))
    assert in_words.colors[:, 0].tolist() == [1, 2, 200] and in_words.bits == 8
    unpadded = read_palette(stored_palette((0, 8), bytes([1, 2, 3]), 3))
    assert unpadded.colors[:, 0].tolist() == [1, 2, 3]
    negative = read_palette(stored_palette((-10, 8), bytes([1, 2]), 2))
    assert negative.first_mapped_value == 65526
    assert read_palette(Dataset()) is None


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tables_of_big_endian_files_are_read(dtype: type, tmp_path: Path) -> None:
    table = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (5, 3), dtype)
    dataset = Dataset()
    write_palette(dataset, Palette(table, 2))
    for color in ("Red", "Green", "Blue"):  # pydicom writes words as they are
        keyword = f"{color}PaletteColorLookupTableData"
        setattr(dataset, keyword, np.frombuffer(dataset[keyword].value, "<u2").astype(">u2").tobytes())
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2", "1.3"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    dataset.save_as(tmp_path / "big.dcm", enforce_file_format=True)
    back = read_palette(dcmread(tmp_path / "big.dcm"))
    np.testing.assert_array_equal(back.colors, table)
    assert back.first_mapped_value == 2


@pytest.mark.parametrize(
    ("dataset", "error"),
    [
        (stored_palette((0, 8), bytes(4), 9), ReadError),
        (stored_palette((0, 12), bytes(4), 4), ReadError),
    ],
)
def test_damaged_tables_are_an_error(dataset: Dataset, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_palette(dataset)


def test_tables_that_are_missing_or_differ_are_an_error() -> None:
    dataset = stored_palette((0, 8), bytes(4), 4)
    dataset.GreenPaletteColorLookupTableDescriptor = [4, 1, 8]
    with pytest.raises(ReadError, match="differ"):
        read_palette(dataset)
    del dataset.GreenPaletteColorLookupTableData
    with pytest.raises(MissingAttribute, match="GreenPaletteColorLookupTableData"):
        read_palette(dataset)
    with pytest.raises(MissingAttribute):
        hd.PaletteColorLUTTransformation.extract_from_dataset(Dataset())


# --- palettes of segments -----------------------------------------------------------------------------------


def test_a_palette_is_made_of_display_colors() -> None:
    palette = hd.PaletteColorLUTTransformation.from_segment_descriptions(
        described("red", "#008080"), background="navy", palette_color_lut_uid="1.2"
    )
    assert palette.combined_lut_data.tolist() == [[0, 0, 128], [255, 0, 0], [0, 128, 128], [255, 255, 255]]
    assert palette.PaletteColorLookupTableUID == "1.2"
    with pytest.raises(ArgumentError, match="Segment 2"):
        hd.PaletteColorLUTTransformation.from_segment_descriptions(described("red", None))
    with pytest.raises(ArgumentError):
        hd.PaletteColorLUTTransformation.from_segment_descriptions([])


@given(
    numbers=st.lists(st.integers(1, 400) | st.sampled_from([255, 256, 65535]), min_size=1, unique=True),
    seed=st.integers(0, 1000),
)
def test_a_palette_of_segments_fits_them_whatever_their_numbers(numbers: list[int], seed: int) -> None:
    stored = np.random.default_rng(seed).integers(0, 65536, (len(numbers), 3)).tolist()
    segments = [
        Segment(number=n, label="x", cielab=tuple(lab)) for n, lab in zip(numbers, stored, strict=True)
    ]
    palette = palette_of_segments(segments)
    check_palette(palette, segments)
    assert palette.rgb(0) == (0, 0, 0)
    assert palette.bits == (8 if max(numbers) < 256 else 16)
    assert len(palette.colors) % 2 == 0
    assert 0 < len(palette.colors) - max(numbers) <= 3
    assert (palette.colors[max(numbers) + 1 :] == np.iinfo(palette.colors.dtype).max).all()


# --- objects ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("syntax", [None, RLELossless])
def test_a_label_map_has_its_colors(syntax: str | None, tmp_path: Path) -> None:
    highdicom = pytest.importorskip("highdicom")
    other = {} if syntax is None else {"transfer_syntax_uid": syntax}
    images = make_series((3, 5, 7))
    seg = colored(source_images=images, **other)
    seg.save_as(tmp_path / "seg.dcm")
    assert dciodvfy(tmp_path / "seg.dcm") == []
    header = dcmread(tmp_path / "seg.dcm")
    assert header.PhotometricInterpretation == "PALETTE COLOR"
    assert "PresentationLUTShape" not in header
    assert header.ColorSpace == "SRGB"
    assert header.ICCProfile == srgb_profile()
    assert header.RedPaletteColorLookupTableDescriptor == [3, 0, 8]
    assert header["RedPaletteColorLookupTableDescriptor"].VR == "US"
    back = hd.seg.segread(tmp_path / "seg.dcm")
    labels = back.get_pixels_by_source_instance(uids_of(images), combine_segments=True)
    np.testing.assert_array_equal(labels, MASK)
    shown = hd.PaletteColorLUTTransformation.extract_from_dataset(back).apply(MASK)
    np.testing.assert_array_equal(shown, np.array([[0, 0, 0], [255, 0, 0], [0, 128, 128]])[MASK])
    peer = highdicom.seg.segread(tmp_path / "seg.dcm")
    theirs = peer.get_pixels_by_source_instance(
        uids_of(images), combine_segments=True, apply_palette_color_lut=True, apply_icc_profile=True
    )
    np.testing.assert_array_equal(theirs, shown)


def test_a_16_bit_label_map_has_colors_for_all_of_its_values(tmp_path: Path) -> None:
    highdicom = pytest.importorskip("highdicom")
    array = MASK.astype(np.uint16)
    array[array == 2] = 300
    colors = np.full((301, 3), 65535, np.uint16)
    colors[1], colors[300] = (65535, 1, 2), (3, 65534, 4)
    palette = hd.PaletteColorLUTTransformation.from_combined_lut(colors)
    images = make_series((3, 5, 7))
    seg = construct(images, array, (1, 300), "LABELMAP", palette_color_lut_transformation=palette)
    seg.save_as(tmp_path / "seg.dcm")
    assert dciodvfy(tmp_path / "seg.dcm") == []
    peer = highdicom.seg.segread(tmp_path / "seg.dcm")
    shown = peer.get_pixels_by_source_instance(
        uids_of(images), combine_segments=True, apply_palette_color_lut=True, apply_icc_profile=False
    )
    # Of an image without a frame highdicom shows black, whatever the palette says.
    np.testing.assert_array_equal(shown[1:], colors[array[1:]])


def test_display_colors_that_the_palette_shows_are_written_in_it_alone(tmp_path: Path) -> None:
    descriptions = described("red", "teal")
    palette = hd.PaletteColorLUTTransformation.from_segment_descriptions(descriptions)
    seg = colored(segment_descriptions=descriptions, palette_color_lut_transformation=palette)
    seg.save_as(tmp_path / "seg.dcm")
    assert dciodvfy(tmp_path / "seg.dcm") == []
    back = dcmread(tmp_path / "seg.dcm")
    assert len(back.SegmentSequence) == 3
    assert not any("RecommendedDisplayCIELabValue" in item for item in back.SegmentSequence)
    assert read_palette(back).rgb(2) == (0, 128, 128)
    assert descriptions[1].display_color.to_rgb() == (0, 128, 128)  # the caller's own stay as they are


def test_segments_are_read_in_the_colors_of_the_palette(tmp_path: Path) -> None:
    colored().save_as(tmp_path / "seg.dcm")
    stored = open_segmentation(tmp_path / "seg.dcm")
    assert [cielab_to_rgb(s.cielab) for s in stored.segments] == [
        pytest.approx((1, 0, 0), abs=1e-3),
        pytest.approx((0, 128 / 255, 128 / 255), abs=1e-3),
    ]
    assert stored.findings == ()
    damaged = dcmread(tmp_path / "seg.dcm")
    damaged.RedPaletteColorLookupTableDescriptor = [99, 0, 8]
    damaged.save_as(tmp_path / "damaged.dcm")
    stored = open_segmentation(tmp_path / "damaged.dcm")
    assert [s.cielab for s in stored.segments] == [None, None]
    assert [f.where for f in stored.findings] == ["PhotometricInterpretation"]


def test_what_is_written_is_what_the_palette_was_when_it_was_given() -> None:
    colors = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 255]], np.uint8)
    palette = hd.PaletteColorLUTTransformation.from_combined_lut(colors)
    seg = colored(palette_color_lut_transformation=palette)
    colors[:] = 7
    palette.RedPaletteColorLookupTableData = bytes(4)
    assert read_palette(seg).rgb(1) == (255, 0, 0)


def test_a_label_map_without_a_palette_has_no_profile() -> None:
    seg = construct(make_series((3, 5, 7)), MASK, (1, 2), "LABELMAP")
    assert seg.PhotometricInterpretation == "MONOCHROME2"
    assert seg.PresentationLUTShape == "IDENTITY"
    assert "ICCProfile" not in seg and "ColorSpace" not in seg


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"segmentation_type": "BINARY"}, TypeError),
        ({"segmentation_type": "FRACTIONAL"}, TypeError),
        ({"palette_color_lut_transformation": None, "icc_profile": b"x"}, TypeError),
        ({"palette_color_lut_transformation": "red"}, TypeError),
        ({"icc_profile": b"no profile"}, UnusableIccProfile),
        ({"icc_profile": "a path"}, TypeError),
        (
            {"palette_color_lut_transformation": BLACK_RED_TEAL.from_colors(["black", "red"])},
            PaletteMismatch,
        ),
        (
            {"palette_color_lut_transformation": BLACK_RED_TEAL.from_colors(["red", "blue"], 1)},
            PaletteMismatch,
        ),
        ({"segment_descriptions": described("red", "blue")}, PaletteMismatch),
    ],
)
def test_a_palette_that_does_not_fit_is_refused(other: dict, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        colored(**other)
    assert isinstance(caught.value, hd.errors.SegError)


def test_the_engine_refuses_what_the_constructor_refuses() -> None:
    palette = Palette(np.zeros((2, 3), np.uint8))
    with pytest.raises(TypeError):
        WriteOptions(palette=palette)
    with pytest.raises(TypeError):
        WriteOptions(segmentation_type="LABELMAP", icc_profile=srgb_profile())
    with pytest.raises(PaletteMismatch):
        check_palette(palette, [Segment(number=2, label="x")])


# --- ICC profiles -------------------------------------------------------------------------------------------


def test_the_srgb_profile_is_one_of_srgb_to_littlecms() -> None:
    cms = pytest.importorskip("PIL.ImageCms", reason="Pillow is not installed; it judges profiles")
    image = pytest.importorskip("PIL.Image")
    profile = cms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    core = profile.profile
    assert (core.device_class.strip(), core.xcolor_space.strip(), core.connection_space.strip()) == (
        "scnr",
        "RGB",
        "XYZ",
    )
    assert cms.getProfileDescription(profile).strip() == "sRGB"
    assert cms.isIntentSupported(profile, cms.Intent.PERCEPTUAL, cms.Direction.INPUT)
    reference = cms.createProfile("sRGB")
    colors = np.stack(np.meshgrid(*[np.arange(0, 256, 5, np.uint8)] * 3), axis=-1).reshape(-1, 52, 3)
    transform = cms.buildTransform(profile, reference, "RGB", "RGB")
    np.testing.assert_array_equal(np.asarray(cms.applyTransform(image.fromarray(colors), transform)), colors)
    check_icc_profile(srgb_profile())
    assert len(srgb_profile()) % 4 == 0


def test_a_profile_of_the_caller_is_written_as_it_is(tmp_path: Path) -> None:
    own = srgb_profile()[:-4] + b"\x00\x00\x00\x00"
    own = own[:24] + bytes(12) + own[36:]  # another date
    colored(icc_profile=own).save_as(tmp_path / "seg.dcm")
    header = dcmread(tmp_path / "seg.dcm")
    assert header.ICCProfile == own
    assert "ColorSpace" not in header
    assert dciodvfy(tmp_path / "seg.dcm") == []


@pytest.mark.parametrize(
    ("place", "new"),
    [(12, b"mntr"), (12, b"prtr"), (16, b"CMYK"), (20, b"RGB "), (36, b"abcd"), (0, b"\0\0\0\1")],
)
def test_a_profile_that_is_not_an_images_is_refused(place: int, new: bytes) -> None:
    profile = srgb_profile()
    changed = profile[:place] + new + profile[place + 4 :]
    with pytest.raises(UnusableIccProfile):
        check_icc_profile(changed)
    with pytest.raises(UnusableIccProfile):
        check_icc_profile(profile[:-2])
    with pytest.raises(UnusableIccProfile):
        check_icc_profile(profile[:40])


# --- names of colours ---------------------------------------------------------------------------------------


def test_every_name_of_css_is_known() -> None:
    names = pytest.importorskip("PIL.ImageColor", reason="Pillow is not installed; it knows the names")
    for name in names.colormap:
        assert hd.color.CIELabColor.from_string(name.upper()).to_rgb() == names.getrgb(name)


@pytest.mark.parametrize(
    ("text", "rgb"),
    [
        ("#f73", (255, 119, 51)),
        ("#FF7733", (255, 119, 51)),
        ("rgb(255, 119, 51)", (255, 119, 51)),
        ("RGB(100%,0%,50%)", (255, 0, 128)),
        (" Light Sea Green ", (32, 178, 170)),
    ],
)
def test_colors_are_given_in_any_way_of_css(text: str, rgb: tuple[int, int, int]) -> None:
    assert hd.color.CIELabColor.from_string(text).to_rgb() == rgb


@pytest.mark.parametrize(
    "text", ["", "#ff77", "#ff77331", "rgb(256,0,0)", "rgb(1,2)", "rgb(50%,2,3)", "no colour", "rgb(-1,0,0)"]
)
def test_what_is_no_color_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError):
        hd.color.CIELabColor.from_string(text)


def test_a_display_color_by_name_is_written_as_highdicom_writes_it() -> None:
    highdicom = pytest.importorskip("highdicom")
    for name in ("orange", "turquoise", "navy", "white", "black"):
        ours = hd.color.CIELabColor.from_string(name)
        theirs = highdicom.color.CIELabColor.from_string(name)
        # Their matrix has four digits.
        assert max(abs(a - b) for a, b in zip(ours.value, theirs.value, strict=True)) <= 20
        assert ours.to_rgb() == theirs.to_rgb()
        assert hd.color.CIELabColor.from_dicom_value(theirs.value).to_rgb() == theirs.to_rgb()
        assert (ours.l_star, ours.a_star, ours.b_star) == ours.lab
    assert describe([1])[0].display_color is None


def test_colors_beyond_srgb_are_refused_or_clipped() -> None:
    color = hd.color.CIELabColor(50, 127, -128)
    with pytest.raises(ArgumentError, match="clip"):
        color.to_rgb()
    assert all(0 <= c <= 255 for c in color.to_rgb(clip=True))
    for rgb in ((-1, 0, 0), (0, 256, 0)):
        with pytest.raises(ArgumentError):
            hd.color.CIELabColor.from_rgb(*rgb)
    for value, error in (((1, 2), ValueError), ((1, 2, 65536), ValueError), ((1, 2, 0.5), TypeError)):
        with pytest.raises(error):
            hd.color.CIELabColor.from_dicom_value(value)


def test_pydicom_reads_a_colored_object_without_a_warning(tmp_path: Path) -> None:
    colored().save_as(tmp_path / "seg.dcm")
    frames = dcmread(tmp_path / "seg.dcm").pixel_array  # along the normal
    np.testing.assert_array_equal(frames, MASK[:0:-1])
