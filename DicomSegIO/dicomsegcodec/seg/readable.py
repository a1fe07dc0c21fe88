"""The pixels of a segmentation object, by source image, by dimension, in space and as they are stored.

The keywords that say what kind of array is wanted are those of `ArrayOptions` in every method here. They
stand in each signature, for people and tools that read signatures, and are gathered from there in one step.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from ..enums import CoordinateSystemNames
from ..errors import ArgumentError, ArgumentTypeError, IrregularPlanes, MissingAttribute
from ..frame_lookup import frames_by_dimension_indices, frames_by_source, frames_by_source_frame
from ..geometry import Geometry
from ..index_ranges import IndexRanges, frame_index, frame_indices
from ..regularity import Regularity
from ..retrieval import ArrayOptions, build_array, wanted_segments
from ..stored import StoredSegmentation
from ..stored_places import is_tiled, matrix_mosaic, own_grid, place_frames, refuse_gaps, refuse_loss
from ..volume import RGB_COLOR_CHANNEL_DESCRIPTOR, RGBColorChannels, Volume, VolumeGeometry
from .given_grid import GridSource, given_grid
from .searchable import SearchableSegmentation
from .utils import iter_segments


class ReadableSegmentation(SearchableSegmentation):
    """A segmentation that can be searched and read; `Segmentation` adds how one comes to be."""

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
        apply_palette_color_lut: bool = False,
        apply_icc_profile: bool | None = None,
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
        apply_palette_color_lut : bool
            Red, green and blue of the labels along the last axis, instead of the labels. For label maps with
            a palette, combined and not relabelled.
        apply_icc_profile : bool, optional
            True asks for sRGB, which the colours have to be in by the object's ICC profile; None and False
            take them as they are.

        Returns
        -------
        (images, rows, columns, segments) array, or (images, rows, columns) where segments are combined
            Each segment of a stack is contiguous in memory.

        Raises
        ------
        ArgumentTypeError
            One string instead of a sequence; also a TypeError.
        ArgumentError
            Nothing is asked for, an unknown segment, or options that do not fit; also a ValueError.
        UnknownSource
            The segmentation does not refer to an image; also a KeyError.
        NotDerivedFromSources
            Frames are not derived from exactly one image each; also a RuntimeError.
        SegmentsOverlapInFile
            Combined segments overlap; also a RuntimeError.
        """
        options = ArrayOptions.of(locals())
        if isinstance(source_sop_instance_uids, str):
            raise ArgumentTypeError("source_sop_instance_uids is one string; give a sequence of UIDs.")
        uids = [str(uid) for uid in source_sop_instance_uids]
        if not uids:
            raise ArgumentError("source_sop_instance_uids is empty; name at least one image.")
        stored = self._stored()
        mosaic = frames_by_source(
            stored,
            uids,
            ignore_spatial_locations=ignore_spatial_locations,
            assert_missing_frames_are_empty=assert_missing_frames_are_empty,
        )
        return build_array(stored, mosaic, options)

    def get_pixels_by_source_frame(
        self,
        source_sop_instance_uid: str,
        source_frame_numbers: Sequence[int] | None = None,
        segment_numbers: Sequence[int] | None = None,
        combine_segments: bool = False,
        relabel: bool = False,
        ignore_spatial_locations: bool = False,
        assert_missing_frames_are_empty: bool = False,
        rescale_fractional: bool = True,
        skip_overlap_checks: bool = False,
        dtype: Any = None,
        apply_palette_color_lut: bool = False,
        apply_icc_profile: bool | None = None,
    ) -> np.ndarray:
        """Return the mask of each of the frames asked for of a multi-frame source image, in their order.

        Parameters
        ----------
        source_sop_instance_uid : str
        source_frame_numbers : sequence of int, optional
            From 1. A frame that the segmentation could refer to and does not has an empty mask; with
            `assert_missing_frames_are_empty` also one beyond the highest that it refers to. All up to that
            one when omitted.

        Other parameters and errors are those of `get_pixels_by_source_instance`.

        Returns
        -------
        (frames, rows, columns, segments) array, or (frames, rows, columns) where segments are combined
        """
        options = ArrayOptions.of(locals())
        numbers = None if source_frame_numbers is None else [int(number) for number in source_frame_numbers]
        stored = self._stored()
        mosaic = frames_by_source_frame(
            stored,
            str(source_sop_instance_uid),
            numbers,
            ignore_spatial_locations=ignore_spatial_locations,
            assert_missing_frames_are_empty=assert_missing_frames_are_empty,
        )
        return build_array(stored, mosaic, options)

    def get_pixels_by_dimension_index_values(
        self,
        dimension_index_values: Sequence[Sequence[int]],
        dimension_index_pointers: Sequence[int | str] | None = None,
        segment_numbers: Sequence[int] | None = None,
        combine_segments: bool = False,
        relabel: bool = False,
        assert_missing_frames_are_empty: bool = False,
        rescale_fractional: bool = True,
        skip_overlap_checks: bool = False,
        dtype: Any = None,
        apply_palette_color_lut: bool = False,
        apply_icc_profile: bool | None = None,
    ) -> np.ndarray:
        """Return the mask of each of the dimension indices asked for, in their order; PS3.3 C.7.6.17.

        Parameters
        ----------
        dimension_index_values : sequence of sequences of int
            From 1; for each mask one number for each of the pointers.
        dimension_index_pointers : sequence of tags or keywords, optional
            Dimensions of the object without Referenced Segment Number; when omitted those of
            `get_default_dimension_index_pointers`.
        assert_missing_frames_are_empty : bool
            Indices that no frame has get an empty mask, instead of an error.

        Other parameters are those of `get_pixels_by_source_instance`.

        Returns
        -------
        (masks, rows, columns, segments) array, or (masks, rows, columns) where segments are combined

        Raises
        ------
        UnknownDimension
            The object has no such dimension; also a KeyError.
        ArgumentError
            The segment is one of the dimensions, the numbers do not fit them, or no frame has such indices;
            also a ValueError.
        NotDerivedFromSources
            The frames state no dimension indices, or the indices fit several frames of a segment; also a
            RuntimeError.
        SegmentsOverlapInFile
        """
        options = ArrayOptions.of(locals())
        stored = self._stored()
        pointers = dimension_index_pointers
        mosaic = frames_by_dimension_indices(
            stored,
            dimension_index_values,
            self.get_default_dimension_index_pointers() if pointers is None else pointers,
            assert_missing_frames_are_empty=assert_missing_frames_are_empty,
        )
        return build_array(stored, mosaic, options)

    # In space

    def get_volume(
        self,
        *,
        slice_start: int | None = None,
        slice_end: int | None = None,
        row_start: int | None = None,
        row_end: int | None = None,
        column_start: int | None = None,
        column_end: int | None = None,
        as_indices: bool = False,
        dtype: Any = None,
        segment_numbers: Sequence[int] | None = None,
        combine_segments: bool = False,
        relabel: bool = False,
        rescale_fractional: bool = True,
        skip_overlap_checks: bool = False,
        apply_palette_color_lut: bool = False,
        apply_icc_profile: bool | None = None,
        allow_missing_positions: bool = True,
        rtol: float | None = None,
        atol: float | None = None,
        perpendicular_tol: float | None = None,
        on: GridSource | None = None,
        allow_cropping: bool = False,
        time_point: int | None = None,
    ) -> Volume:
        """Return the segmentation on a regular grid; what has no frame is empty.

        Parameters
        ----------
        slice_start, slice_end, row_start, row_end, column_start, column_end : int, optional
            Part of the grid: from 1, or from 0 if `as_indices`, the end one beyond the last; negative numbers
            count from the end. Only the frames of that part are read.
        allow_missing_positions : bool
            Take slices that no frame lies on as empty, instead of an error.
        rtol, atol : float, optional
            How uneven the distances of slices may be: as a part of their mean (0.01 when both are omitted),
            or in mm.
        perpendicular_tol : float, optional
            How far the cosine between the stack and the slices' normal may be from 1. When omitted a tilted
            stack is kept as it is, with an affine whose axes are not perpendicular.
        on : Volume, VolumeGeometry, Dataset or sequence of Dataset, optional
            Grid to lay the segmentation on, for instance that of the source images; of several images in the
            order given. Its voxels must be those of the segmentation, along whatever axes: nothing is
            resampled. The stored frames' own grid when omitted, without gaps and right-handed; of a tiled
            segmentation the total pixel matrix, as one slice.
        allow_cropping : bool
            Leave out what lies beyond `on`, instead of an error where a segment has a voxel there.
        time_point : int, optional
            Which Temporal Position Index; needed where frames are of several.

        Other parameters are those of `get_pixels_by_source_instance`.

        Returns
        -------
        Volume
            Its array is (slices, rows, columns, segments), with the channel SegmentNumber, or (slices, rows,
            columns) where segments are combined.

        Raises
        ------
        IrregularPlanes
            The planes do not lie on a regular grid, or a slice is missing and may not; also a RuntimeError.
        GeometryMismatch
            The segmentation does not lie on the voxels of `on`, or beyond it; also a RuntimeError.
        OutOfRange
            There is no such part; also a ValueError.
        MissingAttribute
            The frames state no position.
        ArgumentError, SegmentsOverlapInFile
        """
        options = ArrayOptions.of(locals())
        stored = self._stored()
        grid = None if on is None else given_grid(on, self.coordinate_system)
        mosaic, grid = place_frames(stored, grid, Regularity.of(rtol, atol, perpendicular_tol), time_point)
        if not allow_missing_positions:
            refuse_gaps(mosaic)
        numbers = wanted_segments(stored, options)
        if on is not None and not allow_cropping:
            refuse_loss(stored, mosaic, numbers)
        ranges = IndexRanges(slice_start, slice_end, row_start, row_end, column_start, column_end, as_indices)
        part = ranges.slices(grid.shape)
        array = build_array(stored, mosaic.part(part), options, unite=True)
        channels: dict[Any, list[Any]] = {} if combine_segments else {"SegmentNumber": numbers}
        if apply_palette_color_lut:
            channels = {RGB_COLOR_CHANNEL_DESCRIPTOR: list(RGBColorChannels)}
        return self._geometry(stored, grid)[part].with_array(array, channels)

    def get_volume_geometry(
        self,
        *,
        rtol: float | None = None,
        atol: float | None = None,
        perpendicular_tol: float | None = None,
        allow_missing_positions: bool = True,
        allow_duplicate_positions: bool = True,
    ) -> VolumeGeometry | None:
        """Return the grid of `get_volume`, or None if the frames lie on none.

        Parameters
        ----------
        rtol, atol, perpendicular_tol
            As for `get_volume`.
        allow_missing_positions : bool
            Otherwise None where no frame lies on a slice.
        allow_duplicate_positions : bool
            Otherwise None where several frames lie at one place, as those of several segments do.
        """
        stored = self._stored()
        try:
            grid = own_grid(stored, Regularity.of(rtol, atol, perpendicular_tol))
        except (IrregularPlanes, MissingAttribute):
            return None
        if not is_tiled(stored):
            places = len(stored.known_planes())
            doubled = not allow_duplicate_positions and places < stored.number_of_frames
            if doubled or (not allow_missing_positions and places < grid.shape[0]):
                return None
        return self._geometry(stored, grid)

    def get_total_pixel_matrix(
        self,
        row_start: int | None = None,
        row_end: int | None = None,
        column_start: int | None = None,
        column_end: int | None = None,
        segment_numbers: Sequence[int] | None = None,
        combine_segments: bool = False,
        relabel: bool = False,
        rescale_fractional: bool = True,
        skip_overlap_checks: bool = False,
        dtype: Any = None,
        apply_palette_color_lut: bool = False,
        apply_icc_profile: bool | None = None,
        as_indices: bool = False,
    ) -> np.ndarray:
        """Return the total pixel matrix of a tiled segmentation, or a region; absent tiles are empty.

        Parameters
        ----------
        row_start, row_end, column_start, column_end : int, optional
            From 1, or from 0 if `as_indices`, the end one beyond the last; negative numbers count from the
            end, -1 being the last.

        Other parameters are those of `get_pixels_by_source_instance`.

        Returns
        -------
        (rows, columns, segments) array, or (rows, columns) where segments are combined

        Raises
        ------
        NotDerivedFromSources
            The segmentation is not tiled, or two tiles of a segment are at one place; also a RuntimeError.
        OutOfRange
            The region is not in the matrix; also a ValueError.
        ArgumentError, SegmentsOverlapInFile
        """
        options = ArrayOptions.of(locals())
        stored = self._stored()
        mosaic = matrix_mosaic(stored)
        ranges = IndexRanges(None, None, row_start, row_end, column_start, column_end, as_indices)
        return build_array(stored, mosaic.part(ranges.slices(mosaic.shape)), options)[0]

    # As stored

    def iter_segments(self) -> Iterator[tuple[np.ndarray, tuple[Dataset, ...], Dataset]]:
        """Yield frames, their functional groups and the description of every segment; see `iter_segments`."""
        return iter_segments(self)

    def get_stored_frame(self, frame_number: int, as_index: bool = False) -> np.ndarray:
        """Return one frame as it is stored: 0 and 1, labels, or whole numbers that stand for fractions.

        Parameters
        ----------
        frame_number : int
            From 1, or from 0 if `as_index`.

        Returns
        -------
        (rows, columns) uint8 or uint16 array

        Raises
        ------
        OutOfRange
            There is no such frame; also a ValueError and an IndexError.
        """
        stored = self._stored()
        index = frame_index(frame_number, stored.number_of_frames, as_index=as_index)
        return np.array(next(iter(stored.frames.frames([index]))))

    def get_stored_frames(
        self, frame_numbers: Iterable[int] | None = None, as_indices: bool = False
    ) -> np.ndarray:
        """Return frames as `get_stored_frame` does, all if none are named, stacked along a new axis."""
        stored = self._stored()
        indices = frame_indices(frame_numbers, stored.number_of_frames, as_indices=as_indices)
        out = np.empty((len(indices), stored.rows, stored.columns), stored.frames.samples.dtype)
        for place, frame in zip(out, stored.frames.frames(indices), strict=True):
            place[...] = frame
        return out

    def get_frame(self, frame_number: int, as_index: bool = False, *, dtype: Any = np.float64) -> np.ndarray:
        """Return one frame as `get_stored_frame` does, in another type; fractions are not rescaled."""
        return self.get_stored_frame(frame_number, as_index).astype(dtype)

    def get_frames(
        self,
        frame_numbers: Iterable[int] | None = None,
        as_indices: bool = False,
        *,
        dtype: Any = np.float64,
    ) -> np.ndarray:
        """Return frames as `get_frame` does, all if none are named, stacked along a new axis."""
        return self.get_stored_frames(frame_numbers, as_indices).astype(dtype)

    # Inside

    def _geometry(self, stored: StoredSegmentation, grid: Geometry) -> VolumeGeometry:
        system = CoordinateSystemNames.SLIDE if is_tiled(stored) else CoordinateSystemNames.PATIENT
        frame_of_reference = str(stored.dataset.get("FrameOfReferenceUID") or "") or grid.frame_of_reference
        return VolumeGeometry(grid.index_to_lps, grid.shape, system, frame_of_reference or None)
