"""DICOM SEG for MRML: segmentation nodes to and from files, in Slicer, PythonSlicer and plain Python.

Needs MRML classes only; a scene is handed in, so nothing here knows of the application, its modules or
widgets. Names are imported when they are first used, because Slicer imports this package when it starts.

    from DicomSegIOLib import ExportOptions, exportSegmentation, loadSegmentation
"""

from importlib import import_module

# No module has the name of something in it: importing the module would put it in the place of that.
_HOMES = {
    "COMPRESSIONS": "Compressions",
    "CodingResult": "Coding",
    "ExportOptions": "Options",
    "ExportResult": "Exporting",
    "ExportSession": "Exporting",
    "ImageSeriesOptions": "ImageSeries",
    "ImageSeriesResult": "ImageSeries",
    "ImageSeriesSession": "ImageSeries",
    "ImportOptions": "Importing",
    "ImportResult": "Importing",
    "ImportSession": "Importing",
    "SizeEstimate": "Estimating",
    "SourceFiles": "SourceSearch",
    "SourceImagesNotFound": "SourceSearch",
    "createImageSeries": "ImageSeries",
    "describeFile": "FileDescription",
    "estimateSize": "Estimating",
    "exportSegmentation": "Exporting",
    "findReferenced": "FileDescription",
    "findSourceFiles": "SourceSearch",
    "loadCoding": "CodingJson",
    "loadSegmentation": "Importing",
    "matchCodes": "Coding",
    "possibleCompressions": "Compressions",
    "referToImages": "ImageSeries",
    "saveCoding": "CodingJson",
    "uncodedIds": "Coding",
    "validateExport": "Validation",
}

__all__ = [
    "COMPRESSIONS",
    "CodingResult",
    "ExportOptions",
    "ExportResult",
    "ExportSession",
    "ImageSeriesOptions",
    "ImageSeriesResult",
    "ImageSeriesSession",
    "ImportOptions",
    "ImportResult",
    "ImportSession",
    "SizeEstimate",
    "SourceFiles",
    "SourceImagesNotFound",
    "createImageSeries",
    "describeFile",
    "estimateSize",
    "exportSegmentation",
    "findReferenced",
    "findSourceFiles",
    "loadCoding",
    "loadSegmentation",
    "matchCodes",
    "possibleCompressions",
    "referToImages",
    "saveCoding",
    "uncodedIds",
    "validateExport",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
