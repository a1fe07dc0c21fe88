"""Arrays on a regular grid in space."""

from ..enums import (
    AxisHandedness,
    CoordinateSystemNames,
    DimensionOrganizationTypeValues,
    PadModes,
    PatientOrientationValuesBiped,
    RGBColorChannels,
)
from .channels import RGB_COLOR_CHANNEL_DESCRIPTOR, ChannelDescriptor
from .geometry import VolumeGeometry
from .series import get_volume_from_series
from .transformer import VolumeToVolumeTransformer
from .volume import Volume

__all__ = [
    "RGB_COLOR_CHANNEL_DESCRIPTOR",
    "AxisHandedness",
    "ChannelDescriptor",
    "CoordinateSystemNames",
    "DimensionOrganizationTypeValues",
    "PadModes",
    "PatientOrientationValuesBiped",
    "RGBColorChannels",
    "Volume",
    "VolumeGeometry",
    "VolumeToVolumeTransformer",
    "get_volume_from_series",
]
