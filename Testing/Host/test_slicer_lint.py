"""The module's own files pass the lint, and the lint finds what it is there for."""

import pytest

import slicer_lint

WIDGETS = {"exportButton": "QPushButton", "folderEdit": "ctkPathLineEdit"}


@pytest.mark.parametrize("file", slicer_lint.module_files(), ids=lambda file: file.name)
def test_the_modules_files_use_what_slicer_has(file):
    widgets = slicer_lint.widgets_of(slicer_lint.UI_FILE)
    assert slicer_lint.check(file.read_text(encoding="utf-8"), widgets) == []


def test_all_files_are_looked_at():
    names = {file.name for file in slicer_lint.module_files()}
    assert {"DicomSegIO.py", "ExportSection.py", "Validation.py"} <= names


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("qt.Qt.AlignmentFlag.AlignLeft", "scoped"),
        ("qt.QStyle.StandardPixmap.SP_MessageBoxCritical", "scoped"),
        ("qt.QLabel(text='x')", "keyword"),
        ("item.setToolTip(text='x')", "keyword"),
        ("self.ui.exportButton.connect(signal='clicked()', slot=f)", "keyword"),
        ("self.ui.exportButton.txet = 'x'", "QPushButton.txet"),
        ("self._ui.folderEdit.setPath('x')", "ctkPathLineEdit.setPath"),
        ("self.ui.exprotButton.enabled", "no widget exprotButton"),
        ("qt.QNetworkAccessManager()", "not on the list"),
        ("ctk.ctkNoSuchWidget()", "not on the list"),
        ("slicer.qMRMLNoSuchWidget()", "not on the list"),
        ("box.connect('checkStateChanged(Qt::CheckState)', f)", "not on the list"),
        ("box.checkStateChanged.connect(f)", "Qt 6 alone"),
        ("box.currentIndexChanged[int].connect(f)", "PySide's"),
        ("dialog.exec()", "exec_()"),
        ("widget.sizeHint()", "attribute in PythonQt"),
        ("from qt import QLabel", "import qt"),
    ],
)
def test_what_slicer_would_refuse_is_found(source, reason):
    found = slicer_lint.check(source, WIDGETS)
    assert any(reason in problem for problem in found), found


@pytest.mark.parametrize(
    "source",
    [
        "qt.QStyle.SP_MessageBoxCritical",
        "self.ui.exportButton.text = 'x'",
        "self.ui.exportButton.connect('clicked(bool)', self.onExportButton)",
        "logic.exportSegmentation(node, reference=None)",
    ],
)
def test_what_slicer_accepts_passes(source):
    assert slicer_lint.check(source, WIDGETS) == []


def test_the_allowed_members_are_there_in_the_host(slicer):
    """A name on the list that no class has would allow a mistake."""
    import ctk
    import qt

    for name, members in slicer_lint.QT.items():
        for member in members:
            assert hasattr(getattr(qt, name), member), f"qt.{name}.{member}"
    for name, members in slicer_lint.MEMBERS.items():
        cls = next(getattr(module, name) for module in (qt, ctk, slicer) if hasattr(module, name))
        for member in members | slicer_lint.WIDGET:
            assert hasattr(cls, member), f"{name}.{member}"
