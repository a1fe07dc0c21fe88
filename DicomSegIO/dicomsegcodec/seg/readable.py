"""What a segmentation object tells: its segments, its sources, and its pixels in several forms."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from ..errors import ArgumentError, ArgumentTypeError, UnknownSegment
from ..findings import Finding
from ..interpret import read_type
from ..placement import place_planes
from ..retrieval import (
    ArrayOptions,
    build_array,
    build_matrix,
    frames_by_source,
    frames_by_source_frame,
    matrix_range,
)
from ..segments import read_segment
from ..sr import same_code
from ..stored_segments import segment_items
from ..volume import CoordinateSystemNames, Volume
from .description import SegmentDescription
from .enums import (
    SegmentAlgorithmTypeValues,
    SegmentationTypeValues,
)
from .stored_dataset import StoredDataset


class ReadableSegmentation(StoredDataset):
    """A segmentation that can be searched and read; `Segmentation` adds how one comes to be."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was mended or assumed when the object was made or read."""
        made: tuple[Finding, ...] = getattr(self, "_findings", ())
        return made or self._stored().findings

    # Searching

    @property
    def segmentation_type(self) -> SegmentationTypeValues:
        """BINARY, FRACTIONAL or LABELMAP, PS3.3 C.8.20.2.3."""
        return SegmentationTypeValues(read_type(self))

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
            segment_numbers, combine_segments, relabel, skip_overlap_checks, rescale_fractional, dtype
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
            segment_numbers, combine_segments, relabel, skip_overlap_checks, rescale_fractional, dtype
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
            segment_numbers, combine_segments, relabel, skip_overlap_checks, rescale_fractional, dtype
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
            segment_numbers, combine_segments, relabel, skip_overlap_checks, rescale_fractional, dtype
        )
        return build_matrix(stored, rows, columns, options)

    # Inside

    def _items(self) -> list[Dataset]:
        """Segment Sequence items without the background of a label map."""
        return segment_items(self)
