"""The segmentation object: a pydicom Dataset that knows its frames."""

import copy as copying
import warnings
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import date, time

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from pydicom.valuerep import PersonName

from ..character_sets import check_character_set, choose_character_set
from ..codecs import TRANSFER_SYNTAXES
from ..coding_schemes import CodingSchemeIdentificationItem
from ..content import PixelMeasuresSequence, PlaneOrientationSequence, PlanePositionSequence
from ..contributors import ContentCreatorIdentificationCodeSequence, ContributingEquipment
from ..errors import ArgumentTypeError
from ..file_objects import Source
from ..geometry import Planes
from ..layers import LayeredSegmentation
from ..palette_color import PaletteColorLUTTransformation
from ..sources import SourceImages
from ..volume import DimensionOrganizationTypeValues, Volume
from ..write import plan_object
from ..write_options import WriteOptions
from .argument_types import checked
from .arrays import check_numbers, layers_of
from .description import SegmentDescription, segments_of
from .enums import (
    SegmentationFractionalTypeValues,
    SegmentationTypeValues,
)
from .guarded_pixels import GuardedPixels
from .keywords import content_moment, day_of, palette_of, term_of, time_of
from .organization import check_organization
from .placing import place_array
from .readable import ReadableSegmentation
from .tiling import matrix_layers, tile_matrix


class Segmentation(ReadableSegmentation):
    """A segmentation of source images, PS3.3 A.51.

    The pixel array is not copied: it is read when the object is saved or its pixels are asked for, so that
    memory holds it once. Changing it before is noticed and refused.

    Parameters
    ----------
    source_images : sequence of Dataset
        Single-frame images of one series, `pixel_array[i]` belonging to `source_images[i]`; or one
        multi-frame image, `pixel_array[i]` belonging to its frame i + 1.
    pixel_array : bool, integer or float array
        (images, rows, columns), or (rows, columns) for one image: the value n is segment n, 0 is none;
        or (images, rows, columns, segments) of 0 and 1, stacked in the order of the descriptions. Stored as
        FRACTIONAL, floats are fractions from 0 to 1, those of several segments stacked. A `Volume` of such
        an array has a grid of its own in the images' frame of reference.
    segmentation_type : SegmentationTypeValues or str
        BINARY; FRACTIONAL; or LABELMAP, whose segments must not overlap.
    segment_descriptions : sequence of SegmentDescription
        Numbered 1, 2, 3 and so on; in a label map ascending, with gaps if need be.
    series_instance_uid, sop_instance_uid : str
    series_number, instance_number : int
        1 or more.
    manufacturer, manufacturer_model_name, device_serial_number : str
    software_versions : str or tuple of str
    fractional_type : SegmentationFractionalTypeValues or str
        PROBABILITY or OCCUPANCY.
    max_fractional_value : int
        Stored value of the fraction 1, 1 to 255.
    omit_empty_frames : bool
        Leave out frames without a pixel. Where all are empty they are all kept.
    content_label : str, optional
        At most 16 capital letters, digits, spaces or underscores; `<modality>_SEG` when omitted.
    content_description, series_description : str, optional
    content_creator_name : str or PersonName, optional
    content_creator_identification : ContentCreatorIdentificationCodeSequence, optional
    content_qualification : str, optional
        PRODUCT, RESEARCH or SERVICE.
    content_date, series_date : date or str, optional
        A text as DA has it, 20240229. The content's is today when omitted.
    content_time, series_time : time or str, optional
        A text as TM has it, 235958.25, of a date that is given too.
    institution_name, institutional_department_name : str, optional
        Of who made the segmentation.
    contributing_equipment : sequence of ContributingEquipment, optional
        Beside the scanner of the source images and this library, which are named anyhow.
    coding_schemes : sequence of CodingSchemeIdentificationItem, optional
        Schemes of the segments' codes that the standard does not know.
    specific_character_set : str or sequence of str, optional
        In which all texts must be; UTF-8 where one needs more than ASCII when omitted.
    palette_color_lut_transformation : PaletteColorLUTTransformation, optional
        Colours of a LABELMAP's values, of the background and every segment; a segment's `display_color`
        must then be the same or absent.
    icc_profile : bytes, optional
        Of the palette; that of sRGB when omitted.
    pyramid_uid, pyramid_label : str, optional
        Of the pyramid of resolutions that a slide's segmentation belongs to.
    transfer_syntax_uid : str
        Explicit or Implicit VR Little Endian, Deflated Explicit VR Little Endian, RLE Lossless, JPEG-LS
        Lossless, JPEG 2000 Lossless or Deflated Image Frame Compression; BINARY neither RLE nor JPEG-LS.
    workers : int, or Executor
        Threads that compress frames, where that is faster; 0 for none, negative for as many as there are
        processors. With native frames, which are not compressed, it gets a warning and is ignored.
    use_extended_offset_table : bool
        Write the extended offset table of compressed frames even where the basic one would do.
    further_source_images : sequence of Dataset
        Images of the same study that the segmentation names and no frame refers to.
    plane_positions : sequence of PlanePositionSequence, optional
        Of each plane of `pixel_array`, where they are not those of the source images; as many as planes.
    plane_orientation : PlaneOrientationSequence, optional
    pixel_measures : PixelMeasuresSequence, optional
        Where they are not those of the source images.
    tile_pixel_array : bool
        `pixel_array` is the total pixel matrix of a tiled source, (rows, columns), (1, rows, columns) or
        (1, rows, columns, segments), and is cut into tiles. Anything that NumPy slices will do, and so will a
        `Volume` of one slice on the slide.
    tile_size : (rows, columns), optional
        That of the source's tiles when omitted.
    dimension_organization_type : DimensionOrganizationTypeValues or str, optional
        TILED_SPARSE, the default, or TILED_FULL for tiles. 3D for the evenly spaced planes of a label map or
        a single segment, which have it in any case; asked for, it is an error where they are not.

    Raises
    ------
    SourceError
        The source images do not belong together, or lack what a segmentation needs of them.
    ArgumentError
        The array's shape, values or the numbers of the segments do not fit; also a ValueError.
    OverlappingSegments
        Segments of a LABELMAP overlap.
    PaletteMismatch, UnusableIccProfile, UnencodableText
        The palette does not have the segments' values or colours; the profile is none of an image; the
        character set does not hold a text.
    ArgumentTypeError
        The array is neither bool, integer nor float, a keyword has the wrong type, or a palette is given for
        another type than LABELMAP, a profile without a palette; also a TypeError.
    """

    @checked
    def __init__(
        self,
        source_images: Sequence[Dataset],
        pixel_array: np.ndarray | Volume,
        segmentation_type: SegmentationTypeValues | str,
        segment_descriptions: Sequence[SegmentDescription],
        series_instance_uid: str,
        series_number: int,
        sop_instance_uid: str,
        instance_number: int,
        manufacturer: str,
        manufacturer_model_name: str,
        software_versions: str | tuple[str, ...],
        device_serial_number: str,
        *,
        fractional_type: SegmentationFractionalTypeValues
        | str
        | None = SegmentationFractionalTypeValues.PROBABILITY,
        max_fractional_value: int = 255,
        omit_empty_frames: bool = True,
        content_label: str | None = None,
        content_description: str | None = None,
        content_creator_name: str | PersonName | None = None,
        content_creator_identification: ContentCreatorIdentificationCodeSequence | None = None,
        content_qualification: str | None = None,
        content_date: str | date | None = None,
        content_time: str | time | None = None,
        series_description: str | None = None,
        series_date: str | date | None = None,
        series_time: str | time | None = None,
        institution_name: str | None = None,
        institutional_department_name: str | None = None,
        contributing_equipment: Sequence[ContributingEquipment] | None = None,
        coding_schemes: Sequence[CodingSchemeIdentificationItem] | None = None,
        specific_character_set: str | Sequence[str] | None = None,
        palette_color_lut_transformation: PaletteColorLUTTransformation | None = None,
        icc_profile: bytes | None = None,
        pyramid_uid: str | None = None,
        pyramid_label: str | None = None,
        transfer_syntax_uid: str = ExplicitVRLittleEndian,
        workers: int | Executor = 0,
        use_extended_offset_table: bool = False,
        further_source_images: Sequence[Dataset] | None = None,
        plane_positions: Sequence[PlanePositionSequence] | None = None,
        plane_orientation: PlaneOrientationSequence | None = None,
        pixel_measures: PixelMeasuresSequence | None = None,
        tile_pixel_array: bool = False,
        tile_size: Sequence[int] | None = None,
        dimension_organization_type: DimensionOrganizationTypeValues | str | None = None,
    ) -> None:
        super().__init__()
        _check_workers(workers, str(transfer_syntax_uid))
        options = WriteOptions(
            segmentation_type=term_of(segmentation_type),
            fractional_type=term_of(fractional_type) or "PROBABILITY",
            max_fractional_value=max_fractional_value,
            keep_empty_frames=not omit_empty_frames,
            series_instance_uid=series_instance_uid,
            series_number=series_number,
            series_description=series_description or "",
            sop_instance_uid=sop_instance_uid,
            instance_number=instance_number,
            manufacturer=manufacturer,
            manufacturer_model_name=manufacturer_model_name,
            software_versions=software_versions,
            device_serial_number=device_serial_number,
            content_label=content_label or "",
            content_description=content_description or "",
            content_creator_name=str(content_creator_name or ""),
            content_creator_identification=content_creator_identification or (),
            content_date_time=content_moment(content_date, content_time),
            content_qualification=term_of(content_qualification),
            series_date=day_of("series_date", series_date),
            series_time=time_of("series_time", series_time),
            institution_name=institution_name or "",
            institutional_department_name=institutional_department_name or "",
            contributing_equipment=contributing_equipment or (),
            coding_schemes=coding_schemes or (),
            specific_character_set=specific_character_set,
            palette=palette_of(palette_color_lut_transformation),
            icc_profile=icc_profile,
            pyramid_uid=pyramid_uid or "",
            pyramid_label=pyramid_label or "",
            transfer_syntax_uid=str(transfer_syntax_uid),
            workers=workers,
            use_extended_offset_table=use_extended_offset_table,
        )
        segments = segments_of(segment_descriptions)
        numbers = [segment.number for segment in segments]
        check_numbers(numbers, options.kind)
        sources = SourceImages.of(source_images).with_further(further_source_images or ())
        own = (plane_positions, plane_orientation, pixel_measures)
        planes: Planes
        if tile_pixel_array:
            array, tiles = tile_matrix(pixel_array, sources, numbers, tile_size, *own)
            labels, fractions = matrix_layers(array, tiles, numbers, options.kind)
            planes = tiles
        else:
            array, planes = place_array(pixel_array, sources, numbers, *own)
            labels, fractions = layers_of(array, planes, numbers, options.kind)
        organization = check_organization(dimension_organization_type, planes, omit_empty_frames)
        options = replace(options, tiled_full=organization == "TILED_FULL")
        layered = LayeredSegmentation(planes, segments, labels, fractions)
        planned = plan_object(layered, sources, options, stack=organization == "3D")
        planned.pixels.check()
        self.update(planned.header)
        self.file_meta = planned.header.file_meta
        # The caller's own items, with whatever else was set on them.
        background = [item for item in planned.header.SegmentSequence if item.SegmentNumber == 0]
        self.SegmentSequence = [*background, *copying.deepcopy(list(segment_descriptions))]
        if options.palette is not None:
            for item in self.SegmentSequence:
                item.pop("RecommendedDisplayCIELabValue", None)
        choose_character_set(self, check_character_set(specific_character_set), self.SegmentSequence)
        self.defer(planned.per_frame, GuardedPixels(planned.pixels, array))
        self._findings = planned.findings


def _check_workers(workers: int | Executor, transfer_syntax_uid: str) -> None:
    if not isinstance(workers, (int, Executor)):
        raise ArgumentTypeError(f"workers is of type {type(workers).__name__}; give a number or an Executor.")
    known = TRANSFER_SYNTAXES.get(transfer_syntax_uid)
    if workers and known is not None and not known.encapsulated:
        warnings.warn(
            f"workers is not used: {known.name} has native frames, which are not compressed.",
            UserWarning,
            stacklevel=3,
        )


def segread(source: Source, lazy_frame_retrieval: bool = True) -> Segmentation:
    """Read a segmentation.

    Parameters
    ----------
    source : path, URL, bytes, binary file-like object, or what `fsspec.open` returns
        A file-like object is read from where it stands. A URL such as s3://bucket/file.dcm needs fsspec.
    lazy_frame_retrieval : bool
        Read the header now, and frames when they are asked for: a file has to stay as it is, and a file-like
        object that is no file of this machine has to stay open. When False, everything is read to memory now.

    Raises
    ------
    FileMissing, NotDicom, NotSegmentation, TruncatedFile, MissingAttribute, ReadError
        Frames of an unknown transfer syntax are an error when they are asked for.
    """
    return Segmentation.open(source, lazy_frame_retrieval=lazy_frame_retrieval)
