"""The panel as a user handles it: choose, type, click, wait, read."""

import sys
from pathlib import Path
from typing import Any

import slicerhost


class Panel:
    """The open module, and what one does in it."""

    def __init__(self, widget: Any) -> None:
        self.widget = widget
        self.ui = widget.ui

    def settle(self) -> None:
        """Wait until the panel has looked at the last change."""
        slicerhost.process_events()
        export = self.widget._exportSection
        header = self.widget._importSection.header
        slicerhost.wait_until(
            lambda: not (self.widget._updateTimer.active or export.isBusy or header.isReading)
        )

    def choose_output(self, path: Path) -> None:
        self.ui.outputPathEdit.currentPath = str(path)
        self.settle()

    def choose_source_folder(self, path: Path | str) -> None:
        self.ui.sourceFolderEdit.currentPath = str(path)
        self.settle()

    def choose_type(self, text: str) -> None:
        self.ui.segmentationTypeComboBox.setCurrentText(text)
        self.settle()

    def choose_file_to_load(self, path: Path | str) -> None:
        self.ui.importCollapsibleButton.collapsed = False
        self.ui.importPathEdit.currentPath = str(path)
        self.settle()

    def export(self) -> None:
        self.ui.exportButton.click()
        self.settle()

    def load(self) -> None:
        self.ui.loadButton.click()
        self.settle()

    @property
    def findings(self) -> list[str]:
        return _labels(self.ui.exportFindingsWidget)

    @property
    def blocking(self) -> list[str]:
        return _labels(self.ui.exportFindingsWidget, bold=True)

    def labels_of(self, text: str) -> list[Any]:
        """Return the labels of the findings whose sentence begins so."""
        labels = self.ui.exportFindingsWidget.findChildren(qt_class("QLabel"))
        return [label for label in labels if label.visible and label.text.startswith(text)]

    def fix(self, text: str) -> None:
        """Press the button of a finding."""
        buttons = [b for b in self.ui.exportFindingsWidget.findChildren(qt_class("QPushButton")) if b.visible]
        (button,) = [button for button in buttons if button.text == text]
        button.click()
        slicerhost.process_events()
        self.settle()

    def rows(self) -> list[tuple[str, ...]]:
        """Return the texts of the table of segments."""
        tree = self.ui.segmentsTreeWidget
        items = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount)]
        return [tuple(item.text(column) for column in range(tree.columnCount)) for item in items]

    def check(self, row: int, is_checked: bool) -> None:
        """Set or take away the check mark of a segment."""
        state = qt_class("Qt").Checked if is_checked else qt_class("Qt").Unchecked
        self.ui.segmentsTreeWidget.topLevelItem(row).setCheckState(0, state)
        self.settle()

    def checked(self) -> list[bool]:
        """Return for each segment whether it has a check mark."""
        tree = self.ui.segmentsTreeWidget
        items = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount)]
        return [item.checkState(0) == qt_class("Qt").Checked for item in items]

    @property
    def import_findings(self) -> list[str]:
        return _texts(self.ui.importFindingsListWidget)

    @property
    def export_status(self) -> str:
        return self.ui.exportStatusLabel.text

    @property
    def import_status(self) -> str:
        return self.ui.importStatusLabel.text


def qt_class(name: str) -> Any:
    """Return a class of `qt`, which is there once the host is installed."""
    return getattr(sys.modules["qt"], name)


def _labels(widget: Any, bold: bool | None = None) -> list[str]:
    """Return the sentences of the rows of findings that can be seen."""
    labels = [label for label in widget.findChildren(qt_class("QLabel")) if label.wordWrap and label.visible]
    return [label.text for label in _from_top(widget, labels) if bold is None or label.font.bold() == bold]


def _from_top(widget: Any, labels: list[Any]) -> list[Any]:
    return sorted(labels, key=lambda label: label.mapTo(widget, label.rect.topLeft()).y())


def _texts(list_widget: Any, bold: bool | None = None) -> list[str]:
    items = [list_widget.item(row) for row in range(list_widget.count)]
    return [item.text() for item in items if bold is None or item.font().bold() == bold]
