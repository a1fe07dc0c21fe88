"""Types, compressions and what is said about the series, chosen in the Export section."""

import numpy as np
import pydicom
import pytest

import scenes

SYNTAXES = {
    "Deflated": "1.2.840.10008.1.2.1.99",
    "RLE": "1.2.840.10008.1.2.5",
    "Deflated frames": "1.2.840.10008.1.2.8.1",
}


@pytest.fixture
def organs(slicer, tmp_path):
    """Three organs in a label map of 64 x 64 x 20 voxels, and its CT in the database."""
    from test_panel_screenshots import _write_series

    folder = tmp_path / "ct"
    folder.mkdir()
    files = _write_series(folder, (20, 64, 64))
    for file in files:
        slicer.dicomDatabase.insert(str(file))
    volume = scenes.load_volume(files)
    parts = [
        scenes.Organ(name, scenes.ellipsoid(volume, (0.5, y, 0.5), (0.4, 0.12, 0.3)))
        for name, y in (("Liver", 0.2), ("Spleen", 0.5), ("Kidney", 0.8))
    ]
    node = scenes.add_segmentation(volume, parts)
    node.GetSegmentation().CollapseBinaryLabelmaps(False)
    return node


def compressions(panel):
    """Return the texts of the compressions, and of those that can be chosen."""
    import qt

    box = panel.ui.compressionComboBox
    every = [box.itemText(index) for index in range(box.count)]
    flags = [box.model().flags(box.model().index(index, 0)) for index in range(box.count)]
    return every, [text for text, flag in zip(every, flags, strict=True) if flag & qt.Qt.ItemIsEnabled]


def choose_compression(panel, beginning):
    box = panel.ui.compressionComboBox
    (index,) = [
        index for index in range(box.count) if box.itemText(index).partition(",")[0].startswith(beginning)
    ]
    box.currentIndex = index
    panel.settle()


class TestCompression:
    def test_only_what_the_type_allows_can_be_chosen(self, organs, panel):
        every, enabled = compressions(panel)
        assert len(every) == 6
        assert [text.partition(",")[0] for text in enabled] == [
            "None",
            "Deflated (whole file)",
            "JPEG 2000 lossless",
            "Deflated frames",
        ]
        panel.choose_type("Label map")
        assert len(compressions(panel)[1]) == 6

    def test_each_tells_about_how_large_the_file_becomes(self, organs, panel, tmp_path):
        panel.choose_type("Label map")
        choose_compression(panel, "RLE")
        panel.choose_output(tmp_path / "seg.dcm")
        panel.export()
        said = panel.ui.compressionComboBox.currentText.partition("about ")[2]
        size = (tmp_path / "seg.dcm").stat().st_size
        assert float(said.split()[0]) * 1000 == pytest.approx(size, rel=0.3)

    @pytest.mark.parametrize(("name", "uid"), [("RLE", SYNTAXES["RLE"]), ("None", "1.2.840.10008.1.2.1")])
    def test_the_file_has_the_chosen_transfer_syntax(self, organs, panel, tmp_path, name, uid):
        panel.choose_type("Label map")
        choose_compression(panel, name)
        panel.choose_output(tmp_path / "seg.dcm")
        panel.export()
        assert pydicom.dcmread(tmp_path / "seg.dcm").file_meta.TransferSyntaxUID == uid

    def test_it_says_what_it_means_for_other_programs(self, organs, panel):
        assert "Every program reads it" in panel.ui.compressionMeaningLabel.text
        choose_compression(panel, "Deflated (")
        assert "PACS" in panel.ui.compressionMeaningLabel.text

    def test_what_the_new_type_does_not_allow_is_given_up(self, organs, panel):
        panel.choose_type("Label map")
        choose_compression(panel, "RLE")
        panel.choose_type("Binary")
        assert panel.ui.compressionComboBox.currentText.startswith("None")


class TestAMissingPackage:
    @pytest.fixture
    def without_openjpeg(self, monkeypatch):
        from dicomsegcodec.codecs import jpeg2000

        monkeypatch.setattr(type(jpeg2000.REQUIRES), "find", lambda self: None)

    def test_it_is_offered_when_the_choice_is_made_and_not_before(
        self, slicer, organs, panel, without_openjpeg
    ):
        panel.choose_type("Label map")
        assert slicer.packaging.calls == []
        choose_compression(panel, "JPEG 2000")
        assert len(slicer.packaging.calls) == 1
        assert slicer.packaging.calls[0][1] == "DICOM SEG IO"
        assert "pylibjpeg-openjpeg" in panel.ui.compressionMeaningLabel.text
        organs.Modified()
        panel.settle()
        assert len(slicer.packaging.calls) == 1, "asked once"

    def test_who_refuses_gets_no_compression(self, slicer, organs, panel, without_openjpeg, monkeypatch):
        def refuse(*arguments, **options):
            raise RuntimeError("refused")

        monkeypatch.setattr(slicer.packaging, "pip_ensure", refuse)
        panel.choose_type("Label map")
        choose_compression(panel, "JPEG 2000")
        assert panel.ui.compressionComboBox.currentText.startswith("None")


class TestType:
    def test_a_much_smaller_label_map_is_a_click_away(self, organs, panel):
        hint = panel.ui.typeHintLabel
        assert "label map with RLE" in hint.text
        assert "times smaller" in hint.text
        hint.linkActivated.emit("LABELMAP")
        panel.settle()
        assert panel.ui.segmentationTypeComboBox.currentText == "Label map"
        assert panel.ui.compressionComboBox.currentText.startswith("RLE")
        assert "times smaller" not in hint.text

    def test_the_frames_are_counted(self, organs, panel, tmp_path):
        panel.choose_output(tmp_path / "seg.dcm")
        panel.export()
        frames = pydicom.dcmread(tmp_path / "seg.dcm").NumberOfFrames
        assert panel.ui.typeHintLabel.text.startswith(f"{frames} frames")

    def test_each_type_shows_what_belongs_to_it(self, organs, panel):
        ui = panel.ui
        shown = {}
        for name in ("Binary", "Fractional (probability)", "Fractional (occupancy)", "Label map"):
            panel.choose_type(name)
            shown[name] = (
                ui.overlapComboBox.visible,
                ui.segmentNumbersComboBox.visible,
                ui.labelColorsCheckBox.visible,
                ui.maximumFractionalValueSpinBox.visible,
            )
        assert shown["Binary"] == (False, False, False, False)
        assert shown["Fractional (probability)"] == (False, False, False, True)
        assert shown["Fractional (occupancy)"] == (False, False, False, True)
        assert shown["Label map"] == (True, True, True, False)
        assert not ui.gridComboBox.visible
        assert not ui.outsideComboBox.visible


@pytest.mark.parametrize("kind", ["PROBABILITY", "OCCUPANCY"])
def test_a_fractional_file_has_the_chosen_maximum(organs, panel, tmp_path, kind):
    panel.choose_type(f"Fractional ({kind.lower()})")
    panel.ui.maximumFractionalValueSpinBox.value = 100
    panel.choose_output(tmp_path / "seg.dcm")
    panel.export()
    written = pydicom.dcmread(tmp_path / "seg.dcm")
    assert written.SegmentationType == "FRACTIONAL"
    assert written.SegmentationFractionalType == kind
    assert written.MaximumFractionalValue == 100
    assert set(np.unique(written.pixel_array)) == {0, 100}


class TestSeries:
    def test_what_is_typed_is_written(self, organs, panel, tmp_path):
        ui = panel.ui
        ui.seriesGroupBox.collapsed = False
        ui.seriesDescriptionLineEdit.text = "Abdomen"
        ui.seriesNumberSpinBox.value = 512
        ui.contentLabelLineEdit.text = "ORGANS"
        ui.contentDescriptionLineEdit.text = "Three organs"
        ui.contentCreatorNameLineEdit.text = "Reader^Jane"
        ui.bodyPartExaminedLineEdit.text = "ABDOMEN"
        ui.clinicalTrialSeriesIdLineEdit.text = "T1"
        panel.choose_output(tmp_path / "seg.dcm")
        panel.export()
        written = pydicom.dcmread(tmp_path / "seg.dcm")
        assert written.SeriesDescription == "Abdomen"
        assert written.SeriesNumber == 512
        assert written.ContentLabel == "ORGANS"
        assert written.ContentDescription == "Three organs"
        assert written.ContentCreatorName == "Reader^Jane"
        assert written.BodyPartExamined == "ABDOMEN"
        assert written.ClinicalTrialSeriesID == "T1"

    def test_what_is_left_empty_is_not_written(self, organs, panel, tmp_path):
        panel.choose_output(tmp_path / "seg.dcm")
        panel.export()
        written = pydicom.dcmread(tmp_path / "seg.dcm")
        assert written.SeriesDescription == "Organs"
        assert written.SeriesNumber == 103
        for name in ("ClinicalTrialSeriesID", "ClinicalTrialTimePointID", "BodyPartExamined"):
            assert not written.get(name)

    def test_a_label_that_cannot_be_written_is_said_while_typing(self, organs, panel):
        panel.ui.contentLabelLineEdit.text = "small letters"
        panel.settle()
        assert len(panel.blocking) == 1
        assert not panel.ui.exportButton.enabled
