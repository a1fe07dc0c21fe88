"""Stand-ins for widgets of CTK (Libs/Widgets/ctk*.h), as far as scripted modules use them here."""

import re
from typing import ClassVar

from PySide6 import QtCore, QtGui, QtWidgets

from ..pythonqt.properties import DeclaredProperty
from .declared import properties


@properties(collapsedHeight=(int, 14), flat=(bool, False))
class ctkCollapsibleButton(QtWidgets.QAbstractButton):
    """A title bar that shows and hides what is below it; checked means open."""

    contentsCollapsed = QtCore.Signal(bool)
    SIGNALS: ClassVar = {"contentsCollapsed(bool)": "contentsCollapsed"}

    def __init__(self, text=None, parent=None):
        if isinstance(text, QtWidgets.QWidget):
            text, parent = None, text
        super().__init__(parent)
        self.setCheckable(True)
        self.setChecked(True)
        self._collapsed = False
        self._is_forcing = False
        self._hidden_by_collapse: list[QtWidgets.QWidget] = []
        self.setText(text or "")
        self.setSizePolicy(QtWidgets.QSizePolicy.Minimum, QtWidgets.QSizePolicy.Preferred)
        self.setContentsMargins(0, self._title_size().height(), 0, 0)
        self.toggled.connect(self._show_or_hide)

    def setCollapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)

    collapsed = DeclaredProperty(bool, lambda self: self._collapsed, setCollapsed)

    def _show_or_hide(self, opened: bool) -> None:
        self._collapsed = not opened
        if opened:
            self.setMaximumHeight(16777215)
            shown, self._hidden_by_collapse = self._hidden_by_collapse, []
            self._set_visible(shown, True)
        else:
            children = [c for c in QtCore.QObject.children(self) if isinstance(c, QtWidgets.QWidget)]
            self._hidden_by_collapse = [child for child in children if not child.isHidden()]
            self._set_visible(self._hidden_by_collapse, False)
            self.setMaximumHeight(self.sizeHint().height())
        self.updateGeometry()
        self.contentsCollapsed.emit(self._collapsed)

    def _set_visible(self, children: list[QtWidgets.QWidget], visible: bool) -> None:
        self._is_forcing = True
        for child in children:
            child.setVisible(visible)
            # As if nobody had asked: what the module shows or hides later takes effect.
            child.setAttribute(QtCore.Qt.WA_WState_ExplicitShowHide, False)
        self._is_forcing = False

    def childEvent(self, event: QtCore.QChildEvent) -> None:
        if event.added() and event.child().isWidgetType():
            event.child().installEventFilter(self)
        super().childEvent(event)

    def eventFilter(self, child: QtCore.QObject, event: QtCore.QEvent) -> bool:
        """Remember what a module shows or hides while the section is closed, for when it is opened."""
        if self._collapsed and not self._is_forcing:
            if event.type() == QtCore.QEvent.ShowToParent:
                self._hidden_by_collapse.append(child)
                self._set_visible([child], False)
            elif event.type() == QtCore.QEvent.HideToParent and child in self._hidden_by_collapse:
                self._hidden_by_collapse.remove(child)
        return False

    def _title_size(self) -> QtCore.QSize:
        option = self._title_option()
        style = QtWidgets.QApplication.style()
        text = option.fontMetrics.size(QtCore.Qt.TextShowMnemonic, option.text or "XXXX")
        return style.sizeFromContents(QtWidgets.QStyle.CT_PushButton, option, text, self)

    def _title_option(self) -> QtWidgets.QStyleOptionButton:
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.text = self.text
        return option

    def minimumSizeHint(self) -> QtCore.QSize:
        title = self._title_size()
        if self._collapsed:
            return title + QtCore.QSize(0, self.collapsedHeight)
        return super().minimumSizeHint().expandedTo(title)

    def sizeHint(self) -> QtCore.QSize:
        title = self._title_size() + QtCore.QSize(0, self.collapsedHeight)
        return title if self._collapsed else super().sizeHint().expandedTo(title)

    def hitButton(self, position: QtCore.QPoint) -> bool:
        return position.y() < self._title_size().height()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        option = self._title_option()
        height = self._title_size().height()
        option.rect.setHeight(height)
        style = QtWidgets.QApplication.style()
        style.drawControl(QtWidgets.QStyle.CE_PushButtonBevel, option, painter, self)
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QtCore.QRect(6, (height - 12) // 2, 12, 12)
        right, down = QtWidgets.QStyle.PE_IndicatorArrowRight, QtWidgets.QStyle.PE_IndicatorArrowDown
        style.drawPrimitive(right if self._collapsed else down, arrow, painter, self)
        painter.drawText(option.rect.adjusted(24, 0, 0, 0), QtCore.Qt.AlignVCenter, option.text)
        painter.end()


@properties(
    label=(str, ""),
    settingKey=(str, ""),
    showBrowseButton=(bool, True),
    showHistoryButton=(bool, True),
    minimumContentsLength=(int, 0),
    nameFilters=(list, []),
    filters=(int, 0x37),
    options=(int, 0),
    sizeAdjustPolicy=(int, 2),
)
class ctkPathLineEdit(QtWidgets.QWidget):
    """An editable path with a history and a button that opens a file dialog.

    As in CTK, `currentPathChanged` does not announce every change: an empty path is not valid, and with
    name filters such as `*.dcm` only paths with one of these extensions are. A filter without an
    extension (`*`) does not make other paths valid when there is one with an extension. What is not
    valid is announced by `validInputChanged(false)` alone, and once.
    """

    Dirs, Files, Drives, NoSymLinks, AllEntries = 0x1, 0x2, 0x4, 0x8, 0x7
    Readable, Writable, Executable = 0x10, 0x20, 0x40
    NoDotAndDotDot, NoDot, NoDotDot = 0x1000, 0x2000, 0x4000
    ShowDirsOnly, DontResolveSymlinks, DontConfirmOverwrite = 0x1, 0x2, 0x4

    currentPathChanged = QtCore.Signal(str)
    validInputChanged = QtCore.Signal(bool)
    SIGNALS: ClassVar = {
        "currentPathChanged(QString)": "currentPathChanged",
        "validInputChanged(bool)": "validInputChanged",
    }

    def __init__(self, parent=None):
        super().__init__(parent)
        self._valid = False
        self._combo_box = QtWidgets.QComboBox()
        self._combo_box.setEditable(True)
        self._combo_box.setInsertPolicy(QtWidgets.QComboBox.NoInsert)
        self._combo_box.setSizeAdjustPolicy(QtWidgets.QComboBox.AdjustToMinimumContentsLengthWithIcon)
        self._browse_button = QtWidgets.QToolButton()
        self._browse_button.setText("...")
        self._browse_button.setSizePolicy(QtWidgets.QSizePolicy.Fixed, QtWidgets.QSizePolicy.Ignored)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._combo_box, 1)
        layout.addWidget(self._browse_button)
        self.setSizePolicy(QtWidgets.QSizePolicy.Expanding, QtWidgets.QSizePolicy.Fixed)
        self._combo_box.editTextChanged.connect(self._text_changed)
        self._browse_button.clicked.connect(self.browse)

    def comboBox(self) -> QtWidgets.QComboBox:
        return self._combo_box

    def setCurrentPath(self, path: str) -> None:
        if not isinstance(path, str):
            kind = type(path).__name__
            raise AttributeError(
                f"Property 'currentPath' of type 'QString' does not accept an object of type {kind}"
            )
        self._combo_box.setEditText(path)

    currentPath = DeclaredProperty("QString", lambda self: self._combo_box.currentText, setCurrentPath)

    def browse(self) -> None:
        filters = ";;".join(self.nameFilters)
        if not self.filters & self.Files:
            path = QtWidgets.QFileDialog.getExistingDirectory(self, "Select a directory...", self.currentPath)
        elif self.filters & self.Writable:
            path = QtWidgets.QFileDialog.getSaveFileName(
                self, "Select a file to save ", self.currentPath, filters
            )
        else:
            path = QtWidgets.QFileDialog.getOpenFileName(self, "Open a file", self.currentPath, filters)
        if path:
            self.setCurrentPath(path)

    def addCurrentPathToHistory(self) -> None:
        path = self.currentPath
        if not path:
            return
        history = [known for known in self._history() if known != path]
        QtCore.QSettings().setValue(self._history_key(), [path, *history])
        if self._combo_box.findText(path) < 0:
            self._combo_box.insertItem(0, path)

    def retrieveHistory(self) -> None:
        path = self.currentPath
        blocked = self.blockSignals(True)
        self._combo_box.clear()
        self._combo_box.addItems(self._history())
        self._combo_box.setEditText(path)
        self.blockSignals(blocked)
        if not path and self._combo_box.count:
            self._combo_box.setCurrentIndex(0)
            self.setCurrentPath(self._combo_box.itemText(0))  # CTK offers the most recent path

    def _history_key(self) -> str:
        return f"ctkPathLineEdit/{self.settingKey or self.objectName}"

    def _history(self) -> list[str]:
        stored = QtCore.QSettings().value(self._history_key()) or []
        return [stored] if isinstance(stored, str) else list(stored)

    def _changed(self, name: str) -> None:
        if name == "showBrowseButton":
            self._browse_button.setVisible(self.showBrowseButton)
        elif name == "settingKey":
            self.retrieveHistory()

    def _matches_filters(self, path: str) -> bool:
        extensions = re.findall(r"\*\.(\w+)", " ".join(self.nameFilters))
        return bool(path) and (not extensions or any(path.endswith(f".{known}") for known in extensions))

    def _text_changed(self, path: str) -> None:
        valid = self._matches_filters(path)
        if valid:
            self.currentPathChanged.emit(path)
        if valid != self._valid:
            self._valid = valid
            self.validInputChanged.emit(valid)


@properties(caption=(str, ""), text=(str, ""), acceptMode=(int, 0), elideMode=(int, 1), options=(int, 0))
class ctkDirectoryButton(QtWidgets.QWidget):
    """A button that shows a folder and lets the user choose another."""

    directoryChanged = QtCore.Signal(str)
    directorySelected = QtCore.Signal(str)
    SIGNALS: ClassVar = {
        "directoryChanged(QString)": "directoryChanged",
        "directorySelected(QString)": "directorySelected",
    }

    def __init__(self, parent=None):
        super().__init__(parent)
        self._directory = QtCore.QDir.currentPath()
        self._button = QtWidgets.QPushButton(self._directory)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._button)
        self._button.clicked.connect(self.browse)

    def setDirectory(self, path: str) -> None:
        if path != self._directory:
            self._directory = path
            self._button.setText(path)
            self.directoryChanged.emit(path)

    directory = DeclaredProperty("QString", lambda self: self._directory, setDirectory)

    def browse(self) -> str:
        path = QtWidgets.QFileDialog.getExistingDirectory(self, self.caption, self._directory)
        if path:
            self.setDirectory(path)
            self.directorySelected.emit(path)
        return path


@properties(
    pageStep=(float, 1.0),
    prefix=(str, ""),
    suffix=(str, ""),
    tracking=(bool, True),
    spinBoxVisible=(bool, True),
)
class ctkSliderWidget(QtWidgets.QWidget):
    """A slider with a spin box beside it."""

    valueChanged = QtCore.Signal(float)
    valueIsChanging = QtCore.Signal(float)
    decimalsChanged = QtCore.Signal(int)
    SIGNALS: ClassVar = {
        "valueChanged(double)": "valueChanged",
        "valueIsChanging(double)": "valueIsChanging",
        "decimalsChanged(int)": "decimalsChanged",
    }
    _STEPS = 1000

    def __init__(self, parent=None):
        super().__init__(parent)
        self._slider = QtWidgets.QSlider(QtCore.Qt.Horizontal)
        self._slider.setRange(0, self._STEPS)
        self._spin_box = QtWidgets.QDoubleSpinBox()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._spin_box)
        self._slider.sliderMoved.connect(self._slider_moved)
        self._spin_box.valueChanged.connect(self._value_changed)

    def setValue(self, value: float) -> None:
        self._spin_box.setValue(float(value))

    def setMinimum(self, value: float) -> None:
        self._spin_box.setMinimum(float(value))

    def setMaximum(self, value: float) -> None:
        self._spin_box.setMaximum(float(value))

    def setRange(self, minimum: float, maximum: float) -> None:
        self._spin_box.setRange(float(minimum), float(maximum))

    def setSingleStep(self, value: float) -> None:
        self._spin_box.setSingleStep(float(value))

    def setDecimals(self, decimals: int) -> None:
        self._spin_box.setDecimals(decimals)
        self.decimalsChanged.emit(decimals)

    value = DeclaredProperty(float, lambda self: self._spin_box.value, setValue)
    minimum = DeclaredProperty(float, lambda self: self._spin_box.minimum, setMinimum)
    maximum = DeclaredProperty(float, lambda self: self._spin_box.maximum, setMaximum)
    singleStep = DeclaredProperty(float, lambda self: self._spin_box.singleStep, setSingleStep)
    decimals = DeclaredProperty(int, lambda self: self._spin_box.decimals, setDecimals)

    def _changed(self, name: str) -> None:
        if name in ("prefix", "suffix"):
            setattr(self._spin_box, name, getattr(self, name))
        elif name == "spinBoxVisible":
            self._spin_box.setVisible(self.spinBoxVisible)

    def _slider_moved(self, position: int) -> None:
        span = self.maximum - self.minimum
        self._spin_box.setValue(self.minimum + span * position / self._STEPS)

    def _value_changed(self, value: float) -> None:
        span = self.maximum - self.minimum
        self._slider.setValue(round(self._STEPS * (value - self.minimum) / span) if span else 0)
        self.valueChanged.emit(value)


@properties(collapsedHeight=(int, 14))
class ctkCollapsibleGroupBox(QtWidgets.QGroupBox):
    """A group box whose check mark opens and closes it.

    As in CTK, a child that somebody has hidden stays hidden when the box is opened, and one that somebody
    shows while it is closed is seen when it is opened (the dynamic property `visibilityToParent`).
    """

    def __init__(self, title=None, parent=None):
        if isinstance(title, QtWidgets.QWidget):
            title, parent = None, title
        super().__init__(parent)
        self._forcing = False
        self.setTitle(title or "")
        self.setCheckable(True)
        self.toggled.connect(self._expand)

    def setCollapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)

    collapsed = DeclaredProperty(bool, lambda self: not self.isChecked(), setCollapsed)

    def _expand(self, opened: bool) -> None:
        for child in QtCore.QObject.children(self):
            if isinstance(child, QtWidgets.QWidget):
                self._set_child_visibility(child)
        self.setMaximumHeight(16777215 if opened else self.fontMetrics().height() + self.collapsedHeight)

    def _set_child_visibility(self, child: QtWidgets.QWidget) -> None:
        if not self.testAttribute(QtCore.Qt.WA_WState_Created):
            return
        was_hidden = QtCore.QObject.property(child, "visibilityToParent") is False
        self._forcing = True
        child.setVisible(not self.collapsed and not was_hidden)
        if not was_hidden:
            child.setAttribute(QtCore.Qt.WA_WState_ExplicitShowHide, False)
        self._forcing = False

    def childEvent(self, event: QtCore.QChildEvent) -> None:
        if event.added() and event.child().isWidgetType():
            child = event.child()
            if child.testAttribute(QtCore.Qt.WA_WState_ExplicitShowHide) and child.isHidden():
                child.setProperty("visibilityToParent", False)
            child.installEventFilter(self)
            self._set_child_visibility(child)
        super().childEvent(event)

    def eventFilter(self, child: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if not self._forcing and event.type() in (QtCore.QEvent.ShowToParent, QtCore.QEvent.HideToParent):
            child.setProperty("visibilityToParent", event.type() == QtCore.QEvent.ShowToParent)
            self._set_child_visibility(child)
        return False

    def setVisible(self, visible: bool) -> None:
        was_created = self.testAttribute(QtCore.Qt.WA_WState_Created)
        self._forcing = True
        super().setVisible(visible)
        self._forcing = False
        if not was_created and self.testAttribute(QtCore.Qt.WA_WState_Created):
            self._expand(not self.collapsed)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw an arrow in the place of the check mark."""
        option = QtWidgets.QStyleOptionGroupBox()
        self.initStyleOption(option)
        style, kind = self.style(), QtWidgets.QStyle.CC_GroupBox
        check = style.subControlRect(kind, option, QtWidgets.QStyle.SC_GroupBoxCheckBox, self)
        label = style.subControlRect(kind, option, QtWidgets.QStyle.SC_GroupBoxLabel, self)
        title, option.text = option.text, ""
        option.subControls = QtWidgets.QStyle.SC_GroupBoxFrame
        painter = QtWidgets.QStylePainter(self)
        painter.drawComplexControl(kind, option)
        painter.drawText(label, QtCore.Qt.AlignVCenter, title)
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        arrow.rect = check
        right, down = QtWidgets.QStyle.PE_IndicatorArrowRight, QtWidgets.QStyle.PE_IndicatorArrowDown
        painter.drawPrimitive(right if self.collapsed else down, arrow)
        painter.end()


@properties(dontShowAgainSettingsKey=(str, ""))
class ctkMessageBox(QtWidgets.QMessageBox):
    """A message box that can be silenced by the user."""


class ctkComboBox(QtWidgets.QComboBox):
    """A combo box with a default text."""


class ctkCheckBox(QtWidgets.QCheckBox):
    """A check box with an icon."""
