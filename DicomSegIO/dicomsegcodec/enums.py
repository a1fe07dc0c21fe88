"""Enumerated values that several modules share."""

from enum import StrEnum


class CoordinateSystemNames(StrEnum):
    """What a position refers to."""

    PATIENT = "PATIENT"
    SLIDE = "SLIDE"


class DimensionOrganizationTypeValues(StrEnum):
    """How frames are ordered, Dimension Organization Type (0020,9311), PS3.3 C.7.6.17.1."""

    THREE_DIMENSIONAL = "3D"
    THREE_DIMENSIONAL_TEMPORAL = "3D_TEMPORAL"
    TILED_FULL = "TILED_FULL"
    TILED_SPARSE = "TILED_SPARSE"


class PatientOrientationValuesBiped(StrEnum):
    """Towards which side of a person on two feet an axis runs, PS3.3 C.7.6.1.1.1."""

    A = "A"
    """Anterior."""
    P = "P"
    """Posterior."""
    R = "R"
    """Right."""
    L = "L"
    """Left."""
    H = "H"
    """Head."""
    F = "F"
    """Feet."""


class AxisHandedness(StrEnum):
    """Whether three axes are right-handed: the first crossed with the second points along the third."""

    LEFT_HANDED = "LEFT_HANDED"
    RIGHT_HANDED = "RIGHT_HANDED"


class PadModes(StrEnum):
    """What an array is padded with."""

    CONSTANT = "CONSTANT"
    """A given value."""
    EDGE = "EDGE"
    """The value at the edge."""
    MINIMUM = "MINIMUM"
    MAXIMUM = "MAXIMUM"
    MEAN = "MEAN"
    MEDIAN = "MEDIAN"


class RGBColorChannels(StrEnum):
    """Components of a colour."""

    R = "R"
    G = "G"
    B = "B"
