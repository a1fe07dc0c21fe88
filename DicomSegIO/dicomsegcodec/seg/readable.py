"""The pixels of a segmentation object by source image and dimension, and as they are stored.

The keywords that say what kind of array is wanted are those of `ArrayOptions` in every method that returns
one. They stand in each signature, for people and tools that read signatures, and are gathered from there in
one step.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from ..array_options import ArrayOptions
from ..errors import ArgumentError, ArgumentTypeError
from ..frame_lookup import frames_by_dimension_indices, frames_by_source, frames_by_source_frame
from ..index_ranges import frame_index, frame_indices
from ..retrieval import build_array
from .placed import PlacedSegmentation
from .utils import iter_segments


class ReadableSegmentation(PlacedSegmentation):
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
