"""Attributes that must be there, PS3.3 A.51.3; types are those of PS3.5 7.4."""

from collections.abc import Iterator

from pydicom.dataset import Dataset

from ..findings import Finding
from .examined import Examined
from .module_table import MODULES, Attribute, Module
from .values import count, element, items, name_of, text, value, whole
from .wording import error, listed, warning


def asked_for_by_modules(seg: Examined) -> Iterator[Finding]:
    """What a module asks for is there, and has a value where it is of type 1."""
    for attribute, module in _needed(seg).values():
        missing, empty, all_items = _absent(seg.header, attribute)
        name = name_of(attribute.path[-1])
        for places, how in ((missing, "missing"), (empty, "empty")):
            if not places:
                continue
            at = "" if all_items is None else f" in {_which(attribute.path[:-1], places, all_items)}"
            kind = "" if attribute.type == 1 else "; it may be empty"
            yield error(
                f"{name} is {how}{at}; the {module.name} Module asks for it{kind}.",
                "/".join(attribute.path),
                f"PS3.3 {module.section}",
            )


def _needed(seg: Examined) -> dict[tuple[str, ...], tuple[Attribute, Module]]:
    """Return each attribute that is asked for, with the module that asks most."""
    needed: dict[tuple[str, ...], tuple[Attribute, Module]] = {}
    for module in MODULES:
        for attribute in module.attributes if module.applies(seg) else ():
            known = needed.get(attribute.path)
            if known is None or attribute.type < known[0].type:
                needed[attribute.path] = (attribute, module)
    return needed


def _absent(header: Dataset, attribute: Attribute) -> tuple[list[int], list[int], int | None]:
    """Return in which of the parents, from 1, an attribute is missing and empty, and how many there are."""
    parents = [header]
    for sequence in attribute.path[:-1]:
        parents = [item for parent in parents for item in items(parent, sequence)]
    missing, empty = [], []
    for number, parent in enumerate(parents, start=1):
        found = element(parent, attribute.path[-1])
        if attribute.path[-1] not in parent:
            missing.append(number)
        elif attribute.type == 1 and found is not None and not count(found):
            empty.append(number)
    return missing, empty, None if len(attribute.path) == 1 else len(parents)


def _which(sequences: tuple[str, ...], places: list[int], among: int) -> str:
    name = name_of(sequences[-1])
    if among == 1:
        return f"the item of {name}"
    if len(places) == among:
        return f"all {among} items of {name}"
    return f"item{'' if len(places) == 1 else 's'} {listed(places)} of {name}"


def lossy_compression_is_described(seg: Examined) -> Iterator[Finding]:
    if text(seg.header, "LossyImageCompression") != "01":
        return
    for keyword in ("LossyImageCompressionRatio", "LossyImageCompressionMethod"):
        if value(seg.header, keyword) is None:
            yield error(
                f"Lossy Image Compression is 01 and {name_of(keyword)} is missing.",
                keyword,
                "PS3.3 C.8.20.2",
            )


def fractions_are_described(seg: Examined) -> Iterator[Finding]:
    for keyword in ("SegmentationFractionalType", "MaximumFractionalValue"):
        if seg.kind == "FRACTIONAL" and value(seg.header, keyword) is None:
            yield error(
                f"{name_of(keyword)} is missing; a FRACTIONAL segmentation needs it to be understood.",
                keyword,
                "PS3.3 C.8.20.2",
            )
        elif seg.kind in ("BINARY", "LABELMAP") and keyword in seg.header:
            yield error(
                f"{name_of(keyword)} is there and the segmentation is {seg.kind}; only FRACTIONAL has it.",
                keyword,
                "PS3.3 C.8.20.2",
            )


def projections_state_patient_orientation(seg: Examined) -> Iterator[Finding]:
    """Where no direction cosines say how the patient lies, Patient Orientation does."""
    in_space = seg.has_group("PlaneOrientationSequence") or "ImageOrientationSlide" in seg.header
    if not in_space and not seg.slide and "PatientOrientation" not in seg.header:
        yield error(
            "Patient Orientation is missing, and no plane orientation says how the patient lies; it may be "
            "empty.",
            "PatientOrientation",
            "PS3.3 C.7.6.1.1.1",
        )


def slides_state_their_orientation(seg: Examined) -> Iterator[Finding]:
    placed = seg.has_group("PlanePositionSlideSequence") or seg.tiled_full
    if placed and value(seg.header, "ImageOrientationSlide") is None:
        yield error(
            "Image Orientation (Slide) is missing, so the directions of rows and columns on the slide are "
            "unknown.",
            "ImageOrientationSlide",
            "PS3.3 C.8.12.14",
        )
    if seg.tiled_full and value(seg.header, "TotalPixelMatrixFocalPlanes") is None:
        yield error(
            "Total Pixel Matrix Focal Planes is missing; the order of TILED_FULL frames depends on it.",
            "TotalPixelMatrixFocalPlanes",
            "PS3.3 C.8.12.14",
        )


def attributes_that_do_not_belong(seg: Examined) -> Iterator[Finding]:
    """No pixel padding but in a label map, and no transformation of the stored values."""
    if "PixelPaddingValue" in seg.header and seg.kind in ("BINARY", "FRACTIONAL"):
        yield error(
            f"Pixel Padding Value is there and the segmentation is {seg.kind}; only a label map has one.",
            "PixelPaddingValue",
            "PS3.3 A.51.4",
        )
    if whole(seg.header, "SamplesPerPixel") == 1 and "PlanarConfiguration" in seg.header:
        yield error(
            "Planar Configuration is there and a pixel has one sample, which has no planes.",
            "PlanarConfiguration",
            "PS3.3 C.7.6.3",
        )
    if "PixelAspectRatio" in seg.header and seg.has_group("PixelMeasuresSequence"):
        yield error(
            "Pixel Aspect Ratio stands beside Pixel Measures Sequence, which tells the distance of pixels.",
            "PixelAspectRatio",
            "PS3.3 C.7.6.3.1.7",
        )
    for keyword, what in (
        ("PixelPaddingRangeLimit", "Pixel Padding Range Limit"),
        ("WindowCenter", "the VOI LUT Module (Window Center)"),
        ("VOILUTSequence", "the VOI LUT Module (VOI LUT Sequence)"),
        ("RescaleSlope", "the Modality LUT Module (Rescale Slope)"),
        ("ModalityLUTSequence", "the Modality LUT Module (Modality LUT Sequence)"),
    ):
        if keyword in seg.header:
            yield warning(
                f"A segmentation does not have {what}; values are stored as they are meant.",
                keyword,
                "PS3.3 A.51.4",
            )
    if any(0x6000 <= tag.group <= 0x601E for tag in seg.header.keys()):  # noqa: SIM118 - a Dataset has elements
        yield warning("A segmentation does not have an Overlay Plane Module.", "OverlayData", "PS3.3 A.51.4")


RULES = (
    asked_for_by_modules,
    lossy_compression_is_described,
    fractions_are_described,
    projections_state_patient_orientation,
    slides_state_their_orientation,
    attributes_that_do_not_belong,
)
