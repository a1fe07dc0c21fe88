"""The table of one of a palette's three colours, as a caller makes it and finds it, PS3.3 C.7.9."""

from typing import Any, Self

import numpy as np
from pydicom.dataset import Dataset

from .errors import ArgumentError, ArgumentTypeError
from .palette import CHANNELS, Palette, read_channel, write_channel
from .segmented_table import MAX_ENTRIES, expand


class PaletteColorLUT(Dataset):
    """The table of one of three colours.

    Parameters
    ----------
    first_mapped_value : int
        Stored value that has the first entry.
    lut_data : (entries,) uint8 or uint16 array
    color : str
        red, green or blue.

    Raises
    ------
    ArgumentTypeError
        The data is no array, or the first value no whole number.
    ArgumentError
        The data has another type, is empty or longer than 65536; the first value is negative or above 65535;
        or there is no such colour.
    """

    def __init__(self, first_mapped_value: int, lut_data: np.ndarray, color: str) -> None:
        super().__init__()
        table = _check_table(lut_data, "lut_data")
        write_channel(self, _channel(color), table, check_first(first_mapped_value))

    @classmethod
    def extract_from_dataset(cls, dataset: Dataset, color: str) -> Self:
        """Return the table of a colour in a data set, a segmented one expanded.

        Raises
        ------
        MissingAttribute
            There is none.
        ReadError
            It is damaged.
        """
        channel = _channel(color)
        first, table = read_channel(dataset, channel)
        lut = cls.__new__(cls)
        Dataset.__init__(lut)
        write_channel(lut, channel, table, first)
        return lut

    @property
    def color(self) -> str:
        """red, green or blue."""
        return next(c for c in CHANNELS if f"{c}PaletteColorLookupTableDescriptor" in self).lower()

    @property
    def lut_data(self) -> np.ndarray:
        """A copy of the table."""
        return read_channel(self, _channel(self.color))[1]

    @property
    def number_of_entries(self) -> int:
        """1 to 65536."""
        return len(self.lut_data)

    @property
    def first_mapped_value(self) -> int:
        """The stored value that has the first entry; lower ones have it too."""
        return read_channel(self, _channel(self.color))[0]

    @property
    def bits_per_entry(self) -> int:
        """8 or 16."""
        return self.lut_data.dtype.itemsize * 8

    def apply(self, array: np.ndarray, dtype: Any = None) -> np.ndarray:
        """Return an array with each stored value replaced by its entry; see `Palette.apply`.

        Parameters
        ----------
        dtype : dtype, optional
            To which the entries can be cast safely; theirs when omitted.
        """
        palette = Palette(np.repeat(self.lut_data[:, None], 3, axis=1), self.first_mapped_value)
        return cast(palette.apply(array)[..., 0], dtype)


class SegmentedPaletteColorLUT(PaletteColorLUT):
    """The table of one of three colours, given in segments as in PS3.3 C.7.9.2.

    It is expanded; what is written are tables, which every reader knows.

    Parameters
    ----------
    segmented_lut_data : (n,) uint8 or uint16 array

    Raises
    ------
    ReadError
        A segment is unknown or cut off.
    """

    def __init__(self, first_mapped_value: int, segmented_lut_data: np.ndarray, color: str) -> None:
        self._segmented = _check_table(segmented_lut_data, "segmented_lut_data").copy()
        super().__init__(first_mapped_value, expand(self._segmented), color)

    @property
    def segmented_lut_data(self) -> np.ndarray:
        """A copy of the segments, as they were given."""
        return self._segmented.copy()


def _channel(color: str) -> str:
    channel = color.title() if isinstance(color, str) else ""
    if channel not in CHANNELS:
        raise ArgumentError(f"color is '{color}'; it must be red, green or blue.")
    return channel


def check_first(value: int) -> int:
    """Return a first mapped value that 16 bits hold; errors as `PaletteColorLUT`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise ArgumentTypeError(f"first_mapped_value is of type {type(value).__name__}; give a whole number.")
    if not 0 <= value < MAX_ENTRIES:
        raise ArgumentError(f"first_mapped_value is {value}; it must be 0 to {MAX_ENTRIES - 1}.")
    return int(value)


def _check_table(table: np.ndarray, name: str) -> np.ndarray:
    if not isinstance(table, np.ndarray):
        raise ArgumentTypeError(f"{name} is a {type(table).__name__}; give an array.")
    if table.dtype not in (np.uint8, np.uint16):
        raise ArgumentError(f"{name} is {table.dtype}; uint8 or uint16 is needed.")
    if table.ndim != 1 or not 1 <= len(table) <= MAX_ENTRIES:
        raise ArgumentError(
            f"{name} has the shape {table.shape}; one axis of 1 to {MAX_ENTRIES} entries is needed."
        )
    return table


def cast(colors: np.ndarray, dtype: Any) -> np.ndarray:
    """Return entries as another type that holds them all.

    Raises
    ------
    ArgumentTypeError
        It does not.
    """
    if dtype is None:
        return colors
    if not np.can_cast(colors.dtype, dtype, "safe"):
        raise ArgumentTypeError(f"Entries of {colors.dtype} do not fit {np.dtype(dtype)}.")
    return colors.astype(dtype)
