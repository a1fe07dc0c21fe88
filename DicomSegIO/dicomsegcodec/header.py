"""Everything of a segmentation object but its frames: patient, study, equipment, references, segments.

PS3.3 A.51. Attributes of the patient and the study come from the first source image.
"""

import copy
from collections.abc import Sequence
from datetime import datetime

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, generate_uid

from ._version import __version__
from .character_sets import check_character_set, choose_character_set
from .copied_attributes import copy_patient_and_study, usable_value
from .dimensions import shared_groups, write_dimensions
from .encodings import SegmentationType
from .equipment import write_equipment, write_series
from .errors import ArgumentTypeError
from .findings import Finding
from .geometry import Planes
from .image_header import write_image, write_segments
from .lenient import any_value
from .named_sources import referenced_series
from .samples import SampleFormat
from .segments import Segment
from .slide_header import write_slide
from .slides import SlideTiles
from .sources import SourceImages
from .write_options import WriteOptions

SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP_SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.7"
IMPLEMENTATION_CLASS_UID = UID("2.25.263414905168023478914046573210978463217")


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
    write_series(header, first, options, findings)
    write_equipment(header, first, options, now, findings)
    if planes.located:
        header.FrameOfReferenceUID = planes.frame_of_reference
        header.PositionReferenceIndicator = usable_value(first, "PositionReferenceIndicator", findings) or ""
    else:  # of type 2C where no direction cosines say it, PS3.3 C.7.6.1.1.1
        header.PatientOrientation = usable_value(first, "PatientOrientation", findings) or None
    header.ReferencedSeriesSequence = referenced_series(sources)
    write_image(header, first, planes, options, frames, samples)
    write_segments(header, segments, options, overlap)
    write_dimensions(header, planes, labelmap)
    if isinstance(planes, SlideTiles):
        write_slide(header, planes, first, options, findings)
    elif options.pyramid_uid:
        raise ArgumentTypeError(
            "pyramid_uid is given and the images are not tiled; only slides have pyramids."
        )
    elif stack:
        header.DimensionOrganizationType = "3D"
    header.SharedFunctionalGroupsSequence = [shared_groups(planes)]
    if options.coding_schemes:
        header.CodingSchemeIdentificationSequence = [copy.deepcopy(item) for item in options.coding_schemes]
    choose_character_set(header, check_character_set(options.specific_character_set))
    header.file_meta = _file_meta(header, options.transfer_syntax_uid)
    return header, findings


def _file_meta(header: Dataset, transfer_syntax_uid: str) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = header.SOPClassUID
    meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = f"DICOMSEGIO {__version__}"[:16]
    return meta
