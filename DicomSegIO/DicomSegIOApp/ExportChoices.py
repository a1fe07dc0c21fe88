"""What is chosen in the panel, as the arguments of the logic's functions."""

from typing import Any

from .SegmentChoice import chosenIds

_LABELMAP = ("overlap", "segmentNumbers")
_TEXTS = (
    "seriesDescription",
    "contentLabel",
    "contentDescription",
    "contentCreatorName",
    "bodyPartExamined",
    "clinicalTrialSeriesId",
    "clinicalTrialTimePointId",
    "clinicalTrialCoordinatingCenterName",
)
_DEFAULTS = {
    "segments": None,
    "compression": "NONE",
    "maximumFractionalValue": 255,
    "overlap": "REFUSE",
    "grid": "REFUSE",
    "outside": "REFUSE",
    "segmentNumbers": "CONSECUTIVE",
    "keepEmptyFrames": False,
    "labelColors": False,
}


def exportChoices(parameters: Any) -> dict[str, Any]:
    """Return the arguments on which the findings of an export depend; values can be compared.

    What is as it is without being said, or is of no effect on the chosen type, is left out.
    """
    choices: dict[str, Any] = parameters.segmentationType.options()
    choices["segments"] = chosenIds(parameters)
    choices["compression"] = parameters.compression.name
    choices["keepEmptyFrames"] = parameters.keepEmptyFrames
    for name in ("grid", "outside"):
        choices[name] = getattr(parameters, name).name
    if parameters.segmentationType.name == "LABELMAP":
        choices |= {name: getattr(parameters, name).name for name in _LABELMAP}
        choices["labelColors"] = parameters.labelColors
    if parameters.segmentationType.isFractional:
        choices["maximumFractionalValue"] = parameters.maximumFractionalValue
    choices |= seriesChoices(parameters)
    return {
        name: value for name, value in choices.items() if name not in _DEFAULTS or value != _DEFAULTS[name]
    }


def seriesChoices(parameters: Any) -> dict[str, Any]:
    """Return the arguments that say something about the new series; what is empty is left out."""
    texts = {name: getattr(parameters, name).strip() for name in _TEXTS}
    choices: dict[str, Any] = {name: text for name, text in texts.items() if text}
    if parameters.seriesNumber:
        choices["seriesNumber"] = parameters.seriesNumber
    return choices
