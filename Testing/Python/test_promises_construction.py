"""What the checklist promises of arrays, source images and places; a short proof for each row."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from pydicom import config
from pydicom.dataset import Dataset

import dicomsegcodec as hd
from matrix_objects import multi_frame
from objects import construct, describe, uids_of
from promises import (
    IMAGES,
    KINDS,
    LABELS,
    PATIENT,
    SHAPE,
    SLIDE,
    STACK,
    by_image,
    frames_of,
    proves,
    written,
)
from series import make_series, rotation


@proves("S20")
def test_the_page_s_keywords_are_enough_and_all_needed(tmp_path: Path) -> None:
    needed = {
        "source_images": IMAGES,
        "pixel_array": LABELS,
        "segmentation_type": "BINARY",
        "segment_descriptions": describe([1, 2]),
        "series_instance_uid": "1.2.3",
        "series_number": 7,
        "sop_instance_uid": "1.2.3.4",
        "instance_number": 8,
        "manufacturer": "Maker",
        "manufacturer_model_name": "Model",
        "software_versions": ("1", "2"),
        "device_serial_number": "9",
    }
    seg = written(hd.seg.Segmentation(**needed), tmp_path)  # type: ignore[arg-type]
    assert (seg.SeriesInstanceUID, seg.SOPInstanceUID) == ("1.2.3", "1.2.3.4")
    assert (seg.SeriesNumber, seg.InstanceNumber) == (7, 8)
    assert (seg.Manufacturer, seg.ManufacturerModelName) == ("Maker", "Model")
    assert (seg.SoftwareVersions, seg.DeviceSerialNumber) == (["1", "2"], "9")
    for name in needed:
        with pytest.raises(TypeError, match=name):
            hd.seg.Segmentation(**{key: value for key, value in needed.items() if key != name})  # type: ignore[arg-type]


@proves("S21")
def test_masks_are_bool_integer_or_whole_floats_of_any_width_and_byte_order() -> None:
    for dtype in (*"bBhHiIlLqQfd", "?", ">u2", ">i4", "<f4", ">f8", np.float16):
        mask = (LABELS == 1).astype(dtype)
        for kind in KINDS:
            np.testing.assert_array_equal(by_image(construct(IMAGES, mask, kind=kind))[..., 0], LABELS == 1)


@proves("S22")
def test_only_the_type_changes_from_binary_to_label_map() -> None:
    found = [by_image(construct(IMAGES, LABELS, [1, 2], kind)) for kind in ("BINARY", "LABELMAP")]
    np.testing.assert_array_equal(*found)


@proves("S23")
def test_two_axes_are_one_frame(tmp_path: Path) -> None:
    for kind in KINDS:
        one = construct(IMAGES[:1], LABELS[2], [1, 2], kind)
        other = construct(IMAGES[:1], LABELS[2:3], [1, 2], kind)
        assert written(one, tmp_path).PixelData == written(other, tmp_path).PixelData


@proves("S24")
def test_a_plane_belongs_to_its_image_whatever_their_order() -> None:
    order = [2, 0, 3, 1]
    seg = construct([IMAGES[i] for i in order], LABELS[order], [1, 2])
    np.testing.assert_array_equal(by_image(seg, combine_segments=True), LABELS)
    segments = [f.SegmentIdentificationSequence[0].ReferencedSegmentNumber for f in frames_of(seg)]
    assert segments == sorted(segments)
    for number in (1, 2):
        normal = np.cross([0, 1, 0], [1, 0, 0])
        places = [
            np.dot(f.PlanePositionSequence[0].ImagePositionPatient, normal)
            for f, n in zip(frames_of(seg), segments, strict=True)
            if n == number
        ]
        assert places == sorted(places)


@proves("S25")
def test_a_plane_belongs_to_its_frame_of_a_multi_frame_image() -> None:
    image = multi_frame(IMAGES)
    for kind in KINDS:
        seg = construct([image], LABELS, [1, 2], kind)
        found = seg.get_pixels_by_source_frame(image.SOPInstanceUID, [4, 3, 2, 1], combine_segments=True)
        np.testing.assert_array_equal(found, LABELS[::-1])


@proves("S26")
def test_images_are_sorted_along_their_normal() -> None:
    for axes in (np.eye(3), rotation(20, -15, 30), rotation(90, 0, 88)):
        images = make_series((5, 3, 3), turned=axes)
        order = hd.spatial.sort_datasets([images[i] for i in (3, 1, 4, 0, 2)])
        places = np.array([image.ImagePositionPatient for image in order], float)
        row_direction, column_direction = axes[:, 0], axes[:, 1]
        assert (np.diff(places @ np.cross(column_direction, row_direction)) > 0).all()


@proves("S27")
def test_an_image_gives_its_frames_in_its_units(tmp_path: Path) -> None:
    (image,) = make_series((1, 4, 5), RescaleIntercept="-1024", RescaleSlope="2")
    image.save_as(tmp_path / "image.dcm", enforce_file_format=True)
    image = hd.imread(tmp_path / "image.dcm")
    stored = np.frombuffer(image.PixelData, np.uint16).reshape(4, 5)
    np.testing.assert_array_equal(image.get_frame(1), stored * 2.0 - 1024)
    assert image.get_frames().dtype.kind == "f" and image.get_frames().shape == (1, 4, 5)


@proves("S28")
def test_stacked_segments_are_numbered_by_the_last_axis() -> None:
    for kind in KINDS:
        np.testing.assert_array_equal(by_image(construct(IMAGES, STACK, [1, 2], kind)), STACK)
    one = construct(IMAGES[:1], STACK[2:3], [1, 2])  # the axis of frames is there also for one
    np.testing.assert_array_equal(one.get_pixels_by_source_instance(uids_of(IMAGES[:1])), STACK[2:3])


@proves("S29", "S53")
def test_a_label_is_its_segment_s_number_in_every_type() -> None:
    for kind in KINDS:
        for dtype in (np.uint8, np.int32):
            seg = construct(IMAGES, LABELS.astype(dtype), [1, 2], kind, max_fractional_value=77)
            np.testing.assert_array_equal(by_image(seg), STACK)
    fractions = construct(IMAGES, LABELS, [1, 2], "FRACTIONAL", max_fractional_value=77)
    assert set(np.unique(fractions.pixel_array).tolist()) == {0, 77}


@proves("S30", "D17")
def test_the_form_of_the_array_and_the_stored_type_are_independent() -> None:
    forms = (LABELS, STACK, STACK.astype(np.uint8), STACK.astype(float))
    for kind, array in itertools.product(KINDS, forms):
        np.testing.assert_array_equal(by_image(construct(IMAGES, array, [1, 2], kind)), STACK)
    gap = construct(IMAGES, STACK, [1, 300], "LABELMAP")
    assert set(np.unique(gap.pixel_array).tolist()) == {0, 1, 300}
    np.testing.assert_array_equal(by_image(gap), STACK)


@proves("S31")
def test_stacked_segments_that_only_touch_are_a_label_map() -> None:
    touching = np.zeros((*SHAPE, 2), bool)
    touching[:, :, :4, 0] = touching[:, :, 4:, 1] = True
    seg = construct(IMAGES, touching, [1, 2], "LABELMAP")
    np.testing.assert_array_equal(by_image(seg), touching)


@proves("S32", "S33", "S34")
def test_a_volume_lies_anywhere() -> None:
    grid = {
        "spacing": (2.0, 0.7, 0.3),
        "direction": rotation(30, 20, -10)[:, ::-1] * [-1, 1, 1],
        "position": (10.0, -20.0, 30.0),
        "frame_of_reference_uid": IMAGES[0].FrameOfReferenceUID,
        "coordinate_system": PATIENT,
    }
    labels = np.random.default_rng(2).integers(1, 3, (3, 7, 5)).astype(np.uint8)
    stacked = hd.Volume.from_components(np.stack([labels == 1, labels == 2], 3), channels=(1, 2), **grid)  # type: ignore[arg-type]
    for given, kind in itertools.product((hd.Volume.from_components(labels, **grid), stacked), KINDS):  # type: ignore[arg-type]
        seg = construct(IMAGES, given, [1, 2], kind)  # type: ignore[arg-type]
        back = seg.get_volume(combine_segments=True)
        flipped = np.linalg.det(given.affine) * np.linalg.det(back.affine) < 0
        step = np.array([[len(labels) - 1, 0, 0, 1]]).T if flipped else np.array([[0, 0, 0, 1]]).T
        np.testing.assert_allclose(back.affine[:, 3:], given.affine @ step, atol=1e-4)
        np.testing.assert_array_equal(back.array[::-1] if flipped else back.array, labels)


@proves("S35", "S36")
def test_planes_are_placed_one_by_one() -> None:
    places = [(1.5, 2.5, 40.0), (1.5, 2.5, 30.0)]
    seg = construct(
        IMAGES,
        np.ones((2, 7, 5), np.uint8),
        plane_positions=[hd.PlanePositionSequence(PATIENT, place) for place in places],
        plane_orientation=hd.PlaneOrientationSequence(PATIENT, (0, 1, 0, -1, 0, 0)),
        pixel_measures=hd.PixelMeasuresSequence((2.0, 1.5), 4.0, 10.0),
    )
    shared = seg.SharedFunctionalGroupsSequence[0]
    assert shared.PlaneOrientationSequence[0].ImageOrientationPatient == [0, 1, 0, -1, 0, 0]
    (measures,) = shared.PixelMeasuresSequence
    assert measures.PixelSpacing == [2.0, 1.5]
    assert (measures.SliceThickness, measures.SpacingBetweenSlices) == (4, 10)
    stored = [tuple(f.PlanePositionSequence[0].ImagePositionPatient) for f in frames_of(seg)]
    assert sorted(stored) == sorted(places)
    (on_slide,) = hd.PlanePositionSequence(SLIDE, (1, 2, 3), (7, 8))
    assert on_slide.XOffsetInSlideCoordinateSystem == 1 and on_slide.ZOffsetInSlideCoordinateSystem == 3
    assert on_slide.ColumnPositionInTotalImagePixelMatrix == 7
    assert on_slide.RowPositionInTotalImagePixelMatrix == 8
    (orientation,) = hd.PlaneOrientationSequence(SLIDE, (0, -1, 0, -1, 0, 0))
    assert orientation.ImageOrientationSlide == [0, -1, 0, -1, 0, 0]


@proves("S37")
def test_uids_are_made() -> None:
    made = {hd.UID() for _ in range(100)}
    assert len(made) == 100 and all(uid.is_valid and len(uid) <= 64 for uid in made)
    assert hd.UID("1.2.3") == "1.2.3"


@proves("B3")
def test_frames_refer_to_the_images_they_lie_on() -> None:
    other = make_series((2, 6, 9), modality="MR", StudyInstanceUID=IMAGES[0].StudyInstanceUID)
    seg = construct(IMAGES, LABELS, [1, 2], further_source_images=other)
    assert {uid for _study, _series, uid in seg.get_source_image_uids()} == set(uids_of([*IMAGES, *other]))
    affine = construct(IMAGES, np.ones(SHAPE, bool)).get_volume().affine
    for grid, preserved in (
        (affine, "YES"),
        (affine @ np.diag([1, 0.5, 0.5, 1]), "NO"),
        (affine @ np.array([[1, 0, 0, 0.5], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]), None),
    ):
        seg = construct(IMAGES, hd.Volume(np.ones(SHAPE, np.uint8), grid))  # type: ignore[arg-type]
        for frame in frames_of(seg):
            found = [
                source.SpatialLocationsPreserved
                for derivation in frame.DerivationImageSequence
                for source in derivation.SourceImageSequence
            ]
            assert found == [preserved] * (preserved is not None)


@proves("B5")
def test_a_projection_is_segmented(tmp_path: Path) -> None:
    absent = dict.fromkeys(("FrameOfReferenceUID", "ImagePositionPatient", "ImageOrientationPatient"))
    images = make_series((1, 6, 9), **absent)
    for kind in KINDS:
        seg = construct(images, LABELS[2], [1, 2], kind)
        assert "FrameOfReferenceUID" not in written(seg, tmp_path)
        back = seg.get_pixels_by_source_instance(uids_of(images), combine_segments=True)
        np.testing.assert_array_equal(back, LABELS[2:3])


@proves("B6")
def test_regular_planes_are_a_stack_whose_spacing_is_known() -> None:
    def shared(seg: Dataset) -> Dataset:
        return seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]

    full, hole = LABELS * 0 + 1, np.array([1, 0, 1, 1], np.uint8)[:, None, None] + LABELS * 0
    for images in (IMAGES, IMAGES[::-1], make_series(SHAPE, SliceThickness=None)):
        for kind, given in itertools.product(("BINARY", "LABELMAP"), (None, "3D")):
            seg = construct(images, full, kind=kind, dimension_organization_type=given)
            assert seg.DimensionOrganizationType == "3D"
            assert shared(seg).SpacingBetweenSlices == 2.5
        seg = construct(images, hole)
        assert "DimensionOrganizationType" not in seg
        assert shared(seg).SpacingBetweenSlices == 2.5
    assert "DimensionOrganizationType" not in construct(IMAGES, LABELS, [1, 2])
    uneven = [IMAGES[0], IMAGES[1], IMAGES[3]]
    seg = construct(uneven, full[:3])
    assert "DimensionOrganizationType" not in seg and "SpacingBetweenSlices" not in shared(seg)


@proves("N10")
def test_frames_of_a_series_with_times_say_their_time_point(tmp_path: Path) -> None:
    first = make_series((2, 6, 9), TemporalPositionIdentifier="1")
    alike = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
    same = {keyword: first[0][keyword].value for keyword in alike}
    images = [*first, *make_series((2, 6, 9), TemporalPositionIdentifier="2", **same)]
    seg = construct(images, LABELS + 1, [1, 2, 3])
    found = {
        (
            frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID,
            frame.FrameContentSequence[0].TemporalPositionIndex,
        )
        for frame in frames_of(written(seg, tmp_path))
    }
    assert found == {(i.SOPInstanceUID, int(i.TemporalPositionIdentifier)) for i in images}
    back = seg.get_pixels_by_source_instance(uids_of(images), combine_segments=True)
    np.testing.assert_array_equal(back, LABELS + 1)


@proves("D18")
def test_the_array_stays_as_it_is(tmp_path: Path) -> None:
    for kind, array in itertools.product(KINDS, (LABELS.copy(), STACK.astype(np.uint8), STACK * 1.0)):
        before = array.copy()
        written(construct(IMAGES, array, [1, 2], kind), tmp_path)
        np.testing.assert_array_equal(array, before)
        assert array.flags.writeable


@proves("Q3")
def test_a_value_that_does_not_conform_is_mended_or_left_out_and_said(tmp_path: Path) -> None:
    with config.disable_value_validation():
        images = make_series(SHAPE, PatientAge="42", PatientWeight="71.123456789012345", PatientSex="U")
    seg = construct(images, LABELS == 1)
    plain = written(seg, tmp_path)
    assert plain.PatientAge == "042Y" and plain.PatientSex == ""
    assert 71.1234 < plain.PatientWeight < 71.1235
    assert {finding.where for finding in seg.findings} == {"PatientAge", "PatientWeight", "PatientSex"}


@proves("D27")
def test_what_the_source_does_not_say_is_left_empty(tmp_path: Path) -> None:
    absent = (
        *("AccessionNumber", "PatientBirthDate", "PatientSex", "PatientName", "PatientID", "StudyID"),
        *("StudyDate", "StudyTime"),
    )
    seg = written(construct(make_series(SHAPE, **dict.fromkeys(absent)), LABELS == 1), tmp_path)
    assert all(not seg[keyword].value for keyword in absent)
    written(construct(make_series(SHAPE, SliceThickness=None), LABELS == 1), tmp_path)
    unknown = written(construct(make_series(SHAPE, PatientSex="U"), LABELS == 1), tmp_path)
    assert unknown.PatientSex == ""
    projection = dict.fromkeys(
        ("FrameOfReferenceUID", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
    )
    written(construct(make_series((1, 6, 9), **projection), LABELS[1] == 1), tmp_path)
