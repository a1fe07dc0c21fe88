"""The panel as a user handles it: choose, type, click, wait, read."""

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
        slicerhost.wait_until(lambda: not self.widget._updateTimer.active)

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
        return _texts(self.ui.exportFindingsListWidget)

    @property
    def blocking(self) -> list[str]:
        return _texts(self.ui.exportFindingsListWidget, bold=True)

    @property
    def import_findings(self) -> list[str]:
        return _texts(self.ui.importFindingsListWidget)

    @property
    def export_status(self) -> str:
        return self.ui.exportStatusLabel.text

    @property
    def import_status(self) -> str:
        return self.ui.importStatusLabel.text


def _texts(list_widget: Any, bold: bool | None = None) -> list[str]:
    items = [list_widget.item(row) for row in range(list_widget.count)]
    return [item.text() for item in items if bold is None or item.font().bold() == bold]
