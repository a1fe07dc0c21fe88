"""The pixels of a segmentation object in space: as a volume, or as a total pixel matrix."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..array_options import ArrayOptions
from ..enums import CoordinateSystemNames
from ..errors import IrregularPlanes, MissingAttribute
from ..geometry import Geometry
from ..index_ranges import IndexRanges
from ..regularity import Regularity
from ..retrieval import build_array, wanted_segments
from ..stored import StoredSegmentation
from ..stored_places import is_tiled, matrix_mosaic, own_grid, place_frames, refuse_gaps, refuse_loss
from ..volume import RGB_COLOR_CHANNEL_DESCRIPTOR, RGBColorChannels, Volume, VolumeGeometry
from .given_grid import GridSource, given_grid
from .searchable import SearchableSegmentation


class PlacedSegmentation(SearchableSegmentation):
    """A segmentation that can be laid on grids."""

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

    # Inside

    def _geometry(self, stored: StoredSegmentation, grid: Geometry) -> VolumeGeometry:
        system = CoordinateSystemNames.SLIDE if is_tiled(stored) else CoordinateSystemNames.PATIENT
        frame_of_reference = str(stored.dataset.get("FrameOfReferenceUID") or "") or grid.frame_of_reference
        return VolumeGeometry(grid.index_to_lps, grid.shape, system, frame_of_reference or None)
