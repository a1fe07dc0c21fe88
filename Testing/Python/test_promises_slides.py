"""What the checklist promises of tiles, total pixel matrices and pyramids; a short proof for each row."""

import itertools
from pathlib import Path

import numpy as np

import dicomsegcodec as hd
from objects import construct
from promises import (
    KINDS,
    MATRIX,
    SLIDE,
    frames_of,
    proves,
    slide_of,
    written,
)
from test_pyramid import levels, nearest, pyramid


def tiles(matrix: np.ndarray) -> np.ndarray:
    """Return the 10 x 10 tiles of a matrix, row by row."""
    rows_of, columns_of = (n // 10 for n in matrix.shape)
    return matrix.reshape(rows_of, 10, columns_of, 10).swapaxes(1, 2).reshape(-1, 10, 10)


@proves("S38")
def test_tiles_are_passed_as_frames() -> None:
    seg = construct(slide_of(), tiles(MATRIX))
    np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), MATRIX)
    corners = ((10, 20), (0, 30))  # column and row, from 0
    places = [
        hd.PlanePositionSequence(
            SLIDE, (23.45 - 0.0005 * row, 25.69 - 0.0005 * column, 0), (column + 1, row + 1)
        )
        for column, row in corners
    ]
    seg = construct(slide_of(), np.stack([tiles(MATRIX)[15]] * 2), plane_positions=places)
    expected = np.zeros_like(MATRIX)
    for column, row in corners:
        expected[row : row + 10, column : column + 10] = tiles(MATRIX)[15]
    np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), expected)


@proves("S39", "S47")
def test_a_total_pixel_matrix_is_cut_into_tiles() -> None:
    forms = (MATRIX, MATRIX[None], MATRIX[None, ..., None], MATRIX > 0)
    for array, kind in itertools.product(forms, KINDS):
        seg = construct(slide_of(), array, kind=kind, tile_pixel_array=True)
        assert (seg.Rows, seg.Columns) == (10, 10)
        np.testing.assert_array_equal(seg.get_total_pixel_matrix(combine_segments=True), MATRIX)
        (level, _half) = pyramid(slide_of(), [array], kind, 1, downsample_factors=[2])
        np.testing.assert_array_equal(level.get_total_pixel_matrix(combine_segments=True), MATRIX)
    seg = construct(slide_of(), MATRIX, tile_pixel_array=True, tile_size=(16, 24))
    assert (seg.Rows, seg.Columns) == (16, 24)
    last = seg.pixel_array[-1]  # of rows 33 to 48, columns 25 to 48
    np.testing.assert_array_equal(last, MATRIX[32:48, 24:48])
    padded = construct(
        slide_of(), MATRIX | 1, tile_pixel_array=True, tile_size=(16, 24), omit_empty_frames=False
    )
    assert padded.pixel_array[-1].sum() == 2 * 2  # what is left of 50 x 50


@proves("S40")
def test_a_matrix_has_a_place_of_its_own() -> None:
    seg = construct(
        slide_of(),
        MATRIX[:30, :40] | 1,
        tile_pixel_array=True,
        plane_positions=[hd.PlanePositionSequence(SLIDE, (20.0, 30.0, 0.0), (1, 1))],
        pixel_measures=hd.PixelMeasuresSequence((0.002, 0.001), 0.01),
    )
    (origin,) = seg.TotalPixelMatrixOriginSequence
    assert origin.XOffsetInSlideCoordinateSystem == 20 and origin.YOffsetInSlideCoordinateSystem == 30
    assert (seg.TotalPixelMatrixRows, seg.TotalPixelMatrixColumns) == (30, 40)
    for frame in frames_of(seg):
        (place,) = frame.PlanePositionSlideSequence
        # Image Orientation (Slide): columns count along -y, rows along -x.
        x = 20 - 0.002 * (place.RowPositionInTotalImagePixelMatrix - 1)
        y = 30 - 0.001 * (place.ColumnPositionInTotalImagePixelMatrix - 1)
        np.testing.assert_allclose(place.XOffsetInSlideCoordinateSystem, x)
        np.testing.assert_allclose(place.YOffsetInSlideCoordinateSystem, y)


@proves("S41")
def test_the_page_s_matrix_has_ten_tiles(tmp_path: Path) -> None:
    seg = written(construct(slide_of(), MATRIX, tile_pixel_array=True), tmp_path)
    assert seg.NumberOfFrames == 10
    assert seg.pixel_array.shape == (10, 10, 10)


@proves("S42", "S43", "S44", "D26")
def test_tiles_are_sparse_by_default_or_full(tmp_path: Path) -> None:
    for given in (None, "TILED_SPARSE", hd.DimensionOrganizationTypeValues.TILED_SPARSE):
        seg = construct(slide_of(), MATRIX, tile_pixel_array=True, dimension_organization_type=given)
        assert seg.DimensionOrganizationType == "TILED_SPARSE"
        assert all("PlanePositionSlideSequence" in frame for frame in frames_of(seg))
    for given in ("TILED_FULL", hd.DimensionOrganizationTypeValues.TILED_FULL):
        seg = written(
            construct(
                slide_of(),
                MATRIX,
                tile_pixel_array=True,
                omit_empty_frames=False,
                dimension_organization_type=given,
            ),
            tmp_path,
        )
        assert seg.DimensionOrganizationType == "TILED_FULL"
        assert "PerFrameFunctionalGroupsSequence" not in seg
        assert seg.NumberOfFrames == 25
        np.testing.assert_array_equal(seg.pixel_array, tiles(MATRIX))


@proves("S45")
def test_a_pyramid_is_made_of_sources_arrays_or_factors() -> None:
    sizes = [(50, 34), (25, 17), (13, 9)]
    arrays = [np.ones(size, np.uint8) for size in sizes]
    for images, given, keywords in (
        (levels(*sizes), arrays[:1], {}),
        (levels(*sizes), arrays, {}),
        (slide_of(sizes[0]), arrays, {}),
        (slide_of(sizes[0]), arrays[:1], {"downsample_factors": [2.0, 3.9]}),
    ):
        made = pyramid(images, given, "BINARY", 1, **keywords)
        assert [(s.TotalPixelMatrixRows, s.TotalPixelMatrixColumns) for s in made] == sizes
        assert all(isinstance(s, hd.seg.Segmentation) and s.pixel_array.any() for s in made)
        assert len({s.SeriesInstanceUID for s in made}) == 1
        assert [s.InstanceNumber for s in made] == [1, 2, 3]


@proves("S46", "D10")
def test_factors_make_sizes_to_the_nearest_whole_number() -> None:
    made = pyramid(slide_of(), [MATRIX], "BINARY", 1, downsample_factors=[2.0, 2.7, 30])
    assert [s.TotalPixelMatrixRows for s in made] == [50, 25, 19, 2]


@proves("S48")
def test_labels_are_sampled_and_fractions_averaged() -> None:
    labels = np.random.default_rng(5).integers(0, 2, (50, 50)).astype(np.uint8)
    for kind, dtype in (("BINARY", np.uint8), ("LABELMAP", np.uint8), ("FRACTIONAL", np.uint8)):
        (_first, half) = pyramid(slide_of(), [labels.astype(dtype)], kind, 1, downsample_factors=[2])
        np.testing.assert_array_equal(
            half.get_total_pixel_matrix(combine_segments=True), nearest(labels, (25, 25))
        )
    (_first, half) = pyramid(slide_of(), [labels / 1.0], "FRACTIONAL", 1, downsample_factors=[2])
    mean = labels.reshape(25, 2, 25, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(half.get_total_pixel_matrix()[..., 0], mean, atol=0.5 / 255 + 1e-6)


@proves("B11")
def test_a_pyramid_has_a_uid_and_a_label(tmp_path: Path) -> None:
    own = {"pyramid_uid": "1.2.3", "pyramid_label": "Nuclei"}
    for seg in (
        *pyramid(slide_of(), [MATRIX], "BINARY", 1, downsample_factors=[2], **own),
        construct(slide_of(), MATRIX, tile_pixel_array=True, **own),
    ):
        plain = written(seg, tmp_path)
        assert (plain.PyramidUID, plain.PyramidLabel) == ("1.2.3", "Nuclei")
    uids = {s.PyramidUID for s in pyramid(slide_of(), [MATRIX], "BINARY", 1, downsample_factors=[2])}
    assert len(uids) == 1


@proves("D20")
def test_tiles_of_a_matrix_refer_to_the_frames_of_the_source() -> None:
    (image,) = slide_of()
    seg = construct([image], MATRIX, tile_pixel_array=True)
    frames = range(1, 26)
    back = seg.get_pixels_by_source_frame(
        image.SOPInstanceUID, frames, combine_segments=True, assert_missing_frames_are_empty=True
    )
    np.testing.assert_array_equal(back, tiles(MATRIX))
