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
    from . import coding_schemes, color, content, errors, seg, spatial, sr, volume
    from .color import CIELabColor
    from .content import (
        AlgorithmIdentificationSequence,
        ContentCreatorIdentificationCodeSequence,
        PaletteColorLUT,
        PaletteColorLUTTransformation,
        PixelMeasuresSequence,
        PlaneOrientationSequence,
        PlanePositionSequence,
        SegmentedPaletteColorLUT,
    )
    from .contributors import ContributingEquipment
    from .enums import (
        AxisHandedness,
        CoordinateSystemNames,
        DimensionOrganizationTypeValues,
        PadModes,
        PatientOrientationValuesBiped,
    )
    from .image import Image, imread
    from .seg.segmentation import Segmentation
    from .uid import UID
    from .volume import (
        ChannelDescriptor,
        Volume,
        VolumeGeometry,
        VolumeToVolumeTransformer,
        get_volume_from_series,
    )

_SUBMODULES = frozenset(
    ("coding_schemes", "color", "content", "errors", "image", "seg", "spatial", "sr", "uid", "volume")
)
_NAMES = {
    "AlgorithmIdentificationSequence": "content",
    "AxisHandedness": "enums",
    "CIELabColor": "color",
    "ChannelDescriptor": "volume",
    "ContentCreatorIdentificationCodeSequence": "content",
    "ContributingEquipment": "contributors",
    "CoordinateSystemNames": "enums",
    "DimensionOrganizationTypeValues": "enums",
    "Image": "image",
    "PadModes": "enums",
    "PaletteColorLUT": "content",
    "PaletteColorLUTTransformation": "content",
    "PatientOrientationValuesBiped": "enums",
    "PixelMeasuresSequence": "content",
    "PlaneOrientationSequence": "content",
    "PlanePositionSequence": "content",
    "Segmentation": "seg.segmentation",
    "SegmentedPaletteColorLUT": "content",
    "UID": "uid",
    "Volume": "volume",
    "VolumeGeometry": "volume",
    "VolumeToVolumeTransformer": "volume",
    "get_volume_from_series": "volume",
    "imread": "image",
}

__all__ = [
    "UID",
    "AlgorithmIdentificationSequence",
    "AxisHandedness",
    "CIELabColor",
    "ChannelDescriptor",
    "ContentCreatorIdentificationCodeSequence",
    "ContributingEquipment",
    "CoordinateSystemNames",
    "DimensionOrganizationTypeValues",
    "Image",
    "PadModes",
    "PaletteColorLUT",
    "PaletteColorLUTTransformation",
    "PatientOrientationValuesBiped",
    "PixelMeasuresSequence",
    "PlaneOrientationSequence",
    "PlanePositionSequence",
    "Segmentation",
    "SegmentedPaletteColorLUT",
    "Volume",
    "VolumeGeometry",
    "VolumeToVolumeTransformer",
    "__version__",
    "coding_schemes",
    "color",
    "content",
    "errors",
    "get_volume_from_series",
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
