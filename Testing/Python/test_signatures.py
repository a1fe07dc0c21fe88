"""What highdicom's constructors take, ours take under the same name; the rest is listed with its reason."""

import inspect
from pathlib import Path

import numpy as np
import pytest
from pydicom.sr.codedict import codes

import dicomsegcodec as hd
from objects import construct
from series import make_series
from test_header import dciodvfy
from test_slides import labels, segmentation, slide

highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed; `make test` installs it")

CLASSES = (
    "seg.Segmentation",
    "seg.create_segmentation_pyramid",
    "seg.SegmentDescription",
    "AlgorithmIdentificationSequence",
    "ContentCreatorIdentificationCodeSequence",
    "ContributingEquipment",
    "PaletteColorLUT",
    "PaletteColorLUTTransformation",
    "PaletteColorLUTTransformation.from_colors",
    "PaletteColorLUTTransformation.from_combined_lut",
    "PaletteColorLUTTransformation.extract_from_dataset",
    "PaletteColorLUTTransformation.apply",
    "PaletteColorLUT.apply",
    "PaletteColorLUT.extract_from_dataset",
    "SegmentedPaletteColorLUT",
    "PixelMeasuresSequence",
    "PlaneOrientationSequence",
    "PlanePositionSequence",
    "AlgorithmIdentificationSequence.from_sequence",
    "PlanePositionSequence.from_sequence",
    "UID",
    "color.CIELabColor",
    "color.CIELabColor.from_rgb",
    "color.CIELabColor.from_string",
    "color.CIELabColor.from_dicom_value",
    "color.CIELabColor.to_rgb",
    "sr.CodedConcept",
    "sr.CodedConcept.from_code",
    "coding_schemes.CodingSchemeIdentificationItem",
    "coding_schemes.CodingSchemeResourceItem",
)

# What `Segmentation` and `create_segmentation_pyramid` hand on, of the base of all of its objects, and why
# the rest is not the caller's to say.
HANDED_ON = (
    *("coding_schemes", "content_date", "content_qualification", "content_time", "institution_name"),
    *("institutional_department_name", "series_date", "series_description", "series_time"),
    "specific_character_set",
)
OF_THE_SOURCE = "copied from the source images, so that the segmentation belongs to their patient and study"
NOT_THE_CALLERS = {
    **dict.fromkeys(
        (
            *("accession_number", "patient_birth_date", "patient_id", "patient_name", "patient_sex"),
            *("referring_physician_name", "study_date", "study_id", "study_instance_uid", "study_time"),
        ),
        OF_THE_SOURCE,
    ),
    "modality": "SEG",
    "sop_class_uid": "follows from the segmentation type",
}

# Keywords of theirs that ours do not have.
LEFT_OUT: dict[tuple[str, str], str] = {}

# Public names of theirs, of the classes above, that ours do not have.
MEMBERS_LEFT_OUT = {
    ("ContributingEquipment", "for_highdicom"): "names their library; ours has for_library",
}


def found(root: object, name: str) -> object:
    for part in name.split("."):
        root = getattr(root, part)
    return root


def parameters(root: object, name: str) -> dict[str, inspect.Parameter]:
    signature = inspect.signature(found(root, name))  # type: ignore[arg-type]
    return {
        key: parameter
        for key, parameter in signature.parameters.items()
        if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) and key != "self"
    }


@pytest.mark.parametrize("name", CLASSES)
def test_every_keyword_of_theirs_is_ours_too(name: str) -> None:
    ours, theirs = parameters(hd, name), parameters(highdicom, name)
    missing = [key for key in theirs if key not in ours and (name, key) not in LEFT_OUT]
    assert missing == []
    stale = [key for owner, key in LEFT_OUT if owner == name and (key in ours or key not in theirs)]
    assert stale == []


@pytest.mark.parametrize("name", CLASSES)
def test_what_may_be_left_out_of_theirs_may_be_left_out_of_ours(name: str) -> None:
    ours, theirs = parameters(hd, name), parameters(highdicom, name)
    for key, parameter in theirs.items():
        if key not in ours:
            continue
        optional = parameter.default is not parameter.empty
        assert (ours[key].default is not inspect.Parameter.empty) == optional, key
        if isinstance(parameter.default, bool | int | float | str):
            assert ours[key].default == parameter.default, key
    for key, parameter in ours.items():
        assert key in theirs or parameter.default is not parameter.empty, f"{key} is needed by ours alone"


@pytest.mark.parametrize("name", CLASSES)
def test_positions_are_the_same(name: str) -> None:
    ours = [k for k, p in parameters(hd, name).items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    theirs = [k for k, p in parameters(highdicom, name).items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    if name == "seg.Segmentation":  # thirty more can be told apart by their names only
        theirs = theirs[: len(ours)]
        assert ours[-1] == "device_serial_number"
    assert ours[: len(theirs)] == theirs


def test_the_keywords_that_their_constructor_hands_on_are_ours() -> None:
    base = parameters(highdicom, "SOPClass")
    ours, theirs = parameters(hd, "seg.Segmentation"), parameters(highdicom, "seg.Segmentation")
    handed_on = sorted(set(base) - set(theirs) - set(NOT_THE_CALLERS))
    assert handed_on == sorted(HANDED_ON)
    assert set(handed_on) <= set(ours)
    assert not set(NOT_THE_CALLERS) & set(ours)
    for key in handed_on:
        assert ours[key].default is base[key].default is None


@pytest.mark.parametrize(
    "name", [n for n in CLASSES if inspect.isclass(found(highdicom, n)) and n != "seg.Segmentation"]
)
def test_every_public_member_of_theirs_is_ours_too(name: str) -> None:
    ours, theirs = found(hd, name), found(highdicom, name)
    public = [key for key in vars(theirs) if not key.startswith("_")]
    missing = [key for key in public if not hasattr(ours, key) and (name, key) not in MEMBERS_LEFT_OUT]
    assert missing == []


def test_descriptions_and_codes_print_the_same_words() -> None:
    arguments = {
        "segment_number": 1,
        "segment_label": "Liver",
        "segmented_property_category": codes.SCT.Organ,
        "segmented_property_type": codes.SCT.Liver,
        "algorithm_type": "AUTOMATIC",
        "tracking_uid": "1.2.3",
        "tracking_id": "liver",
        "anatomic_regions": [codes.SCT.Abdomen],
        "primary_anatomic_structures": [codes.SCT.Liver],
    }
    made = []
    for library in (hd, highdicom):
        algorithm = library.AlgorithmIdentificationSequence(
            "Net", codes.cid7162.ArtificialIntelligence, "1", source="Us", parameters={"a": "1", "b": "2"}
        )
        color = library.color.CIELabColor(50.0, 34.0, 12.4)
        one = library.seg.SegmentDescription(
            **arguments, algorithm_identification=algorithm, display_color=color
        )
        made.append(one)
    ours, theirs = made
    assert ours.to_json_dict() == theirs.to_json_dict()
    for key in (
        *("segment_number", "segment_label", "segmented_property_category", "segmented_property_type"),
        *("tracking_id", "tracking_uid", "anatomic_regions", "primary_anatomic_structures"),
    ):
        assert getattr(ours, key) == getattr(theirs, key), key
    assert ours.algorithm_type.value == theirs.algorithm_type.value
    identified = ours.algorithm_identification, theirs.algorithm_identification
    for key in ("name", "family", "version", "source", "parameters"):
        assert getattr(identified[0], key) == getattr(identified[1], key)


def test_the_uid_of_a_uuid_is_the_same() -> None:
    uuid = "7e57d004-2b97-0e7a-b45f-5387367791cd"
    assert hd.UID.from_uuid(uuid) == highdicom.UID.from_uuid(uuid)
    assert isinstance(hd.UID.from_uuid(uuid), hd.UID)
    with pytest.raises(hd.errors.ArgumentError):
        hd.UID.from_uuid("no uuid")


def test_places_and_measures_are_the_same_items() -> None:
    made = []
    for library in (hd, highdicom):
        made.append(
            [
                library.PlanePositionSequence("PATIENT", (1.5, -2, 0.1)),
                library.PlanePositionSequence("SLIDE", (1.5, -2, 0), (3, 4)),
                library.PlaneOrientationSequence("PATIENT", (0, 1, 0, 0, 0, -1)),
                library.PlaneOrientationSequence("SLIDE", (0, 1, 0, 1, 0, 0)),
                library.PixelMeasuresSequence((0.5, 0.25), 2.0, 3.0),
                library.PixelMeasuresSequence((0.5, 0.25), None),
            ]
        )
    for ours, theirs in zip(*made, strict=True):
        assert ours[0].to_json_dict() == theirs[0].to_json_dict()
        again = type(ours).from_sequence(theirs)
        assert isinstance(again, type(ours)) and again[0].to_json_dict() == ours[0].to_json_dict()
        assert again[0] is not theirs[0]
        assert type(ours).from_sequence(ours, copy=False)[0] is ours[0]
    assert made[0][2].cosines == made[1][2].cosines == (0, 1, 0, 0, 0, -1)
    with pytest.raises(hd.errors.ArgumentError, match="2 items"):
        hd.PixelMeasuresSequence.from_sequence([*made[0][4], *made[0][5]])


def test_measures_without_a_thickness_are_taken(tmp_path: Path) -> None:
    measures = hd.PixelMeasuresSequence((0.5, 0.25), None)
    images, mask = make_series((3, 5, 7)), np.ones((3, 5, 7), np.uint8)
    patient = construct(images, mask, pixel_measures=measures)
    corner = hd.PlanePositionSequence("SLIDE", (1.0, 2.0, 0.0), (1, 1))
    on_slide = segmentation(
        slide(), labels(), "BINARY", tile_pixel_array=True, plane_positions=[corner], pixel_measures=measures
    )
    for seg in (patient, on_slide):
        item = seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
        assert item.PixelSpacing == [0.5, 0.25]
        # In a stack the distance of the planes stands for it; of a slide nothing says it.
        assert ("SliceThickness" in item) == (seg is patient)
    patient.save_as(tmp_path / "seg.dcm")
    assert dciodvfy(tmp_path / "seg.dcm") == []


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("a=1,b=2", {"a": "1", "b": "2"}),
        ("a=1,2,b=x=y", {"a": "1,2", "b": "x=y"}),
        ("seven layers", {"": "seven layers"}),
        ("one, two", {"": "one, two"}),
        ("", None),
    ],
)
def test_parameters_of_an_algorithm_are_read_however_they_were_written(text: str, parameters: dict) -> None:
    algorithm = hd.AlgorithmIdentificationSequence("Net", codes.cid7162.ArtificialIntelligence, "1")
    algorithm[0].AlgorithmParameters = text
    assert algorithm.parameters == parameters
