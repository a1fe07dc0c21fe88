"""Findings one below the other, the worst first: an icon, the sentence, and a button for what can be done."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import qt
from slicer.i18n import tr as _

from .SegmentsTable import severityIcon

_WORST = ("ERROR", "WARNING", "NOTE")
_MOST = 12  # more are told by their number: nobody reads them all
_ICON_PIXELS = 16


class FindingsView:
    """The rows in a widget with a vertical layout; a row is made anew only if its finding is another.

    Parameters
    ----------
    fixText : function of a fix's key
        What its button says; empty where the panel has no button for it.
    fix : function of a key and a finding
        Called when the user presses the button.
    """

    def __init__(self, widget: Any, fixText: Callable[[str], str], fix: Callable[[str, Any], None]) -> None:
        self._widget = widget
        self._fixText = fixText
        self._fix = fix
        self._rows: list[_Row] = []
        self._findings: list[Any] = []
        self._more = qt.QLabel()
        widget.layout().addWidget(self._more)
        self.filled = 0  # rows written so far; a test holds it to what changed
        self.show([])

    def show(self, findings: Sequence[Any]) -> None:
        """Show these findings."""
        shown = sorted(findings, key=lambda finding: _WORST.index(finding.severity))
        more = len(shown) - _MOST
        self._more.visible = more > 0
        self._more.text = _("{count} more").format(count=more)
        shown = shown[:_MOST]
        while len(self._rows) < len(shown):
            row = _Row(self._widget, len(self._rows))
            self._rows.append(row)
        known = self._findings + [None] * (len(self._rows) - len(self._findings))
        for index, row in enumerate(self._rows):
            finding = shown[index] if index < len(shown) else None
            row.setVisible(finding is not None)
            if finding is not None and finding != known[index]:
                self.filled += 1
                fixes = [(key, self._fixText(key)) for key in getattr(finding, "fixes", ())]
                row.fill(finding, [(text, partial(self._fix, key, finding)) for key, text in fixes if text])
        self._findings = [
            shown[index] if index < len(shown) else known[index] for index in range(len(self._rows))
        ]
        self._shown = len(shown)
        self._widget.visible = bool(shown)

    @property
    def findings(self) -> list[Any]:
        """What is shown, from the top."""
        return self._findings[: self._shown]

    def buttons(self, index: int) -> list[Any]:
        """Return the buttons of a row."""
        return self._rows[index].buttons


class _Row:
    """One finding."""

    def __init__(self, parent: Any, index: int) -> None:
        self.buttons: list[Any] = []
        self._frame = qt.QWidget()
        layout = qt.QGridLayout(self._frame)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setColumnStretch(1, 1)
        self._icon = qt.QLabel()
        self._icon.setAlignment(qt.Qt.AlignTop)
        self._icon.setFixedWidth(_ICON_PIXELS)
        self._text = qt.QLabel()
        self._text.textFormat = qt.Qt.PlainText
        self._text.wordWrap = True
        self._text.setTextInteractionFlags(qt.Qt.TextSelectableByMouse)
        layout.addWidget(self._icon, 0, 0)
        layout.addWidget(self._text, 0, 1)
        self._buttonLayout = qt.QVBoxLayout()
        self._buttonLayout.setSpacing(2)
        layout.addLayout(self._buttonLayout, 1, 1)
        parent.layout().insertWidget(index, self._frame)

    def setVisible(self, isVisible: bool) -> None:
        self._frame.visible = isVisible

    def fill(self, finding: Any, fixes: Sequence[tuple[str, Callable[[], None]]]) -> None:
        icon = severityIcon(self._frame, str(finding.severity))
        self._icon.setPixmap(icon.pixmap(_ICON_PIXELS, _ICON_PIXELS))
        self._text.text = finding.text
        self._text.toolTip = "\n".join(line for line in (finding.where, finding.section) if line)
        font = self._text.font
        font.setBold(finding.severity == "ERROR")
        self._text.setFont(font)
        for button in self.buttons:
            self._buttonLayout.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        for text, act in fixes:
            button = qt.QPushButton(text)
            button.toolTip = _("Do this about: {finding}").format(finding=finding.text)
            # Through the event loop: what is done may make this row, and with it the button, anew.
            button.connect("clicked(bool)", partial(_later, act))
            self._buttonLayout.addWidget(button, 0, qt.Qt.AlignLeft)
            self.buttons.append(button)


def _later(act: Callable[[], None], *_unused: Any) -> None:
    qt.QTimer.singleShot(0, act)
