"""What kind of image the object says it is, PS3.3 C.8.20.1 and C.8.20.2, and C.7.6.3 for palettes."""

from collections.abc import Iterator

from ..findings import Finding
from ..header import LABEL_MAP_SEGMENTATION_STORAGE, SEGMENTATION_STORAGE
from .examined import Examined
from .values import name_of, text, value, values, whole
from .wording import error, warning

_COLORS = ("Red", "Green", "Blue")
_BITS = {"BINARY": (1,), "FRACTIONAL": (8,), "LABELMAP": (8, 16)}
_ENUMERATED = (
    ("SegmentationType", tuple(_BITS), "C.8.20.2.3"),
    ("SegmentationFractionalType", ("PROBABILITY", "OCCUPANCY"), "C.8.20.2.3"),
    ("SegmentsOverlap", ("YES", "NO", "UNDEFINED"), "C.8.20.2.3"),
    ("LossyImageCompression", ("00", "01"), "C.8.20.2"),
    ("Modality", ("SEG",), "C.8.20.1"),
    ("SamplesPerPixel", ("1",), "C.8.20.2"),
    ("PixelRepresentation", ("0",), "C.8.20.2"),
    ("PresentationLUTShape", ("IDENTITY",), "C.7.6.1"),
    ("BurnedInAnnotation", ("YES", "NO"), "C.7.6.1"),
    ("PatientSex", ("M", "F", "O"), "C.7.1.1"),
    ("PatientIdentityRemoved", ("YES", "NO"), "C.7.1.1"),
)


def enumerated_values(seg: Examined) -> Iterator[Finding]:
    for keyword, allowed, section in _ENUMERATED:
        found = text(seg.header, keyword)
        if found and found not in allowed:
            yield error(
                f"{name_of(keyword)} is '{found}'; it must be {_either(allowed)}.",
                keyword,
                f"PS3.3 {section}",
            )


def sop_class_fits_the_type(seg: Examined) -> Iterator[Finding]:
    labelmap_class = text(seg.header, "SOPClassUID") == LABEL_MAP_SEGMENTATION_STORAGE
    if seg.kind in _BITS and labelmap_class != seg.labelmap:
        right = LABEL_MAP_SEGMENTATION_STORAGE if seg.labelmap else SEGMENTATION_STORAGE
        yield error(
            f"Segmentation Type is {seg.kind}, which SOP Class {text(seg.header, 'SOPClassUID')} does not "
            f"hold; it must be {right}.",
            "SOPClassUID",
            "PS3.4 B.5.1.25",
        )


def image_type_is_derived_primary(seg: Examined) -> Iterator[Finding]:
    found = text(seg.header, "ImageType")
    if found and found != "DERIVED\\PRIMARY":
        yield error(
            f"Image Type is '{found}'; it must be DERIVED\\PRIMARY and nothing else.",
            "ImageType",
            "PS3.3 C.8.20.2",
        )


def photometric_interpretation(seg: Examined) -> Iterator[Finding]:
    found = text(seg.header, "PhotometricInterpretation")
    allowed = ("MONOCHROME2", "PALETTE COLOR") if seg.labelmap else ("MONOCHROME2",)
    if found and seg.kind in _BITS and found not in allowed:
        yield error(
            f"Photometric Interpretation is {found}; of a {seg.kind} segmentation it must be "
            f"{_either(allowed)}.",
            "PhotometricInterpretation",
            "PS3.3 C.8.20.2",
        )


def bits_of_a_sample(seg: Examined) -> Iterator[Finding]:
    allowed = _BITS.get(seg.kind)
    bits = whole(seg.header, "BitsAllocated")
    if allowed is None or bits is None:
        return
    if bits not in allowed:
        yield error(
            f"Bits Allocated is {bits}; of a {seg.kind} segmentation it must be {_either(allowed)}.",
            "BitsAllocated",
            "PS3.3 C.8.20.2",
        )
    for keyword, right in (("BitsStored", bits), ("HighBit", bits - 1)):
        found = whole(seg.header, keyword)
        if found is not None and found != right:
            yield error(
                f"{name_of(keyword)} is {found}; with {bits} Bits Allocated it must be {right}.",
                keyword,
                "PS3.3 C.8.20.2",
            )


def maximum_fractional_value(seg: Examined) -> Iterator[Finding]:
    found = whole(seg.header, "MaximumFractionalValue")
    if found is not None and not 1 <= found <= 255:
        yield error(
            f"Maximum Fractional Value is {found}; 8-bit samples hold 1 to 255.",
            "MaximumFractionalValue",
            "PS3.3 C.8.20.2",
        )


def size_of_a_frame(seg: Examined) -> Iterator[Finding]:
    for keyword in ("Rows", "Columns", "NumberOfFrames"):
        found = whole(seg.header, keyword)
        if found is not None and found < 1:
            section = "C.7.6.16" if keyword == "NumberOfFrames" else "C.7.6.3"
            yield error(f"{name_of(keyword)} is {found}; it must be 1 or more.", keyword, f"PS3.3 {section}")
    chosen = whole(seg.header, "RepresentativeFrameNumber")
    if chosen is not None and not 1 <= chosen <= seg.count:
        yield error(
            f"Representative Frame Number is {chosen} of {seg.count:,} frames.",
            "RepresentativeFrameNumber",
            "PS3.3 C.7.6.16",
        )


def palette(seg: Examined) -> Iterator[Finding]:
    """The three tables of a palette are alike, whole, and have an entry for every segment."""
    if text(seg.header, "PhotometricInterpretation") != "PALETTE COLOR":
        return
    names = [f"{color}PaletteColorLookupTableDescriptor" for color in _COLORS]
    found = [[int(part) for part in values(seg.header, name)] for name in names]
    if any(len(each) != 3 for each in found):
        yield error(
            "A Palette Color Lookup Table Descriptor does not have three values.",
            names[0],
            "PS3.3 C.7.6.3.1.5",
        )
        return
    if found[0] != found[1] or found[0] != found[2]:
        yield error(
            f"The descriptors of the palette's red, green and blue tables differ: {found}.",
            names[0],
            "PS3.3 C.7.6.3.1.5",
        )
        return
    entries, first, bits = found[0]
    entries = entries or 1 << 16
    if bits not in (8, 16):
        yield error(
            f"The palette has entries of {bits} bits; it must be 8 or 16.", names[0], "PS3.3 C.7.6.3.1.5"
        )
        return
    yield from _palette_data(seg, entries * bits // 8)
    without = [n for n in seg.segment_numbers if n >= first + entries]
    if without:
        yield warning(
            f"The palette ends at value {first + entries - 1}, so segment {without[0]} has the colour of its "
            "last entry.",
            names[0],
            "PS3.3 C.7.6.3.1.5",
        )


def _palette_data(seg: Examined, length: int) -> Iterator[Finding]:
    for color in _COLORS:
        if f"Segmented{color}PaletteColorLookupTableData" in seg.header:
            yield error(
                f"The {color.lower()} table of the palette is segmented, which a segmentation does not have.",
                f"Segmented{color}PaletteColorLookupTableData",
                "PS3.3 C.7.9",
            )
        keyword = f"{color}PaletteColorLookupTableData"
        data = value(seg.header, keyword)
        stored = len(data) if isinstance(data, (bytes, bytearray)) else 0
        if stored not in (length, length + length % 2):
            yield error(
                f"The {color.lower()} table of the palette holds {stored} bytes; its descriptor asks for "
                f"{length}.",
                keyword,
                "PS3.3 C.7.6.3.1.6",
            )


def _either(allowed: tuple[object, ...]) -> str:
    *some, last = map(str, allowed)
    return f"{', '.join(some)} or {last}" if some else last


RULES = (
    enumerated_values,
    sop_class_fits_the_type,
    image_type_is_derived_primary,
    photometric_interpretation,
    bits_of_a_sample,
    maximum_fractional_value,
    size_of_a_frame,
    palette,
)
