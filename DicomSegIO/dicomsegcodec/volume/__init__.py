"""Arrays on a regular grid in space."""

from ..enums import (
    AxisHandedness,
    CoordinateSystemNames,
    DimensionOrganizationTypeValues,
    PadModes,
    PatientOrientationValuesBiped,
)
from .channels import ChannelDescriptor
from .geometry import VolumeGeometry
from .series import get_volume_from_series
from .transformer import VolumeToVolumeTransformer
from .volume import Volume

__all__ = [
    "AxisHandedness",
    "ChannelDescriptor",
    "CoordinateSystemNames",
    "DimensionOrganizationTypeValues",
    "PadModes",
    "PatientOrientationValuesBiped",
    "Volume",
    "VolumeGeometry",
    "VolumeToVolumeTransformer",
    "get_volume_from_series",
]
