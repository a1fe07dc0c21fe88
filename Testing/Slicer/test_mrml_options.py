"""What can be chosen for an export, and what is said of each choice."""

import numpy as np
import pytest
from segmentations import Layer, Looks, addSegmentation, addVolume

import series
from dicomsegcodec.codecs import TRANSFER_SYNTAXES
from dicomsegcodec.errors import ArgumentError
from dicomsegcodec.read import open_segmentation
from DicomSegIOLib import COMPRESSIONS, ExportOptions, exportSegmentation, possibleCompressions

TYPES = ("BINARY", "LABELMAP", "FRACTIONAL")
SIZE = (40, 36)


@pytest.mark.parametrize("segmentationType", TYPES)
def test_a_compression_is_possible_if_the_export_does_it(scene, tmp_path, segmentationType) -> None:
    images = series.make_series(shape=(3, *SIZE))
    files = series.write_series(tmp_path / "ct", images)
    volume = addVolume(scene, images)
    pixels = np.zeros((3, *SIZE), np.uint8)
    pixels[1:, 4:20, 5:30] = 1
    node = addSegmentation(scene, {"a": Looks("A")}, [Layer(pixels, {"a": 1})], volume=volume)
    rows = possibleCompressions(segmentationType, *SIZE)
    assert [row.key for row in rows] == list(COMPRESSIONS)
    for row in rows:
        path = tmp_path / f"{row.key}.dcm"
        options = ExportOptions(segmentationType=segmentationType, compression=row.key)
        if not row.isPossible:
            assert row.reason.endswith(".") and not row.meaning
            with pytest.raises(ArgumentError):
                exportSegmentation(node, path, files, options)
            continue
        assert not row.reason and row.meaning.endswith(".") and not row.missingPackage
        exportSegmentation(node, path, files, options)
        stored = open_segmentation(path)
        assert stored.transfer_syntax_uid == row.transferSyntaxUid
        assert row.name == TRANSFER_SYNTAXES[row.transferSyntaxUid].name
        frames = list(stored.frames.frames(np.arange(stored.number_of_frames)))
        np.testing.assert_array_equal(np.array(frames) != 0, pixels[1:] != 0)


def test_small_frames_are_refused_by_some_compressions() -> None:
    small = {row.key for row in possibleCompressions("LABELMAP", 12, 100) if not row.isPossible}
    assert small == {"JPEGLS", "JPEG2000"}
    assert all(row.isPossible for row in possibleCompressions("LABELMAP"))
    (reason,) = (row.reason for row in possibleCompressions("FRACTIONAL", 20, 20) if row.reason)
    assert "32 x 32" in reason and "20 x 20" in reason


def test_a_package_that_is_missing_is_named(monkeypatch) -> None:
    from dicomsegcodec.codecs.packages import OptionalPackage

    monkeypatch.setattr(OptionalPackage, "find", lambda self: None)
    missing = {row.key: row.missingPackage for row in possibleCompressions("BINARY")}
    assert missing.pop("JPEG2000") == "pylibjpeg-openjpeg"
    assert set(missing.values()) == {""}  # JPEG-LS cannot be, whatever is installed
    assert {row.missingPackage for row in possibleCompressions("LABELMAP")} == {
        "", "pyjpegls", "pylibjpeg-openjpeg"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"segmentationType": "LABEL"}, "BINARY, LABELMAP, FRACTIONAL"),
        ({"fractionalType": "X"}, "PROBABILITY, OCCUPANCY"),
        ({"maximumFractionalValue": 256}, "1 to 255"),
        ({"compression": "ZIP"}, "JPEG2000"),
        ({"overlap": "X"}, "LATER_WINS"),
        ({"segmentNumbers": "X"}, "CONSECUTIVE, KEEP"),
        ({"grid": "X"}, "REFUSE, SOURCE, OWN"),
        ({"fractionRange": (1.0, 1.0)}, "must be the larger"),
        ({"tileSize": (0, 5)}, "at least one pixel"),
        ({"downsampleFactors": "X"}, "SOURCE, or numbers"),
        ({"downsampleFactors": (4.0, 2.0)}, "must ascend"),
        ({"bodyPartExamined": "chest"}, "capital letters"),
        ({"clinicalTrialSeriesId": "a\\b"}, "clinical_trial_series_id"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_in_words(choice, words) -> None:
    with pytest.raises(ArgumentError, match=words):
        ExportOptions(**choice).forCodec()


def test_texts_go_to_the_attributes_that_they_are_named_after(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(
        scene, {"a": Looks("A")}, [Layer(np.ones((2, 3, 4), np.uint8), {"a": 1})], volume=volume
    )
    options = ExportOptions(
        seriesDescription="Fígado",
        seriesNumber=7,
        contentLabel="MY LABEL",
        contentDescription="what",
        contentCreatorName="Doe^Jane",
        bodyPartExamined="LIVER",
        clinicalTrialSeriesId="S1",
        clinicalTrialTimePointId="T1",
        clinicalTrialCoordinatingCenterName="Center",
    )
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    header = open_segmentation(tmp_path / "seg.dcm").dataset
    assert (header.SeriesDescription, header.SeriesNumber) == ("Fígado", 7)
    assert (header.ContentLabel, header.ContentDescription) == ("MY LABEL", "what")
    assert (str(header.ContentCreatorName), header.BodyPartExamined) == ("Doe^Jane", "LIVER")
    assert header.ClinicalTrialSeriesID == "S1"
    assert header.ClinicalTrialTimePointID == "T1"
    assert header.ClinicalTrialCoordinatingCenterName == "Center"
