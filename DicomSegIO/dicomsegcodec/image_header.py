"""The image and the segments of a segmentation object, without its frames, PS3.3 C.8.20.2."""

import copy
import re
from collections.abc import Sequence
from dataclasses import replace

from pydicom.dataset import Dataset

from .encodings import SegmentationType
from .geometry import Planes
from .icc_profile import srgb_profile
from .palette import check_palette, write_palette
from .samples import SampleFormat
from .segments import Code, Segment, code_item, write_segment
from .write_options import WriteOptions

BACKGROUND_CATEGORY = Code("309825002", "SCT", "Spatial and Relational Concept")
BACKGROUND_TYPE = Code("125040", "DCM", "Background")


def write_image(
    header: Dataset, first: Dataset, planes: Planes, options: WriteOptions, frames: int, samples: SampleFormat
) -> None:
    """Add the attributes of the image and of its content, PS3.3 C.7.6.1, C.7.6.3, C.8.20.2 and 10.9."""
    header.ImageType = ["DERIVED", "PRIMARY"]
    modality = re.sub(r"[^A-Z0-9 _]", "", str(first.get("Modality") or "").upper()).strip()
    header.ContentLabel = options.content_label or f"{modality[:12] or 'IMAGE'}_SEG"
    header.ContentDescription = options.content_description or None
    header.ContentCreatorName = options.content_creator_name or None
    if options.content_creator_identification:
        items = [copy.deepcopy(item) for item in options.content_creator_identification]
        header.ContentCreatorIdentificationCodeSequence = items
    if options.content_qualification:
        header.ContentQualification = str(options.content_qualification)
    header.SamplesPerPixel = 1
    _write_color(header, options)
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


def _write_color(header: Dataset, options: WriteOptions) -> None:
    if options.palette is None:
        header.PhotometricInterpretation = "MONOCHROME2"
        header.PresentationLUTShape = "IDENTITY"
        return
    # Without Presentation LUT Shape: its P-Values would say another space of colours than the profile does.
    header.PhotometricInterpretation = "PALETTE COLOR"
    write_palette(header, options.palette)
    header.ICCProfile = options.icc_profile or srgb_profile()
    if options.icc_profile is None:
        header.ColorSpace = "SRGB"


def write_segments(header: Dataset, segments: Sequence[Segment], options: WriteOptions, overlap: str) -> None:
    """Add Segments Overlap and the Segment Sequence; that of a label map begins with the background."""
    header.SegmentsOverlap = overlap
    if options.palette is not None:
        check_palette(options.palette, segments)
        # PS3.3 C.8.20.2: of palette and Recommended Display CIELab Value an object has one.
        segments = [replace(segment, cielab=None) for segment in segments]
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
