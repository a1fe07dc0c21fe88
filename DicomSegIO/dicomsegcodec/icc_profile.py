"""ICC profiles of images with a palette, PS3.3 C.11.15 and ICC.1 (ISO 15076-1).

That of sRGB is made here, so that no file travels with the library: matrix and curve of IEC 61966-2-1, as an
input device, which is what an image has, in profile version 4.
"""

import struct
from functools import cache

import numpy as np

from .color import RGB_TO_XYZ, WHITE_D65
from .errors import ArgumentTypeError, UnusableIccProfile

_HEADER_SIZE = 128
_CLASSES, _SPACES = (b"scnr", b"spac"), (b"XYZ ", b"Lab ")
# White of the profile connection space, and the cone responses of Bradford that adapt to it.
_WHITE_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def check_icc_profile(profile: bytes) -> None:
    """Check that a profile is one that an image may have: of an input device, of RGB, whole.

    Raises
    ------
    ArgumentTypeError
        It is not bytes.
    UnusableIccProfile
    """
    if not isinstance(profile, bytes):
        raise ArgumentTypeError(f"icc_profile is of type {type(profile).__name__}; give its bytes.")
    if len(profile) < _HEADER_SIZE or profile[36:40] != b"acsp":
        raise UnusableIccProfile("icc_profile is no ICC profile: its header has no signature 'acsp'.")
    size = int.from_bytes(profile[:4], "big")
    if len(profile) - size not in (0, 1):  # an odd one is padded
        raise UnusableIccProfile(
            f"icc_profile has {len(profile)} bytes and says {size}; it is cut off or has something appended."
        )
    kind, space, connection = profile[12:16], profile[16:20], profile[20:24]
    if kind not in _CLASSES or space != b"RGB " or connection not in _SPACES:
        raise UnusableIccProfile(
            f"icc_profile has the class {_shown(kind)}, the colour space {_shown(space)} and the connection "
            f"space {_shown(connection)}; an image needs 'scnr' (input device) or 'spac', 'RGB', and 'XYZ' "
            "or 'Lab'. Leave it out for sRGB."
        )


@cache
def srgb_profile() -> bytes:
    """Return an ICC profile of sRGB."""
    adapt = np.linalg.inv(_BRADFORD) @ np.diag((_BRADFORD @ _WHITE_D50) / (_BRADFORD @ WHITE_D65)) @ _BRADFORD
    primaries = (adapt @ RGB_TO_XYZ).T
    curve = (
        b"para" + struct.pack(">IHH", 0, 3, 0) + _fixed([2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045])
    )
    tags = {
        b"desc": _text("sRGB"),
        b"cprt": _text("No copyright, use freely"),
        b"wtpt": _xyz(_WHITE_D50),
        b"chad": b"sf32" + bytes(4) + _fixed(adapt.ravel()),
        b"rXYZ": _xyz(primaries[0]),
        b"gXYZ": _xyz(primaries[1]),
        b"bXYZ": _xyz(primaries[2]),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, data, places = b"", b"", {}
    start = _HEADER_SIZE + 4 + 12 * len(tags)
    for name, value in tags.items():
        if value not in places:  # tags may share their data
            places[value] = start + len(data)
            data += value + bytes(-len(value) % 4)
        table += name + struct.pack(">II", places[value], len(value))
    size = start + len(data)
    header = struct.pack(">I4sI", size, bytes(4), 0x04300000) + b"scnr" + b"RGB " + b"XYZ "
    header += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _fixed(_WHITE_D50)
    return header.ljust(_HEADER_SIZE, b"\0") + struct.pack(">I", len(tags)) + table + data


def _fixed(numbers: "np.ndarray | list[float]") -> bytes:
    """Return numbers as s15Fixed16Number."""
    return np.round(np.asarray(numbers, np.float64) * 65536).astype(">i4").tobytes()


def _xyz(values: np.ndarray) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(values)


def _text(text: str) -> bytes:
    """Return a multiLocalizedUnicodeType of one American English text."""
    encoded = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">III2s2sII", 0, 1, 12, b"en", b"US", len(encoded), 28) + encoded


def _shown(signature: bytes) -> str:
    return repr(signature.decode("latin-1").strip())
