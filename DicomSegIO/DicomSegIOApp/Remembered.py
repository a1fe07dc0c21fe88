"""Choices that the next segmentation starts with, kept in Slicer's settings: those of the last export."""

from typing import Any

import slicer

_NAMES = ("segmentationType", "compression", "overlap", "addToDatabase", "fileNamePattern")
_MARK = "DicomSegIO.IsFilled"  # attribute of a parameter node that has its choices already


def fill(parameters: Any) -> None:
    """Give new parameters the choices of the last export; those of a loaded scene stay as they are."""
    if parameters.parameterNode.GetAttribute(_MARK):
        return
    parameters.parameterNode.SetAttribute(_MARK, "1")
    settings = slicer.app.userSettings()
    modified = parameters.StartModify()
    for name in _NAMES:
        text = settings.value(f"DicomSegIO/{name}")
        value = _parse(getattr(parameters, name), str(text)) if text else None
        if value is not None:
            setattr(parameters, name, value)
    parameters.EndModify(modified)


def remember(parameters: Any) -> None:
    """Keep the choices of an export."""
    settings = slicer.app.userSettings()
    for name in _NAMES:
        value = getattr(parameters, name)
        settings.setValue(f"DicomSegIO/{name}", getattr(value, "name", str(value)))


def _parse(current: Any, text: str) -> Any:
    """Return a text as a value of the kind of another one; None if it is no such value any more."""
    if isinstance(current, bool):
        return {"True": True, "False": False}.get(text)
    if isinstance(current, str):
        return text
    return type(current).__members__.get(text)
