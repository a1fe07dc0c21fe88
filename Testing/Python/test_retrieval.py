"""Arrays from stored frames: the order and form asked for, and the errors that the page names."""

import copy
import io

import numpy as np
import pytest

import dicomsegcodec as hd
from dicomsegcodec.errors import SegError
from dicomsegcodec.read import open_segmentation
from objects import construct, masks_of, uids_of
from series import make_series, rotation

IMAGES = make_series((4, 5, 7), turned=rotation(5, 10, 15))
UIDS = uids_of(IMAGES)
LABELS = np.zeros((4, 5, 7), np.uint16)
LABELS[1:3, 1:3, 1:3] = 1
LABELS[2, 3, 4:6] = 2
LABELS[1, 0, 0] = 3


@pytest.fixture(scope="module", params=["BINARY", "LABELMAP"])
def seg(request: pytest.FixtureRequest) -> hd.seg.Segmentation:
    return construct(IMAGES, LABELS, [1, 2, 3], request.param)


@pytest.fixture(scope="module")
def overlapping() -> hd.seg.Segmentation:
    stack = np.zeros((4, 5, 7, 3), bool)
    stack[1, 1:4, 1:4, 0] = stack[1, 2:5, 2:5, 1] = stack[2, 0, 0, 2] = True
    return construct(IMAGES, stack, [1, 2, 3])


def test_omitted_frames_are_empty_where_the_image_is_named(seg: hd.seg.Segmentation) -> None:
    assert seg.NumberOfFrames < 4 * 3
    pixels = seg.get_pixels_by_source_instance(UIDS)
    np.testing.assert_array_equal(pixels, np.stack([n == LABELS for n in (1, 2, 3)], axis=3))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"source_sop_instance_uids": UIDS[0]}, TypeError),
        ({"source_sop_instance_uids": []}, ValueError),
        ({"source_sop_instance_uids": ["1.2.3"]}, KeyError),
        ({"source_sop_instance_uids": [UIDS[0], "1.2.3"]}, KeyError),
        ({"segment_numbers": []}, ValueError),
        ({"segment_numbers": [0]}, ValueError),
        ({"segment_numbers": [4]}, ValueError),
        ({"segment_numbers": [1, 1]}, ValueError),
        ({"combine_segments": True, "dtype": np.bool_}, ValueError),
        ({"combine_segments": True, "dtype": np.complex64}, ValueError),
        ({"dtype": object}, TypeError),
    ],
)
def test_what_cannot_be_asked_for_is_refused(
    seg: hd.seg.Segmentation, arguments: dict, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        seg.get_pixels_by_source_instance(**{"source_sop_instance_uids": UIDS, **arguments})
    assert isinstance(caught.value, SegError)


def test_an_image_that_is_not_named_is_empty_where_the_caller_says_so(seg: hd.seg.Segmentation) -> None:
    pixels = seg.get_pixels_by_source_instance(
        ["1.2.3", UIDS[2]], combine_segments=True, assert_missing_frames_are_empty=True
    )
    assert not pixels[0].any()
    np.testing.assert_array_equal(pixels[1], LABELS[2])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64, np.float32, np.bool_])
def test_a_stack_is_of_the_type_asked_for(seg: hd.seg.Segmentation, dtype: type) -> None:
    pixels = seg.get_pixels_by_source_instance(UIDS, dtype=dtype)
    assert pixels.dtype == dtype
    np.testing.assert_array_equal(pixels != 0, np.stack([n == LABELS for n in (1, 2, 3)], axis=3))


def test_labels_are_of_the_narrowest_type_unless_asked_otherwise() -> None:
    seg = construct(IMAGES, LABELS * 100, [100, 200, 300], "LABELMAP")
    for wanted, relabel, expected in (
        ([100, 200], False, np.uint8),
        ([300, 100], False, np.uint16),
        ([300, 100], True, np.uint8),
    ):
        pixels = seg.get_pixels_by_source_instance(
            UIDS, segment_numbers=wanted, combine_segments=True, relabel=relabel
        )
        assert pixels.dtype == expected
        values = range(1, len(wanted) + 1) if relabel else wanted
        assert np.unique(pixels).tolist() == [0, *sorted(values)]
    for dtype in (np.uint8, np.int8):
        with pytest.raises(ValueError, match="300"):
            seg.get_pixels_by_source_instance(UIDS, combine_segments=True, dtype=dtype)
    for dtype in (np.int16, np.uint64, np.float16, np.float32):
        pixels = seg.get_pixels_by_source_instance(UIDS, combine_segments=True, dtype=dtype)
        assert pixels.dtype == dtype
        np.testing.assert_array_equal(pixels, LABELS * 100)


def test_a_label_map_read_without_one_segment_does_not_hold_it() -> None:
    seg = construct(IMAGES, LABELS, [1, 2, 3], "LABELMAP")
    pixels = seg.get_pixels_by_source_instance(UIDS, segment_numbers=[1, 3], combine_segments=True)
    np.testing.assert_array_equal(pixels, np.where(LABELS == 2, 0, LABELS))


@pytest.mark.parametrize("background", [0, 9, 77])
def test_label_values_that_no_segment_has_are_no_segment(background: int) -> None:
    seg = construct(IMAGES, LABELS.astype(np.uint8), [1, 2, 3], "LABELMAP")
    seg.PixelPaddingValue = background
    for item in seg.SegmentSequence:
        if item.SegmentNumber == 0:
            item.SegmentNumber = background
    # Background as that value, and one pixel of a value that nobody describes.
    pixels = seg.pixel_array.copy()
    pixels[pixels == 0] = background
    assert pixels[0, 4, 6] == background
    pixels[0, 4, 6] = 200
    seg.PixelData = pixels.tobytes() + bytes(pixels.size % 2)
    file = io.BytesIO()
    seg.save_as(file)
    again = hd.seg.segread(file.getvalue())
    assert again.segment_numbers == [1, 2, 3]
    combined = again.get_pixels_by_source_instance(UIDS, combine_segments=True)
    np.testing.assert_array_equal(combined, LABELS)
    np.testing.assert_array_equal(
        again.get_pixels_by_source_instance(UIDS), np.stack([n == LABELS for n in (1, 2, 3)], axis=3)
    )
    layers = open_segmentation(file.getvalue()).read_layers()
    assert sum(int(mask.sum()) for mask in masks_of(layers).values()) == (LABELS != 0).sum()
    assert set(np.unique(layers.layers[0].pixels).tolist()) == {0, 1, 2, 3}


def test_overlapping_segments_are_combined_only_where_the_highest_label_may_win(
    overlapping: hd.seg.Segmentation,
) -> None:
    for read in (
        lambda **o: overlapping.get_pixels_by_source_instance(UIDS, combine_segments=True, **o),
        lambda **o: overlapping.get_volume(combine_segments=True, **o).array,
    ):
        with pytest.raises(RuntimeError, match="overlaps") as caught:
            read()
        assert isinstance(caught.value, SegError)
        with pytest.raises(RuntimeError):
            read(segment_numbers=[2, 1])
        assert np.unique(read(segment_numbers=[3, 1])).tolist() == [0, 1, 3]
    labels = overlapping.get_pixels_by_source_instance(UIDS, combine_segments=True, skip_overlap_checks=True)
    assert labels[1, 2, 2] == 2
    relabelled = overlapping.get_pixels_by_source_instance(
        UIDS, segment_numbers=[2, 1], combine_segments=True, relabel=True, skip_overlap_checks=True
    )
    assert relabelled[1, 2, 2] == 2
    assert relabelled[1, 1, 1] == 2
    assert relabelled[1, 4, 4] == 1


def test_segments_that_only_touch_do_not_overlap() -> None:
    stack = np.zeros((4, 5, 7, 2), bool)
    stack[1, :2, :, 0] = stack[1, 2:, :, 1] = True
    seg = construct(IMAGES, stack, [1, 2])
    assert np.unique(seg.get_volume(combine_segments=True).array).tolist() == [1, 2]


# --- frames that are not derived from one image each --------------------------------------------------------


def with_derivation(change) -> hd.seg.Segmentation:
    seg = construct(IMAGES, LABELS, [1, 2, 3])
    for item in seg.PerFrameFunctionalGroupsSequence:
        change(item)
    return seg


def add_second_source(item) -> None:
    sources = item.DerivationImageSequence[0].SourceImageSequence
    second = copy.deepcopy(sources[0])
    second.ReferencedSOPInstanceUID = hd.UID()
    sources.append(second)


def forget_sources(item) -> None:
    item.DerivationImageSequence = []


def move(item) -> None:
    item.DerivationImageSequence[0].SourceImageSequence[0].SpatialLocationsPreserved = "NO"


@pytest.mark.parametrize("change", [add_second_source, forget_sources, move])
def test_frames_not_derived_from_one_image_each_are_refused_but_have_their_volume(change) -> None:
    seg = with_derivation(change)
    with pytest.raises(RuntimeError, match="get_volume") as caught:
        seg.get_pixels_by_source_instance(UIDS)
    assert isinstance(caught.value, SegError)
    assert (seg.get_volume(combine_segments=True).array != 0).sum() == (LABELS != 0).sum()


def test_moved_pixels_are_given_where_the_caller_says_it_does_not_matter() -> None:
    seg = with_derivation(move)
    pixels = seg.get_pixels_by_source_instance(UIDS, combine_segments=True, ignore_spatial_locations=True)
    np.testing.assert_array_equal(pixels, LABELS)


def test_two_frames_of_a_segment_from_one_image_are_refused() -> None:
    seg = construct(IMAGES, LABELS, [1, 2, 3])
    for item in seg.PerFrameFunctionalGroupsSequence:
        source = item.DerivationImageSequence[0].SourceImageSequence[0]
        source.ReferencedSOPInstanceUID = UIDS[0]
    with pytest.raises(RuntimeError, match="Several frames"):
        seg.get_pixels_by_source_instance(UIDS)


# --- volumes ------------------------------------------------------------------------------------------------


def test_a_volume_covers_the_stored_planes_and_says_its_channels(seg: hd.seg.Segmentation) -> None:
    volume = seg.get_volume(segment_numbers=[3, 1])
    assert volume.get_channel_values("SegmentNumber") == [3, 1]
    assert volume.shape == (2, 5, 7, 2)
    assert volume.frame_of_reference_uid == IMAGES[0].FrameOfReferenceUID
    # The images were made along the other direction of the normal.
    ordered = LABELS[1:3][::-1]
    np.testing.assert_array_equal(volume.array, np.stack([ordered == 3, ordered == 1], axis=3))
    combined = seg.get_volume(combine_segments=True, relabel=True, segment_numbers=[3, 2, 1])
    assert combined.channel_descriptors == ()
    np.testing.assert_array_equal(combined.array, np.choose(ordered, [0, 3, 2, 1]))


def test_planes_without_a_regular_grid_have_no_volume_but_their_pixels() -> None:
    images = [IMAGES[0], IMAGES[1]]
    x, y, z = (float(v) for v in IMAGES[1].ImagePositionPatient)
    images += make_series((1, 5, 7), turned=rotation(5, 10, 15))
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        images[2][keyword].value = images[0][keyword].value
    step = np.cross(*np.array(IMAGES[0].ImageOrientationPatient, float).reshape(2, 3))
    images[2].ImagePositionPatient = [f"{v:.8g}" for v in np.array([x, y, z]) + 1.6 * step]
    seg = construct(images, np.ones((3, 5, 7), bool))
    with pytest.raises(ValueError, match="regular grid"):
        seg.get_volume()
    assert seg.get_pixels_by_source_instance(uids_of(images)).all()


# --- colours ------------------------------------------------------------------------------------------------


def coloured(**other: object) -> hd.seg.Segmentation:
    palette = hd.PaletteColorLUTTransformation.from_colors(["black", "red", "lime", "blue"])
    return construct(IMAGES, LABELS, [1, 2, 3], "LABELMAP", palette_color_lut_transformation=palette, **other)


def test_labels_are_shown_in_the_colours_of_their_palette() -> None:
    expected = np.array([(0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255)], np.uint8)
    seg = coloured()
    colours = {"combine_segments": True, "apply_palette_color_lut": True}
    for ask in (None, False, True):
        pixels = seg.get_pixels_by_source_instance(UIDS, **colours, apply_icc_profile=ask)
        np.testing.assert_array_equal(pixels, expected[LABELS])
    some = seg.get_pixels_by_source_instance(UIDS, **colours, segment_numbers=[3, 1], dtype=np.float32)
    assert some.dtype == np.float32
    np.testing.assert_array_equal(some, expected[np.where(LABELS == 2, 0, LABELS)])
    volume = seg.get_volume(**colours)
    assert volume.get_channel_values("RGBColorChannel") == ["R", "G", "B"]
    np.testing.assert_array_equal(
        volume.get_channel(RGBColorChannel="G").array, (LABELS[1:3][::-1] == 2) * 255
    )


def test_what_is_no_segment_has_the_colour_of_the_background() -> None:
    seg = coloured()
    seg.PixelPaddingValue = 9
    for item in seg.SegmentSequence:
        if item.SegmentNumber == 0:
            item.SegmentNumber = 9
    seg.PixelData = np.where(seg.pixel_array == 0, 9, seg.pixel_array).astype(np.uint8).tobytes()
    pixels = seg.get_volume(combine_segments=True, apply_palette_color_lut=True).array
    # The palette ends with blue and so has it for 9 too.
    assert (pixels[LABELS[1:3][::-1] == 0] == (0, 0, 255)).all()
    assert (pixels[LABELS[1:3][::-1] == 1] == (255, 0, 0)).all()


def test_colours_are_given_in_srgb_only_where_they_are() -> None:
    colours = {"combine_segments": True, "apply_palette_color_lut": True, "apply_icc_profile": True}
    for profile in (None, b"another space"):
        seg = coloured()
        if profile is None:
            del seg.ICCProfile
        else:
            seg.ICCProfile = profile
        with pytest.raises(ValueError, match="sRGB") as caught:
            seg.get_pixels_by_source_instance(UIDS, **colours)
        assert isinstance(caught.value, SegError)
        assert seg.get_pixels_by_source_instance(UIDS, **{**colours, "apply_icc_profile": None}).any()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("LABELMAP", {"combine_segments": False}),
        ("LABELMAP", {"combine_segments": True, "relabel": True}),
        ("LABELMAP", {"combine_segments": True, "dtype": np.int8}),
        ("BINARY", {"combine_segments": True}),
    ],
)
def test_colours_of_what_has_none_are_refused(kind: str, options: dict) -> None:
    seg = coloured() if kind == "LABELMAP" else construct(IMAGES, LABELS, [1, 2, 3], kind)
    with pytest.raises(ValueError, match=r"[cC]olour") as caught:
        seg.get_pixels_by_source_instance(UIDS, apply_palette_color_lut=True, **options)
    assert isinstance(caught.value, SegError)
