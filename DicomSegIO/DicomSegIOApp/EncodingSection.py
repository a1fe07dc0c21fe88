"""The Encoding part of Export: types and compressions, what they mean, about how large files become."""

from typing import Any

import qt
from slicer.i18n import tr as _

from .Choices import Compression, SegmentationType
from .SegmentChoice import chosenIds
from .SizeEstimates import SizeEstimates, sizeText

_ENABLED = 0x21  # Qt::ItemIsSelectable | Qt::ItemIsEnabled
_MUCH = 2.0  # times smaller: worth a hint
_RLE = "1.2.840.10008.1.2.5"


class EncodingSection:
    """Shows the choices of encoding of a parameter node.

    Parameters
    ----------
    requirementsFile : str
        Lists what has to be installed for some of the compressions.
    """

    def __init__(self, ui: Any, requirementsFile: str) -> None:
        self._ui = ui
        self._requirementsFile = requirementsFile
        self._parameters: Any = None
        self._layers: list[Any] = []
        self._asked = ""
        self.sizes = SizeEstimates(self._showSizes)
        ui.typeHintLabel.connect("linkActivated(QString)", self._onTypeLink)

    def update(self, parameters: Any, layers: list[Any], fixes: set[str]) -> None:
        """Show what is chosen.

        Parameters
        ----------
        layers : list of LayerCounts
            Of the segmentation; empty while they are not known.
        fixes : set of str
            Of the findings: what is only seldom needed is shown where it is one.
        """
        self._parameters, self._layers = parameters, layers
        kind = parameters.segmentationType
        isLabelMap = kind is SegmentationType.LABELMAP
        self._showRow("overlap", "ComboBox", isLabelMap)
        self._showRow("segmentNumbers", "ComboBox", isLabelMap)
        self._ui.labelColorsCheckBox.visible = isLabelMap
        self._showRow("maximumFractionalValue", "SpinBox", kind.isFractional)
        isOffGrid = bool({"useOwnGrid", "resampleToImages"} & fixes) or parameters.grid.name != "REFUSE"
        self._showRow("grid", "ComboBox", isOffGrid)
        isOutside = "cutToImages" in fixes or parameters.outside.name != "REFUSE"
        self._showRow("outside", "ComboBox", isOutside)
        self._showCompressions()
        self._showSizes()

    def clear(self) -> None:
        self._parameters, self._layers = None, []
        self.sizes.forget()
        self._ui.typeHintLabel.visible = False

    def _showRow(self, name: str, kind: str, isVisible: bool) -> None:
        getattr(self._ui, f"{name}Label").visible = isVisible
        getattr(self._ui, f"{name}{kind}").visible = isVisible

    def _frameShape(self) -> tuple[int, int] | None:
        """Return rows and columns of the source images, as far as the volume tells them."""
        volume = self._parameters.referenceVolume
        image = volume.GetImageData() if volume else None
        return (image.GetDimensions()[1], image.GetDimensions()[0]) if image else None

    def _showCompressions(self) -> None:
        from DicomSegIOLib import possibleCompressions

        type_ = self._parameters.segmentationType.options()["segmentationType"]
        rows = possibleCompressions(type_, *(self._frameShape() or (None, None)))
        chosen = next(row for row in rows if row.key == self._parameters.compression.name)
        if not chosen.isPossible:
            self._parameters.compression = Compression.NONE
            chosen = rows[0]
        elif chosen.missingPackage:
            chosen = self._install(chosen) or rows[0]
        else:
            self._asked = ""
        for index, row in enumerate(rows):
            comboBox = self._ui.compressionComboBox
            comboBox.setItemData(index, _ENABLED if row.isPossible else 0, qt.Qt.UserRole - 1)
            comboBox.setItemData(index, row.meaning or row.reason, qt.Qt.ToolTipRole)
        meaning = chosen.meaning
        if chosen.missingPackage:
            meaning += "\n" + _("Needs the package {package}.").format(package=chosen.missingPackage)
        self._ui.compressionMeaningLabel.text = meaning
        shape = self._frameShape()
        possible = [
            (type_, row.key, row.transferSyntaxUid)
            for row in rows
            if row.isPossible and not row.missingPackage
        ]
        if shape and self._layers:
            self.sizes.look(self._layers, shape, [*possible, ("LABELMAP", "RLE", _RLE)])  # last: for the hint

    def _install(self, row: Any) -> Any:
        """Offer to install what a compression needs; return its row, or None if the user does not want to."""
        if self._asked == row.key:
            return row
        self._asked = row.key
        import slicer.packaging

        requirements = slicer.packaging.load_requirements(self._requirementsFile)
        try:
            slicer.packaging.pip_ensure(requirements, requester="DICOM SEG IO")
        except RuntimeError:  # the user does not want to install anything
            self._asked = ""
            self._parameters.compression = Compression.NONE
            return None
        return row

    def _showSizes(self) -> None:
        parameters = self._parameters
        if parameters is None:
            return
        type_ = parameters.segmentationType.options()["segmentationType"]
        chosen = chosenIds(parameters)
        for index, compression in enumerate(Compression):
            bytes_ = self.sizes.fileBytes(type_, compression.name, chosen)
            text = compression.label()
            if bytes_ is not None:
                text = _("{compression}, about {size}").format(compression=text, size=sizeText(bytes_))
            self._ui.compressionComboBox.setItemText(index, text)
        self._ui.typeHintLabel.text = self._hint(type_, chosen)
        self._ui.typeHintLabel.visible = bool(self._ui.typeHintLabel.text)

    def _hint(self, type_: str, chosen: Any) -> str:
        """Return how much is stored, and whether a label map would be much smaller."""
        stored = self.sizes.frames(type_, chosen)
        bytes_ = self.sizes.fileBytes(type_, "NONE", chosen)
        if stored is None or bytes_ is None or not stored.frames:
            return ""
        text = _("{frames} frames, {size} uncompressed.").format(
            frames=f"{stored.frames:,}", size=sizeText(bytes_)
        )
        smaller = self.sizes.fileBytes("LABELMAP", "RLE", chosen)
        if type_ == "BINARY" and smaller and bytes_ / smaller >= _MUCH and len(self._layers) == 1:
            link = _("As <a href='{target}'>label map with RLE</a> {times} times smaller ({size}).")
            times = f"{bytes_ / smaller:.0f}"
            text += " " + link.format(target="LABELMAP", times=times, size=sizeText(smaller))
        return text

    def _onTypeLink(self, target: str) -> None:
        if self._parameters is not None:
            modified = self._parameters.StartModify()
            self._parameters.segmentationType = SegmentationType[target]
            self._parameters.compression = Compression.RLE
            self._parameters.EndModify(modified)
