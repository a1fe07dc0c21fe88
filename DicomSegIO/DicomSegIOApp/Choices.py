"""What can be chosen in the panel's lists. The names are saved in scenes: never rename one."""

import enum
from typing import Any

from slicer.i18n import tr as _


class SegmentChoice(enum.Enum):
    """Which segments are exported."""

    ALL = "ALL"
    VISIBLE = "VISIBLE"
    SELECTED = "SELECTED"

    def label(self) -> str:
        return {"ALL": _("All"), "VISIBLE": _("Visible"), "SELECTED": _("Selected")}[self.name]


class SegmentationType(enum.Enum):
    """How the segments are stored."""

    BINARY = "BINARY"
    FRACTIONAL_PROBABILITY = "FRACTIONAL_PROBABILITY"
    FRACTIONAL_OCCUPANCY = "FRACTIONAL_OCCUPANCY"
    LABELMAP = "LABELMAP"

    def label(self) -> str:
        return {
            "BINARY": _("Binary"),
            "FRACTIONAL_PROBABILITY": _("Fractional (probability)"),
            "FRACTIONAL_OCCUPANCY": _("Fractional (occupancy)"),
            "LABELMAP": _("Label map"),
        }[self.name]

    @property
    def isFractional(self) -> bool:
        return self.name.startswith("FRACTIONAL")

    def options(self) -> dict[str, Any]:
        """Return the fields of `ExportOptions` that it stands for."""
        if not self.isFractional:
            return {"segmentationType": self.name}
        return {"segmentationType": "FRACTIONAL", "fractionalType": self.name.removeprefix("FRACTIONAL_")}


class Compression(enum.Enum):
    """Values of `ExportOptions.compression`."""

    NONE = "NONE"
    DEFLATED = "DEFLATED"
    RLE = "RLE"
    JPEGLS = "JPEGLS"
    JPEG2000 = "JPEG2000"
    DEFLATED_FRAMES = "DEFLATED_FRAMES"

    def label(self) -> str:
        return {
            "NONE": _("None"),
            "DEFLATED": _("Deflated (whole file)"),
            "RLE": _("RLE lossless"),
            "JPEGLS": _("JPEG-LS lossless"),
            "JPEG2000": _("JPEG 2000 lossless"),
            "DEFLATED_FRAMES": _("Deflated frames"),
        }[self.name]


class Overlap(enum.Enum):
    """Values of `ExportOptions.overlap`."""

    REFUSE = "REFUSE"
    SPLIT = "SPLIT"
    LATER_WINS = "LATER_WINS"
    BINARY = "BINARY"

    def label(self) -> str:
        return {
            "REFUSE": _("Do not export"),
            "SPLIT": _("Split into several files"),
            "LATER_WINS": _("Later segments win"),
            "BINARY": _("Write as Binary instead"),
        }[self.name]


class SegmentNumbers(enum.Enum):
    """Values of `ExportOptions.segmentNumbers`."""

    CONSECUTIVE = "CONSECUTIVE"
    KEEP = "KEEP"

    def label(self) -> str:
        return {"CONSECUTIVE": _("Consecutive from 1"), "KEEP": _("Keep label values")}[self.name]


class Grid(enum.Enum):
    """Values of `ExportOptions.grid`."""

    REFUSE = "REFUSE"
    SOURCE = "SOURCE"
    OWN = "OWN"

    def label(self) -> str:
        return {
            "REFUSE": _("Do not export"),
            "SOURCE": _("Resample to the images"),
            "OWN": _("Keep the segments' own grid"),
        }[self.name]


class Outside(enum.Enum):
    """Values of `ExportOptions.outside`."""

    REFUSE = "REFUSE"
    CUT = "CUT"

    def label(self) -> str:
        return {"REFUSE": _("Do not export"), "CUT": _("Cut off")}[self.name]
