"""What the checklist promises of concepts, descriptions and types; a short proof for each row."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

import dicomsegcodec as hd
from objects import construct
from promises import (
    IMAGES,
    KINDS,
    LABELS,
    OVERLAPPING,
    SHAPE,
    STACK,
    by_image,
    described,
    descriptions,
    proves,
    written,
)
from series import make_series


@proves("S1", "D29")
def test_images_of_any_modality_are_segmented(tmp_path: Path) -> None:
    for modality, sop_class in (
        ("US", "1.2.840.10008.5.1.4.1.1.6.1"),
        ("OT", "1.2.840.10008.5.1.4.1.1.7"),
        ("XY", "1.2.3.4.5"),  # of nobody
    ):
        images = make_series(SHAPE, Modality=modality, SOPClassUID=sop_class)
        seg = written(construct(images, LABELS == 1), tmp_path)
        (series,) = seg.ReferencedSeriesSequence
        assert {i.ReferencedSOPClassUID for i in series.ReferencedInstanceSequence} == {sop_class}
        assert seg.ContentLabel == f"{modality}_SEG"
        assert seg.Modality == "SEG"


@proves("S2")
def test_a_segmentation_has_one_segment_or_more(tmp_path: Path) -> None:
    for count in (1, 2, 300):
        array = np.arange(np.prod(SHAPE)).reshape(SHAPE) % (count + 1)
        seg = written(construct(IMAGES, array, range(1, count + 1), "LABELMAP"), tmp_path)
        assert len(seg.SegmentSequence) == count + 1  # and the background
        seg = written(construct(IMAGES, array, range(1, count + 1)), tmp_path)
        assert len(seg.SegmentSequence) == count


@proves("S3")
def test_each_segment_has_its_own_frames_and_may_overlap_others() -> None:
    for kind in ("BINARY", "FRACTIONAL"):
        seg = construct(IMAGES, OVERLAPPING, [1, 2], kind)
        assert seg.SegmentsOverlap == "YES"
        assert seg.NumberOfFrames == 3 + 1
        np.testing.assert_array_equal(by_image(seg), OVERLAPPING)
        assert construct(IMAGES, STACK, [1, 2], kind).SegmentsOverlap == "NO"
    fractions = construct(IMAGES, OVERLAPPING * 0.5, [1, 2], "FRACTIONAL")
    assert fractions.SegmentsOverlap == "UNDEFINED"
    assert construct(IMAGES, LABELS, [1, 2], "LABELMAP").SegmentsOverlap == "NO"


@proves("S4", "S5")
def test_segments_are_numbered_from_one_in_the_order_of_their_descriptions(tmp_path: Path) -> None:
    seg = written(construct(IMAGES, LABELS * 0, range(1, 12)), tmp_path)
    assert [item.SegmentNumber for item in seg.SegmentSequence] == list(range(1, 12))
    assert [item.SegmentLabel for item in seg.SegmentSequence] == [f"Segment {n}" for n in range(1, 12)]


@proves("S6", "Q2")
def test_a_label_is_any_text(tmp_path: Path) -> None:
    for label in ("liver", "肝臓", "a\\b", "x" * 200, "Ünïcödé " * 20):
        item = described(tmp_path, segment_label=label)
        assert len(item.SegmentLabel) <= 64
        seg = hd.seg.segread(tmp_path / "written.dcm")
        assert seg.get_segment_description(1).segment_label == label


@proves("S7", "S13")
def test_properties_are_coded_concepts_or_codes_of_pydicom(tmp_path: Path) -> None:
    for category, kind in (
        (codes.SCT.Organ, codes.SCT.Liver),
        (codes.SCT.MorphologicallyAbnormalStructure, codes.SCT.Tumor),
        (hd.sr.CodedConcept("91723000", "SCT", "Anatomical Structure"), Code("1", "99X", "Mine")),
    ):
        item = described(tmp_path, segmented_property_category=category, segmented_property_type=kind)
        for concept, sequence in (
            (category, item.SegmentedPropertyCategoryCodeSequence),
            (kind, item.SegmentedPropertyTypeCodeSequence),
        ):
            assert sequence[0].CodeValue == concept.value
            assert sequence[0].CodingSchemeDesignator == concept.scheme_designator
            assert sequence[0].CodeMeaning == concept.meaning


@proves("S8")
def test_the_algorithm_type_is_an_enumerated_value_or_its_text(tmp_path: Path) -> None:
    network = hd.AlgorithmIdentificationSequence("net", codes.cid7162.ArtificialIntelligence, "2")
    for kind in hd.seg.SegmentAlgorithmTypeValues:
        for given in (kind, str(kind)):
            item = described(tmp_path, algorithm_type=given, algorithm_identification=network)
            assert item.SegmentAlgorithmType == kind.value
    assert set(hd.seg.SegmentAlgorithmTypeValues) == {"AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"}


@proves("S9")
def test_an_algorithm_is_identified(tmp_path: Path) -> None:
    network = hd.AlgorithmIdentificationSequence(
        name="net",
        family=codes.cid7162.ArtificialIntelligence,
        version="2",
        source="Maker",
        parameters={"threshold": "0.5", "folds": "5"},
    )
    item = described(tmp_path, algorithm_type="AUTOMATIC", algorithm_identification=network)
    assert item.SegmentAlgorithmName == "net"
    (identified,) = item.SegmentationAlgorithmIdentificationSequence
    assert identified.AlgorithmName == "net" and identified.AlgorithmVersion == "2"
    assert identified.AlgorithmSource == "Maker"
    assert identified.AlgorithmFamilyCodeSequence[0].CodeMeaning == "Artificial Intelligence"
    assert identified.AlgorithmParameters == "threshold=0.5,folds=5"


@proves("S10")
def test_anatomic_regions_are_kept(tmp_path: Path) -> None:
    item = described(tmp_path, anatomic_regions=[codes.SCT.Liver, codes.SCT.Kidney])
    assert [region.CodeMeaning for region in item.AnatomicRegionSequence] == ["Liver", "Kidney"]


@proves("S11")
def test_a_segment_is_tracked(tmp_path: Path) -> None:
    item = described(tmp_path, tracking_id="lesion 1", tracking_uid="1.2.3")
    assert (item.TrackingID, item.TrackingUID) == ("lesion 1", "1.2.3")


@proves("S12")
def test_a_description_is_made_of_keywords_and_tells_them() -> None:
    for number in (1, 65535):
        (description,) = descriptions(segment_number=number)
        assert isinstance(description, Dataset)
        assert description.segment_number == number
        assert description.segment_label == "liver"
        assert description.segmented_property_type == codes.SCT.Liver
        assert description.segmented_property_category == codes.SCT.Organ
        assert description.algorithm_type == hd.seg.SegmentAlgorithmTypeValues.MANUAL
        assert description.tracking_id is None and description.algorithm_identification is None


@proves("S14")
def test_a_coded_concept_is_stored_where_its_value_belongs() -> None:
    concept = hd.sr.CodedConcept("91723000", "SCT", "Anatomical Structure")
    assert concept == codes.SCT.AnatomicalStructure
    assert hd.sr.CodedConcept("T-62000", "SRT", "Liver") == codes.SCT.Liver
    assert concept != codes.SCT.Liver
    assert "LongCodeValue" not in concept
    long = hd.sr.CodedConcept("1" * 17, "99X", "Long")
    assert long.LongCodeValue == "1" * 17 and "CodeValue" not in long
    urn = hd.sr.CodedConcept("urn:lex:us:federal", "99X", "Law")
    assert urn.URNCodeValue == "urn:lex:us:federal" and "CodeValue" not in urn


@proves("S15")
def test_the_type_is_an_enumerated_value_or_its_text() -> None:
    assert set(hd.seg.SegmentationTypeValues) == set(KINDS)
    for kind in hd.seg.SegmentationTypeValues:
        for given in (kind, str(kind)):
            seg = construct(IMAGES, LABELS, [1, 2], given)  # type: ignore[arg-type]
            assert seg.SegmentationType == kind.value


@proves("S16")
def test_binary_is_one_bit_a_pixel_of_many_segments(tmp_path: Path) -> None:
    stack = np.random.default_rng(0).integers(0, 2, (*SHAPE, 300)).astype(bool)
    seg = written(construct(IMAGES, stack, range(1, 301), omit_empty_frames=False), tmp_path)
    assert (seg.BitsAllocated, seg.BitsStored, seg.HighBit) == (1, 1, 0)
    assert len(seg.PixelData) == stack.size / 8
    assert set(np.unique(seg.pixel_array).tolist()) == {0, 1}
    np.testing.assert_array_equal(by_image(hd.seg.segread(tmp_path / "written.dcm")), stack)


@proves("S17")
def test_fractions_are_probabilities_or_occupancies() -> None:
    assert construct(IMAGES, STACK, [1, 2], "FRACTIONAL").SegmentationFractionalType == "PROBABILITY"
    assert set(hd.seg.SegmentationFractionalTypeValues) == {"PROBABILITY", "OCCUPANCY"}
    for given in (hd.seg.SegmentationFractionalTypeValues.OCCUPANCY, "OCCUPANCY"):
        seg = construct(IMAGES, STACK, [1, 2], "FRACTIONAL", fractional_type=given)
        assert seg.SegmentationFractionalType == "OCCUPANCY"
        assert seg.NumberOfFrames == 3 + 1


@proves("S18")
def test_a_label_map_has_the_narrowest_samples_that_hold_its_numbers(tmp_path: Path) -> None:
    for number, bits in ((1, 8), (255, 8), (256, 16), (65535, 16)):
        array = np.where(LABELS == 1, number, 0).astype(np.uint16)
        seg = written(construct(IMAGES, array, [number], "LABELMAP"), tmp_path)
        assert (seg.BitsAllocated, seg.BitsStored, seg.HighBit) == (bits, bits, bits - 1)
        assert seg.PixelRepresentation == 0
        assert seg.NumberOfFrames == 3
        np.testing.assert_array_equal(seg.pixel_array, array[1:])


@proves("S19")
def test_a_label_map_is_of_another_sop_class(tmp_path: Path) -> None:
    uids = {kind: written(construct(IMAGES, LABELS, [1, 2], kind), tmp_path).SOPClassUID for kind in KINDS}
    assert uids["BINARY"] == uids["FRACTIONAL"] == "1.2.840.10008.5.1.4.1.1.66.4"
    assert uids["LABELMAP"] == "1.2.840.10008.5.1.4.1.1.66.7"
    assert isinstance(hd.seg.segread(tmp_path / "written.dcm"), hd.seg.Segmentation)


@proves("B1")
def test_a_segment_has_a_colour(tmp_path: Path) -> None:
    for color in (hd.CIELabColor(53.24, 80.09, 67.2), hd.CIELabColor.from_rgb(255, 0, 0)):
        item = described(tmp_path, display_color=color)
        assert hd.CIELabColor.from_rgb(255, 0, 0).to_rgb() == (255, 0, 0)
        np.testing.assert_allclose(item.RecommendedDisplayCIELabValue, (34890, 53480, 50167), atol=60)


@proves("B2")
def test_what_else_is_known_of_an_object_is_said(tmp_path: Path) -> None:
    person = hd.ContentCreatorIdentificationCodeSequence([Code("1", "99X", "Reader 1")], "Hospital")
    scanner = hd.ContributingEquipment("Maker", codes.DCM.ProcessingEquipment, station_name="ROOM1")
    scheme = hd.coding_schemes.CodingSchemeIdentificationItem("99X", "Ours", uid="1.2.3", registry="HL7")
    seg = written(
        construct(
            IMAGES,
            LABELS == 1,
            content_label="MY LABEL_1",
            content_description="Größe",
            content_creator_name="Roe^Jane",
            content_creator_identification=person,
            series_description="Liver",
            contributing_equipment=[scanner],
            coding_schemes=[scheme],
            specific_character_set="ISO_IR 100",
            segment_descriptions=descriptions(primary_anatomic_structures=[codes.SCT.Liver]),
        ),
        tmp_path,
    )
    assert (seg.ContentLabel, seg.ContentDescription) == ("MY LABEL_1", "Größe")
    assert (seg.ContentCreatorName, seg.SeriesDescription) == ("Roe^Jane", "Liver")
    assert seg.SpecificCharacterSet == "ISO_IR 100"
    assert b"Gr\xf6\xdfe" in (tmp_path / "written.dcm").read_bytes()
    (creator,) = seg.ContentCreatorIdentificationCodeSequence
    assert creator.PersonIdentificationCodeSequence[0].CodeMeaning == "Reader 1"
    assert [item.get("StationName") for item in seg.ContributingEquipmentSequence].count("ROOM1") == 1
    assert "99X" in [item.CodingSchemeDesignator for item in seg.CodingSchemeIdentificationSequence]
    (structure,) = seg.SegmentSequence[0].PrimaryAnatomicStructureSequence
    assert structure.CodeMeaning == "Liver"
    assert set(hd.seg.SegmentsOverlapValues) == {"YES", "NO", "UNDEFINED"}


@proves("B4")
def test_a_label_map_has_a_palette_and_gaps_in_its_numbers(tmp_path: Path) -> None:
    labels = np.where(LABELS == 2, 5, LABELS)
    table = np.array([[0, 0, 0], [255, 0, 0], [9, 9, 9], [9, 9, 9], [9, 9, 9], [0, 255, 128]], np.uint8)
    luts = [hd.PaletteColorLUT(0, table[:, i], color) for i, color in enumerate(("red", "green", "blue"))]
    for palette in (
        hd.PaletteColorLUTTransformation(*luts),
        hd.PaletteColorLUTTransformation.from_combined_lut(table),
    ):
        seg = written(
            construct(IMAGES, labels, [1, 5], "LABELMAP", palette_color_lut_transformation=palette), tmp_path
        )
        assert seg.PhotometricInterpretation == "PALETTE COLOR"
        assert seg.PixelPaddingValue == 0
        assert [item.SegmentNumber for item in seg.SegmentSequence] == [0, 1, 5]
        assert seg.SegmentSequence[0].SegmentLabel == "Background"
        np.testing.assert_array_equal(seg.pixel_array, labels[1:])
        np.testing.assert_array_equal(apply_color_lut(seg.pixel_array, seg), table[labels[1:]])
        # An ICC profile of an input or display device, PS3.3 C.11.15.
        assert seg.ICCProfile[12:16] in (b"scnr", b"mntr") and seg.ICCProfile[36:40] == b"acsp"
    given = construct(
        IMAGES,
        labels,
        [1, 5],
        "LABELMAP",
        palette_color_lut_transformation=palette,
        icc_profile=seg.ICCProfile,
    )
    assert given.ICCProfile == seg.ICCProfile
