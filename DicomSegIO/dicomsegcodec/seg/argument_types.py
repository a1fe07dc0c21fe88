"""The types of what a caller gives, checked before anything is done with it.

What an argument says is checked where it is used. A parameter whose default or annotation has None takes
None; one that is not in the table is checked by whoever takes it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, signature
from numbers import Integral, Real
from types import NoneType
from typing import Any, ParamSpec, Protocol, TypeVar, get_args, runtime_checkable

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.valuerep import PersonName

from ..color import CIELabColor
from ..content import AlgorithmIdentificationSequence
from ..errors import ArgumentTypeError

P = ParamSpec("P")
R = TypeVar("R")


@runtime_checkable
class _Array(Protocol):
    """What NumPy's arrays and those like them have."""

    shape: tuple[int, ...]
    dtype: Any
    ndim: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """What an argument, or every part of it, must be an instance of, and that in words."""

    types: tuple[type, ...]
    words: str
    several: bool = False
    or_one: bool = False

    def takes(self, value: object) -> bool:
        if isinstance(value, bool) and bool not in self.types:
            return False  # although Python takes it for a number
        if not self.several or (self.or_one and isinstance(value, self.types)):
            return isinstance(value, self.types)
        if isinstance(value, np.ndarray):
            return value.ndim > 0 and self.types[0] in (Integral, Real, _Array) and self._all(value)
        return isinstance(value, Sequence) and not isinstance(value, (str, bytes)) and self._all(value)

    def _all(self, values: Iterable[object]) -> bool:
        return all(isinstance(value, self.types) for value in values)


_TEXT = _Kind((str,), "a text")
_UID = _Kind((str,), "a UID, a text")
_NUMBER = _Kind((Integral,), "a whole number")
_CHOICE = _Kind((bool, np.bool_, Integral), "True or False")
_IMAGES = _Kind((Dataset,), "a sequence of images, pydicom data sets", several=True)
_CONCEPTS = _Kind((object,), "a sequence of coded concepts", several=True)

_KINDS: Mapping[str, _Kind] = {
    **dict.fromkeys(("series_instance_uid", "sop_instance_uid", "pyramid_uid", "tracking_uid"), _UID),
    **dict.fromkeys(("transfer_syntax_uid",), _UID),
    **dict.fromkeys(("series_number", "instance_number", "max_fractional_value"), _NUMBER),
    **dict.fromkeys(("omit_empty_frames", "tile_pixel_array", "use_extended_offset_table"), _CHOICE),
    **dict.fromkeys(("manufacturer", "manufacturer_model_name", "device_serial_number"), _TEXT),
    **dict.fromkeys(("content_label", "content_description", "series_description", "pyramid_label"), _TEXT),
    **dict.fromkeys(("institution_name", "institutional_department_name"), _TEXT),
    **dict.fromkeys(("segment_label", "segment_description", "tracking_id"), _TEXT),
    **dict.fromkeys(("source_images", "further_source_images"), _IMAGES),
    **dict.fromkeys(("anatomic_regions", "primary_anatomic_structures"), _CONCEPTS),
    "content_creator_name": _Kind((str, PersonName), "a text or a PersonName"),
    "software_versions": _Kind((str,), "a text or a sequence of texts", several=True, or_one=True),
    "segment_descriptions": _Kind((Dataset,), "a sequence of SegmentDescription", several=True),
    "content_creator_identification": _Kind((Dataset,), "a sequence of items", several=True),
    "contributing_equipment": _Kind((Dataset,), "a sequence of ContributingEquipment", several=True),
    "coding_schemes": _Kind((Dataset,), "a sequence of CodingSchemeIdentificationItem", several=True),
    "icc_profile": _Kind((bytes,), "bytes"),
    "plane_positions": _Kind((Items,), "a sequence of PlanePositionSequence", several=True),
    "plane_orientation": _Kind((Items,), "a PlaneOrientationSequence"),
    "pixel_measures": _Kind((Items,), "a PixelMeasuresSequence"),
    "tile_size": _Kind((Integral,), "rows and columns, whole numbers", several=True),
    "algorithm_identification": _Kind(
        (AlgorithmIdentificationSequence,), "an AlgorithmIdentificationSequence"
    ),
    "display_color": _Kind((CIELabColor,), "a CIELabColor"),
    "pixel_arrays": _Kind((_Array,), "a sequence of arrays", several=True),
    "downsample_factors": _Kind((Real,), "a sequence of numbers", several=True),
    "sop_instance_uids": _Kind((str,), "a sequence of UIDs", several=True),
}


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function that refuses arguments of types that their parameters do not take.

    The function then raises
    ------------------------
    ArgumentTypeError
    """
    parameters = signature(function).parameters

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        given: dict[str, Any] = {**dict(zip(parameters, args, strict=False)), **kwargs}
        for name, value in given.items():
            kind = _KINDS.get(name)
            optional = value is None and _takes_none(parameters.get(name))
            if kind is not None and not optional and not kind.takes(value):
                raise ArgumentTypeError(f"{name} is {_said(value)}; give {kind.words}.")
        return function(*args, **kwargs)

    return call


def _takes_none(parameter: Parameter | None) -> bool:
    return parameter is None or parameter.default is None or NoneType in get_args(parameter.annotation)


def _said(value: object) -> str:
    """Return in words what a value is, and what is in it."""
    text = f"of type {type(value).__name__}"
    if isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, (str, bytes)):
        text += f" with {', '.join(sorted({type(part).__name__ for part in value})) or 'nothing'} in it"
    return text
