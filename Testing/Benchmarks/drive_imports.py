"""What importing costs, above what is imported anyway."""

import json
import os
import sys
from importlib import import_module, metadata
from pathlib import Path

from .measure import Watch

_ROOT = Path(__file__).resolve().parents[2]


def library(spec: dict) -> None:
    """Import what reading and writing segmentations needs, after numpy and pydicom."""
    for name in ("numpy", "pydicom"):
        import_module(name)
    with Watch(spec) as watch:
        for part in ("", ".seg", ".spatial"):
            import_module(spec["library"] + part)
    ours = spec["library"] == "dicomsegcodec"  # which need not be installed
    package = import_module(spec["library"])
    watch.report(version=package.__version__ if ours else metadata.version(spec["library"]))


def module(spec: dict) -> None:
    """Load the module's file as Slicer does when it starts, in the stand-in for Slicer of the tests."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.path.insert(0, str(_ROOT / "Testing" / "Host"))
    import slicerhost

    slicerhost.install()
    # The application has these already.
    for name in ("numpy", "slicer.util", "slicer.parameterNodeWrapper", "slicer.ScriptedLoadableModule"):
        import_module(name)
    with Watch(spec) as watch:
        slicerhost.load_module(str(_ROOT / "DicomSegIO" / "DicomSegIO.py"))
    watch.report()


TASKS = {"import-codec": library, "import-module": module}


def main(text: str) -> None:
    spec = json.loads(text)
    TASKS[spec["task"]](spec)


if __name__ == "__main__":
    main(sys.argv[1])
