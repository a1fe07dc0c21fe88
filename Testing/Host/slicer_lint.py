"""Refuse Qt code that the test host would let pass and Slicer would not.

    python Testing/Host/slicer_lint.py

PySide6 accepts keyword arguments, scoped enumerations and Qt 6's own signals; PythonQt or the Qt 5 of Slicer
does not. What is used of Qt is therefore on a list, of names that Qt 5.15 and Qt 6 have and PythonQt wraps; a
new name is looked up before it is added. The names of widgets and their classes come from the .ui file.
"""

import ast
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from pathlib import Path

MODULE = Path(__file__).resolve().parents[2] / "DicomSegIO"
UI_FILE = MODULE / "Resources" / "UI" / "DicomSegIO.ui"

# Classes of `qt`, each with the members that are used through the class.
QT = {
    "QColor": {"fromRgbF"},
    "QGridLayout": set(),
    "QHeaderView": {"Stretch"},
    "QIcon": set(),
    "QInputDialog": {"getText"},
    "QLabel": set(),
    "QListWidgetItem": set(),
    "QPixmap": set(),
    "QPushButton": set(),
    "QSettings": set(),
    "QStyle": {"SP_MessageBoxCritical", "SP_MessageBoxInformation", "SP_MessageBoxWarning"},
    "Qt": {
        "AlignLeft",
        "AlignRight",
        "AlignTop",
        "AlignVCenter",
        "Checked",
        "PlainText",
        "TextSelectableByMouse",
        "ToolTipRole",
        "Unchecked",
        "UserRole",
    },
    "QTimer": {"singleShot"},
    "QTreeWidgetItem": set(),
    "QVBoxLayout": set(),
    "QWidget": set(),
}
SLICER_WIDGETS = {"qMRMLNodeComboBox", "qMRMLSegmentsTableView", "qMRMLWidget", "qSlicerWidget"}
CTK_WIDGETS = {
    "ctkCollapsibleButton",
    "ctkCollapsibleGroupBox",
    "ctkPathLineEdit",
    "ctkDirectoryButton",
    "ctkSliderWidget",
    "ctkMessageBox",
}

SIGNALS = {
    "clicked()",
    "clicked(bool)",
    "contentsCollapsed(bool)",
    "currentIndexChanged(int)",
    "currentNodeChanged(vtkMRMLNode*)",
    "currentPathChanged(QString)",
    "currentTextChanged(QString)",
    "itemChanged(QTreeWidgetItem*,int)",
    "itemSelectionChanged()",
    "linkActivated(QString)",
    "startupCompleted()",
    "textChanged(QString)",
    "timeout()",
    "toggled(bool)",
    "validInputChanged(bool)",
    "valueChanged(double)",
    "valueChanged(int)",
}

# Members of the widgets in the .ui file, as attributes of `ui`.
WIDGET = {
    "connect",
    "disconnect",
    "enabled",
    "objectName",
    "property",
    "setFixedHeight",
    "setFocus",
    "toolTip",
    "visible",
}
BUTTON = {"checked", "text"}
MEMBERS = {
    "QCheckBox": BUTTON,
    "QComboBox": {"currentIndex", "currentText", "setItemData", "setItemText"},
    "QLabel": {"text"},
    "QLineEdit": {"placeholderText", "text"},
    "QListWidget": {"addItem", "clear", "count", "font", "item", "style"},
    "QProgressBar": {"format", "maximum", "minimum", "value"},
    "QPushButton": BUTTON,
    "QSpinBox": {"maximum", "minimum", "value"},
    "QTreeWidget": {"addTopLevelItem", "clear", "columnCount", "resizeColumnToContents", "topLevelItemCount"},
    "QWidget": set(),
    "ctkCollapsibleButton": BUTTON | {"collapsed"},
    "ctkCollapsibleGroupBox": {"collapsed", "title"},
    "ctkPathLineEdit": {"addCurrentPathToHistory", "browse", "currentPath", "nameFilters", "setCurrentPath"},
    "qMRMLNodeComboBox": {"currentNode", "currentNodeID", "noneEnabled", "setCurrentNode", "setMRMLScene"},
    "qMRMLSegmentsTableView": {
        "hideSegments",
        "segmentationNode",
        "selectedSegmentIDs",
        "setHideSegments",
        "setMRMLScene",
        "setSegmentationNode",
    },
    "qMRMLWidget": {"setMRMLScene"},
}

# Methods whose calls are Qt calls whatever they are called on: they take no keyword arguments in PythonQt.
QT_METHODS = WIDGET.union(*MEMBERS.values()) - {"clear", "count", "text", "format", "property"}
QT_METHODS |= {
    "addWidget",
    "setFont",
    "setIcon",
    "setInterval",
    "setSingleShot",
    "setText",
    "setToolTip",
    "start",
}

REFUSED_ANYWHERE = {
    "checkStateChanged": "a signal of Qt 6 alone; use toggled(bool)",
    "exec": "use exec_()",
    "idClicked": "a signal of Qt 5.15 and later alone; use buttonClicked",
    "minimumSizeHint": "an attribute in PythonQt, a method in the test host",
    "sizeHint": "an attribute in PythonQt, a method in the test host",
}


def widgets_of(ui_file: Path) -> dict[str, str]:
    """Return the class of each widget in a .ui file by its name."""
    root = ElementTree.parse(ui_file).getroot()
    return {widget.get("name"): widget.get("class") for widget in root.iter("widget")}


def check(source: str, widgets: Mapping[str, str]) -> list[str]:
    """Return what is refused in a module's source, each with its line number in front."""
    found = []
    for node in ast.walk(ast.parse(source)):
        found += [(node.lineno, problem) for problem in _problems(node, widgets)]
    return [f"{line}: {problem}" for line, problem in sorted(found)]


def _problems(node: ast.AST, widgets: Mapping[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        yield from _check_attribute(node, widgets)
    elif isinstance(node, ast.Call):
        yield from _check_call(node)
    elif isinstance(node, ast.ImportFrom) and node.module in ("qt", "ctk"):
        yield f"import {node.module} and write {node.module}.Name, so that the names can be checked"


def _path(node: ast.AST) -> list[str]:
    """Return `["self", "ui", "exportButton"]` for `self.ui.exportButton`; empty for anything else."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [*reversed([*names, node.id])] if isinstance(node, ast.Name) else []


def _check_attribute(node: ast.Attribute, widgets: Mapping[str, str]) -> Iterator[str]:
    if node.attr in REFUSED_ANYWHERE:
        yield f"{node.attr}: {REFUSED_ANYWHERE[node.attr]}"
    match _path(node):
        case ["qt", name]:
            if name not in QT:
                yield f"qt.{name} is not on the list"
        case ["qt", name, member]:
            if member not in QT.get(name, ()):
                yield f"qt.{name}.{member} is not on the list"
        case ["qt", *_]:
            yield f"{'.'.join(_path(node))}: a scoped enumeration, which PythonQt lacks"
        case ["ctk", name]:
            if name not in CTK_WIDGETS:
                yield f"ctk.{name} is not on the list"
        case ["slicer", name] if name.startswith(("qMRML", "qSlicer")):
            if name not in SLICER_WIDGETS:
                yield f"slicer.{name} is not on the list"
        case ["self", "ui" | "_ui", name]:
            if name not in widgets:
                yield f"the .ui file has no widget {name}"
        case ["self", "ui" | "_ui", name, member]:
            allowed = WIDGET | MEMBERS.get(widgets.get(name, ""), set())
            if name in widgets and member not in allowed:
                yield f"{widgets[name]}.{member} is not on the list"


def _check_call(node: ast.Call) -> Iterator[str]:
    path = _path(node.func)
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    is_qt = path[:1] in (["qt"], ["ctk"]) or path[:2] in (["self", "ui"], ["self", "_ui"])
    is_qt = is_qt or (method in QT_METHODS and path[:1] != ["np"])
    if is_qt and node.keywords:
        name = ".".join(path) or method
        yield f"{name}: PythonQt takes no keyword arguments"
    if method in ("connect", "disconnect") and node.args:
        signal = node.args[0]
        if isinstance(signal, ast.Constant) and signal.value not in SIGNALS:
            yield f"the signal {signal.value} is not on the list"
    if method == "connect" and isinstance(node.func.value, ast.Subscript):
        yield "signal[type].connect is PySide's; name the signal by its signature"


def module_files() -> list[Path]:
    """Return the files that Slicer runs with Qt at hand."""
    found = list(MODULE.glob("DicomSegIO*.py"))
    for folder in ("DicomSegIOApp", "DicomSegIOLib"):
        found += (MODULE / folder).rglob("*.py")
    return sorted(found)


def main() -> int:
    """Print what is refused; return the exit code."""
    widgets = widgets_of(UI_FILE)
    count = 0
    for file in module_files():
        for problem in check(file.read_text(encoding="utf-8"), widgets):
            print(f"{file.relative_to(MODULE)}:{problem}")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
