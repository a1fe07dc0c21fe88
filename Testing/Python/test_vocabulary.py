"""The public vocabulary: descriptions, codes, colours, algorithms, images, volumes, and their errors."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

import dicomsegcodec as hd
from dicomsegcodec.errors import ArgumentError, ArgumentTypeError, SourceError
from objects import uids_of
from series import make_series, rotation
from strategies import geometries, series

FAMILY = codes.cid7162.ArtificialIntelligence
ALGORITHM = {"name": "Net", "family": FAMILY, "version": "v1"}


def description(**other: object) -> hd.seg.SegmentDescription:
    arguments = {
        "segment_number": 1,
        "segment_label": "liver",
        "segmented_property_category": codes.SCT.Organ,
        "segmented_property_type": codes.SCT.Liver,
        "algorithm_type": "MANUAL",
    }
    return hd.seg.SegmentDescription(**{**arguments, **other})


# --- the package --------------------------------------------------------------------------------------------


def test_every_public_name_is_there() -> None:
    for name in hd.__all__:
        assert getattr(hd, name) is not None
    assert set(hd.__all__) <= set(dir(hd))
    assert hd.Segmentation is hd.seg.Segmentation
    assert issubclass(hd.errors.ArgumentError, ValueError)
    with pytest.raises(AttributeError, match="nothing"):
        hd.nothing  # noqa: B018


def test_a_new_uid_is_a_uid_of_pydicom_and_no_two_are_the_same() -> None:
    uids = {hd.UID() for _ in range(100)}
    assert len(uids) == 100
    assert all(uid.is_valid for uid in uids)
    assert hd.UID("1.2.3") == "1.2.3"


# --- codes --------------------------------------------------------------------------------------------------


def test_a_concept_equals_pydicoms_code_in_both_directions_and_across_snomeds_names() -> None:
    concept = hd.sr.CodedConcept("10200004", "SCT", "Liver")
    assert concept == codes.SCT.Liver
    assert codes.SCT.Liver == concept
    assert concept == hd.sr.CodedConcept("T-62000", "SRT", "liver")
    assert concept != codes.SCT.Kidney
    assert concept != hd.sr.CodedConcept("10200004", "99X", "Liver")
    assert concept != "10200004"
    assert len({concept, hd.sr.CodedConcept("10200004", "SCT", "other words")}) == 1


@given(
    value=st.text(st.sampled_from("AB12-:."), min_size=1, max_size=30),
    meaning=st.text(st.characters(codec="utf-8").filter(str.isprintable), min_size=1, max_size=64),
    version=st.none() | st.just("2.0"),
)
def test_a_concept_says_what_it_was_made_of(value: str, meaning: str, version: str | None) -> None:
    meaning = meaning.replace("\\", "/").strip() or "x"
    concept = hd.sr.CodedConcept(value, "99X", meaning, version)
    assert (concept.value, concept.scheme_designator) == (value, "99X")
    assert (concept.meaning, concept.scheme_version) == (meaning, version)
    assert hd.sr.CodedConcept.from_code(Code(value, "99X", meaning, version)) == concept
    assert hd.sr.CodedConcept.from_dataset(concept) == concept


@pytest.mark.parametrize("arguments", [("1", "99X", "m" * 65), ("1", "s" * 17, "m"), ("1", "99X", "a\\b")])
def test_a_concept_that_no_item_can_hold_is_refused(arguments: tuple[str, str, str]) -> None:
    with pytest.raises(ArgumentError):
        hd.sr.CodedConcept(*arguments)


@pytest.mark.parametrize("concept", ["liver", 7, None, ("1", "99X", "m")])
def test_what_is_no_code_is_refused_as_a_type(concept: object) -> None:
    with pytest.raises(ArgumentTypeError):
        description(segmented_property_type=concept)


# --- descriptions -------------------------------------------------------------------------------------------


def test_a_description_says_what_it_was_made_of() -> None:
    algorithm = hd.AlgorithmIdentificationSequence(
        **ALGORITHM, source="Maker", parameters={"a": "1", "b": "2"}
    )
    made = description(
        segment_label="Ψ" * 70,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=algorithm,
        tracking_id="lesion 1",
        tracking_uid="1.2.3",
        anatomic_regions=[codes.SCT.Kidney, hd.sr.CodedConcept("1", "99X", "Somewhere")],
        primary_anatomic_structures=[codes.SCT.Liver],
        display_color=hd.color.CIELabColor.from_rgb(200, 30, 40),
    )
    for one in (made, hd.seg.SegmentDescription.from_dataset(made), pickle.loads(pickle.dumps(made))):
        assert (one.segment_number, one.segment_label) == (1, "Ψ" * 70)
        assert one.segmented_property_category == codes.SCT.Organ
        assert one.segmented_property_type == codes.SCT.Liver
        assert one.algorithm_type is hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC
        assert (one.tracking_id, one.tracking_uid) == ("lesion 1", "1.2.3")
        assert one.anatomic_regions[0] == codes.SCT.Kidney
        assert [c.meaning for c in one.anatomic_regions] == ["Kidney", "Somewhere"]
        assert one.primary_anatomic_structures == [codes.SCT.Liver]
        assert one.display_color.to_rgb() == (200, 30, 40)
        identification = one.algorithm_identification
        assert (identification.name, identification.version) == ("Net", "v1")
        assert (identification.source, identification.parameters) == ("Maker", {"a": "1", "b": "2"})
    assert made.SegmentAlgorithmName == "Net"


def test_what_was_not_said_is_absent() -> None:
    made = description()
    assert made.tracking_id is None
    assert made.tracking_uid is None
    assert made.display_color is None
    assert made.algorithm_identification is None
    assert made.anatomic_regions == made.primary_anatomic_structures == []


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"segment_number": 0}, ValueError),
        ({"segment_number": 65536}, ValueError),
        ({"segment_number": 1.5}, TypeError),
        ({"segment_number": "one"}, TypeError),
        ({"algorithm_type": "GUESSED"}, ValueError),
        ({"algorithm_type": "AUTOMATIC"}, TypeError),
        ({"algorithm_type": "SEMIAUTOMATIC"}, TypeError),
        ({"tracking_id": "a"}, TypeError),
        ({"tracking_uid": "1.2"}, TypeError),
        ({"anatomic_regions": ["kidney"]}, TypeError),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(other: dict, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        description(**other)
    assert isinstance(caught.value, hd.errors.SegError)


@pytest.mark.parametrize("number", [np.int64(7), np.uint8(7), True + 6])
def test_whole_numbers_of_any_type_are_segment_numbers(number: object) -> None:
    assert description(segment_number=number).segment_number == 7


# --- colours ------------------------------------------------------------------------------------------------


@given(rgb=st.tuples(*[st.integers(0, 255)] * 3))
def test_every_color_of_a_screen_comes_back(rgb: tuple[int, int, int]) -> None:
    assert hd.color.CIELabColor.from_rgb(*rgb).to_rgb() == rgb


@given(stored=st.tuples(*[st.integers(0, 65535)] * 3))
def test_every_stored_color_comes_back(stored: tuple[int, int, int]) -> None:
    lab = hd.color.stored_to_lab(stored)
    assert hd.color.lab_to_stored(lab) == stored
    red, green, blue = hd.color.cielab_to_rgb(stored)
    assert min(red, green, blue) >= 0
    assert max(red, green, blue) <= 1


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
    ],
)
def test_colors_are_those_of_the_tables_for_d65(rgb: tuple, lab: tuple) -> None:
    assert hd.color.CIELabColor.from_rgb(*rgb).lab == pytest.approx(lab, abs=0.02)


def test_colors_beyond_the_scale_are_refused() -> None:
    for lab in ((-1, 0, 0), (101, 0, 0), (50, -129, 0), (50, 0, 128)):
        with pytest.raises(ArgumentError):
            hd.color.CIELabColor(*lab)
    assert hd.color.CIELabColor(50, 1, 2) == hd.color.CIELabColor(50, 1, 2)
    assert len({hd.color.CIELabColor(50, 1, 2), hd.color.CIELabColor(50, 1, 2)}) == 1


# --- images -------------------------------------------------------------------------------------------------


def test_a_frame_is_in_real_units() -> None:
    path = get_testdata_file("CT_small.dcm")
    image, plain = hd.imread(path), dcmread(path)
    expected = plain.pixel_array * float(plain.RescaleSlope) + float(plain.RescaleIntercept)
    frame = image.get_frame(1)
    assert frame.dtype == np.float64
    np.testing.assert_array_equal(frame, expected)
    np.testing.assert_array_equal(image.get_frames(), expected[None])
    assert isinstance(image, Dataset)
    assert image.PatientName == plain.PatientName
    with pytest.raises(ArgumentError, match="frames 1 to 1"):
        image.get_frame(0)
    with pytest.raises(ArgumentError):
        image.get_frame(2)


def test_a_multi_frame_image_has_its_rescale_by_frame() -> None:
    path = get_testdata_file("eCT_Supplemental.dcm")
    if path is None:
        pytest.skip("pydicom-data is not installed; `make test` installs it")
    image = hd.imread(path)
    assert image.get_frames().shape == (image.NumberOfFrames, image.Rows, image.Columns)
    stored = dcmread(path)
    transformation = stored.SharedFunctionalGroupsSequence[0].get("PixelValueTransformationSequence")
    if transformation is None:
        transformation = stored.PerFrameFunctionalGroupsSequence[1].PixelValueTransformationSequence
    slope, intercept = float(transformation[0].RescaleSlope), float(transformation[0].RescaleIntercept)
    np.testing.assert_array_equal(image.get_frame(2), stored.pixel_array[1] * slope + intercept)


# --- sorting ------------------------------------------------------------------------------------------------


@given(images=series(gaps=True))
def test_images_are_sorted_along_their_normal(images: list[Dataset]) -> None:
    ordered = hd.spatial.sort_datasets(images)
    assert sorted(uids_of(ordered)) == sorted(uids_of(images))
    row, column = np.array(images[0].ImageOrientationPatient, float).reshape(2, 3)
    along = [np.array(i.ImagePositionPatient, float) @ np.cross(column, row) for i in ordered]
    assert (np.diff(along) > 0).all()


def test_images_are_sorted_as_highdicom_sorts_them() -> None:
    highdicom = pytest.importorskip("highdicom")
    for turned in (None, rotation(90, 0, 0), rotation(30, 40, 50), rotation(180, 0, 0)):
        images = make_series((5, 4, 4), turned=turned)
        images = [images[i] for i in (3, 0, 4, 1, 2)]
        assert uids_of(hd.spatial.sort_datasets(images)) == uids_of(highdicom.spatial.sort_datasets(images))


def test_images_of_two_stacks_are_not_sorted() -> None:
    with pytest.raises(SourceError):
        hd.spatial.sort_datasets([*make_series((2, 4, 4)), *make_series((2, 4, 4))])


# --- volumes ------------------------------------------------------------------------------------------------


@given(geometry=geometries(sheared=False))
def test_a_volume_is_what_its_components_say(geometry) -> None:
    axes = geometry.index_to_lps[:3, :3] / np.array(geometry.spacing_mm)
    volume = hd.Volume.from_components(
        array=np.zeros(geometry.shape, np.uint8),
        spacing=geometry.spacing_mm,
        direction=axes,
        position=geometry.index_to_lps[:3, 3],
        coordinate_system="PATIENT",
        frame_of_reference_uid="1.2.3",
    )
    np.testing.assert_allclose(volume.affine, geometry.index_to_lps, atol=1e-9)
    assert volume.spacing == pytest.approx(geometry.spacing_mm)
    np.testing.assert_allclose(volume.direction, axes, atol=1e-9)
    assert volume.position == pytest.approx(geometry.index_to_lps[:3, 3])
    assert volume.shape == volume.spatial_shape == geometry.shape
    assert volume.geometry.differs_from(geometry) == ""


@pytest.mark.parametrize(
    ("array", "affine", "channels"),
    [
        (np.zeros((2, 3)), np.eye(4), None),
        (np.zeros((2, 3, 4, 5)), np.eye(4), None),
        (np.zeros((2, 3, 4)), np.eye(4), [1]),
        (np.zeros((2, 3, 4, 2)), np.eye(4), [1]),
        (np.zeros((2, 3, 4)), np.eye(3), None),
        (np.zeros((2, 3, 4)), np.ones((4, 4)), None),
    ],
)
def test_an_array_and_an_affine_that_are_no_volume_are_refused(array, affine, channels) -> None:
    with pytest.raises(ArgumentError):
        hd.Volume(array, affine, channels=channels)


def test_directions_that_are_not_perpendicular_unit_vectors_are_refused() -> None:
    for direction in (np.ones((3, 3)), 2 * np.eye(3)):
        with pytest.raises(ArgumentError):
            hd.Volume.from_components(
                np.zeros((2, 3, 4)), spacing=1.0, direction=direction, position=(0, 0, 0)
            )


def test_an_affine_that_is_given_out_is_a_copy() -> None:
    volume = hd.Volume(np.zeros((2, 3, 4)), np.eye(4))
    volume.affine[0, 0] = 9
    assert volume.affine[0, 0] == 1
