"""What kind of array a caller wants of a segmentation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class ArrayOptions:
    """What kind of array is wanted; every method that returns one takes these.

    Parameters
    ----------
    segment_numbers : sequence of int, optional
        Segments, in the order of the output; all of them when omitted.
    combine_segments : bool
        One label map instead of a stack; the labels are Segment Numbers.
    relabel : bool
        Labels count the requested segments from 1, instead of being Segment Numbers.
    rescale_fractional : bool
        Fractions from 0 to 1, instead of stored values.
    skip_overlap_checks : bool
        Where combined segments overlap the highest label wins, instead of an error.
    dtype : dtype, optional
        Type of the output. When omitted uint8 for masks, the narrowest unsigned type that holds the labels,
        or float32 for fractions.
    apply_palette_color_lut : bool
        The colours of the labels, red, green and blue along the last axis, instead of the labels. For label
        maps with a palette, combined and not relabelled.
    apply_icc_profile : bool, optional
        True asks for sRGB, which the colours have to be in by the object's ICC profile; None and False take
        them as they are, in whatever space that profile says.
    """

    segment_numbers: Sequence[int] | None = None
    combine_segments: bool = False
    relabel: bool = False
    rescale_fractional: bool = True
    skip_overlap_checks: bool = False
    dtype: Any = None
    apply_palette_color_lut: bool = False
    apply_icc_profile: bool | None = None

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Self:
        """Return the options among the arguments of a method, which has to take all of them."""
        return cls(**{field.name: arguments[field.name] for field in fields(cls)})
