"""What the buttons beside findings do: change the parameters, or lead to the control that helps."""

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _


class Fixes:
    """The fixes that the panel has, by the keys of findings.

    Parameters
    ----------
    parameters : function
        Returns the parameter node that is shown.
    """

    def __init__(self, ui: Any, parameters: Callable[[], Any]) -> None:
        self._ui = ui
        self._parameters = parameters
        self._actions: dict[str, tuple[str, Callable[[Any], None]]] = {
            "chooseFolder": (_("Choose DICOM folder…"), self._chooseFolder),
            "setGeometry": (_("Set source geometry"), self._setGeometry),
            "writeBinary": (_("Write as Binary"), self._writeBinary),
            "changeOptions": (_("Show what is said of the series"), self._changeOptions),
        }

    def text(self, key: str) -> str:
        """Return what the button for a fix says; empty where there is none."""
        return self._actions[key][0] if key in self._actions else ""

    def fix(self, key: str, finding: Any) -> None:
        """Do it."""
        self._actions[key][1](finding)

    def _chooseFolder(self, finding: Any) -> None:
        self._ui.sourceFolderEdit.browse()

    def _setGeometry(self, finding: Any) -> None:
        parameters = self._parameters()
        parameters.segmentation.SetReferenceImageGeometryParameterFromVolumeNode(parameters.referenceVolume)

    def _writeBinary(self, finding: Any) -> None:
        parameters = self._parameters()
        parameters.segmentationType = type(parameters.segmentationType)["BINARY"]

    def _changeOptions(self, finding: Any) -> None:
        self._ui.seriesGroupBox.collapsed = False
        self._ui.seriesDescriptionLineEdit.setFocus()
