"""The Python code that does what the panel is about to do."""

from typing import Any

from .ExportChoices import exportChoices


def exportCode(parameters: Any, files: tuple[str, ...]) -> str:
    """Return lines for Slicer's Python console.

    Parameters
    ----------
    files : tuple of str
        The source images; named one by one only if neither a folder nor a volume leads to them.
    """
    output = parameters.outputPath or "segmentation.dcm"
    choices = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in exportChoices(parameters).items()
    }
    if parameters.sourceFolder:
        reference = repr(parameters.sourceFolder)
    elif parameters.referenceVolume:
        reference = f"slicer.util.getNode({parameters.referenceVolume.GetID()!r})"
    else:
        reference = repr(list(files))
    lines = [
        "import DicomSegIO",
        "",
        f"segmentationNode = slicer.util.getNode({parameters.segmentation.GetID()!r})",
        "result = DicomSegIO.DicomSegIOLogic().exportSegmentation(",
        "    segmentationNode,",
        f"    {output!r},",
        f"    reference={reference},",
        *(f"    {name}={value!r}," for name, value in choices.items()),
        ")",
        "print(result.files, result.findings)",
    ]
    if parameters.addToDatabase:
        lines += ["for file in result.files:", "    slicer.dicomDatabase.insert(str(file))"]
    return "\n".join(lines) + "\n"
