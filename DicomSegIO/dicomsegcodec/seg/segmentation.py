"""The segmentation object: a pydicom Dataset that knows its frames."""

import copy as copying
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any, Self

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.uid import ExplicitVRLittleEndian

from ..byte_source import ByteSource, MemoryBytes
from ..codecs import TRANSFER_SYNTAXES
from ..codecs.encapsulation import FrameSpans, frame_spans
from ..compressed import CompressedFrames, CompressedPixels
from ..content import PixelMeasuresSequence, PlaneOrientationSequence, PlanePositionSequence
from ..encodings import SegmentationType
from ..errors import ArgumentError, ArgumentTypeError, MissingAttribute, SegError, UnknownSegment
from ..findings import Finding, Progress
from ..frame_columns import FrameColumns, columns_from_bytes, columns_from_items
from ..functional_groups import PER_FRAME_TAG
from ..geometry import Planes
from ..header import WriteOptions
from ..layers import LayeredSegmentation
from ..lazy_dataset import LazyDataset, StoredPixels
from ..lenient import reading
from ..pixeldata import NativeFrames, NativePixels
from ..placement import place_planes
from ..read import Source, check_segmentation, check_syntax, parse, stored_frames
from ..retrieval import (
    ArrayOptions,
    build_array,
    build_matrix,
    frames_by_source,
    frames_by_source_frame,
    matrix_range,
)
from ..segments import read_segment
from ..sources import SourceImages
from ..sr import same_code
from ..stored import StoredSegmentation, interpret, is_background
from ..volume import CoordinateSystemNames, DimensionOrganizationTypeValues, Volume
from ..write import plan_object
from .arrays import check_numbers, fingerprint, layers_of
from .description import SegmentDescription, segments_of
from .enums import (
    SegmentAlgorithmTypeValues,
    SegmentationFractionalTypeValues,
    SegmentationTypeValues,
)
from .placing import place_array
from .tiling import is_full, matrix_layers, tile_matrix


class Segmentation(LazyDataset):
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
    content_description, content_creator_name, series_description : str, optional
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
        (1, rows, columns, segments), and is cut into tiles. Anything that NumPy slices will do.
    tile_size : (rows, columns), optional
        That of the source's tiles when omitted.
    dimension_organization_type : DimensionOrganizationTypeValues or str, optional
        TILED_SPARSE, the default, or TILED_FULL for tiles.

    Raises
    ------
    SourceError
        The source images do not belong together, or lack what a segmentation needs of them.
    ArgumentError
        The array's shape, values or the numbers of the segments do not fit; also a ValueError.
    OverlappingSegments
        Segments of a LABELMAP overlap.
    ArgumentTypeError
        The array is neither bool, integer nor float; also a TypeError.
    """

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
        | str = SegmentationFractionalTypeValues.PROBABILITY,
        max_fractional_value: int = 255,
        omit_empty_frames: bool = True,
        content_label: str | None = None,
        content_description: str | None = None,
        content_creator_name: str | None = None,
        series_description: str | None = None,
        transfer_syntax_uid: str = ExplicitVRLittleEndian,
        workers: int | Executor = 0,
        use_extended_offset_table: bool = False,
        further_source_images: Sequence[Dataset] = (),
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
            segmentation_type=segmentation_type,
            fractional_type=fractional_type,
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
            content_creator_name=content_creator_name or "",
            transfer_syntax_uid=str(transfer_syntax_uid),
            workers=workers,
            use_extended_offset_table=use_extended_offset_table,
        )
        segments = segments_of(segment_descriptions)
        numbers = [segment.number for segment in segments]
        check_numbers(numbers, options.kind)
        sources = SourceImages.of(source_images).with_further(further_source_images)
        own = (plane_positions, plane_orientation, pixel_measures)
        planes: Planes
        if tile_pixel_array:
            array, tiles = tile_matrix(pixel_array, sources, tile_size, *own)
            labels, fractions = matrix_layers(array, tiles, numbers, options.kind)
            planes = tiles
        else:
            array, planes = place_array(pixel_array, sources, numbers, *own)
            labels, fractions = layers_of(array, planes, numbers, options.kind)
        full = is_full(dimension_organization_type, planes, omit_empty_frames)
        options = replace(options, tiled_full=full)
        layered = LayeredSegmentation(planes, segments, labels, fractions)
        planned = plan_object(layered, sources, options)
        planned.pixels.check()
        self.update(planned.header)
        self.file_meta = planned.header.file_meta
        # The caller's own items, with whatever else was set on them.
        background = [item for item in planned.header.SegmentSequence if item.SegmentNumber == 0]
        self.SegmentSequence = [*background, *(copying.deepcopy(d) for d in segment_descriptions)]
        self.defer(planned.per_frame, _GuardedPixels(planned.pixels, array))
        self._findings = planned.findings

    @classmethod
    def from_dataset(cls, dataset: Dataset, copy: bool = True) -> Self:
        """Return a data set as a segmentation.

        Parameters
        ----------
        copy : bool
            Leave `dataset` as it is; otherwise it becomes the segmentation itself.

        Raises
        ------
        ArgumentTypeError
            It is no pydicom Dataset.
        NotSegmentation, UnsupportedTransferSyntax, ReadError
        """
        if not isinstance(dataset, Dataset):
            raise ArgumentTypeError(f"A pydicom Dataset is needed, not {type(dataset).__name__}.")
        check_segmentation(dataset)
        meta = getattr(dataset, "file_meta", None)
        if meta is None or not meta.get("TransferSyntaxUID"):
            raise MissingAttribute(
                "The data set has no Transfer Syntax UID in its file meta information, so the encoding of "
                "its pixels is unknown; set file_meta.TransferSyntaxUID."
            )
        check_syntax(str(meta.TransferSyntaxUID))
        segmentation = copying.deepcopy(dataset) if copy else dataset
        before = segmentation.__class__
        segmentation.__class__ = cls
        try:
            segmentation._stored()
        except SegError:
            segmentation.__class__ = before
            raise
        return segmentation  # type: ignore[return-value]

    @classmethod
    def open(cls, source: Source) -> Self:
        """Read a segmentation from a path, bytes or a file-like object; pixels wait until asked for."""
        parsed = parse(source)
        segmentation = cls.__new__(cls)
        Dataset.__init__(segmentation, parsed.header)
        segmentation.file_meta = parsed.header.file_meta
        implicit, little = parsed.header.original_encoding
        segmentation.set_original_encoding(implicit, little, parsed.header.original_character_set)
        pixels = StoredPixels(
            parsed.source, parsed.pixel_offset, parsed.pixel_size, parsed.pixel_vr, parsed.spans
        )
        segmentation.defer(parsed.per_frame, pixels)
        segmentation._stored()
        return segmentation

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was mended or assumed when the object was made or read."""
        made: tuple[Finding, ...] = getattr(self, "_findings", ())
        return made or self._stored().findings

    # Searching

    @property
    def segmentation_type(self) -> SegmentationTypeValues:
        return SegmentationTypeValues(self.SegmentationType)

    @property
    def number_of_segments(self) -> int:
        """Without the background of a label map."""
        return len(self._items())

    @property
    def segment_numbers(self) -> list[int]:
        """Segment Numbers in the order of the Segment Sequence; those of a label map may have gaps."""
        return [int(item.SegmentNumber) for item in self._items()]

    def get_segment_description(self, segment_number: int) -> SegmentDescription:
        """Return the description of a segment.

        Raises
        ------
        UnknownSegment
            There is none of this number; also an IndexError.
        """
        for item in self._items():
            if int(item.SegmentNumber) == segment_number:
                return SegmentDescription.from_dataset(item)
        raise UnknownSegment(
            f"There is no segment {segment_number}; the segmentation has {self.segment_numbers}."
        )

    def get_segment_numbers(
        self,
        segment_label: str | None = None,
        segmented_property_category: Any = None,
        segmented_property_type: Any = None,
        algorithm_type: SegmentAlgorithmTypeValues | str | None = None,
        tracking_uid: str | None = None,
        tracking_id: str | None = None,
    ) -> list[int]:
        """Return the numbers of the segments that meet every criterion given."""

        def meets(item: Dataset) -> bool:
            segment = read_segment(item)[0]
            return (
                (segment_label is None or segment.label == segment_label)
                and (
                    segmented_property_category is None
                    or same_code(segment.category, segmented_property_category)
                )
                and (segmented_property_type is None or same_code(segment.type, segmented_property_type))
                and (algorithm_type is None or segment.algorithm.type == str(algorithm_type))
                and (tracking_uid is None or segment.tracking_uid == tracking_uid)
                and (tracking_id is None or segment.tracking_id == tracking_id)
            )

        return [int(item.SegmentNumber) for item in self._items() if meets(item)]

    def get_source_image_uids(self) -> list[tuple[str, str, str]]:
        """Return (Study, Series, SOP) Instance UID of every source image that the object names."""
        return [
            (source.study_uid, source.series_uid, source.sop_instance_uid)
            for source in self._stored().source_instances
        ]

    # Pixels

    def get_pixels_by_source_instance(
        self,
        source_sop_instance_uids: Sequence[str],
        segment_numbers: Sequence[int] | None = None,
        combine_segments: bool = False,
        relabel: bool = False,
        ignore_spatial_locations: bool = False,
        assert_missing_frames_are_empty: bool = False,
        rescale_fractional: bool = True,
        skip_overlap_checks: bool = False,
        dtype: Any = None,
    ) -> np.ndarray:
        """Return the mask of each of the source images asked for, in their order.

        Parameters
        ----------
        source_sop_instance_uids : sequence of str
        segment_numbers : sequence of int, optional
            Segments, in the order of the output; all when omitted.
        combine_segments : bool
            One label map instead of a stack; the labels are Segment Numbers.
        relabel : bool
            Labels count the requested segments from 1.
        ignore_spatial_locations : bool
            Also where the segmentation's pixels do not lie at the images' pixels.
        assert_missing_frames_are_empty : bool
            An image that the segmentation does not refer to gets an empty mask, instead of an error.
        rescale_fractional : bool
            Fractions from 0 to 1, instead of stored values.
        skip_overlap_checks : bool
            Where combined segments overlap the highest label wins, instead of an error.
        dtype : dtype, optional
            uint8, the narrowest unsigned type for labels, or float32 for fractions, when omitted.

        Returns
        -------
        (images, rows, columns, segments) array, or (images, rows, columns) where segments are combined

        Raises
        ------
        ArgumentTypeError
            One string instead of a sequence; also a TypeError.
        ArgumentError
            Nothing is asked for, or an unknown segment; also a ValueError.
        UnknownSource
            The segmentation does not refer to an image; also a KeyError.
        NotDerivedFromSources
            Frames are not derived from exactly one image each; also a RuntimeError.
        SegmentsOverlapInFile
            Combined segments overlap; also a RuntimeError.
        """
        if isinstance(source_sop_instance_uids, str):
            raise ArgumentTypeError("source_sop_instance_uids is one string; give a sequence of UIDs.")
        uids = [str(uid) for uid in source_sop_instance_uids]
        if not uids:
            raise ArgumentError("source_sop_instance_uids is empty; name at least one image.")
        stored = self._stored()
        place, frames = frames_by_source(
            stored,
            uids,
            ignore_spatial_locations=ignore_spatial_locations,
            assert_missing_frames_are_empty=assert_missing_frames_are_empty,
        )
        options = ArrayOptions(
            segment_numbers=segment_numbers,
            combine_segments=combine_segments,
            relabel=relabel,
            skip_overlap_checks=skip_overlap_checks,
            rescale_fractional=rescale_fractional,
            dtype=dtype,
        )
        return build_array(stored, place, frames, len(uids), options)

    def get_pixels_by_source_frame(
        self,
        source_sop_instance_uid: str,
        source_frame_numbers: Sequence[int],
        segment_numbers: Sequence[int] | None = None,
        combine_segments: bool = False,
        relabel: bool = False,
        ignore_spatial_locations: bool = False,
        assert_missing_frames_are_empty: bool = False,
        rescale_fractional: bool = True,
        skip_overlap_checks: bool = False,
        dtype: Any = None,
    ) -> np.ndarray:
        """Return the mask of each of the frames asked for of a multi-frame source image, in their order.

        Parameters
        ----------
        source_sop_instance_uid : str
        source_frame_numbers : sequence of int
            From 1. A frame that the segmentation could refer to and does not has an empty mask; with
            `assert_missing_frames_are_empty` also one beyond the highest that it refers to.

        Other parameters and errors are those of `get_pixels_by_source_instance`.

        Returns
        -------
        (frames, rows, columns, segments) array, or (frames, rows, columns) where segments are combined
        """
        stored = self._stored()
        numbers = [int(number) for number in source_frame_numbers]
        place, frames = frames_by_source_frame(
            stored,
            str(source_sop_instance_uid),
            numbers,
            ignore_spatial_locations=ignore_spatial_locations,
            assert_missing_frames_are_empty=assert_missing_frames_are_empty,
        )
        options = ArrayOptions(
            segment_numbers=segment_numbers,
            combine_segments=combine_segments,
            relabel=relabel,
            skip_overlap_checks=skip_overlap_checks,
            rescale_fractional=rescale_fractional,
            dtype=dtype,
        )
        return build_array(stored, place, frames, len(numbers), options)

    def get_volume(
        self,
        *,
        segment_numbers: Sequence[int] | None = None,
        combine_segments: bool = False,
        relabel: bool = False,
        rescale_fractional: bool = True,
        skip_overlap_checks: bool = False,
        dtype: Any = None,
    ) -> Volume:
        """Return the segmentation on its regular grid; slices without a frame are empty.

        Parameters are those of `get_pixels_by_source_instance`.

        Returns
        -------
        Volume
            Its array is (slices, rows, columns, segments), or (slices, rows, columns) where segments are
            combined; slices are ordered so that the axes are right-handed.

        Raises
        ------
        IrregularPlanes
            The planes do not lie on a regular grid; also a ValueError.
        MissingAttribute
            The frames state no position.
        """
        stored = self._stored()
        geometry = stored.geometry()
        planes = stored.known_planes()
        slices = place_planes(planes, geometry)[0][stored.table.plane]
        options = ArrayOptions(
            segment_numbers=segment_numbers,
            combine_segments=combine_segments,
            relabel=relabel,
            skip_overlap_checks=skip_overlap_checks,
            rescale_fractional=rescale_fractional,
            dtype=dtype,
        )
        array = build_array(stored, slices, np.arange(len(slices)), geometry.shape[0], options)
        channels = None if combine_segments else segment_numbers or self.segment_numbers
        return Volume(
            array,
            geometry.index_to_lps,
            CoordinateSystemNames.PATIENT,
            planes.frame_of_reference or None,
            channels,
        )

    def get_total_pixel_matrix(
        self,
        row_start: int = 1,
        row_end: int | None = None,
        column_start: int = 1,
        column_end: int | None = None,
        segment_numbers: Sequence[int] | None = None,
        combine_segments: bool = False,
        relabel: bool = False,
        rescale_fractional: bool = True,
        skip_overlap_checks: bool = False,
        dtype: Any = None,
    ) -> np.ndarray:
        """Return the total pixel matrix of a tiled segmentation, or a region; absent tiles are empty.

        Parameters
        ----------
        row_start, row_end, column_start, column_end : int, optional
            From 1, the end one beyond the last; negative counts from the end, -1 being the last.

        Other parameters are those of `get_pixels_by_source_instance`.

        Returns
        -------
        (rows, columns, segments) array, or (rows, columns) where segments are combined

        Raises
        ------
        NotDerivedFromSources
            The segmentation is not tiled; also a RuntimeError.
        ArgumentError
            The region is not in the matrix; also a ValueError.
        """
        stored = self._stored()
        stored.corners()
        rows = matrix_range(row_start, row_end, int(self.TotalPixelMatrixRows), "row")
        columns = matrix_range(column_start, column_end, int(self.TotalPixelMatrixColumns), "column")
        options = ArrayOptions(
            segment_numbers=segment_numbers,
            combine_segments=combine_segments,
            relabel=relabel,
            skip_overlap_checks=skip_overlap_checks,
            rescale_fractional=rescale_fractional,
            dtype=dtype,
        )
        return build_matrix(stored, rows, columns, options)

    # Inside

    def _items(self) -> list[Dataset]:
        """Segment Sequence items without the background of a label map."""
        if self.SegmentationType != SegmentationType.LABELMAP:
            return list(self.SegmentSequence)
        padding = int(self.get("PixelPaddingValue") or 0)
        return [item for item in self.SegmentSequence if not is_background(item, padding)]

    def _stored(self) -> StoredSegmentation:
        """Return the object as it is now, taken apart."""
        return interpret(self, self._frame_columns(), self._make_frames)

    def _frame_columns(self) -> FrameColumns:
        with reading("The functional groups of the frames"):
            return self._read_frame_columns()

    def _read_frame_columns(self) -> FrameColumns:
        element = self._dict.get(BaseTag(PER_FRAME_TAG))
        known = getattr(self, "_known_columns", None)
        if known is not None and known[0] is element:
            return known[1]
        raw = isinstance(element, RawDataElement) and not element.is_implicit_VR and element.is_little_endian
        if element is None:
            columns = columns_from_bytes(b"")
        elif raw:
            columns = columns_from_bytes(element.value or b"")
            self._known_columns = (element, columns)
        else:
            # Items can be changed in place, so what they say is looked up anew each time.
            columns = columns_from_items(self[PER_FRAME_TAG].value)
        return columns

    def _make_frames(self, count: int, shape: tuple[int, int], bits: int) -> NativeFrames | CompressedFrames:
        syntax = check_syntax(str(self.file_meta.TransferSyntaxUID))
        pixels = self._waiting
        if not isinstance(pixels, StoredPixels):
            value = self.get("PixelData")
            if value is None:
                raise MissingAttribute("The segmentation has no Pixel Data; its pixels were taken out.")
            source: ByteSource = MemoryBytes(value)
            spans: FrameSpans | None = None
            if syntax.encapsulated:
                with source.opened() as read_at:
                    spans = frame_spans(read_at, len(value), 0, count, self.get("ExtendedOffsetTable"))
            pixels = StoredPixels(source, 0, len(value), "OB", spans)
        make = stored_frames(syntax.uid, pixels.source, pixels.offset, pixels.size, pixels.spans)
        return make(count, shape, bits)


class _GuardedPixels:
    """Planned pixels that notice when the caller's array is no longer what was planned."""

    def __init__(self, pixels: NativePixels | CompressedPixels, array: np.ndarray) -> None:
        self._pixels, self._array = pixels, array
        # What is not in memory, as a map of a file or a chunked array, is not read only to be watched.
        self._watched = isinstance(array, np.ndarray) and not isinstance(array, np.memmap)
        self._fingerprint = fingerprint(array) if self._watched else 0

    @property
    def vr(self) -> str:
        return self._pixels.vr

    @property
    def length(self) -> int:
        return self._pixels.length

    @property
    def room(self) -> int:
        return self._pixels.room

    def elements(self, implicit_vr: bool, progress: Progress | None = None) -> Iterator[memoryview | bytes]:
        self._check()
        yield from self._pixels.elements(implicit_vr, progress)

    def value(self) -> bytes:
        self._check()
        return self._pixels.value()

    def _check(self) -> None:
        if self._watched and fingerprint(self._array) != self._fingerprint:
            raise ArgumentError(
                "pixel_array was changed after the segmentation was constructed from it and before it was "
                "saved; save first, or construct from a copy."
            )


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


def segread(source: Source) -> Segmentation:
    """Read a segmentation from a path, bytes or a binary file-like object; pixels are read when asked for.

    Raises
    ------
    FileMissing, NotDicom, NotSegmentation, TruncatedFile, MissingAttribute, UnsupportedTransferSyntax
    """
    return Segmentation.open(source)
