"""How a segmentation is written and what is said about it, checked when it is said."""

import re
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime

from pydicom.uid import RE_VALID_UID, ExplicitVRLittleEndian

from ._version import __version__
from .encodings import SegmentationType
from .errors import ArgumentError

MAX_IS = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class WriteOptions:
    """How a segmentation is written and what is said about it.

    Parameters
    ----------
    segmentation_type : SegmentationType or str
        BINARY, FRACTIONAL or LABELMAP.
    fractional_type : str
        PROBABILITY or OCCUPANCY, in FRACTIONAL.
    max_fractional_value : int
        Stored value of the fraction 1, 1 to 255, in FRACTIONAL.
    keep_empty_frames : bool
        Store a frame for every plane, and for every segment in BINARY, with or without a voxel.
    series_number : int, optional
        The source's plus 100 when omitted.
    content_label : str
        1 to 16 capital letters, digits, spaces or underscores; made from the modality when empty.
    content_date_time : datetime, optional
        Now when omitted.
    transfer_syntax_uid : str
        Explicit VR Little Endian, or another row of `codecs.TRANSFER_SYNTAXES` that holds the samples.
    use_extended_offset_table : bool
        Of compressed frames, even where the basic offset table would do.
    tiled_full : bool
        Tiles stand in their fixed order, TILED_FULL, all of them stored and none described.
    workers : int, or Executor
        Threads that compress frames, where that is faster; negative for as many as there are processors.
    """

    segmentation_type: SegmentationType | str = SegmentationType.BINARY
    fractional_type: str = "PROBABILITY"
    max_fractional_value: int = 255
    keep_empty_frames: bool = False
    series_instance_uid: str = ""
    series_number: int | None = None
    series_description: str = ""
    sop_instance_uid: str = ""
    instance_number: int = 1
    manufacturer: str = "DicomSegIO"
    manufacturer_model_name: str = "dicomsegcodec"
    software_versions: str | tuple[str, ...] = __version__
    device_serial_number: str = "0"
    content_label: str = ""
    content_description: str = ""
    content_creator_name: str = ""
    content_date_time: datetime | None = field(default=None)
    transfer_syntax_uid: str = ExplicitVRLittleEndian
    workers: int | Executor = 0
    tiled_full: bool = False
    use_extended_offset_table: bool = False

    def __post_init__(self) -> None:
        for name in ("series_number", "instance_number"):
            value = getattr(self, name)
            if value is not None and not 1 <= value <= MAX_IS:
                raise ArgumentError(f"{name} is {value}; it must be 1 to {MAX_IS}.")
        if not re.fullmatch(r"[A-Z0-9 _]{0,16}", self.content_label):
            raise ArgumentError(
                f"Content Label '{self.content_label}' must be at most 16 capital letters, digits, spaces or "
                "underscores."
            )
        for name in ("series_instance_uid", "sop_instance_uid"):
            uid = getattr(self, name)
            if uid and not (re.fullmatch(RE_VALID_UID, uid) and len(uid) <= 64):
                raise ArgumentError(
                    f"{name} '{uid}' is no UID: at most 64 digits and dots, no part with a leading zero."
                )
        versions = self.software_versions
        versions = (versions,) if isinstance(versions, str) else tuple(versions) or ("",)
        for name, text in (
            ("manufacturer", self.manufacturer),
            ("manufacturer_model_name", self.manufacturer_model_name),
            ("device_serial_number", self.device_serial_number),
            *(("software_versions", version) for version in versions),
        ):
            if not 1 <= len(text.strip()) <= 64 or "\\" in text or not text.isprintable():
                raise ArgumentError(
                    f"{name} '{text}' must be 1 to 64 printable characters without a backslash."
                )
        for name, value, known in (
            ("Segmentation type", self.segmentation_type, tuple(SegmentationType)),
            ("Fractional type", self.fractional_type, ("PROBABILITY", "OCCUPANCY")),
        ):
            if str(value) not in known:
                raise ArgumentError(f"{name} '{value}' is not one of {', '.join(known)}.")
        if not 1 <= self.max_fractional_value <= 255:
            raise ArgumentError(
                f"Maximum Fractional Value is {self.max_fractional_value}; 8-bit samples allow 1 to 255."
            )

    @property
    def kind(self) -> SegmentationType:
        return SegmentationType(self.segmentation_type)
