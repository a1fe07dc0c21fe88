"""NRRD files of label layers: 3-D, or 4-D with one axis that has no direction in space.

Only what segmentations need, word for word, because ITK takes the fourth axis for
space or time: header fields and key/value pairs, the data raw or gzip-compressed
(plain text too on the way in), in the header's file or a file beside it.
Format: https://teem.sourceforge.net/nrrd/format.html
"""

import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..errors import ArgumentError, ExternalFileError
from ..geometry import Geometry

_TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
}  # fmt: skip
_DTYPES = {name: dtype for dtype, names in _TYPES.items() for name in names}
_TO_LPS = {
    "left-posterior-superior": (1, 1, 1),
    "lps": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
    "las": (1, -1, 1),
}
_LONGEST_HEADER = 1 << 26
_BYTES_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class NrrdLayers:
    """Arrays on one grid, and the key/value pairs beside them.

    Parameters
    ----------
    layers : tuple of (slices, rows, columns) arrays
    geometry : Geometry
    key_values : mapping of str to str
    """

    layers: tuple[np.ndarray, ...]
    geometry: Geometry
    key_values: Mapping[str, str]


def read_nrrd(path: str | Path) -> NrrdLayers:
    """Return the contents of a NRRD file; arrays are read-only.

    Raises
    ------
    ExternalFileError
        The file cannot be read, is not NRRD, ends early or is of a kind that is not supported.
    """
    path = Path(path)
    with _opened(path) as file:
        fields, key_values = _read_header(file, path.name)
        axes = _Axes.of(fields, path.name)
        detached = fields.get("data file") or fields.get("datafile")
        if detached is None:
            pixels = _read_data(file, fields, axes.sizes, path.name)
        else:
            beside = _data_file(path, detached)
            with beside.open("rb") as data:
                pixels = _read_data(data, fields, axes.sizes, beside.name)
    # The first axis of the file changes fastest, so the array has them backwards: column, row, slice last.
    array = pixels.reshape(axes.sizes[::-1])
    if axes.list_axis is None:
        layers: tuple[np.ndarray, ...] = (array,)
    else:
        layers = tuple(np.moveaxis(array, array.ndim - 1 - axes.list_axis, 0))
    return NrrdLayers(layers, Geometry(axes.index_to_lps, layers[0].shape), key_values)


def read_nrrd_header(path: str | Path) -> Mapping[str, str]:
    """Return the key/value pairs of a NRRD file. Errors as `read_nrrd`."""
    path = Path(path)
    with _opened(path) as file:
        return _read_header(file, path.name)[1]


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError as problem:
        raise ExternalFileError(f"There is no file {problem.filename}.") from problem
    except OSError as problem:
        raise ExternalFileError(f"{path} cannot be read: {problem.strerror or problem}.") from problem


def write_nrrd(
    file: BinaryIO, layers: Sequence[np.ndarray], geometry: Geometry, key_values: Mapping[str, str]
) -> None:
    """Write one layer as 3-D NRRD, or several as 4-D NRRD with the list of layers first, gzip-compressed.

    Parameters
    ----------
    layers : sequence of (slices, rows, columns) uint8 or uint16 arrays
        All of the geometry's shape and of one type.
    """
    types = {layer.dtype for layer in layers}
    if len(types) != 1 or any(layer.shape != geometry.shape for layer in layers):
        raise ArgumentError("Layers of one NRRD file need one shape and one type.")
    dtype = types.pop()
    several = len(layers) > 1
    directions = [_vector(geometry.index_to_lps[:3, axis]) for axis in (2, 1, 0)]
    sizes = [str(n) for n in geometry.shape[::-1]]
    lines = [
        "NRRD0004",
        "# Complete NRRD file format specification at:",
        "# http://teem.sourceforge.net/nrrd/format.html",
        f"type: {_TYPES[dtype.str[1:]][1]}",
        f"dimension: {3 + several}",
        "space: left-posterior-superior",
        f"sizes: {' '.join([str(len(layers))] * several + sizes)}",
        f"space directions: {' '.join(['none'] * several + directions)}",
        f"kinds: {'list ' * several}domain domain domain",
        *(["endian: little"] if dtype.itemsize > 1 else []),
        "encoding: gzip",
        f"space origin: {_vector(geometry.index_to_lps[:3, 3])}",
        *(f"{_escape(key)}:={_escape(value)}" for key, value in key_values.items()),
    ]
    file.write("\n".join(lines).encode("utf-8") + b"\n\n")
    packer = zlib.compressobj(4, zlib.DEFLATED, 31)
    for slab in _slabs(layers, geometry.shape[0]):
        file.write(packer.compress(slab))
    file.write(packer.flush())


def _slabs(layers: Sequence[np.ndarray], slices: int) -> Iterator[bytes]:
    step = max(1, _BYTES_AT_ONCE // max(1, layers[0][:1].nbytes * len(layers)))
    for first in range(0, slices, step):
        slab = np.stack([layer[first : first + step] for layer in layers], axis=-1)
        yield slab.astype(slab.dtype.newbyteorder("<"), copy=False).tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class _Axes:
    """Sizes in the file's order, the place of the axis that is not in space, and where the voxels lie."""

    sizes: tuple[int, ...]
    list_axis: int | None
    index_to_lps: np.ndarray

    @classmethod
    def of(cls, fields: Mapping[str, str], name: str) -> "_Axes":
        sizes = tuple(_numbers(fields, "sizes", name))
        if len(sizes) != _numbers(fields, "dimension", name)[0] or len(sizes) not in (3, 4) or min(sizes) < 1:
            raise ExternalFileError(
                f"{name} has the sizes {fields['sizes']} in {fields['dimension']} dimensions; a label volume "
                "has 3, and one more where it has several layers."
            )
        space = fields.get("space", "").lower()
        if space not in _TO_LPS:
            raise ExternalFileError(
                f"{name} has the space '{space}', so the directions of its axes in the patient are unknown; "
                f"known are {', '.join(s for s in _TO_LPS if '-' in s)}."
            )
        units = set(fields.get("space units", '"mm"').replace('"', " ").split())
        if units != {"mm"}:
            raise ExternalFileError(f"{name} has the space units {', '.join(sorted(units))}; expected mm.")
        vectors = [_parse_vector(v, name) for v in _split_vectors(fields.get("space directions", ""))]
        spatial = [axis for axis, vector in enumerate(vectors) if vector is not None]
        if len(vectors) != len(sizes) or len(spatial) != 3:
            raise ExternalFileError(
                f"{name} has the space directions '{fields.get('space directions', '')}'; expected a vector "
                "for each of 3 axes, and 'none' for the axis of layers."
            )
        matrix = np.eye(4)
        for column, axis in enumerate(reversed(spatial)):
            matrix[:3, column] = vectors[axis]
        origin = _parse_vector(fields.get("space origin", "(0,0,0)"), name)
        matrix[:3, 3] = (0.0, 0.0, 0.0) if origin is None else origin
        matrix[:3] *= np.array(_TO_LPS[space])[:, None]
        if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-12:
            raise ExternalFileError(
                f"{name} has space directions that do not span space; it places no voxels."
            )
        others = [axis for axis in range(len(sizes)) if axis not in spatial]
        return cls(sizes, others[0] if others else None, matrix)


def _read_header(file: BinaryIO, name: str) -> tuple[dict[str, str], dict[str, str]]:
    if not file.readline(64).startswith(b"NRRD000"):
        raise ExternalFileError(f"{name} is not a NRRD file; it does not begin with NRRD000.")
    fields: dict[str, str] = {}
    key_values: dict[str, str] = {}
    while file.tell() < _LONGEST_HEADER:
        raw = file.readline(_LONGEST_HEADER)
        line = _decode(raw).rstrip("\r\n")
        if not line:
            break
        key, colon, value = line.partition(":")
        if line.startswith("#") or not colon:
            continue
        if value.startswith("="):
            key_values[_unescape(key)] = _unescape(value[1:])
        else:
            fields[key.strip().lower()] = value.strip()
    for key in ("type", "dimension", "sizes", "encoding"):
        if key not in fields:
            raise ExternalFileError(f"{name} has no field '{key}' in its NRRD header; the file is damaged.")
    return fields, key_values


def _read_data(file: BinaryIO, fields: Mapping[str, str], sizes: Sequence[int], name: str) -> np.ndarray:
    kind = fields["type"].lower()
    if kind not in _DTYPES:
        raise ExternalFileError(f"{name} holds pixels of type '{fields['type']}'; expected whole numbers.")
    order = {"little": "<", "big": ">"}.get(fields.get("endian", "").lower(), "")
    dtype = np.dtype(order + _DTYPES[kind])
    if dtype.itemsize > 1 and not order and fields["encoding"].lower() not in ("text", "txt", "ascii"):
        raise ExternalFileError(
            f"{name} has no field 'endian', so its byte order is unknown; the file is damaged."
        )
    size = prod(sizes) * dtype.itemsize
    for _ in range(_whole(fields, "line skip", name)):
        file.readline()
    skip = _whole(fields, "byte skip", name)
    match fields["encoding"].lower():
        case "raw":
            rest = os.fstat(file.fileno()).st_size - file.tell()
            file.seek(rest - size if skip == -1 and rest > size else max(skip, 0), 1)
            data = file.read(min(size, rest))  # reading asks for the memory before it looks how much is there
        case "gzip" | "gz":
            file.seek(max(skip, 0), 1)
            data = _decompress(file, size, name)
        case "text" | "txt" | "ascii":
            return _read_text(file.read(), dtype, prod(sizes), name)
        case other:
            raise ExternalFileError(f"{name} has the encoding '{other}'; known are raw, gzip and text.")
    if len(data) < size:
        raise ExternalFileError(
            f"{name} holds {len(data)} bytes of pixels where its sizes ask for {size}; the file is truncated."
        )
    return np.frombuffer(data, dtype, prod(sizes))


def _decompress(file: BinaryIO, size: int, name: str) -> bytes:
    """Return `size` bytes or what there is, however much the stream would restore to."""
    unpacker = zlib.decompressobj(47)
    parts, total = [], 0
    try:
        # One byte more than wanted, so that the stream's end and with it its checksum is met.
        while total <= size and not unpacker.eof and (data := file.read(_BYTES_AT_ONCE)):
            while data and total <= size:
                parts.append(unpacker.decompress(data, size + 1 - total))
                total += len(parts[-1])
                data = unpacker.unconsumed_tail
    except zlib.error as problem:
        raise ExternalFileError(f"The compressed pixels of {name} are damaged ({problem}).") from problem
    if total > size or (total == size and not unpacker.eof):
        raise ExternalFileError(f"The compressed pixels of {name} do not end where its sizes ask for it.")
    return b"".join(parts)


def _read_text(data: bytes, dtype: np.dtype, count: int, name: str) -> np.ndarray:
    words = data.split()
    if len(words) < count:
        raise ExternalFileError(
            f"{name} holds {len(words)} pixels where its sizes ask for {count}; it is truncated."
        )
    try:
        return np.array(words[:count]).astype(dtype)
    except (ValueError, OverflowError) as problem:
        raise ExternalFileError(
            f"{name} holds pixels that are not numbers of its type: {problem}."
        ) from problem


def _data_file(path: Path, detached: str) -> Path:
    if detached.startswith("LIST") or "%" in detached:
        raise ExternalFileError(f"{path.name} spreads its pixels over several files; save it as one file.")
    return path.parent / detached


def _numbers(fields: Mapping[str, str], key: str, name: str) -> list[int]:
    try:
        numbers = [int(part) for part in fields[key].split()]
    except ValueError:
        numbers = []
    if not numbers:
        raise ExternalFileError(f"{name} has '{fields[key]}' as '{key}'; expected whole numbers.")
    return numbers


def _whole(fields: Mapping[str, str], key: str, name: str) -> int:
    spelled = key if key in fields else key.replace(" ", "")
    return _numbers(fields, spelled, name)[0] if spelled in fields else 0


def _split_vectors(text: str) -> list[str]:
    """Return the parts of `none (1,0,0) (0, 1, 0)`; blanks may stand inside of parentheses."""
    parts = text.replace("(", " (").split()
    joined: list[str] = []
    for part in parts:
        if joined and joined[-1].startswith("(") and not joined[-1].endswith(")"):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


def _parse_vector(text: str, name: str) -> np.ndarray | None:
    if text.lower() == "none":
        return None
    try:
        vector = np.array([float(part) for part in text.strip("() ").split(",")])
    except ValueError:
        vector = np.empty(0)
    if vector.shape != (3,):
        raise ExternalFileError(f"{name} has '{text}' as a vector; expected three numbers in parentheses.")
    return None if np.isnan(vector).all() else vector


def _vector(values: np.ndarray) -> str:
    return "(" + ",".join(repr(v + 0.0) for v in values.tolist()) + ")"


def _decode(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:  # older writers used the code page of their machine
        return line.decode("latin-1")


def _escape(text: str) -> str:
    """Return text for a key or value: newline and backslash escaped, other breaks a space, as in teem."""
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return "".join(" " if c in "\r\v\f\0" else c for c in text)


def _unescape(text: str) -> str:
    parts = text.split("\\\\")
    return "\\".join(part.replace("\\n", "\n") for part in parts)
