"""Pixel Data as bytes: transfer syntax, VR, length, padding, PS3.5 8 and A."""

from collections.abc import Iterator

from ..findings import Finding
from ..samples import SampleFormat
from .examined import Examined, PixelElement
from .values import whole
from .wording import error, plural, warning


def transfer_syntax_holds_the_samples(seg: Examined) -> Iterator[Finding]:
    syntax, bits = seg.syntax, whole(seg.header, "BitsAllocated")
    if syntax is None:
        if seg.syntax_uid:
            yield error(
                f"Transfer syntax {seg.syntax_uid} is none that segmentations are known to be stored in; its "
                "pixels cannot be checked.",
                "TransferSyntaxUID",
                "PS3.5 8.2",
            )
        return
    if not syntax.little_endian:
        yield warning(
            f"{syntax.name} is retired; many programs do not read it.", "TransferSyntaxUID", "PS3.5 A.3"
        )
    if bits in (1, 8, 16) and bits not in syntax.reads:
        yield error(f"{syntax.name} does not hold {bits}-bit samples.", "TransferSyntaxUID", "PS3.5 8.2")
    elif bits == 1 and syntax.keyword == "RLELossless":
        yield warning(
            "1-bit samples are compressed with RLE, which is defined for whole bytes; few programs read it.",
            "TransferSyntaxUID",
            "PS3.5 8.2.2",
        )


def frames_can_be_fetched(seg: Examined) -> Iterator[Finding]:
    if seg.unreadable and (seg.syntax is not None or not seg.syntax_uid):
        yield error(seg.unreadable, "PixelData", "PS3.3 C.7.6.3")


def value_representation(seg: Examined) -> Iterator[Finding]:
    pixels, syntax, bits = seg.pixels, seg.syntax, whole(seg.header, "BitsAllocated")
    if pixels is None or syntax is None or syntax.implicit_vr or bits is None or not seg.in_file:
        return
    if pixels.fragmented:
        if pixels.vr != "OB":
            yield error(
                f"Pixel Data in fragments has VR {pixels.vr}; it must be OB.", "PixelData", "PS3.5 A.4"
            )
    elif pixels.vr not in (("OW",) if bits > 8 else ("OB", "OW")):
        right = "OW" if bits > 8 else "OB or OW"
        yield error(
            f"Pixel Data of {bits}-bit samples has VR {pixels.vr}; it must be {right}.",
            "PixelData",
            "PS3.5 A.2",
        )


def length_of_native_pixels(seg: Examined) -> Iterator[Finding]:
    """Nothing but the frames and a byte that makes the length even."""
    pixels, needed = seg.pixels, _needed(seg)
    if pixels is None or needed is None:
        return
    if pixels.length % 2 and seg.in_file:
        yield error(f"Pixel Data has an odd length of {pixels.length:,} bytes.", "PixelData", "PS3.5 7.1.1")
    missing = pixels.length - _held(pixels)
    if missing > 0 and _held(pixels) >= needed:
        yield error(
            f"The file ends {plural(missing, 'byte')} before Pixel Data does; it is truncated.",
            "PixelData",
            "PS3.5 7.1",
        )
    extra = pixels.length - needed
    if extra <= needed % 2:
        return
    samples = SampleFormat.stored(whole(seg.header, "BitsAllocated") or 1)
    if pixels.length - seg.count * samples.native_bytes(1, seg.shape) in (0, 1):
        yield error(
            "Each frame is filled up to a whole byte; frames follow one another without.",
            "PixelData",
            "PS3.5 8.1.1",
        )
        return
    more = extra * 8 // samples.frame_bits(seg.shape)
    as_frames = f", as for {plural(more, 'more frame')}" if more else ""
    yield error(
        f"Pixel Data holds {plural(extra, 'byte')} more than {plural(seg.count, 'frame')} "
        f"{'takes' if seg.count == 1 else 'take'}{as_frames}.",
        "PixelData",
        "PS3.3 C.7.6.3",
    )


def filling_is_zero(seg: Examined) -> Iterator[Finding]:
    """The byte that makes the length even, and the last bits of packed frames, are 0."""
    pixels, needed = seg.pixels, _needed(seg)
    if pixels is None or needed is None or not needed or _held(pixels) < needed:
        return
    bits = whole(seg.header, "BitsAllocated") or 1
    last = pixels.length - needed <= needed % 2  # otherwise what follows is no filling
    used = seg.count * SampleFormat.stored(bits).frame_bits(seg.shape) % 8
    with pixels.source.opened() as read_at:
        if _held(pixels) == pixels.length == needed + 1:
            padding = read_at(pixels.offset + needed, 1)[0]
            if padding:
                yield warning(
                    f"Pixel Data is padded with the byte {padding:02X}H; it must be 00H.",
                    "PixelData",
                    "PS3.5 6.2",
                )
        if bits == 1 and used and last and read_at(pixels.offset + needed - 1, 1)[0] >> used:
            yield warning(
                f"The last {8 - used} bits of Pixel Data belong to no pixel and are not 0.",
                "PixelData",
                "PS3.5 8.1.1",
            )


def _needed(seg: Examined) -> int | None:
    """Return how many bytes native frames take; None where that is unknown or they are compressed."""
    bits = whole(seg.header, "BitsAllocated")
    native = seg.syntax is not None and not seg.syntax.encapsulated
    if (
        seg.pixels is None
        or seg.pixels.fragmented
        or not native
        or bits not in (1, 8, 16)
        or min(seg.shape) < 1
    ):
        return None
    return SampleFormat.stored(bits).native_bytes(seg.count, seg.shape)


def _held(pixels: PixelElement) -> int:
    return min(pixels.length, pixels.source.size - pixels.offset)


RULES = (
    transfer_syntax_holds_the_samples,
    frames_can_be_fetched,
    value_representation,
    length_of_native_pixels,
    filling_is_zero,
)
