"""Everything of a segmentation object but its frames: patient, study, equipment, references, segments.

PS3.3 A.51. Attributes of the patient and the study come from the first source image.
"""

import re
import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import RE_VALID_UID, UID, ExplicitVRLittleEndian, generate_uid
from pydicom.valuerep import format_number_as_ds

from ._version import __version__
from .copied_attributes import copy_patient_and_study, usable_value
from .encodings import SegmentationType
from .errors import ArgumentError
from .findings import Finding
from .geometry import Planes, ds_values
from .lenient import any_value
from .samples import SampleFormat
from .segments import Code, Segment, code_item, write_segment
from .slide_header import write_slide
from .slides import SlideTiles
from .sources import SourceImages, SourceInstance

SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP_SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.7"
IMPLEMENTATION_CLASS_UID = UID("2.25.263414905168023478914046573210978463217")

_MAX_IS = 2**31 - 1

BACKGROUND_CATEGORY = Code("309825002", "SCT", "Spatial and Relational Concept")
BACKGROUND_TYPE = Code("125040", "DCM", "Background")


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
            if value is not None and not 1 <= value <= _MAX_IS:
                raise ArgumentError(f"{name} is {value}; it must be 1 to {_MAX_IS}.")
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


def write_header(
    sources: SourceImages,
    planes: Planes,
    segments: Sequence[Segment],
    options: WriteOptions,
    *,
    frames: int,
    samples: SampleFormat,
    overlap: str,
    stack: bool,
) -> tuple[Dataset, list[Finding]]:
    """Return the data set without Per-Frame Functional Groups and Pixel Data, and what was mended on the way.

    Parameters
    ----------
    overlap : str
        Segments Overlap: YES, NO or UNDEFINED.
    stack : bool
        The stored frames are one regular stack, Dimension Organization Type 3D.
    """
    # UIDs of the sources are theirs, even where they break the rules: another one would be another image's.
    with any_value():
        return _write_header(sources, planes, segments, options, frames, samples, overlap, stack)


def _write_header(
    sources: SourceImages,
    planes: Planes,
    segments: Sequence[Segment],
    options: WriteOptions,
    frames: int,
    samples: SampleFormat,
    overlap: str,
    stack: bool,
) -> tuple[Dataset, list[Finding]]:
    findings: list[Finding] = []
    first = sources.datasets[0]
    now = options.content_date_time or datetime.now()
    labelmap = options.kind is SegmentationType.LABELMAP
    header = Dataset()
    copy_patient_and_study(first, header, findings)
    header.SOPClassUID = LABEL_MAP_SEGMENTATION_STORAGE if labelmap else SEGMENTATION_STORAGE
    header.SOPInstanceUID = options.sop_instance_uid or generate_uid(prefix=None)
    header.InstanceCreationDate = header.ContentDate = now.strftime("%Y%m%d")
    header.InstanceCreationTime = header.ContentTime = now.strftime("%H%M%S.%f")
    _write_series(header, first, options)
    _write_equipment(header, first, options, now)
    if planes.located:
        header.FrameOfReferenceUID = planes.frame_of_reference
        header.PositionReferenceIndicator = usable_value(first, "PositionReferenceIndicator", findings) or ""
    else:  # of type 2C where no direction cosines say it, PS3.3 C.7.6.1.1.1
        header.PatientOrientation = usable_value(first, "PatientOrientation", findings) or None
    header.ReferencedSeriesSequence = _referenced_series(sources)
    _write_image(header, first, planes, options, frames, samples)
    _write_segments(header, segments, options, overlap)
    _write_dimensions(header, _pointers(planes, labelmap))
    if isinstance(planes, SlideTiles):
        write_slide(header, planes, first, options.tiled_full, findings)
    elif stack:
        header.DimensionOrganizationType = "3D"
    header.SharedFunctionalGroupsSequence = [_shared_groups(planes)]
    _choose_character_set(header)
    header.file_meta = _file_meta(header, options.transfer_syntax_uid)
    return header, findings


def _write_series(header: Dataset, first: Dataset, options: WriteOptions) -> None:
    header.Modality = "SEG"
    header.SeriesInstanceUID = options.series_instance_uid or generate_uid(prefix=None)
    number = options.series_number
    if number is None:
        source = str(first.get("SeriesNumber") or "")
        number = int(source) + 100 if re.fullmatch(r"\d{1,10}", source) else 100
        number = number if number <= _MAX_IS else 100
    header.SeriesNumber = number
    header.InstanceNumber = options.instance_number
    if options.series_description:
        header.SeriesDescription = options.series_description.replace("\\", "/")[:64]


def _write_equipment(header: Dataset, first: Dataset, options: WriteOptions, now: datetime) -> None:
    versions = options.software_versions
    header.Manufacturer = options.manufacturer
    header.ManufacturerModelName = options.manufacturer_model_name
    header.SoftwareVersions = [versions] if isinstance(versions, str) else list(versions)
    header.DeviceSerialNumber = options.device_serial_number
    acquisition, library = Dataset(), Dataset()
    acquisition.PurposeOfReferenceCodeSequence = [code_item(Code("109101", "DCM", "Acquisition Equipment"))]
    for keyword in ("Manufacturer", "ManufacturerModelName", "InstitutionName", "StationName"):
        value = usable_value(first, keyword, [])
        if value is not None:
            setattr(acquisition, keyword, value)
    acquisition.ContributionDescription = "Acquisition equipment of the source images"
    library.PurposeOfReferenceCodeSequence = [code_item(Code("109102", "DCM", "Processing Equipment"))]
    library.Manufacturer = "DicomSegIO contributors"
    library.ManufacturerModelName = "dicomsegcodec"
    library.SoftwareVersions = __version__
    library.ContributionDateTime = now.strftime("%Y%m%d%H%M%S.%f")
    library.ContributionDescription = "Software library that wrote this object"
    # Manufacturer is of type 1 in an item, PS3.3 C.12.1.
    header.ContributingEquipmentSequence = (
        [acquisition, library] if "Manufacturer" in acquisition else [library]
    )


def name_sources(header: Dataset, instances: Iterable[SourceInstance]) -> None:
    """Name source images that no frame refers to; what Referenced Series names must be used, PS3.3 C.12.2."""
    items: dict[str, Dataset] = {}
    for source in instances:
        item = Dataset()
        item.ReferencedSOPClassUID = source.sop_class_uid
        item.ReferencedSOPInstanceUID = source.sop_instance_uid
        purpose = Code("121322", "DCM", "Source image for image processing operation")
        item.PurposeOfReferenceCodeSequence = [code_item(purpose)]
        items[source.sop_instance_uid] = item
    if items:
        header.SourceImageSequence = list(items.values())


def _referenced_series(sources: SourceImages) -> list[Dataset]:
    series: dict[str, list[Dataset]] = {}
    named: set[str] = set()
    for source in (*sources.instances, *sources.further):
        if source.sop_instance_uid in named:
            continue
        named.add(source.sop_instance_uid)
        instance = Dataset()
        instance.ReferencedSOPClassUID = source.sop_class_uid
        instance.ReferencedSOPInstanceUID = source.sop_instance_uid
        series.setdefault(source.series_uid, []).append(instance)
    items = []
    for uid, instances in series.items():
        item = Dataset()
        item.ReferencedInstanceSequence = instances
        item.SeriesInstanceUID = uid
        items.append(item)
    return items


def _write_image(
    header: Dataset, first: Dataset, planes: Planes, options: WriteOptions, frames: int, samples: SampleFormat
) -> None:
    header.ImageType = ["DERIVED", "PRIMARY"]
    modality = re.sub(r"[^A-Z0-9 _]", "", str(first.get("Modality") or "").upper()).strip()
    header.ContentLabel = options.content_label or f"{modality[:12] or 'IMAGE'}_SEG"
    header.ContentDescription = options.content_description or None
    header.ContentCreatorName = options.content_creator_name or None
    header.SamplesPerPixel = 1
    header.PhotometricInterpretation = "MONOCHROME2"
    header.PresentationLUTShape = "IDENTITY"
    header.NumberOfFrames = frames
    header.Rows, header.Columns = planes.shape
    header.BitsAllocated = header.BitsStored = samples.bits
    header.HighBit = samples.bits - 1
    header.PixelRepresentation = 0
    lossy = str(first.get("LossyImageCompression") or "00")
    header.LossyImageCompression = lossy
    if lossy == "01":
        for keyword in ("LossyImageCompressionRatio", "LossyImageCompressionMethod"):
            if first.get(keyword):
                setattr(header, keyword, first[keyword].value)
    header.SegmentationType = options.kind.value
    if options.kind is SegmentationType.LABELMAP:
        header.PixelPaddingValue = 0
    elif options.kind is SegmentationType.FRACTIONAL:
        header.SegmentationFractionalType = options.fractional_type
        header.MaximumFractionalValue = options.max_fractional_value


def _write_segments(
    header: Dataset, segments: Sequence[Segment], options: WriteOptions, overlap: str
) -> None:
    header.SegmentsOverlap = overlap
    items = [write_segment(segment) for segment in segments]
    if options.kind is SegmentationType.LABELMAP:
        items.insert(0, _background(any(segment.cielab for segment in segments)))
    header.SegmentSequence = items


def _background(colored: bool) -> Dataset:
    """Return the item of the value that is no segment, PS3.3 C.8.20.2."""
    item = Dataset()
    item.SegmentedPropertyCategoryCodeSequence = [code_item(BACKGROUND_CATEGORY)]
    item.SegmentNumber = 0
    item.SegmentLabel = "Background"
    item.SegmentAlgorithmType = "MANUAL"
    item.SegmentedPropertyTypeCodeSequence = [code_item(BACKGROUND_TYPE)]
    if colored:
        item.RecommendedDisplayCIELabValue = [0, 0x8080, 0x8080]
    return item


def _pointers(planes: Planes, labelmap: bool) -> list[tuple[int, int, str]]:
    """Return pointer, functional group pointer and label of each dimension."""
    pointers = [] if labelmap else [(0x0062000B, 0x0062000A, "Segment Number")]
    if isinstance(planes, SlideTiles):
        pointers.append((0x0048021F, 0x0048021A, "Row Position"))
        pointers.append((0x0048021E, 0x0048021A, "Column Position"))
    elif planes.located:
        pointers.append((0x00200032, 0x00209113, "Image Position"))
    elif labelmap:
        pointers.append((0x00209453, 0x00209111, "Frame Label"))
    return pointers


def _write_dimensions(header: Dataset, pointers: list[tuple[int, int, str]]) -> None:
    organization = Dataset()
    # Made from the object's own UID, so that the same input gives the same bytes.
    name = f"{header.SOPInstanceUID}/dimensions"
    organization.DimensionOrganizationUID = f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, name).int}"
    header.DimensionOrganizationSequence = [organization]
    items = []
    for pointer, group, label in pointers:
        item = Dataset()
        item.DimensionOrganizationUID = organization.DimensionOrganizationUID
        item.DimensionIndexPointer = pointer
        item.FunctionalGroupPointer = group
        item.DimensionDescriptionLabel = label
        items.append(item)
    header.DimensionIndexSequence = items


def _shared_groups(planes: Planes) -> Dataset:
    orientation, measures, shared = Dataset(), Dataset(), Dataset()
    if not planes.located:  # the pixels are those of the source image, whose spacing may be at the detector
        return shared
    if isinstance(planes, SlideTiles):
        if planes.thickness:
            measures.SliceThickness = planes.thickness
        measures.PixelSpacing = planes.spacing.split("\\")
        shared.PixelMeasuresSequence = [measures]
        return shared
    orientation.ImageOrientationPatient = planes.orientation.split("\\")
    between = planes.spacing_between_slices_mm()
    # Slice Thickness is of type 1C here; where the source has none, the distance of the slices stands for it.
    thickness = planes.thickness or (format_number_as_ds(between) if between else "")
    if thickness and ds_values(thickness)[0] > 0:
        measures.SliceThickness = thickness
    if between:
        measures.SpacingBetweenSlices = format_number_as_ds(between)
    measures.PixelSpacing = planes.spacing.split("\\")
    shared.PlaneOrientationSequence = [orientation]
    shared.PixelMeasuresSequence = [measures]
    return shared


def _choose_character_set(header: Dataset) -> None:
    """Say UTF-8 where any text needs it; plain ASCII needs no Specific Character Set, PS3.3 C.12.1.1.2."""
    if any(
        not str(element.value).isascii()
        for element in header.iterall()
        if element.VR not in ("SQ", "OB", "OW")
    ):
        header.SpecificCharacterSet = "ISO_IR 192"


def _file_meta(header: Dataset, transfer_syntax_uid: str) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = header.SOPClassUID
    meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = f"DICOMSEGIO {__version__}"[:16]
    return meta
