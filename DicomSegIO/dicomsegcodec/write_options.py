"""How a segmentation is written and what is said about it, checked when it is said."""

import re
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import date, datetime, time

from pydicom.dataset import Dataset
from pydicom.uid import RE_VALID_UID, ExplicitVRLittleEndian

from ._version import __version__
from .character_sets import CharacterSet, check_character_set
from .encodings import SegmentationType
from .errors import ArgumentError, ArgumentTypeError
from .icc_profile import check_icc_profile
from .palette import Palette
from .texts import check_text

MAX_IS = 2**31 - 1
CONTENT_QUALIFICATIONS = ("PRODUCT", "RESEARCH", "SERVICE")

# VR of each text; those of enhanced equipment, of type 1, must not be empty, PS3.3 C.7.5.2.
_EQUIPMENT = ("manufacturer", "manufacturer_model_name", "device_serial_number")
_TEXTS = {
    "series_description": "LO",
    "content_description": "LO",
    "content_creator_name": "PN",
    "institution_name": "LO",
    "institutional_department_name": "LO",
    "pyramid_label": "LO",
    "clinical_trial_series_id": "LO",
    "clinical_trial_time_point_id": "LO",
    "clinical_trial_coordinating_center_name": "LO",
}
_CODE_STRINGS = {"content_label": "Content Label", "body_part_examined": "Body Part Examined"}
# What each item of a sequence must say.
_SEQUENCES = {
    "contributing_equipment": ("Manufacturer", "PurposeOfReferenceCodeSequence"),
    "content_creator_identification": ("PersonIdentificationCodeSequence",),
    "coding_schemes": ("CodingSchemeDesignator",),
}


@dataclass(frozen=True, kw_only=True)
class WriteOptions:
    """How a segmentation is written and what is said about it.

    What is empty or None is not written, or has the default that is named here.

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
    series_date, series_time : date and time, optional
        Not after the content's.
    body_part_examined : str
        1 to 16 capital letters, digits, spaces or underscores.
    clinical_trial_series_id, clinical_trial_coordinating_center_name : str
        Of this series, PS3.3 C.7.3.2.
    clinical_trial_time_point_id : str
        Instead of the source's, PS3.3 C.7.2.3.
    contributing_equipment : sequence of Dataset
        Items of the Contributing Equipment Sequence, beside the scanner of the source and this library.
    content_label : str
        1 to 16 capital letters, digits, spaces or underscores; made from the modality when empty.
    content_date_time : datetime, optional
        Now when omitted.
    content_creator_identification : sequence of Dataset
        At most one item of the Content Creator's Identification Code Sequence.
    content_qualification : str
        PRODUCT, RESEARCH or SERVICE.
    coding_schemes : sequence of Dataset
        Items of the Coding Scheme Identification Sequence.
    specific_character_set : str or sequence of str, optional
        UTF-8 where a text needs more than ASCII when omitted; all texts must fit when given.
    palette : Palette, optional
        Colours of a LABELMAP's values, which becomes PALETTE COLOR.
    icc_profile : bytes, optional
        Of the palette; that of sRGB when omitted.
    pyramid_uid, pyramid_label : str
        Of a tiled image, PS3.3 C.7.11; a label needs a UID.
    transfer_syntax_uid : str
        Explicit VR Little Endian, or another row of `codecs.TRANSFER_SYNTAXES` that holds the samples.
    use_extended_offset_table : bool
        Of compressed frames, even where the basic offset table would do.
    tiled_full : bool
        Tiles stand in their fixed order, TILED_FULL, all of them stored and none described.
    workers : int, or Executor
        Threads that compress frames, where that is faster; negative for as many as there are processors.

    Raises
    ------
    ArgumentError
        A value cannot be written.
    ArgumentTypeError
        A value has the wrong type, or does not go with the segmentation type.
    """

    segmentation_type: SegmentationType | str = SegmentationType.BINARY
    fractional_type: str = "PROBABILITY"
    max_fractional_value: int = 255
    keep_empty_frames: bool = False
    series_instance_uid: str = ""
    series_number: int | None = None
    series_description: str = ""
    series_date: date | None = None
    series_time: time | None = None
    body_part_examined: str = ""
    clinical_trial_series_id: str = ""
    clinical_trial_time_point_id: str = ""
    clinical_trial_coordinating_center_name: str = ""
    sop_instance_uid: str = ""
    instance_number: int = 1
    manufacturer: str = "DicomSegIO"
    manufacturer_model_name: str = "dicomsegcodec"
    software_versions: str | Sequence[str] = __version__
    device_serial_number: str = "0"
    institution_name: str = ""
    institutional_department_name: str = ""
    contributing_equipment: Sequence[Dataset] = ()
    content_label: str = ""
    content_description: str = ""
    content_creator_name: str = ""
    content_creator_identification: Sequence[Dataset] = ()
    content_date_time: datetime | None = field(default=None)
    content_qualification: str = ""
    coding_schemes: Sequence[Dataset] = ()
    specific_character_set: CharacterSet = None
    palette: Palette | None = None
    icc_profile: bytes | None = None
    pyramid_uid: str = ""
    pyramid_label: str = ""
    transfer_syntax_uid: str = ExplicitVRLittleEndian
    workers: int | Executor = 0
    tiled_full: bool = False
    use_extended_offset_table: bool = False

    def __post_init__(self) -> None:
        self._check_choices()
        self._check_numbers()
        self._check_texts()
        self._check_sequences()
        self._check_dates()
        check_character_set(self.specific_character_set)
        if self.palette is None and self.icc_profile is not None:
            raise ArgumentTypeError(
                "icc_profile is given without a palette; only the colours of a palette have a profile."
            )
        if self.palette is not None and self.kind is not SegmentationType.LABELMAP:
            raise ArgumentTypeError(
                f"A colour palette is given for a {self.kind} segmentation; only a LABELMAP has one."
            )
        if self.icc_profile is not None:
            check_icc_profile(self.icc_profile)

    @property
    def kind(self) -> SegmentationType:
        """The segmentation type as an Enumerated Value."""
        return SegmentationType(self.segmentation_type)

    def _check_choices(self) -> None:
        for name, value, known in (
            ("Segmentation type", self.segmentation_type, tuple(SegmentationType)),
            ("Fractional type", self.fractional_type, ("PROBABILITY", "OCCUPANCY")),
            ("Content qualification", self.content_qualification or "PRODUCT", CONTENT_QUALIFICATIONS),
        ):
            if str(value) not in known:
                raise ArgumentError(f"{name} '{value}' is not one of {', '.join(known)}.")

    def _check_numbers(self) -> None:
        for name in ("series_number", "instance_number"):
            value = getattr(self, name)
            if value is not None and not 1 <= value <= MAX_IS:
                raise ArgumentError(f"{name} is {value}; it must be 1 to {MAX_IS}.")
        if not 1 <= self.max_fractional_value <= 255:
            raise ArgumentError(
                f"Maximum Fractional Value is {self.max_fractional_value}; 8-bit samples allow 1 to 255."
            )

    def _check_texts(self) -> None:
        for name, title in _CODE_STRINGS.items():
            value = getattr(self, name)
            if not re.fullmatch(r"[A-Z0-9 _]{0,16}", value):
                raise ArgumentError(
                    f"{title} '{value}' must be at most 16 capital letters, digits, spaces or underscores."
                )
        for name in ("series_instance_uid", "sop_instance_uid", "pyramid_uid"):
            uid = getattr(self, name)
            if uid and not (re.fullmatch(RE_VALID_UID, uid) and len(uid) <= 64):
                raise ArgumentError(
                    f"{name} '{uid}' is no UID: at most 64 digits and dots, no part with a leading zero."
                )
        versions = self.software_versions
        for version in (versions,) if isinstance(versions, str) else tuple(versions) or ("",):
            check_text("software_versions", version, "LO")
        for name in _EQUIPMENT:
            check_text(name, getattr(self, name), "LO")
        for name, vr in _TEXTS.items():
            check_text(name, getattr(self, name), vr, empty=True)
        if self.pyramid_label and not self.pyramid_uid:
            raise ArgumentTypeError("pyramid_label is given without pyramid_uid; give both.")

    def _check_sequences(self) -> None:
        for name, needed in _SEQUENCES.items():
            items = getattr(self, name)
            if isinstance(items, Dataset) or not all(isinstance(item, Dataset) for item in items):
                raise ArgumentTypeError(f"{name} must be a sequence of data sets, its items.")
            for item in items:
                missing = [keyword for keyword in needed if not item.get(keyword)]
                if missing:
                    raise ArgumentError(f"An item of {name} has no {missing[0]}.")
        if len(self.content_creator_identification) > 1:
            raise ArgumentError(
                f"content_creator_identification has {len(self.content_creator_identification)} items; "
                "content has one creator."
            )

    def _check_dates(self) -> None:
        day, moment, content = self.series_date, self.series_time, self.content_date_time
        if moment is not None and day is None:
            raise ArgumentTypeError("series_time is given without series_date; give both.")
        if day is None:
            return
        made = content or datetime.now()
        if day > made.date() or (moment is not None and day == made.date() and moment > made.time()):
            raise ArgumentError(
                f"The series begins on {day}{'' if moment is None else f' at {moment}'}, after its content "
                f"was made ({made:%Y-%m-%d %H:%M:%S})."
            )
