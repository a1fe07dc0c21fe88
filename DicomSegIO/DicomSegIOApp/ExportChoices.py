"""What is chosen in the panel, as the arguments of the logic's functions."""

from typing import Any

from .SegmentChoice import chosenIds


def exportChoices(parameters: Any) -> dict[str, Any]:
    """Return the arguments on which the findings of an export depend; values can be compared."""
    return {
        "segmentationType": parameters.segmentationType.value,
        "segments": chosenIds(parameters),
        "keepEmptyFrames": parameters.keepEmptyFrames,
    }


def seriesChoices(parameters: Any) -> dict[str, Any]:
    """Return the arguments that say something about the new series."""
    return {"seriesDescription": parameters.seriesDescription}
