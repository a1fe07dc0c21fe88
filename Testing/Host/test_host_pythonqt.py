"""The host's Qt behaves as PythonQt does, where it differs from PySide6."""

import pytest

from slicerhost import faults


@pytest.fixture
def qt(slicer):
    import qt

    return qt


def test_a_property_is_an_attribute_and_no_call(qt):
    button = qt.QPushButton("Export")
    assert button.text == "Export"
    button.text = "Load"
    assert button.text == "Load"
    with pytest.raises(TypeError):
        button.text()


def test_is_and_set_methods_stay_methods(qt):
    button = qt.QPushButton()
    button.setEnabled(False)
    assert button.isEnabled() is False
    assert button.enabled is False


def test_a_misspelt_attribute_is_refused(qt):
    with pytest.raises(AttributeError, match="creating new attributes"):
        qt.QLabel().txet = "Export"


def test_a_slot_cannot_be_overwritten(qt):
    with pytest.raises(AttributeError, match="can not be overwritten"):
        qt.QLabel().setText = "Export"


def test_a_python_subclass_may_have_attributes_of_its_own(qt):
    class Label(qt.QLabel):
        pass

    label = Label()
    label.segment = 3
    assert label.segment == 3


@pytest.mark.parametrize("value", [None, 3, b"text"])
def test_a_text_property_takes_only_text(qt, value):
    with pytest.raises(AttributeError, match="does not accept"):
        qt.QLabel().text = value


def test_a_read_only_property_is_refused(qt):
    with pytest.raises(AttributeError, match="not writable"):
        qt.QLabel().width = 3


def test_name_is_the_object_name_and_named_children_are_attributes(qt):
    parent = qt.QWidget()
    child = qt.QLabel(parent)
    child.name = "statusLabel"
    assert child.objectName == "statusLabel"
    assert parent.statusLabel is child
    with pytest.raises(AttributeError, match="noSuchChild"):
        _ = parent.noSuchChild


def test_a_dynamic_property_is_an_attribute(qt):
    widget = qt.QWidget()
    widget.setProperty("SlicerParameterName", "segmentation")
    assert widget.SlicerParameterName == "segmentation"
    widget.SlicerParameterName = "other"
    assert widget.property("SlicerParameterName") == "other"


def test_enumerations_are_integers(qt):
    assert qt.Qt.Checked == 2
    assert qt.Qt.AlignLeft | qt.Qt.AlignTop == 0x21


def test_a_trailing_underscore_is_ignored(qt):
    timer = qt.QTimer()
    timer.start_(1)
    assert timer.active


def test_a_deleted_object_is_false(qt):
    import shiboken6

    label = qt.QLabel()
    assert label
    shiboken6.delete(label)
    assert not label


def test_class_name_and_inherits(qt):
    button = qt.QPushButton()
    assert button.className() == "QPushButton"
    assert button.inherits("QAbstractButton")
    assert not button.inherits("QLabel")


class TestConnect:
    def test_the_signature_of_cpp_names_the_signal(self, qt):
        heard = []
        box = qt.QCheckBox()
        box.connect("toggled(bool)", heard.append)
        box.checked = True
        assert heard == [True]

    def test_a_function_gets_as_many_arguments_as_it_takes(self, qt):
        heard = []
        button = qt.QPushButton()
        button.connect("clicked(bool)", lambda: heard.append("none"))
        button.connect("clicked(bool)", lambda checked: heard.append(checked))
        button.click()
        assert heard == ["none", False]

    def test_a_parameter_with_a_default_counts(self, qt):
        heard = []
        button = qt.QPushButton()
        button.connect("clicked(bool)", lambda value=5: heard.append(value))
        button.click()
        assert heard == [False], "PythonQt fills the default: a trap for lambdas in loops"

    def test_disconnect_undoes_connect_once(self, qt):
        heard = []
        button = qt.QPushButton()
        button.connect("clicked()", heard.clear)
        assert button.disconnect("clicked()", heard.clear)
        assert not button.disconnect("clicked()", heard.clear)

    def test_an_unknown_signal_is_an_error(self, qt):
        with pytest.raises(ValueError, match="does not exist"):
            qt.QPushButton().connect("clickd()", print)

    def test_a_slot_can_be_named(self, qt):
        slider, spin_box = qt.QSlider(), qt.QSpinBox()
        slider.connect("valueChanged(int)", spin_box, "setValue(int)")
        slider.value = 7
        assert spin_box.value == 7

    def test_an_exception_in_a_slot_is_collected(self, qt):
        button = qt.QPushButton()
        button.connect("clicked()", lambda: [].pop())
        button.click()
        (raised,) = faults.take()
        assert isinstance(raised, IndexError)

    def test_an_exception_in_an_attribute_style_slot_is_collected(self, qt):
        button = qt.QPushButton()
        button.clicked.connect(lambda: [].pop())
        button.click()
        (raised,) = faults.take()
        assert isinstance(raised, IndexError)


def test_an_exception_in_a_scene_observer_is_collected(slicer):
    tag = slicer.mrmlScene.AddObserver(slicer.mrmlScene.NodeAddedEvent, lambda caller, event: [].pop())
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode")
    slicer.mrmlScene.RemoveObserver(tag)
    raised = faults.take()
    assert raised
    assert all(isinstance(one, IndexError) for one in raised)


def test_a_file_dialog_returns_the_path_alone(qt, monkeypatch):
    from slicerhost.pythonqt import statics

    monkeypatch.setattr(qt.QFileDialog, "getOpenFileName", lambda *arguments: ("/data/seg.dcm", "*.dcm"))
    statics._static(qt.QFileDialog, "getOpenFileName", lambda result: result[0])
    assert qt.QFileDialog.getOpenFileName(None, "Open") == "/data/seg.dcm"


def test_string_lists_are_tuples(qt):
    dialog = qt.QFileDialog()
    dialog.setNameFilters(["DICOM (*.dcm)"])
    assert dialog.nameFilters() == ("DICOM (*.dcm)",)
    settings = qt.QSettings()
    settings.setValue("DicomSegIO/a", 1)
    assert settings.allKeys() == ("DicomSegIO/a",)


def test_single_shot_takes_a_function(qt):
    from slicerhost import wait_until

    heard = []
    qt.QTimer.singleShot(1, lambda: heard.append(1))
    wait_until(lambda: heard)


def test_a_flag_and_a_connection_of_a_ui_file_arrive(qt, slicer, tmp_path):
    path = tmp_path / "Panel.ui"
    path.write_text(
        """<ui version="4.0"><widget class="qMRMLWidget" name="Panel"><layout class="QVBoxLayout" name="l">
        <item><widget class="qMRMLNodeComboBox" name="selector">
          <property name="nodeTypes">
            <stringlist><string>vtkMRMLSegmentationNode</string></stringlist>
          </property>
        </widget></item>
        <item><widget class="ctkPathLineEdit" name="folder">
          <property name="filters"><set>ctkPathLineEdit::Dirs|ctkPathLineEdit::Writable</set></property>
        </widget></item></layout></widget>
        <connections><connection><sender>Panel</sender><signal>mrmlSceneChanged(vtkMRMLScene*)</signal>
        <receiver>selector</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot></connection></connections></ui>"""
    )
    panel = slicer.util.loadUI(str(path))
    widgets = slicer.util.childWidgetVariables(panel)
    assert widgets.folder.filters == widgets.folder.Dirs | widgets.folder.Writable
    assert widgets.selector.nodeTypes == ("vtkMRMLSegmentationNode",)
    panel.setMRMLScene(slicer.mrmlScene)
    assert widgets.selector.mrmlScene() is slicer.mrmlScene


def test_a_widget_the_host_does_not_have_is_an_error(slicer, tmp_path):
    path = tmp_path / "Panel.ui"
    path.write_text('<ui version="4.0"><widget class="ctkNoSuchWidget" name="Panel"/></ui>')
    with pytest.raises(RuntimeError):
        slicer.util.loadUI(str(path))
    faults.take()  # PySide6 reports the refusal through the interpreter's hook as well
