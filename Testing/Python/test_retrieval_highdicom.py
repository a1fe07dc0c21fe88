"""What both get from the same files: highdicom's own examples, by every way of retrieval."""

import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dicomsegcodec as hd

highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed; `make test` installs it")

STACKS = (
    "seg_image_ct_binary.dcm",
    "seg_image_ct_binary_overlap.dcm",
    "seg_image_ct_binary_fractional.dcm",
    "seg_image_ct_true_fractional.dcm",
    "seg_image_ct_binary_single_frame.dcm",
)
TILED = (
    "seg_image_sm_control.dcm",
    "seg_image_sm_dots.dcm",
    "seg_image_sm_dots_tiled_full.dcm",
    "seg_image_sm_numbers.dcm",
    "seg_image_sm_control_labelmap.dcm",
    "seg_image_sm_control_labelmap_palette_color.dcm",
)
PALETTE = TILED[-1]


@cache
def pair(file: Path) -> tuple[hd.seg.Segmentation, Any]:
    """Return a file as both read it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return hd.seg.segread(file), highdicom.seg.segread(file)


def alike(seg: tuple[hd.seg.Segmentation, Any], ask: Callable[[Any], Any]) -> None:
    ours, theirs = (ask(one) for one in seg)
    np.testing.assert_array_equal(ours, theirs)
    assert np.asarray(ours).dtype == np.asarray(theirs).dtype
    assert np.shape(ours) == np.shape(theirs)


def options(seg: tuple[hd.seg.Segmentation, Any]) -> list[dict[str, Any]]:
    """Return sets of options that both take for a file."""
    numbers = seg[0].segment_numbers
    sets: list[dict[str, Any]] = [{}, {"segment_numbers": numbers[::-1][:2]}, {"dtype": np.float64}]
    if seg[0].segmentation_type == "FRACTIONAL":
        sets.append({"rescale_fractional": False})
    if "true_fractional" not in str(getattr(seg[1], "ContentDescription", "")):
        combined = {"combine_segments": True, "skip_overlap_checks": True}
        if len(np.unique(seg[0].get_stored_frames())) < 3 or seg[0].segmentation_type == "LABELMAP":
            sets += [combined, {**combined, "relabel": True, "segment_numbers": numbers[::-1]}]
            sets.append({**combined, "dtype": np.uint16})
    return sets


@pytest.mark.parametrize("name", STACKS)
def test_masks_of_source_images(name: str, corpus: Path) -> None:
    seg = pair(corpus / "highdicom" / name)
    uids = [str(uids[2]) for uids in seg[0].get_source_image_uids()]
    for chosen in options(seg):
        alike(seg, lambda s, c=chosen: s.get_pixels_by_source_instance(uids[::-1], **c))


@pytest.mark.parametrize("name", [n for n in TILED if "full" not in n])
def test_masks_of_source_frames(name: str, corpus: Path) -> None:
    seg = pair(corpus / "highdicom" / name)
    uid = str(seg[0].get_source_image_uids()[0][2])
    try:
        seg[1].get_pixels_by_source_frame(uid, [1], assert_missing_frames_are_empty=True)
    except RuntimeError as error:
        with pytest.raises(RuntimeError):
            seg[0].get_pixels_by_source_frame(uid, [1], assert_missing_frames_are_empty=True)
        assert "sm" in name, error
        return
    for chosen in options(seg):
        alike(
            seg,
            lambda s, c=chosen: s.get_pixels_by_source_frame(
                uid, [3, 1, 25], assert_missing_frames_are_empty=True, **c
            ),
        )


@pytest.mark.parametrize("name", [*STACKS, *(n for n in TILED if "full" not in n)])
def test_masks_of_dimension_indices(name: str, corpus: Path) -> None:
    seg = pair(corpus / "highdicom" / name)
    ours, theirs = (s.get_default_dimension_index_pointers() for s in seg)
    assert [int(p) for p in ours] == [int(p) for p in theirs]
    assert [int(p) for p in seg[0].dimension_index_pointers] == [
        int(p) for p in seg[1].dimension_index_pointers
    ]
    if not ours:
        return
    for count in range(1, len(ours) + 1):
        alike(seg, lambda s, p=ours[:count]: s.are_dimension_indices_unique(p))
    groups = seg[0].PerFrameFunctionalGroupsSequence
    skip = len(seg[0].dimension_index_pointers) - len(ours)
    values = [list(np.atleast_1d(g.FrameContentSequence[0].DimensionIndexValues))[skip:] for g in groups]
    values = [[int(v) for v in row] for row in values][::-2]
    distinct = [row for i, row in enumerate(values) if row not in values[:i]]
    for chosen in options(seg):
        alike(seg, lambda s, c=chosen: s.get_pixels_by_dimension_index_values(distinct, **c))


RANGES: tuple[dict[str, Any], ...] = (
    {"row_start": 3, "row_end": 9, "column_start": 5},
    {"row_start": -6, "column_end": -2},
    {"row_start": 0, "row_end": 4, "column_start": 2, "as_indices": True},
)


@pytest.mark.parametrize("name", [*STACKS, *TILED])
def test_volumes(name: str, corpus: Path) -> None:
    seg = pair(corpus / "highdicom" / name)
    ours, theirs = (s.get_volume_geometry() for s in seg)
    sides = slice(1, None) if ours.spatial_shape[0] == 1 else slice(None)  # of one slice, see below
    np.testing.assert_allclose(ours.affine[:3, sides], theirs.affine[:3, sides], atol=1e-6)
    assert ours.spatial_shape == theirs.spatial_shape
    for chosen in options(seg):
        volumes = [s.get_volume(**chosen) for s in seg]
        np.testing.assert_array_equal(volumes[0].array, volumes[1].array)
        assert volumes[0].dtype == volumes[1].dtype
        assert volumes[0].coordinate_system == volumes[1].coordinate_system.value
        assert volumes[0].frame_of_reference_uid == volumes[1].frame_of_reference_uid
        assert volumes[0].channel_shape == volumes[1].channel_shape
        if volumes[0].channel_descriptors:
            # Theirs is ReferencedSegmentNumber, which their own constructor refuses; ours goes in again.
            segments = volumes[0].get_channel_values("SegmentNumber")
            assert segments == volumes[1].get_channel_values("ReferencedSegmentNumber")
    for part in (*RANGES, {"slice_start": -1}, {"slice_start": 0, "slice_end": 1, "as_indices": True}):
        volumes = [s.get_volume(**part) for s in seg]
        np.testing.assert_array_equal(volumes[0].array, volumes[1].array)
        np.testing.assert_allclose(volumes[0].affine[:3, sides], volumes[1].affine[:3, sides], atol=1e-6)


def test_one_slice_is_as_thick_as_it_says(corpus: Path) -> None:
    """They take 1 mm for a slide; a slice has its Slice Thickness, if there is no stated spacing."""
    ours, theirs = (s.get_volume_geometry() for s in pair(corpus / "highdicom" / TILED[0]))
    assert ours.spacing[0] == pytest.approx(0.01)
    assert theirs.spacing[0] == 1
    assert ours.handedness == theirs.handedness.value


@pytest.mark.parametrize("name", TILED)
def test_total_pixel_matrices(name: str, corpus: Path) -> None:
    seg = pair(corpus / "highdicom" / name)
    for chosen in options(seg):
        alike(seg, lambda s, c=chosen: s.get_total_pixel_matrix(**c))
        for part in RANGES:
            alike(seg, lambda s, c=chosen, p=part: s.get_total_pixel_matrix(**c, **p))


def test_colours(corpus: Path) -> None:
    seg = pair(corpus / "highdicom" / PALETTE)
    colours = {"combine_segments": True, "apply_palette_color_lut": True}
    alike(seg, lambda s: s.get_total_pixel_matrix(**colours, apply_icc_profile=False))
    volumes = [s.get_volume(**colours, apply_icc_profile=False) for s in seg]
    np.testing.assert_array_equal(volumes[0].array, volumes[1].array)
    descriptors = [v.channel_descriptors[0] for v in volumes]
    assert descriptors[0].keyword == descriptors[1].keyword == "RGBColorChannel"
    red = volumes[0].get_channel(RGBColorChannel="R")
    np.testing.assert_array_equal(red.array, volumes[0].array[..., 0])
    for wrong in ({"combine_segments": False}, {"relabel": True}):
        with pytest.raises(ValueError, match="combine_segments=True"):
            seg[0].get_volume(**{**colours, **wrong})
    with pytest.raises(ValueError, match="no palette"):
        pair(corpus / "highdicom" / TILED[4])[0].get_volume(**colours)


@pytest.mark.parametrize("name", [*STACKS, *TILED])
def test_what_is_told_of_segments(name: str, corpus: Path) -> None:
    ours, theirs = pair(corpus / "highdicom" / name)
    assert set(ours.get_tracking_ids()) == {(i, u) for i, u in theirs.get_tracking_ids()}
    for kind in ("segmented_property_categories", "segmented_property_types"):
        mine, their = (getattr(s, kind) for s in (ours, theirs))
        assert {c.value for c in mine} == {c.value for c in their}
    # Not their number_of_segments, which is one too few for label maps.
    for attribute in ("segment_numbers", "number_of_frames", "is_tiled", "transfer_syntax_uid"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)
    assert ours.segmentation_type == theirs.segmentation_type.value
    fractional = theirs.segmentation_fractional_type
    assert ours.segmentation_fractional_type == (fractional and fractional.value)
    assert ours.coordinate_system == theirs.coordinate_system.value
    np.testing.assert_array_equal(ours.get_stored_frames(), theirs.get_stored_frames())
    np.testing.assert_array_equal(ours.get_frame(1), theirs.get_stored_frame(1).astype(np.float64))
    if ours.segmentation_type != "LABELMAP" and "full" not in name:
        # Theirs leaves out segments without a frame.
        mine = {int(item.SegmentNumber): (frames, groups) for frames, groups, item in ours.iter_segments()}
        assert list(mine) == ours.segment_numbers
        their = {int(item.SegmentNumber): (frames, groups) for frames, groups, item in theirs.iter_segments()}
        for number, (frames, groups) in mine.items():
            assert number in their or not len(frames)
            if number in their:
                np.testing.assert_array_equal(frames, their[number][0])
                assert len(groups) == len(their[number][1]) == len(frames)
