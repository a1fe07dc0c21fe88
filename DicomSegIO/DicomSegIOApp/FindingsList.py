"""Findings in a QListWidget: the worst first, what blocks in bold."""

from collections.abc import Iterable
from typing import Any

import qt

from .FittingHeight import fitHeight


def showFindings(listWidget: Any, findings: Iterable[Any]) -> None:
    """Replace the entries of a list by findings; an empty list is hidden."""
    icons = {
        "ERROR": qt.QStyle.SP_MessageBoxCritical,
        "WARNING": qt.QStyle.SP_MessageBoxWarning,
        "NOTE": qt.QStyle.SP_MessageBoxInformation,
    }
    worst = list(icons)
    listWidget.clear()
    for finding in sorted(findings, key=lambda finding: worst.index(finding.severity)):
        item = qt.QListWidgetItem(finding.text)
        item.setIcon(listWidget.style().standardIcon(icons[finding.severity]))
        item.setToolTip("\n".join(line for line in (finding.text, finding.where, finding.section) if line))
        font = item.font()
        font.setBold(finding.severity == "ERROR")
        item.setFont(font)
        listWidget.addItem(item)
    listWidget.visible = listWidget.count > 0
    fitHeight(listWidget)
