"""What importing the library costs and offers; Slicer does it when it starts."""

import subprocess
import sys

import pytest

import DicomSegIOLib

NAMES = (
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
)
CONSTANTS = ("COMPRESSIONS",)


def loadedBy(statement: str) -> set[str]:
    """Return the modules that a statement loads in a new interpreter."""
    program = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(run.stdout.split())


def test_the_package_itself_loads_nothing() -> None:
    heavy = {"numpy", "vtk", "slicer", "pydicom", "dicomsegcodec"}
    assert heavy & loadedBy("import DicomSegIOLib") == set()


def test_the_api_does_not_load_pydicom_or_the_codec_before_they_are_needed() -> None:
    loaded = loadedBy(f"from DicomSegIOLib import {', '.join(NAMES)}")
    assert "slicer" in loaded
    assert {
        name for name in loaded if name.partition(".")[0] in ("pydicom", "dicomsegcodec", "SimpleITK")
    } == set()


def test_the_api_is_what_is_promised() -> None:
    assert sorted(DicomSegIOLib.__all__) == sorted((*NAMES, *CONSTANTS))
    assert {*NAMES, *CONSTANTS} <= set(dir(DicomSegIOLib))
    for name in NAMES:
        assert getattr(DicomSegIOLib, name).__name__ == name
    with pytest.raises(AttributeError, match="nothing"):
        _ = DicomSegIOLib.nothing


@pytest.mark.parametrize("first", ["ExportOptions", "loadSegmentation", "validateExport"])
def test_names_are_right_whichever_is_asked_for_first(first: str) -> None:
    rest = ", ".join(NAMES)
    imports = f"from DicomSegIOLib import {first}\nfrom DicomSegIOLib import {rest}"
    assert "DicomSegIOLib" in loadedBy(f"{imports}\nassert all(map(callable, ({rest})))")
