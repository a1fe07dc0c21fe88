"""Grids whose array has axes beyond the three of space."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from ..errors import ArgumentError
from .channels import ChannelDescriptor, Channels, find_channel, find_value
from .rearranging import RearrangeableGrid


class ChannelledGrid(RearrangeableGrid):
    """A grid with an array, and what the further axes of the array stand for."""

    _array: np.ndarray
    _affine: np.ndarray
    _channels: Channels

    @property
    def number_of_channel_dimensions(self) -> int:
        """How many axes there are beyond the three of space."""
        return len(self._channels)

    @property
    def channel_shape(self) -> tuple[int, ...]:
        """Sizes of the axes beyond the three of space."""
        return self._array.shape[3:]

    @property
    def channel_descriptors(self) -> tuple[ChannelDescriptor, ...]:
        """What each of those axes stands for."""
        return tuple(self._channels)

    def get_channel_values(self, channel_identifier: Any) -> list[Any]:
        """Return the values along a channel's axis, named by descriptor, keyword or tag.

        Raises
        ------
        ArgumentError
            There is no such channel.
        """
        place = find_channel(self._channels, channel_identifier)
        return list(list(self._channels.values())[place])

    def get_channel(self, *, keepdims: bool = False, **values: Any) -> Self:
        """Return one channel, named by its value: `get_channel(SegmentNumber=3)`.

        Parameters
        ----------
        keepdims : bool
            Keep an axis of length 1.

        Raises
        ------
        ArgumentError
            There is no such channel or value.
        """
        index: list[Any] = [slice(None)] * self._array.ndim
        channels = dict(self._channels)
        for identifier, value in values.items():
            descriptor = list(self._channels)[find_channel(self._channels, identifier)]
            place = find_value(self._channels, identifier, value)
            axis = 3 + list(self._channels).index(descriptor)
            if keepdims:
                index[axis] = slice(place, place + 1)
                channels[descriptor] = [self._channels[descriptor][place]]
            else:
                index[axis] = place
                del channels[descriptor]
        return self._with(self._array[tuple(index)], self._affine, channels)

    def permute_channel_axes(self, channel_identifiers: Sequence[Any]) -> Self:
        """Return the volume with its channels in this order."""
        return self.permute_channel_axes_by_index(
            [find_channel(self._channels, identifier) for identifier in channel_identifiers]
        )

    def permute_channel_axes_by_index(self, indices: Sequence[int]) -> Self:
        """Return the volume with its channels, counted from 0, in this order."""
        if sorted(indices) != list(range(len(self._channels))):
            raise ArgumentError(f"{list(indices)} is no order of {len(self._channels)} channels.")
        array = self._array.transpose(0, 1, 2, *(3 + i for i in indices))
        named = list(self._channels.items())
        return self._with(array, self._affine, dict(named[i] for i in indices))

    def squeeze_channel(self, channel_descriptors: Sequence[Any] | None = None) -> Self:
        """Return the volume without the channels that have one value only.

        Parameters
        ----------
        channel_descriptors : sequence, optional
            Which of them; all that can go when omitted.

        Raises
        ------
        ArgumentError
            One of those named is not there, or has several values.
        """
        wanted = (
            [i for i, size in enumerate(self.channel_shape) if size == 1]
            if channel_descriptors is None
            else [find_channel(self._channels, identifier) for identifier in channel_descriptors]
        )
        named = list(self._channels.items())
        long = [str(named[i][0]) for i in wanted if self.channel_shape[i] != 1]
        if long:
            raise ArgumentError(f"Channel {long[0]} has several values; take one with get_channel.")
        kept = dict(item for i, item in enumerate(named) if i not in wanted)
        return self._with(self._array.squeeze(tuple(3 + i for i in wanted)), self._affine, kept)

    @abstractmethod
    def _with(
        self,
        array: np.ndarray,
        affine: np.ndarray,
        channels: "Mapping[Any, Sequence[Any]] | Sequence[int] | None" = None,
    ) -> Self:
        """Return the grid with another array and affine, and other channels if any are given."""
