"""Pyramids: one segmentation of a slide in several resolutions."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

import dicomsegcodec as hd
from dicomsegcodec.resampling import Resampled
from objects import construct
from series import make_series
from test_header import dciodvfy
from test_slides import labels, segmentation, slide

KINDS = ("BINARY", "FRACTIONAL", "LABELMAP")


def pyramid(
    images: list[Dataset],
    arrays: list,
    kind: str = "BINARY",
    segments: int = 2,
    series: str | None = "1.2.40",
    **keywords: object,
):
    descriptions = [
        hd.seg.SegmentDescription(n, f"Segment {n}", codes.SCT.Organ, codes.SCT.Liver, "MANUAL")
        for n in range(1, segments + 1)
    ]
    return hd.seg.create_segmentation_pyramid(
        images, arrays, kind, descriptions, series, 7, "Maker", "Model", "1", "1", **keywords
    )


def levels(*sizes: tuple[int, int]) -> list[Dataset]:
    """Return slide images of one series."""
    images = [slide(size) for size in sizes]
    for image in images[1:]:
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
            setattr(image, keyword, images[0][keyword].value)
        for n, keyword in enumerate(("TotalPixelMatrixRows", "TotalPixelMatrixColumns")):
            ratio = images[0][keyword].value / image[keyword].value
            spacing = image.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing
            spacing[n] = f"{0.000499 * ratio:.8f}"
    return images


def nearest(array: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    rows, columns = (
        ((np.arange(new) + 0.5) * old / new).astype(int)
        for new, old in zip(size, array.shape[:2], strict=True)
    )
    return array[rows][:, columns]


@pytest.mark.parametrize("kind", KINDS)
def test_factors_make_the_array_and_its_smaller_levels(kind: str) -> None:
    array = labels()
    made = pyramid([slide()], [array], kind, downsample_factors=[2.0, 2.7, 30])
    sizes = [(50, 34), (25, 17), (19, 13), (2, 1)]
    assert [(s.TotalPixelMatrixRows, s.TotalPixelMatrixColumns) for s in made] == sizes
    assert [s.InstanceNumber for s in made] == [1, 2, 3, 4]
    assert len({s.SeriesInstanceUID for s in made}) == len({s.PyramidUID for s in made}) == 1
    assert len({s.SOPInstanceUID for s in made}) == 4
    for seg, size in zip(made, sizes, strict=True):
        np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), nearest(array, size))
        spacing = seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing
        np.testing.assert_allclose(spacing, [0.000499 * 50 / size[0], 0.000499 * 34 / size[1]], rtol=1e-6)


@pytest.mark.parametrize("arrays", [1, 3])
def test_a_source_pyramid_gives_the_levels(arrays: int) -> None:
    images = levels((50, 34), (25, 17), (12, 8))
    all_arrays = [labels(), nearest(labels(seed=5), (25, 17)), nearest(labels(seed=6), (12, 8))]
    made = pyramid(images, all_arrays[:arrays], pyramid_label="Levels")
    for n, (seg, image) in enumerate(zip(made, images, strict=True)):
        size = (image.TotalPixelMatrixRows, image.TotalPixelMatrixColumns)
        wanted = all_arrays[n] if arrays == 3 else nearest(all_arrays[0], size)
        np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), wanted)
        assert seg.get_source_image_uids()[0][2] == image.SOPInstanceUID
        assert seg.PyramidLabel == "Levels"


def test_arrays_of_several_sizes_are_the_levels_of_one_source() -> None:
    arrays = [labels(), nearest(labels(seed=3), (20, 10))]
    made = pyramid([slide()], arrays, "LABELMAP", sop_instance_uids=["1.2.3", "1.2.4"])
    assert [s.SOPInstanceUID for s in made] == ["1.2.3", "1.2.4"]
    for seg, array in zip(made, arrays, strict=True):
        np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), array)


def test_levels_are_one_series_of_one_moment_with_the_colors_and_words_of_the_caller(tmp_path: Path) -> None:
    palette = hd.PaletteColorLUTTransformation.from_colors(["black", "cyan", "magenta", "white"])
    who = hd.ContributingEquipment("Maker", codes.DCM.ProcessingEquipment)
    made = pyramid(
        [slide()],
        [labels()],
        "LABELMAP",
        series=None,
        downsample_factors=[2, 4],
        pyramid_uid="1.2.3",
        pyramid_label="Ebenen",
        palette_color_lut_transformation=palette,
        contributing_equipment=[who],
        specific_character_set="ISO_IR 100",
        series_description="Gewebe, größer",
    )
    for keyword in ("SeriesInstanceUID", "SeriesDate", "SeriesTime", "ContentDate", "ContentTime"):
        assert len({seg[keyword].value for seg in made}) == 1
    assert made[0].SeriesTime == made[0].ContentTime
    for number, seg in enumerate(made):
        assert (seg.PyramidUID, seg.PyramidLabel) == ("1.2.3", "Ebenen")
        assert seg.ContributingEquipmentSequence[1] == who or seg.ContributingEquipmentSequence[0] == who
        np.testing.assert_array_equal(
            hd.PaletteColorLUTTransformation.extract_from_dataset(seg).combined_lut_data,
            palette.combined_lut_data,
        )
        seg.save_as(tmp_path / f"{number}.dcm")
        assert dciodvfy(tmp_path / f"{number}.dcm") == []
        assert dcmread(tmp_path / f"{number}.dcm").SeriesDescription == "Gewebe, größer"


def test_a_single_level_is_said_to_be_of_a_pyramid() -> None:
    seg = segmentation(
        slide(), labels(), "BINARY", tile_pixel_array=True, pyramid_uid="1.2.3", pyramid_label="L"
    )
    assert (seg.PyramidUID, seg.PyramidLabel) == ("1.2.3", "L")
    mask = np.ones((3, 5, 7), np.uint8)
    for keywords, words in (
        ({"pyramid_uid": "1.2.3"}, "slides"),
        ({"pyramid_label": "L"}, "pyramid_uid"),
    ):
        with pytest.raises(TypeError, match=words):
            construct(make_series((3, 5, 7)), mask, **keywords)


def test_the_dates_of_a_pyramid_may_be_given() -> None:
    given = {"content_date": "20240229", "content_time": "10", "series_date": "20240228"}
    for seg in pyramid([slide()], [labels()], downsample_factors=[2], **given):
        assert (seg.ContentDate, seg.ContentTime, seg.SeriesDate) == ("20240229", "100000.000000", "20240228")
        assert "SeriesTime" not in seg
    with pytest.raises(TypeError, match="series_date"):
        pyramid([slide()], [labels()], downsample_factors=[2], series_time="10")


def test_stacked_segments_are_sampled_each() -> None:
    stack = np.zeros((1, 50, 34, 2), bool)
    stack[0, 3:30, 4:20, 0] = True
    stack[0, 20:50, 10:30, 1] = True
    made = pyramid([slide()], [stack], downsample_factors=[2, 4])
    for seg, size in zip(made, [(50, 34), (25, 17), (12, 8)], strict=True):
        np.testing.assert_array_equal(seg.get_total_pixel_matrix(), nearest(stack[0], size))


def test_fractions_are_averaged_over_the_area_of_a_pixel() -> None:
    array = np.random.default_rng(0).random((50, 34)).astype(np.float32)
    made = pyramid([slide()], [array], "FRACTIONAL", 1, downsample_factors=[2])
    mean = array.reshape(25, 2, 17, 2).mean(axis=(1, 3))
    assert np.abs(made[1].get_total_pixel_matrix()[..., 0] - mean).max() <= 0.5 / 255 + 1e-6


@given(old=st.tuples(st.integers(1, 40), st.integers(1, 40)), data=st.data())
def test_a_window_of_a_view_is_the_view_in_the_window(old: tuple[int, int], data: st.DataObject) -> None:
    size = data.draw(st.tuples(st.integers(1, old[0]), st.integers(1, old[1])))
    array = np.random.default_rng(0).random(old)
    for average in (False, True):
        view = Resampled(array, size, average=average)
        whole = view[:, :]
        assert whole.shape == size
        top, left = data.draw(st.integers(0, size[0] - 1)), data.draw(st.integers(0, size[1] - 1))
        np.testing.assert_allclose(
            view[top : top + 7, left : left + 5], whole[top : top + 7, left : left + 5]
        )
    np.testing.assert_allclose(whole.mean(), array.mean())  # averaging keeps the mean
    np.testing.assert_array_equal(Resampled(array, size, average=False)[:, :], nearest(array, size))


@pytest.mark.parametrize(
    ("images", "arrays", "keywords", "error", "words"),
    [
        ([slide()], [labels()], {}, TypeError, "downsample_factors"),
        (
            [slide()],
            [labels(), nearest(labels(), (20, 10))],
            {"downsample_factors": [2]},
            TypeError,
            "factors",
        ),
        ([slide()], [labels()], {"downsample_factors": []}, ValueError, "above 1"),
        ([slide()], [labels()], {"downsample_factors": [1.0]}, ValueError, "above 1"),
        ([slide()], [labels()], {"downsample_factors": [4, 2]}, ValueError, "ascend"),
        ([slide()], [labels((40, 34))], {"downsample_factors": [2]}, ValueError, "total pixel matrix"),
        ([slide(), slide()], [labels()], {}, ValueError, "several series"),
        (levels((50, 34), (50, 34)), [labels()], {}, ValueError, "highest resolution"),
        (levels((50, 34), (25, 17)), [labels()] * 3, {}, ValueError, "do not fit"),
        ([slide()], [labels()], {"downsample_factors": [2], "tile_pixel_array": True}, TypeError, "follows"),
        (
            [slide()],
            [labels()],
            {"downsample_factors": [2], "sop_instance_uids": ["1.2"]},
            ValueError,
            "levels",
        ),
        ([], [labels()], {}, ValueError, "At least one"),
    ],
)
def test_levels_that_do_not_fit_are_refused(images, arrays, keywords, error, words) -> None:
    with pytest.raises(error, match=words):
        pyramid(images, arrays, **keywords)


@pytest.mark.parametrize("kind", KINDS)
def test_highdicom_makes_the_same_labels_of_whole_factors(kind: str) -> None:
    highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed")
    array = labels()
    ours = pyramid([slide()], [array], kind, downsample_factors=[2.0, 4.0])
    for seg in ours:
        theirs = highdicom.seg.Segmentation.from_dataset(seg)
        np.testing.assert_array_equal(
            theirs.get_total_pixel_matrix(combine_segments=True),
            seg.get_total_pixel_matrix(combine_segments=True),
        )
