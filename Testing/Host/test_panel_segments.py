"""The table of segments in the Export section: what it shows, what is chosen in it, what it costs."""

import time

import numpy as np
import pydicom
import pytest

import scenes

KIDNEY = (
    "~SCT^123037004^Anatomical Structure~SCT^64033007^Kidney~SCT^24028007^Right~"
    "~SCT^818983003^Abdomen~SCT^51440002^Both"
)


def labels_of(file):
    """Return the names of the segments in a file."""
    return [item.SegmentLabel for item in pydicom.dcmread(file).SegmentSequence]


class TestWhatItShows:
    def test_number_name_code_algorithm_and_voxels(self, segmentation, panel):
        liver, spleen = panel.rows()
        assert liver == ("1", "Liver", "Liver", "Manual", "84", "")
        assert spleen[:2] == ("2", "Spleen")
        assert spleen[4] == "50"

    def test_all_parts_of_a_code(self, segmentation, ct_volume, panel):
        organ = scenes.Organ("Kidney", scenes.box(ct_volume, np.s_[0:1]), terminology=KIDNEY)
        scenes.add_segment(segmentation, ct_volume, organ)
        panel.settle()
        assert panel.rows()[2][2] == "Kidney, Right in Both Abdomen"
        tip = panel.ui.segmentsTreeWidget.topLevelItem(2).toolTip(2)
        assert "Category: Anatomical Structure" in tip
        assert "Region: Abdomen" in tip

    def test_the_algorithm(self, segmentation, panel):
        segment = segmentation.GetSegmentation().GetNthSegment(0)
        segment.SetTag("DICOM.SegmentAlgorithmType", "AUTOMATIC")
        segment.SetTag("DICOM.SegmentAlgorithmName", "TotalSegmentator")
        panel.settle()
        assert panel.rows()[0][3] == "TotalSegmentator"
        assert panel.ui.segmentsTreeWidget.topLevelItem(0).toolTip(3) == "AUTOMATIC TotalSegmentator"

    def test_an_empty_segment_is_said(self, segmentation, ct_volume, panel):
        scenes.add_segment(segmentation, ct_volume, scenes.Organ("Nothing", scenes.box(ct_volume) & False))
        panel.settle()
        assert panel.rows()[2][4] == "empty"

    def test_voxels_are_counted_again_after_an_edit(self, slicer, segmentation, ct_volume, panel):
        voxels = scenes.box(ct_volume, np.s_[0:1], np.s_[0:2], np.s_[0:2]).astype(np.uint8)
        segment_id = segmentation.GetSegmentation().GetNthSegmentID(1)
        slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, segmentation, segment_id, ct_volume)
        panel.settle()
        assert [row[4] for row in panel.rows()] == ["84", "4"]

    def test_segments_that_share_an_image_are_counted_apart(self, segmentation, panel):
        segmentation.GetSegmentation().CollapseBinaryLabelmaps(False)
        panel.settle()
        assert [row[4] for row in panel.rows()] == ["84", "50"]

    def test_a_removed_segment_goes(self, segmentation, panel):
        segmentation.GetSegmentation().RemoveSegment(segmentation.GetSegmentation().GetNthSegmentID(0))
        panel.settle()
        assert [row[:2] for row in panel.rows()] == [("1", "Spleen")]

    def test_without_a_segmentation_there_is_no_table(self, slicer, segmentation, panel):
        slicer.mrmlScene.RemoveNode(segmentation)
        panel.settle()
        assert not panel.ui.segmentsTreeWidget.visible


class TestWhatIsExported:
    def test_all_at_first(self, segmentation, panel):
        assert panel.ui.segmentsComboBox.currentText == "All"
        assert panel.checked() == [True, True]

    def test_what_loses_its_check_mark_stays_behind(self, segmentation, panel, tmp_path):
        panel.check(0, False)
        assert panel.ui.segmentsComboBox.currentText == "Selected"
        assert panel.checked() == [False, True]
        panel.choose_output(tmp_path / "seg.dcm")
        panel.export()
        assert labels_of(tmp_path / "seg.dcm") == ["Spleen"]
        panel.check(0, True)
        assert panel.checked() == [True, True]

    def test_visible_follows_the_eyes_of_the_scene(self, segmentation, panel, tmp_path):
        panel.ui.segmentsComboBox.setCurrentText("Visible")
        panel.settle()
        assert panel.checked() == [True, True]
        spleen = segmentation.GetSegmentation().GetNthSegmentID(1)
        segmentation.GetDisplayNode().SetSegmentVisibility(spleen, False)
        panel.settle()
        assert panel.checked() == [True, False]
        panel.choose_output(tmp_path / "seg.dcm")
        panel.export()
        assert labels_of(tmp_path / "seg.dcm") == ["Liver"]

    def test_none_is_an_obstacle(self, segmentation, panel):
        panel.check(0, False)
        panel.check(1, False)
        assert len(panel.blocking) == 1
        assert not panel.ui.exportButton.enabled

    def test_the_choice_is_saved_with_the_scene(self, segmentation, panel):
        panel.check(0, False)
        node = panel.widget._parameterNode.parameterNode
        assert node.GetParameter("segments") == "SELECTED", "by its name: never rename it"
        assert node.GetParameter("selectedSegments") == segmentation.GetSegmentation().GetNthSegmentID(1)

    def test_another_segmentation_is_exported_wholly_at_first(self, segmentation, ct_volume, panel):
        panel.check(0, False)
        organ = scenes.Organ("Heart", scenes.box(ct_volume, np.s_[0:1]))
        other = scenes.add_segmentation(ct_volume, [organ], "Other")
        panel.ui.segmentationSelector.setCurrentNode(other)
        panel.settle()
        assert panel.checked() == [True]


class TestEditingCodes:
    def test_slicers_own_table_is_opened_on_demand(self, segmentation, panel):
        view = panel.ui.segmentsTableView
        assert not view.visible
        assert view.segmentationNode() is None
        panel.ui.editCodesButton.click()
        assert view.visible
        assert view.segmentationNode() is segmentation
        assert len(view.displayedSegmentIDs()) == 2

    def test_it_shows_the_selected_rows_only(self, segmentation, panel):
        panel.ui.editCodesButton.click()
        panel.ui.segmentsTreeWidget.topLevelItem(1).setSelected(True)
        spleen = segmentation.GetSegmentation().GetNthSegmentID(1)
        assert panel.ui.segmentsTableView.displayedSegmentIDs() == (spleen,)

    def test_a_term_chosen_there_is_shown_here(self, segmentation, panel):
        panel.ui.editCodesButton.click()
        spleen = segmentation.GetSegmentation().GetNthSegmentID(1)
        entry = "~SCT^123037004^Anatomical Structure~SCT^78961009^Spleen~^^~~^^~^^"
        panel.ui.segmentsTableView.choose_term(spleen, "Spleen", entry)
        panel.settle()
        assert panel.rows()[1][2] == "Spleen"


@pytest.fixture
def hundred(ct_volume):
    """104 segments of which four share an image's voxel row each."""
    organs = []
    for number in range(104):
        voxels = scenes.box(ct_volume, np.s_[number % 3], np.s_[number % 16], np.s_[number // 16])
        organs.append(scenes.Organ(f"segment_{number}", voxels))
    return scenes.add_segmentation(ct_volume, organs, "Many")


class TestManySegments:
    def test_a_change_fills_one_row(self, hundred, panel):
        table = panel.widget._exportSection.segments.table
        assert len(panel.rows()) == 104
        before = table.filled
        hundred.GetSegmentation().GetNthSegment(50).SetName("Renamed")
        panel.settle()
        assert panel.rows()[50][1] == "Renamed"
        assert table.filled - before == 1

    def test_filling_takes_a_moment(self, hundred, panel):
        table = panel.widget._exportSection.segments.table
        rows = list(table._rows)
        table.show([])
        start = time.perf_counter()
        table.show(rows)
        assert time.perf_counter() - start < 0.1
        start = time.perf_counter()
        for _ in range(10):
            table.show(list(rows))
        assert (time.perf_counter() - start) / 10 < 0.005


def test_doubts_about_segments_are_shown_beside_them(segmentation, panel, monkeypatch):
    from DicomSegIOLib.Findings import blocking, note

    liver, spleen = segmentation.GetSegmentation().GetSegmentIDs()
    found = [
        note("2 segments are small.", segmentIds=(liver, spleen)),
        blocking("Spleen has no algorithm name.", "nameAlgorithm", segmentIds=(spleen,)),
    ]
    monkeypatch.setattr(panel.widget.logic, "validate", lambda *arguments, **options: found)
    segmentation.Modified()
    panel.settle()
    rows = [panel.ui.segmentsTreeWidget.topLevelItem(row) for row in range(2)]
    assert rows[0].toolTip(5) == "2 segments are small."
    assert rows[1].toolTip(5) == "2 segments are small.\nSpleen has no algorithm name."
    assert [row.icon(5).isNull() for row in rows] == [False, False]
    assert panel.widget._exportSection.segments.table._rows[1].severity == "ERROR"


def test_the_algorithm_is_named_by_a_click(segmentation, panel, monkeypatch):
    import qt

    from DicomSegIOLib.Findings import blocking

    ids = segmentation.GetSegmentation().GetSegmentIDs()
    found = [blocking("2 segments have no algorithm name.", "nameAlgorithm", segmentIds=ids)]
    monkeypatch.setattr(panel.widget.logic, "validate", lambda *arguments, **options: found)
    monkeypatch.setattr(qt.QInputDialog, "getText", staticmethod(lambda *arguments: "AI"))
    segmentation.Modified()
    panel.settle()
    panel.fix("Name the algorithm…")
    assert [row[3] for row in panel.rows()] == ["AI", "AI"]
