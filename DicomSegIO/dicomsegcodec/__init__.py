"""Segmentations to and from DICOM: the embedded codec library of DicomSegIO.

    import dicomsegcodec as hd

    seg = hd.seg.segread("segmentation.dcm")
    volume = seg.get_volume(combine_segments=True)

Importing the package itself costs nothing; its parts are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from . import color, content, errors, seg, spatial, sr, volume
    from .color import CIELabColor
    from .content import (
        AlgorithmIdentificationSequence,
        PixelMeasuresSequence,
        PlaneOrientationSequence,
        PlanePositionSequence,
    )
    from .image import Image, imread
    from .seg.segmentation import Segmentation
    from .uid import UID
    from .volume import CoordinateSystemNames, DimensionOrganizationTypeValues, Volume

_SUBMODULES = frozenset(("color", "content", "errors", "image", "seg", "spatial", "sr", "uid", "volume"))
_NAMES = {
    "AlgorithmIdentificationSequence": "content",
    "CIELabColor": "color",
    "CoordinateSystemNames": "volume",
    "DimensionOrganizationTypeValues": "volume",
    "Image": "image",
    "PixelMeasuresSequence": "content",
    "PlaneOrientationSequence": "content",
    "PlanePositionSequence": "content",
    "Segmentation": "seg.segmentation",
    "UID": "uid",
    "Volume": "volume",
    "imread": "image",
}

__all__ = [
    "UID",
    "AlgorithmIdentificationSequence",
    "CIELabColor",
    "CoordinateSystemNames",
    "DimensionOrganizationTypeValues",
    "Image",
    "PixelMeasuresSequence",
    "PlaneOrientationSequence",
    "PlanePositionSequence",
    "Segmentation",
    "Volume",
    "__version__",
    "color",
    "content",
    "errors",
    "imread",
    "seg",
    "spatial",
    "sr",
    "volume",
]


def __getattr__(name: str) -> object:
    if name in _SUBMODULES:
        return import_module(f".{name}", __name__)
    if name in _NAMES:
        value = getattr(import_module(f".{_NAMES[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *_SUBMODULES, *_NAMES})
