"""Arrays put together from stored frames: stacked by segment, or combined to labels."""

from typing import Any

import numpy as np

from .array_options import ArrayOptions
from .assemble import zeros
from .encodings import SegmentationType
from .errors import ArgumentError, ArgumentTypeError, NotDerivedFromSources, SegmentsOverlapInFile
from .label_tables import LabelTable
from .mosaic import Mosaic
from .occupancy import values_in
from .painting import paint_mask, paint_masks, unite_labels
from .palette import Palette, read_palette
from .samples import SampleFormat
from .stored import StoredSegmentation
from .stored_places import of_segments


def wanted_segments(stored: StoredSegmentation, options: ArrayOptions) -> list[int]:
    """Return the Segment Numbers asked for, in the order of the output.

    Raises
    ------
    ArgumentError
        There is no such segment, none is asked for, or one twice.
    """
    known = [s.number for s in stored.segments]
    if options.segment_numbers is None:
        return known
    numbers = [int(n) for n in options.segment_numbers]
    if not numbers:
        raise ArgumentError("segment_numbers is empty; name at least one segment, or leave it out for all.")
    strange = [n for n in numbers if n not in known]
    if strange:
        raise ArgumentError(f"There is no segment {strange[0]}; the segmentation has {known}.")
    if len(set(numbers)) != len(numbers):
        raise ArgumentError(f"segment_numbers {numbers} names a segment twice.")
    return numbers


def build_array(
    stored: StoredSegmentation, mosaic: Mosaic, options: ArrayOptions, *, unite: bool = False
) -> np.ndarray:
    """Lay frames into an array.

    Parameters
    ----------
    unite : bool
        Where two frames of a segment belong to the same place, take what either of them holds, and of
        fractions the larger.

    Returns
    -------
    (slices, rows, columns, segments) array, where each segment is contiguous in memory; (slices, rows,
    columns) where segments are combined, and (slices, rows, columns, 3) where they are colours

    Raises
    ------
    ArgumentError
        An option does not fit the segmentation or another option.
    NotDerivedFromSources
        Two frames of a segment belong to the same place and are not to be united.
    SegmentsOverlapInFile
        Combined segments overlap.
    ReadError
        Two frames of a label map that are to be united differ in a label.
    """
    numbers = wanted_segments(stored, options)
    _check_colors(options)
    mosaic = of_segments(stored, mosaic.take(~mosaic.missing), numbers)
    if not unite:
        _refuse_duplicates(stored, mosaic)
    if not options.combine_segments:
        return _stacked(stored, numbers, mosaic, options)
    if options.apply_palette_color_lut:
        palette = _palette(stored, options)
        labels = _combined(stored, numbers, mosaic, ArrayOptions())
        if stored.background:  # its colour is that of its own value
            labels = np.where(labels == 0, np.uint16(stored.background), labels)
        return _as_type(palette.apply(labels), options.dtype)
    return _combined(stored, numbers, mosaic, options)


def _refuse_duplicates(stored: StoredSegmentation, mosaic: Mosaic) -> None:
    key = np.column_stack([stored.table.segment[mosaic.frames].astype(np.int64), mosaic.corners])
    order = np.lexsort(key.T)
    if (np.diff(key[order], axis=0) == 0).all(axis=1).any():
        raise NotDerivedFromSources(
            "Several frames of one segment belong to the same place; it is unknown which of them is meant."
        )


# --- stacks -------------------------------------------------------------------------------------------------


def _stacked(
    stored: StoredSegmentation, numbers: list[int], mosaic: Mosaic, options: ArrayOptions
) -> np.ndarray:
    fractional = stored.segmentation_type is SegmentationType.FRACTIONAL
    rescale = fractional and options.rescale_fractional
    dtype = np.dtype(options.dtype or (np.float32 if rescale else np.uint8))
    if dtype.kind not in "buif":
        raise ArgumentTypeError(f"Arrays of type {dtype} cannot be; choose bool, integers or floats.")
    if rescale and dtype.kind != "f":
        raise ArgumentError(
            f"Fractions cannot be held by {dtype}; choose a float dtype, or rescale_fractional=False."
        )
    # Segments first in memory: what is empty is never touched, and a segment is one block.
    out = zeros((len(numbers), *mosaic.shape), dtype)
    views = {number: mosaic.turn.view(array) for number, array in zip(numbers, out, strict=True)}
    if stored.segmentation_type is SegmentationType.LABELMAP:
        _split_labels(stored, mosaic, views)
    elif fractional:
        largest = dtype.type(stored.maximum_fraction) if rescale else dtype.type(1)
        _lay_fractions(stored, mosaic, views, largest)
    else:
        for number, array in zip(numbers, out, strict=True):
            paint_masks(stored.frames, _frames_of(stored, mosaic, number), array, 1, over=True)
    return np.moveaxis(out, 0, -1)


def _frames_of(stored: StoredSegmentation, mosaic: Mosaic, number: int) -> Mosaic:
    return mosaic.take(stored.table.segment[mosaic.frames] == number)


def _split_labels(stored: StoredSegmentation, mosaic: Mosaic, views: dict[int, np.ndarray]) -> None:
    for frame, window in zip(stored.frames.frames(mosaic.frames), mosaic.windows(), strict=True):
        part = frame[window.part]
        present = views.keys() if len(views) < 4 else views.keys() & set(values_in(part[None]).tolist())
        for number in present:
            place = views[number][window.place]
            np.maximum(place, part == number, out=place)


def _lay_fractions(
    stored: StoredSegmentation, mosaic: Mosaic, views: dict[int, np.ndarray], largest: np.generic
) -> None:
    segments = stored.table.segment[mosaic.frames].tolist()
    frames = zip(stored.frames.frames(mosaic.frames), mosaic.windows(), segments, strict=True)
    for frame, window, number in frames:
        place, part = views[number][window.place], frame[window.part]
        np.maximum(place, part if largest == 1 else part / largest, out=place)


# --- labels -------------------------------------------------------------------------------------------------


def _combined(
    stored: StoredSegmentation, numbers: list[int], mosaic: Mosaic, options: ArrayOptions
) -> np.ndarray:
    labels = {n: i + 1 if options.relabel else n for i, n in enumerate(numbers)}
    if 0 in labels.values():
        raise ArgumentError(
            "Segment 0 cannot be a label, which 0 is not; pass relabel=True, or read it as a stack."
        )
    largest = max(labels.values(), default=0)  # a label map may be nothing but background
    dtype = np.dtype(options.dtype or SampleFormat.holding(largest).dtype)
    if not _holds(dtype, largest):
        raise ArgumentError(f"Labels up to {largest} cannot be held by {dtype}.")
    if stored.segmentation_type is SegmentationType.FRACTIONAL and not options.rescale_fractional:
        raise ArgumentError("Stored fractional values cannot be combined; leave rescale_fractional on.")
    out = zeros(mosaic.shape, dtype)
    if stored.segmentation_type is SegmentationType.LABELMAP:
        _translate_labels(stored, mosaic, labels, out)
        return out
    for number in numbers:
        frames = _frames_of(stored, mosaic, number)
        if stored.segmentation_type is SegmentationType.BINARY:
            taken = paint_masks(stored.frames, frames, out, labels[number], over=options.skip_overlap_checks)
        else:
            taken = _paint_whole_fractions(stored, frames, out, labels[number], options)
        if taken and not options.skip_overlap_checks:
            raise SegmentsOverlapInFile(
                f"Segment {number} overlaps another one in {taken} pixels at least; read the segments as a "
                "stack, or pass skip_overlap_checks=True to keep the highest label."
            )
    return out


def _holds(dtype: np.dtype, largest: int) -> bool:
    """Tell whether an array of a type holds all whole numbers from 0 to the largest."""
    if dtype.kind == "f":
        return largest <= 2 ** (np.finfo(dtype).nmant + 1)
    return dtype.kind in "ui" and largest <= np.iinfo(dtype).max


def _translate_labels(
    stored: StoredSegmentation, mosaic: Mosaic, labels: dict[int, int], out: np.ndarray
) -> None:
    table = np.zeros(stored.frames.samples.max_value + 1, out.dtype)
    for number, label in labels.items():
        if number < table.size:  # a larger one has no pixel
            table[number] = label
    exchange = LabelTable(table)
    view, filled = mosaic.turn.view(out), set()
    frames = zip(stored.frames.frames(mosaic.frames), mosaic.windows(), mosaic.corners.tolist(), strict=True)
    for frame, window, corner in frames:
        part = exchange(frame[window.part])
        if tuple(corner) in filled:
            part = unite_labels(part, view[window.place])
        filled.add(tuple(corner))
        view[window.place] = part


def _paint_whole_fractions(
    stored: StoredSegmentation, mosaic: Mosaic, out: np.ndarray, label: int, options: ArrayOptions
) -> int:
    """Paint the pixels whose fraction is 1 and return how many another label had.

    Raises
    ------
    ArgumentError
        There are fractions between 0 and 1.
    """
    view, taken = mosaic.turn.view(out), 0
    for frame, window in zip(stored.frames.frames(mosaic.frames), mosaic.windows(), strict=True):
        part = frame[window.part]
        inside = part == stored.maximum_fraction
        if not np.array_equal(part != 0, inside):
            raise ArgumentError(
                "The segmentation holds fractions between 0 and 1, which labels cannot express; read it as a "
                "stack."
            )
        taken += paint_mask(view[window.place], inside, label, over=options.skip_overlap_checks)
    return taken


# --- colours ------------------------------------------------------------------------------------------------


def _check_colors(options: ArrayOptions) -> None:
    """Refuse colours of anything but combined labels."""
    if options.apply_palette_color_lut and (not options.combine_segments or options.relabel):
        raise ArgumentError(
            "Colours are those of combined labels; pass combine_segments=True and no relabel with "
            "apply_palette_color_lut."
        )


def _palette(stored: StoredSegmentation, options: ArrayOptions) -> Palette:
    palette = read_palette(stored.dataset)
    if palette is None or stored.segmentation_type is not SegmentationType.LABELMAP:
        raise ArgumentError(
            "The segmentation has no palette of colours; leave out apply_palette_color_lut, or use the "
            "display colours of its segments."
        )
    profile = bytes(stored.dataset.get("ICCProfile") or b"")
    if options.apply_icc_profile and not any(
        "sRGB".encode(code) in profile for code in ("ascii", "utf-16-be")
    ):
        raise ArgumentError(
            "The colours of the palette cannot be given in sRGB: the object has "
            f"{'an ICC profile of another space' if profile else 'no ICC profile'}. Leave out "
            "apply_icc_profile for the colours as they are."
        )
    return palette


def _as_type(colors: np.ndarray, dtype: Any) -> np.ndarray:
    if dtype is None:
        return colors
    target = np.dtype(dtype)
    if target.kind not in "uif" or not np.can_cast(colors.dtype, target):
        raise ArgumentError(f"Colours of {colors.dtype} cannot be held by {target}.")
    return colors.astype(target)
