"""Which stored frames are derived from given source images, or have given dimension indices."""

from collections.abc import Sequence

import numpy as np
from pydicom.datadict import keyword_for_tag
from pydicom.tag import BaseTag, Tag

from .errors import ArgumentError, NotDerivedFromSources, UnknownDimension, UnknownSource
from .mosaic import Mosaic
from .stored import StoredSegmentation

SEGMENT_POINTER = 0x0062000B
"""Referenced Segment Number, as a dimension of frames."""


def frames_by_source(
    stored: StoredSegmentation,
    uids: Sequence[str],
    *,
    ignore_spatial_locations: bool,
    assert_missing_frames_are_empty: bool,
) -> Mosaic:
    """Return the frames derived from each source image, in the order of `uids`.

    Raises
    ------
    NotDerivedFromSources
        A frame is not derived from exactly one image, or not at the image's pixels.
    UnknownSource
        The segmentation does not refer to one of the images.
    """
    _check_derivation(stored, ignore_spatial_locations)
    _check_known(stored, uids, assert_missing_frames_are_empty)
    columns = stored.frame_columns
    known = {uid: i for i, uid in enumerate(columns.uids)}
    wanted = np.array([known.get(uid, -1) for uid in uids], np.int64)
    return _requested(stored, columns.reference_uid, columns.reference_frame, wanted)


def frames_by_source_frame(
    stored: StoredSegmentation,
    uid: str,
    numbers: Sequence[int] | None,
    *,
    ignore_spatial_locations: bool,
    assert_missing_frames_are_empty: bool,
) -> Mosaic:
    """Return the frames derived from frames of a source image, in the order of `numbers`.

    Parameters
    ----------
    numbers : sequence of int, optional
        From 1; all up to the highest that the segmentation refers to when omitted.

    Raises
    ------
    NotDerivedFromSources, UnknownSource
        As for `frames_by_source`.
    ArgumentError
        A number is below 1, or above all that the segmentation refers to.
    """
    if numbers is not None and (not len(numbers) or min(numbers) < 1):
        raise ArgumentError(f"Source frame numbers {list(numbers)} cannot be; frames are numbered from 1.")
    _check_derivation(stored, ignore_spatial_locations)
    _check_known(stored, [uid], assert_missing_frames_are_empty)
    columns = stored.frame_columns
    of_image = np.array([known == uid for known in columns.uids], bool)[columns.reference_uid]
    number = np.where(of_image, columns.reference_number, 0)
    highest = int(number.max(initial=0))
    asked = list(range(1, highest + 1)) if numbers is None else list(numbers)
    if max(asked, default=0) > highest and not assert_missing_frames_are_empty:
        raise ArgumentError(
            f"The segmentation refers to source frames up to {highest}, not to {max(asked)}; if the others "
            "are known to be empty, pass assert_missing_frames_are_empty=True."
        )
    if not asked:
        raise NotDerivedFromSources(
            "The segmentation refers to no frame of the source image by its number; read it by source "
            "instance."
        )
    has_number = number > 0
    return _requested(
        stored, number[has_number], columns.reference_frame[has_number], np.array(asked, np.int64)
    )


def frames_by_dimension_indices(
    stored: StoredSegmentation,
    values: Sequence[Sequence[int]],
    pointers: Sequence[int | str],
    *,
    assert_missing_frames_are_empty: bool,
) -> Mosaic:
    """Return the frames that have given Dimension Index Values, PS3.3 C.7.6.17, in the order of `values`.

    Parameters
    ----------
    values : sequence of sequences of int
        From 1; one for each of `pointers`.
    pointers : sequence of tags or keywords
        Dimensions of the object other than the segment.

    Raises
    ------
    UnknownDimension
        The object has no such dimension; also a KeyError.
    ArgumentError
        The segment is one of the dimensions, or there are no frames of these values; also a ValueError.
    NotDerivedFromSources
        The frames state no Dimension Index Values; also a RuntimeError.
    """
    places = dimension_places(stored, pointers)
    table = known_dimensions(stored)[:, places].astype(np.int64)
    rows = [[int(value) for value in row] for row in values]
    if not rows or any(len(row) != len(places) or min(row) < 1 for row in rows):
        raise ArgumentError(
            f"Dimension index values {list(values)[:3]} cannot be; each is {len(places)} numbers from 1, one "
            f"for each of {[_name(p) for p in pointers]}."
        )
    wanted = np.array(rows, np.int64)
    # Rows of the table and of the request get the same numbers where they are alike.
    _, number = np.unique(np.concatenate([table, wanted]), axis=0, return_inverse=True)
    number = number.reshape(-1)
    asked = number[len(table) :]
    missing = ~np.isin(asked, number[: len(table)])
    if missing.any() and not assert_missing_frames_are_empty:
        raise ArgumentError(
            f"No frame has the dimension index values {wanted[missing][0].tolist()}; if such frames are "
            "known to be empty, pass assert_missing_frames_are_empty=True."
        )
    return _requested(stored, number[: len(table)], np.arange(len(table)), asked)


def dimension_pointers(stored: StoredSegmentation) -> list[BaseTag]:
    """Return the Dimension Index Pointers, in the order of a frame's Dimension Index Values."""
    items = stored.dataset.get("DimensionIndexSequence") or ()
    return [Tag(int(item.DimensionIndexPointer)) for item in items]


def dimension_places(stored: StoredSegmentation, pointers: Sequence[int | str]) -> list[int]:
    """Return which of a frame's Dimension Index Values each pointer is.

    Raises
    ------
    UnknownDimension, ArgumentError
    """
    if not len(pointers):
        raise ArgumentError("dimension_index_pointers is empty; name at least one dimension.")
    known = dimension_pointers(stored)
    places = []
    for pointer in pointers:
        tag = Tag(pointer)
        if tag == SEGMENT_POINTER:
            raise ArgumentError(
                "Referenced Segment Number cannot be a dimension here; choose segments by segment_numbers."
            )
        if tag not in known:
            raise UnknownDimension(
                f"{_name(pointer)} is no dimension of the segmentation; it has {[_name(p) for p in known]}."
            )
        places.append(known.index(tag))
    return places


def known_dimensions(stored: StoredSegmentation) -> np.ndarray:
    """Return (frames, dimensions): the Dimension Index Values.

    Raises
    ------
    NotDerivedFromSources
    """
    table = stored.frame_columns.dimensions
    if table is None or table.shape[1] != len(dimension_pointers(stored)):
        raise NotDerivedFromSources(
            "The frames do not state a Dimension Index Value for each dimension; use get_volume or "
            "get_total_pixel_matrix, which place frames by their position."
        )
    return table


def _requested(stored: StoredSegmentation, key: np.ndarray, frames: np.ndarray, wanted: np.ndarray) -> Mosaic:
    """Return frames whose key is among those wanted, each in the slice of its request.

    Sorted once, so that the cost does not grow with requests times frames.
    """
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    first = np.searchsorted(ordered, wanted, side="left")
    counts = np.searchsorted(ordered, wanted, side="right") - first
    slices = np.repeat(np.arange(len(wanted)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    found = frames[order[np.repeat(first, counts) + within]]
    return Mosaic.stack(len(wanted), (stored.rows, stored.columns), found, slices)


def _check_derivation(stored: StoredSegmentation, ignore_spatial_locations: bool) -> None:
    columns = stored.frame_columns
    counts = np.bincount(columns.reference_frame, minlength=columns.frames)
    if (counts != 1).any():
        frame = int((counts != 1).argmax())
        raise NotDerivedFromSources(
            f"Frame {frame + 1} of the segmentation is derived from {counts[frame]} source images, not from "
            "one; use get_volume, which places frames by their position."
        )
    if not ignore_spatial_locations and not columns.reference_preserved.all():
        raise NotDerivedFromSources(
            "The segmentation's pixels do not lie at those of its source images (Spatial Locations Preserved "
            "is not YES); use get_volume, or ignore_spatial_locations=True."
        )


def _check_known(
    stored: StoredSegmentation, uids: Sequence[str], assert_missing_frames_are_empty: bool
) -> None:
    known = {source.sop_instance_uid for source in stored.source_instances}
    strange = [uid for uid in uids if uid not in known]
    if strange and not assert_missing_frames_are_empty:
        raise UnknownSource(
            f"The segmentation does not refer to source image {strange[0]}; if its frames are known to be "
            "empty, pass assert_missing_frames_are_empty=True."
        )


def _name(pointer: int | str) -> str:
    return keyword_for_tag(Tag(pointer)) or str(Tag(pointer))
