"""NIfTI-1 label volumes on the way out, and whether a NIfTI file is whole on the way in.

Written here because ITK's writer takes a full disk for success and its reader takes a
truncated file for a whole one. Axes are right-anterior-superior, numbers single precision.
Format: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h
"""

import gzip
import struct
import zlib
from math import prod, sqrt
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..errors import ArgumentError, ExternalFileError
from ..geometry import Geometry

_HEADER = struct.Struct("<i36x8h14x3h8f3fhBB128x2h18f16x4s")
_DATA_OFFSET = 352
_DATATYPES = {"u1": 2, "u2": 512}
_SCANNER, _MILLIMETRES = 1, 2
_LONGEST_AXIS = 0x7FFF
_BYTES_AT_ONCE = 1 << 22


def write_nifti(file: BinaryIO, pixels: np.ndarray, geometry: Geometry, *, compressed: bool) -> None:
    """Write a label volume.

    Parameters
    ----------
    pixels : (slices, rows, columns) uint8 or uint16 array

    Raises
    ------
    ArgumentError
        An axis has more voxels than the format can count.
    """
    if max(pixels.shape) > _LONGEST_AXIS:
        raise ArgumentError(
            f"A NIfTI volume can have {_LONGEST_AXIS} voxels along an axis, not {max(pixels.shape)}; "
            "choose another format."
        )
    head = _header(pixels, geometry) + bytes(_DATA_OFFSET - _HEADER.size)
    if not compressed:
        _write_volume(file, head, pixels)
        return
    # No name and time in the stream, so that the same labels give the same file.
    with gzip.GzipFile("", "wb", 4, file, 0) as packed:
        _write_volume(packed, head, pixels)


def check_nifti_is_whole(path: Path) -> None:
    """Raise ExternalFileError if a NIfTI file, compressed or not, is shorter than its header asks for."""
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            file: BinaryIO | gzip.GzipFile = gzip.GzipFile(fileobj=plain) if packed else plain
            promised = _promised_size(file.read(544))
            if promised is None:
                raise ExternalFileError(f"{path} is not a NIfTI file; its header is damaged.")
            found = min(promised, 544)
            while part := file.read(_BYTES_AT_ONCE):  # to the end, where the checksum is
                found += len(part)
    except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
        raise ExternalFileError(f"{path} is damaged or truncated ({problem}).") from problem
    except OSError as problem:
        raise ExternalFileError(f"{path} cannot be read: {problem.strerror}.") from problem
    if found < promised:
        raise ExternalFileError(
            f"{path} holds {found} bytes where its header asks for {promised}; it is truncated."
        )


def _header(pixels: np.ndarray, geometry: Geometry) -> bytes:
    matrix = np.diag([-1.0, -1.0, 1.0]) @ geometry.index_to_lps[:3, [2, 1, 0, 3]]
    spacing = np.linalg.norm(matrix[:, :3], axis=0)
    directions = matrix[:, :3] / spacing
    handedness = 1.0 if np.linalg.det(directions) > 0 else -1.0
    directions[:, 2] *= handedness
    shape = pixels.shape[::-1]
    return _HEADER.pack(
        _HEADER.size,
        3, *shape, 1, 1, 1, 1,
        _DATATYPES[pixels.dtype.str[1:]], pixels.dtype.itemsize * 8, 0,
        handedness, *spacing, 0, 0, 0, 0,
        _DATA_OFFSET, 0, 0,
        0, 0, _MILLIMETRES,
        # The quaternion form cannot say a sheared grid; then the matrix alone is valid.
        _SCANNER if geometry.orthogonal else 0, _SCANNER,
        *_quaternion(directions), *matrix[:, 3],
        *matrix.reshape(-1),
        b"n+1",
    )  # fmt: skip


def _quaternion(rotation: np.ndarray) -> tuple[float, float, float]:
    """Return b, c, d of the unit quaternion of a rotation matrix, its a not negative."""
    # Of the four ways to divide by a component, the largest component is the one that is safe.
    trace = np.array([rotation.trace(), *(2 * rotation.diagonal() - rotation.trace())])
    largest = int(trace.argmax())
    root = sqrt(max(0.0, 1 + trace[largest])) * 2
    r = rotation
    products = {
        (0, 1): r[2, 1] - r[1, 2], (0, 2): r[0, 2] - r[2, 0], (0, 3): r[1, 0] - r[0, 1],
        (1, 2): r[0, 1] + r[1, 0], (1, 3): r[0, 2] + r[2, 0], (2, 3): r[1, 2] + r[2, 1],
    }  # fmt: skip
    parts = [
        root / 4 if i == largest else products[min(i, largest), max(i, largest)] / root for i in range(4)
    ]
    sign = -1.0 if parts[0] < 0 else 1.0
    return sign * parts[1], sign * parts[2], sign * parts[3]


def _write_volume(file: BinaryIO | gzip.GzipFile, head: bytes, pixels: np.ndarray) -> None:
    file.write(head)
    step = max(1, _BYTES_AT_ONCE // max(1, pixels[:1].nbytes))
    for first in range(0, pixels.shape[0], step):
        slab = pixels[first : first + step]
        file.write(slab.astype(slab.dtype.newbyteorder("<"), copy=False).tobytes())


def _promised_size(head: bytes) -> int | None:
    """Return the bytes that a NIfTI-1 or NIfTI-2 header asks for, itself included."""
    for order in "<>":
        if len(head) >= 348 and struct.unpack_from(order + "i", head)[0] == 348:
            dimensions = struct.unpack_from(order + "8h", head, 40)
            bits = struct.unpack_from(order + "h", head, 72)[0]
            offset = struct.unpack_from(order + "f", head, 108)[0]
        elif len(head) >= 540 and struct.unpack_from(order + "i", head)[0] == 540:
            dimensions = struct.unpack_from(order + "8q", head, 16)
            bits = struct.unpack_from(order + "h", head, 14)[0]
            offset = struct.unpack_from(order + "q", head, 168)[0]
        else:
            continue
        count = dimensions[0]
        if not 1 <= count <= 7 or min(dimensions[1 : count + 1]) < 1 or not 0 <= offset < 2**62:
            return None
        return int(offset) + (prod(dimensions[1 : count + 1]) * bits + 7) // 8
    return None
