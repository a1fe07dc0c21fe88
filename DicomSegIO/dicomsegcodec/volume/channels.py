"""What the axes of a volume beyond the three of space stand for."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from pydicom.datadict import dictionary_description, dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.tag import BaseTag, Tag

from ..enums import RGBColorChannels
from ..errors import ArgumentError, ArgumentTypeError

_NUMBERS = frozenset(("IS", "SL", "SS", "SV", "UL", "US", "UV"))
_FLOATS = frozenset(("DS", "FD", "FL"))

SEGMENT_NUMBER = "SegmentNumber"


class ChannelDescriptor:
    """What varies along an axis: a DICOM attribute, or something that a program names itself.

    Parameters
    ----------
    identifier : str, int or ChannelDescriptor
        Keyword or tag of an attribute; or any name where `is_custom`.
    is_custom : bool
    value_type : type, optional
        Type of the values of a custom channel: str, int, float or an Enum.

    Raises
    ------
    ArgumentError
        There is no such attribute, or a custom name is an attribute's.
    ArgumentTypeError
        `value_type` is missing for a custom channel or given for an attribute.
    """

    def __init__(
        self,
        identifier: "str | int | ChannelDescriptor",
        is_custom: bool = False,
        value_type: type | None = None,
    ) -> None:
        self._tag: BaseTag | None = None
        if isinstance(identifier, ChannelDescriptor):
            self._keyword, self._tag = identifier.keyword, identifier.tag
            self._value_type = identifier.value_type
        elif is_custom:
            self._keyword, self._value_type = _custom(identifier, value_type)
        else:
            if value_type is not None:
                raise ArgumentTypeError("value_type is for custom channels; an attribute has its own.")
            self._tag, self._keyword = _attribute(identifier)
            vr = dictionary_VR(self._tag)
            self._value_type = int if vr in _NUMBERS else float if vr in _FLOATS else str

    @property
    def keyword(self) -> str:
        """Of the attribute, or the custom name."""
        return self._keyword

    @property
    def tag(self) -> BaseTag | None:
        """Of the attribute; None for a custom channel."""
        return self._tag

    @property
    def value_type(self) -> type:
        """int, float or str, or the Enum of a custom channel."""
        return self._value_type

    @property
    def is_custom(self) -> bool:
        """Whether it is no attribute of DICOM but a name of the program's own."""
        return self._tag is None

    @property
    def is_enumerated(self) -> bool:
        """Whether its values are members of an Enum."""
        return issubclass(self._value_type, Enum)

    @property
    def description(self) -> str | None:
        """Name of the attribute; None for a custom channel."""
        return None if self._tag is None else dictionary_description(self._tag)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ChannelDescriptor) and self._keyword == other._keyword

    def __hash__(self) -> int:
        return hash(self._keyword)

    def __repr__(self) -> str:
        return self._keyword


Channels = dict[ChannelDescriptor, list[Any]]
"""The value at each place of every channel axis, in the order of the axes."""


def read_channels(
    channels: "Mapping[Any, Sequence[Any]] | Sequence[int] | None", shape: Sequence[int]
) -> Channels:
    """Return the channels of an array.

    Parameters
    ----------
    channels : mapping of descriptor, keyword or tag to values, in the order of the axes
        A plain sequence is Segment Numbers.
    shape : sequence of int
        Of the array beyond its three spatial axes.

    Raises
    ------
    ArgumentError
        They do not fit the array.
    """
    if channels is None:
        named: Mapping[Any, Sequence[Any]] = {}
    else:
        named = channels if isinstance(channels, Mapping) else {SEGMENT_NUMBER: channels}
    if len(named) != len(shape):
        raise ArgumentError(
            f"The array has {len(shape)} axes beyond slice, row and column, and {len(named)} channels are "
            "named."
        )
    found: Channels = {}
    for (identifier, values), size in zip(named.items(), shape, strict=True):
        descriptor = ChannelDescriptor(identifier)
        if descriptor in found:
            raise ArgumentError(f"Channel {descriptor} is named twice.")
        if len(values) != size:
            raise ArgumentError(f"Channel {descriptor} names {len(values)} values and its axis has {size}.")
        found[descriptor] = [_value(descriptor, value) for value in values]
        if len(set(found[descriptor])) != size:
            raise ArgumentError(f"Channel {descriptor} holds a value twice: {list(values)}.")
    return found


def find_channel(channels: Channels, identifier: Any) -> int:
    """Return which of the channels a descriptor, keyword or tag names.

    Raises
    ------
    ArgumentError
        None of them.
    """
    for place, descriptor in enumerate(channels):
        if identifier in (descriptor, descriptor.keyword) or (
            descriptor.tag is not None and isinstance(identifier, int) and Tag(identifier) == descriptor.tag
        ):
            return place
    raise ArgumentError(f"There is no channel {identifier}; the volume has {list(channels)}.")


def find_value(channels: Channels, identifier: Any, value: Any) -> int:
    """Return the place of a value along a channel's axis.

    Raises
    ------
    ArgumentError
    """
    descriptor = list(channels)[find_channel(channels, identifier)]
    values = channels[descriptor]
    wanted = _value(descriptor, value)
    if wanted not in values:
        raise ArgumentError(f"Channel {descriptor} has no {value}; it has {values}.")
    return values.index(wanted)


def _value(descriptor: ChannelDescriptor, value: Any) -> Any:
    kind = descriptor.value_type
    if descriptor.is_enumerated or kind is float:
        return kind(value)
    if kind is int and not isinstance(value, (bool, float)) and hasattr(value, "__index__"):
        return int(value)  # NumPy's integers too
    if not isinstance(value, kind):
        raise ArgumentTypeError(
            f"Channel {descriptor} holds values of type {kind.__name__}, not {type(value).__name__} "
            f"({value!r})."
        )
    return value


def _custom(identifier: object, value_type: type | None) -> tuple[str, type]:
    if not isinstance(identifier, str) or value_type is None:
        raise ArgumentTypeError("A custom channel has a name and a value_type.")
    if tag_for_keyword(identifier) is not None:
        raise ArgumentError(f"{identifier} is the keyword of a DICOM attribute; choose another name.")
    if value_type is Enum or not issubclass(value_type, (str, int, float, Enum)):
        raise ArgumentError(f"Values of type {value_type.__name__}; known are str, int, float and your Enum.")
    return identifier, value_type


def _attribute(identifier: object) -> tuple[BaseTag, str]:
    if isinstance(identifier, str):
        number = tag_for_keyword(identifier)
        if number is None:
            raise ArgumentError(
                f"{identifier!r} is no keyword of a DICOM attribute; a custom channel needs "
                "ChannelDescriptor(name, is_custom=True, value_type=...)."
            )
        return Tag(number), identifier
    if isinstance(identifier, int):
        keyword = keyword_for_tag(identifier)
        if not keyword:
            raise ArgumentError(f"{Tag(identifier)} is no tag of a DICOM attribute.")
        return Tag(identifier), keyword
    raise ArgumentTypeError(f"A channel is named by a keyword or a tag, not by {type(identifier).__name__}.")


RGB_COLOR_CHANNEL_DESCRIPTOR = ChannelDescriptor(
    "RGBColorChannel", is_custom=True, value_type=RGBColorChannels
)
"""Red, green and blue along an axis."""
