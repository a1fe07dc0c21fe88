"""The stand-ins for CTK and qMRML widgets keep the contracts of their headers."""

import pytest


@pytest.fixture
def ctk(slicer):
    import ctk

    return ctk


@pytest.fixture
def selector(slicer):
    widget = slicer.qMRMLNodeComboBox()
    widget.nodeTypes = ["vtkMRMLSegmentationNode"]
    widget.addEnabled = False
    widget.noneEnabled = True
    widget.setMRMLScene(slicer.mrmlScene)
    return widget


class TestCollapsibleButton:
    def test_collapsing_hides_the_contents_and_opening_shows_them(self, ctk):
        import qt

        section = ctk.ctkCollapsibleButton("Export")
        layout = qt.QVBoxLayout(section)
        shown, hidden = qt.QLabel("a"), qt.QLabel("b")
        layout.addWidget(shown)
        layout.addWidget(hidden)
        hidden.hide()
        section.show()
        heard = []
        section.connect("contentsCollapsed(bool)", heard.append)
        section.collapsed = True
        assert not shown.visible
        assert not section.checked
        section.collapsed = False
        assert shown.visible
        assert not hidden.visible, "what the module hid stays hidden"
        assert heard == [True, False]

    def test_what_is_shown_while_collapsed_appears_when_opened(self, ctk):
        import qt

        section = ctk.ctkCollapsibleButton("Export")
        layout = qt.QVBoxLayout(section)
        late, early = qt.QLabel("a"), qt.QLabel("b")
        layout.addWidget(late)
        layout.addWidget(early)
        late.hide()
        section.show()
        section.collapsed = True
        late.show()
        early.hide()
        assert not late.visible
        section.collapsed = False
        assert late.visible
        assert not early.visible

    def test_unknown_members_are_not_there(self, ctk):
        assert not hasattr(ctk.ctkCollapsibleButton(), "setTitle")


class TestPathLineEdit:
    def test_a_path_is_announced(self, ctk):
        edit = ctk.ctkPathLineEdit()
        heard = []
        edit.connect("currentPathChanged(QString)", heard.append)
        edit.currentPath = "/data/ct"
        assert heard == ["/data/ct"]
        assert edit.currentPath == "/data/ct"

    def test_a_path_that_matches_no_name_filter_is_not_announced(self, ctk):
        edit = ctk.ctkPathLineEdit()
        edit.nameFilters = ["DICOM (*.dcm)"]
        heard = []
        edit.connect("currentPathChanged(QString)", heard.append)
        edit.currentPath = "/data/seg.nrrd"
        edit.currentPath = "/data/seg.dcm"
        assert heard == ["/data/seg.dcm"]

    def test_clearing_the_path_is_announced_by_the_validity_alone(self, ctk):
        edit = ctk.ctkPathLineEdit()
        edit.nameFilters = ["All files (*)"]
        edit.currentPath = "/data/seg"
        paths, validities = [], []
        edit.connect("currentPathChanged(QString)", paths.append)
        edit.connect("validInputChanged(bool)", validities.append)
        edit.currentPath = ""
        assert paths == []
        assert validities == [False]

    def test_only_text_is_accepted(self, ctk, tmp_path):
        with pytest.raises(AttributeError):
            ctk.ctkPathLineEdit().currentPath = tmp_path

    @pytest.mark.parametrize(
        ("filters", "dialog"),
        [(0x1, "getExistingDirectory"), (0x2, "getOpenFileName"), (0x22, "getSaveFileName")],
    )
    def test_the_filters_choose_the_dialog(self, ctk, monkeypatch, filters, dialog):
        import qt

        monkeypatch.setattr(qt.QFileDialog, dialog, staticmethod(lambda *arguments: "/data/chosen"))
        edit = ctk.ctkPathLineEdit()
        edit.filters = filters
        edit.browse()
        assert edit.currentPath == "/data/chosen"

    def test_the_history_offers_the_most_recent_path(self, ctk):
        edit = ctk.ctkPathLineEdit()
        edit.settingKey = "DicomSegIO/source"
        edit.currentPath = "/data/first"
        edit.addCurrentPathToHistory()
        edit.currentPath = "/data/second"
        edit.addCurrentPathToHistory()
        again = ctk.ctkPathLineEdit()
        again.settingKey = "DicomSegIO/source"
        assert again.currentPath == "/data/second"
        assert again.comboBox().count == 2


def test_a_slider_widget_keeps_value_and_range(ctk):
    slider = ctk.ctkSliderWidget()
    heard = []
    slider.connect("valueChanged(double)", heard.append)
    slider.maximum = 1
    slider.decimals = 3
    slider.value = 0.125
    assert slider.value == 0.125
    slider.value = 5
    assert slider.value == 1
    assert heard == [0.125, 1.0]


def test_a_directory_button_announces_a_new_folder(ctk):
    button = ctk.ctkDirectoryButton()
    heard = []
    button.connect("directoryChanged(QString)", heard.append)
    button.directory = "/data"
    button.directory = "/data"
    assert heard == ["/data"]


class TestNodeComboBox:
    def test_only_nodes_of_the_types_are_offered(self, slicer, selector):
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Liver")
        slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
        assert selector.nodeCount() == 1
        assert selector.nodeFromIndex(0) is node

    def test_choosing_is_announced_with_the_node(self, slicer, selector):
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        heard = []
        selector.connect("currentNodeChanged(vtkMRMLNode*)", heard.append)
        selector.setCurrentNode(node)
        selector.setCurrentNode(node)
        assert heard == [node]
        assert selector.currentNodeID == node.GetID()

    def test_a_removed_node_is_no_longer_chosen(self, slicer, selector):
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        selector.setCurrentNode(node)
        slicer.mrmlScene.RemoveNode(node)
        assert selector.currentNode() is None

    def test_without_none_the_first_node_is_chosen(self, slicer, selector):
        selector.noneEnabled = False
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        assert selector.currentNode() is node

    def test_label_maps_are_volumes_unless_children_are_left_out(self, slicer, selector):
        selector.nodeTypes = ["vtkMRMLScalarVolumeNode"]
        slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
        assert selector.nodeCount() == 1
        selector.showChildNodeTypes = False
        assert selector.nodeCount() == 0

    def test_an_attribute_filters(self, slicer, selector):
        selector.addAttribute("vtkMRMLSegmentationNode", "DICOM.instanceUIDs")
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        assert selector.nodeCount() == 0
        node.SetAttribute("DICOM.instanceUIDs", "1.2.3")
        selector.removeAttribute("vtkMRMLSegmentationNode", "DICOM.instanceUIDs")
        assert selector.nodeCount() == 1

    def test_without_a_scene_it_is_disabled(self, slicer):
        assert slicer.qMRMLNodeComboBox().enabled is False


def test_the_segments_table_follows_the_segmentation(slicer):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    table = slicer.qMRMLSegmentsTableView()
    table.setSegmentationNode(node)
    node.GetSegmentation().AddEmptySegment("liver", "Liver")
    node.GetSegmentation().AddEmptySegment("spleen", "Spleen")
    node.Modified()
    assert table.segmentCount == 2
    table.setSelectedSegmentIDs(["spleen"])
    assert table.selectedSegmentIDs() == ("spleen",)
