"""Palettes as a caller makes them and finds them, PS3.3 C.7.9; the engine's `Palette` does the work."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from pydicom.dataset import Dataset

from .color_names import rgb_of
from .errors import ArgumentError, ArgumentTypeError, MissingAttribute
from .palette import CHANNELS, Palette, palette_of_segments, read_palette, write_palette
from .palette_table import PaletteColorLUT, cast, check_first


class PaletteColorLUTTransformation(Dataset):
    """The colours of a label map's values.

    Parameters
    ----------
    red_lut, green_lut, blue_lut : PaletteColorLUT
        Alike in length, bits and first value.
    palette_color_lut_uid : str, optional

    Raises
    ------
    ArgumentTypeError
        A table is something else.
    ArgumentError
        A table is of another colour, or they are not alike.
    """

    def __init__(
        self,
        red_lut: PaletteColorLUT,
        green_lut: PaletteColorLUT,
        blue_lut: PaletteColorLUT,
        palette_color_lut_uid: str | None = None,
    ) -> None:
        super().__init__()
        luts = (red_lut, green_lut, blue_lut)
        for channel, lut in zip(CHANNELS, luts, strict=True):
            if not isinstance(lut, PaletteColorLUT):
                raise ArgumentTypeError(
                    f"{channel.lower()}_lut is of type {type(lut).__name__}; give a PaletteColorLUT."
                )
            if lut.color != channel.lower():
                raise ArgumentError(f"{channel.lower()}_lut is a table of {lut.color}.")
        sizes = [(lut.number_of_entries, lut.bits_per_entry, lut.first_mapped_value) for lut in luts]
        if len(set(sizes)) > 1:
            raise ArgumentError(
                f"The tables of red, green and blue have the entries, bits and first values {sizes}; they "
                "must be alike."
            )
        colors = np.stack([lut.lut_data for lut in luts], axis=-1)
        write_palette(self, Palette(colors, red_lut.first_mapped_value, palette_color_lut_uid or ""))

    @classmethod
    def from_colors(
        cls, colors: Sequence[str], first_mapped_value: int = 0, palette_color_lut_uid: str | None = None
    ) -> Self:
        """Return a palette of 8 bits of named colours, as `CIELabColor.from_string` knows them.

        The first one is that of `first_mapped_value`; in a segmentation it is the background's.
        """
        if isinstance(colors, str) or not len(colors):
            raise ArgumentError("colors must be a sequence of at least one colour.")
        table = np.array([rgb_of(color) for color in colors], np.uint8)
        return cls.from_combined_lut(table, first_mapped_value, palette_color_lut_uid)

    @classmethod
    def from_combined_lut(
        cls, lut_data: np.ndarray, first_mapped_value: int = 0, palette_color_lut_uid: str | None = None
    ) -> Self:
        """Return a palette of an (entries, 3) array of uint8 or uint16."""
        return cls.from_palette(
            Palette(lut_data, check_first(first_mapped_value), palette_color_lut_uid or "")
        )

    @classmethod
    def from_segment_descriptions(
        cls,
        segment_descriptions: Iterable[Any],
        background: str = "black",
        palette_color_lut_uid: str | None = None,
    ) -> Self:
        """Return a palette in which each segment has its display colour.

        Parameters
        ----------
        segment_descriptions : sequence of SegmentDescription
            Each with a `display_color`. Values that no segment has are white.
        background : str
            Colour of the value 0.

        Raises
        ------
        ArgumentError
            A segment has no display colour, or there is no segment.
        """
        segments = [description.segment for description in segment_descriptions]
        return cls.from_palette(
            palette_of_segments(segments, rgb_of(background), palette_color_lut_uid or "")
        )

    @classmethod
    def from_palette(cls, palette: Palette) -> Self:
        """Return the data set of a palette as the layers underneath have it."""
        transformation = cls.__new__(cls)
        Dataset.__init__(transformation)
        write_palette(transformation, palette)
        return transformation

    @classmethod
    def extract_from_dataset(cls, dataset: Dataset) -> Self:
        """Return the palette of an image, segmented tables expanded.

        Raises
        ------
        MissingAttribute
            It has none.
        ReadError
            It is damaged.
        """
        palette = read_palette(dataset)
        if palette is None:
            raise MissingAttribute("The data set has no Palette Color Lookup Table.")
        return cls.from_palette(palette)

    @property
    def palette(self) -> Palette:
        """All of it as one value."""
        palette = read_palette(self)
        if palette is None:
            raise MissingAttribute("The Palette Color Lookup Tables were removed from the transformation.")
        return palette

    @property
    def is_segmented(self) -> bool:
        """False: segmented tables are expanded."""
        return False

    @property
    def number_of_entries(self) -> int:
        """1 to 65536."""
        return len(self.palette.colors)

    @property
    def first_mapped_value(self) -> int:
        """The stored value that has the first entry; lower ones have it too."""
        return self.palette.first_mapped_value

    @property
    def bits_per_entry(self) -> int:
        """8 or 16."""
        return self.palette.bits

    @property
    def red_lut(self) -> PaletteColorLUT:
        """Its first table."""
        return PaletteColorLUT.extract_from_dataset(self, "red")

    @property
    def green_lut(self) -> PaletteColorLUT:
        """Its second table."""
        return PaletteColorLUT.extract_from_dataset(self, "green")

    @property
    def blue_lut(self) -> PaletteColorLUT:
        """Its third table."""
        return PaletteColorLUT.extract_from_dataset(self, "blue")

    @property
    def combined_lut_data(self) -> np.ndarray:
        """(entries, 3) array of red, green and blue."""
        return self.palette.colors

    def apply(self, array: np.ndarray, dtype: Any = None) -> np.ndarray:
        """Return the colours of stored values, on a new last axis; see `Palette.apply`."""
        return cast(self.palette.apply(array), dtype)
