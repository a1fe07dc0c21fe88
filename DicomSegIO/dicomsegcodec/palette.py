"""The colours of a label map's values, PS3.3 C.7.9, C.7.6.3.1.5 and C.7.6.3.1.6."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from .color import cielab_to_rgb, rgb_to_cielab
from .errors import ArgumentError, ArgumentTypeError, MissingAttribute, PaletteMismatch, ReadError
from .segmented_table import MAX_ENTRIES, expand
from .segments import Segment

CHANNELS = ("Red", "Green", "Blue")


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """A table of colours.

    Parameters
    ----------
    colors : (entries, 3) uint8 or uint16 array
        Red, green and blue from 0 to the dtype's largest value, in the space of the object's ICC profile.
    first_mapped_value : int
        Stored value that has the first colour; smaller ones have it too.
    uid : str
        Palette Color Lookup Table UID, if it has one.

    Raises
    ------
    ArgumentTypeError
        The colours are no array.
    ArgumentError
        They have another type or shape, there are none or more than 65536, or the first value is beyond 16
        bits.
    """

    colors: np.ndarray
    first_mapped_value: int = 0
    uid: str = ""

    def __post_init__(self) -> None:
        colors = self.colors
        if not isinstance(colors, np.ndarray):
            raise ArgumentTypeError(f"Palette colours are a {type(colors).__name__}; give an array.")
        if colors.dtype not in (np.uint8, np.uint16):
            raise ArgumentError(f"Palette colours are {colors.dtype}; uint8 or uint16 is needed.")
        if colors.ndim != 2 or colors.shape[1] != 3 or not 1 <= len(colors) <= MAX_ENTRIES:
            raise ArgumentError(
                f"Palette colours have the shape {colors.shape}; (entries, 3) is needed, with 1 to "
                f"{MAX_ENTRIES} entries."
            )
        if not 0 <= self.first_mapped_value < MAX_ENTRIES:
            raise ArgumentError(
                f"The palette begins at {self.first_mapped_value}; it may begin at 0 to {MAX_ENTRIES - 1}."
            )

    @property
    def bits(self) -> int:
        """Bits of a colour's component."""
        return self.colors.dtype.itemsize * 8

    def apply(self, labels: np.ndarray) -> np.ndarray:
        """Return the colours of stored values, with red, green and blue on a new last axis.

        Values beyond either end of the table have the colour at that end, PS3.3 C.7.6.3.1.5.

        Raises
        ------
        ArgumentError
            The values are no integers.
        """
        if labels.dtype.kind not in "ui":
            raise ArgumentError(f"Stored values are {labels.dtype}; a palette needs integers.")
        first = self.first_mapped_value
        if labels.dtype == np.uint64:  # whose largest values no index type holds
            labels = np.minimum(labels, np.uint64(2 * MAX_ENTRIES))
        return self.colors[np.clip(labels.astype(np.intp), first, first + len(self.colors) - 1) - first]

    def rgb(self, value: int) -> tuple[int, int, int]:
        """Return the colour of a stored value in components of 8 bits."""
        red, green, blue = self.apply(np.array(value)).tolist()
        if self.bits == 16:
            red, green, blue = (round(c / 257) for c in (red, green, blue))
        return red, green, blue


def palette_of_segments(
    segments: Iterable[Segment], background: tuple[int, int, int] = (0, 0, 0), uid: str = ""
) -> Palette:
    """Return a palette in which each segment has its display colour.

    Parameters
    ----------
    background : (red, green, blue)
        0 to 255 each, of the value 0. Values that no segment has are white.

    Raises
    ------
    ArgumentError
        There is no segment, or one has no display colour.
    """
    known = {}
    for segment in segments:
        if segment.cielab is None:
            raise ArgumentError(
                f"Segment {segment.number} ('{segment.label}') has no display colour for the palette; give "
                "it one."
            )
        known[segment.number] = [round(c * 255) for c in cielab_to_rgb(segment.cielab)]
    if not known:
        raise ArgumentError("A palette needs at least one segment.")
    entries = max(known) + 1
    # One or two entries more, where there is room, to an even number. dciodvfy takes a table that never sets
    # its highest bit for one that was scaled wrongly, and a table of red and green segments has no blue;
    # pydicom 3.0.2 cannot show an odd number of 8-bit entries.
    if entries not in (256, MAX_ENTRIES):
        entries += 2 - entries % 2
    colors = np.full((entries, 3), 255, np.uint8)
    colors[0] = background
    for number, rgb in known.items():
        colors[number] = rgb
    # Readers expect no more entries than their bits can count.
    return Palette(colors if entries <= 256 else colors * np.uint16(257), uid=uid)


def with_colors(segments: Iterable[Segment], palette: Palette) -> tuple[Segment, ...]:
    """Return segments in which those without a display colour have the one that a palette shows them in."""
    return tuple(
        segment
        if segment.cielab is not None
        else replace(segment, cielab=rgb_to_cielab([c / 255 for c in palette.rgb(segment.number)]))
        for segment in segments
    )


def check_palette(palette: Palette, segments: Sequence[Segment]) -> None:
    """Check that a palette has a colour for the background and for every segment, and no other one than it.

    Raises
    ------
    PaletteMismatch
    """
    last = palette.first_mapped_value + len(palette.colors) - 1
    highest = max((segment.number for segment in segments), default=0)
    if palette.first_mapped_value > 0 or last < highest:
        raise PaletteMismatch(
            f"The palette has colours for the values {palette.first_mapped_value} to {last}; the label map "
            f"needs them for 0, its background, to {highest}, its last segment."
        )
    for segment in segments:
        if segment.cielab is None:
            continue
        shown, wanted = palette.rgb(segment.number), [round(c * 255) for c in cielab_to_rgb(segment.cielab)]
        if max(abs(a - b) for a, b in zip(shown, wanted, strict=True)) > 1:
            raise PaletteMismatch(
                f"Segment {segment.number} ('{segment.label}') has the display colour {tuple(wanted)} and "
                f"the palette shows it as {shown}; leave one of them out, or make the palette of the "
                "segments' colours."
            )


def write_palette(dataset: Dataset, palette: Palette) -> None:
    """Add the attributes of the Palette Color Lookup Table module."""
    for place, channel in enumerate(CHANNELS):
        write_channel(dataset, channel, palette.colors[:, place], palette.first_mapped_value)
    if palette.uid:
        dataset.PaletteColorLookupTableUID = palette.uid


def write_channel(dataset: Dataset, channel: str, table: np.ndarray, first_mapped_value: int) -> None:
    """Add descriptor and data of one colour's table."""
    entries = len(table) % MAX_ENTRIES  # 65536 are written as 0
    descriptor, data = _keywords(channel)
    # Its VR is not left to pydicom, which decides by a Pixel Representation that may stand elsewhere; nor is
    # its value, for which pydicom 3.0.2 makes a list that cannot be pickled.
    values = MultiValue(int, [entries, first_mapped_value, table.dtype.itemsize * 8])
    dataset[descriptor] = DataElement(tag_for_keyword(descriptor) or 0, "US", values, already_converted=True)
    # PS3.5 8.1: two 8-bit entries share a word, and the last one may be without a second.
    value = table.astype(table.dtype.newbyteorder("<")).tobytes()
    setattr(dataset, data, value + b"\0" * (len(value) % 2))


def read_palette(dataset: Dataset) -> Palette | None:
    """Return the palette of a data set, or None where it has none.

    Raises
    ------
    MissingAttribute
        A descriptor is there and its data is not.
    ReadError
        The tables are not as long as they say, or those of the three colours differ in size.
    """
    if not any(_keywords(channel)[0] in dataset for channel in CHANNELS):
        return None
    channels = [read_channel(dataset, channel) for channel in CHANNELS]
    if len({(first, table.dtype, len(table)) for first, table in channels}) > 1:
        raise ReadError("The palette's tables of red, green and blue differ in length, bits or first value.")
    colors = np.stack([table for _first, table in channels], axis=-1)
    return Palette(colors, channels[0][0], str(dataset.get("PaletteColorLookupTableUID") or ""))


def read_channel(dataset: Dataset, channel: str) -> tuple[int, np.ndarray]:
    """Return the first mapped value and the table of one colour; errors as `read_palette`."""
    keyword, data_keyword = _keywords(channel)
    segmented = dataset.get(f"Segmented{data_keyword}")
    data = dataset.get(data_keyword) or segmented
    descriptor = dataset.get(keyword)
    if descriptor is None or data is None:
        raise MissingAttribute(
            f"There is no {keyword if descriptor is None else data_keyword} for the palette."
        )
    if len(descriptor) != 3 or int(descriptor[2]) not in (8, 16):
        raise ReadError(
            f"{keyword} is {list(descriptor)}; entries, first value and 8 or 16 bits are expected."
        )
    # Written as SS, the largest numbers look negative.
    entries, first = int(descriptor[0]) % MAX_ENTRIES or MAX_ENTRIES, int(descriptor[1]) % MAX_ENTRIES
    words = np.frombuffer(data + b"\0" * (len(data) % 2), "<u2" if _little(dataset) else ">u2").astype("<u2")
    if dataset.get(data_keyword) is None:
        table = expand(words.view(np.uint8) if descriptor[2] == 8 else words)
    elif descriptor[2] == 8 and words.nbytes < 2 * entries:
        table = words.view(np.uint8)
    else:  # 8 bits in words of 16 are common in old files
        table = words if descriptor[2] == 16 or words.max(initial=0) > 0xFF else words.astype(np.uint8)
    if not entries <= len(table) <= entries + 1:
        raise ReadError(
            f"The palette's table of {channel.lower()} has {len(table)} entries; it says {entries}."
        )
    return first, table[:entries].astype(table.dtype.newbyteorder("="))


def _keywords(channel: str) -> tuple[str, str]:
    return f"{channel}PaletteColorLookupTableDescriptor", f"{channel}PaletteColorLookupTableData"


def _little(dataset: Dataset) -> bool:
    """Tell whether words stand in a data set's bytes as little endian, as they do where it was made here."""
    return dataset.original_encoding[1] is not False
