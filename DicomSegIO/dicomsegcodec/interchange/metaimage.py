"""MetaImage (.mha) label volumes on the way out: a text header and the pixels behind it.

Format: https://itk.org/Wiki/ITK/MetaIO/Documentation
"""

from typing import BinaryIO

import numpy as np

from ..geometry import Geometry

_TYPES = {"u1": "MET_UCHAR", "u2": "MET_USHORT"}


def write_metaimage(file: BinaryIO, pixels: np.ndarray, geometry: Geometry) -> None:
    """Write a label volume, uncompressed.

    Parameters
    ----------
    pixels : (slices, rows, columns) uint8 or uint16 array
    """
    spacing = geometry.spacing_mm[::-1]
    directions = geometry.index_to_lps[:3, [2, 1, 0]] / spacing
    lines = [
        "ObjectType = Image",
        "NDims = 3",
        "BinaryData = True",
        "BinaryDataByteOrderMSB = False",
        "CompressedData = False",
        f"TransformMatrix = {_numbers(directions.T.reshape(-1))}",
        f"Offset = {_numbers(geometry.index_to_lps[:3, 3])}",
        "CenterOfRotation = 0 0 0",
        f"ElementSpacing = {_numbers(np.array(spacing))}",
        f"DimSize = {' '.join(str(n) for n in pixels.shape[::-1])}",
        f"ElementType = {_TYPES[pixels.dtype.str[1:]]}",
        "ElementDataFile = LOCAL",
    ]
    file.write(("\n".join(lines) + "\n").encode("ascii"))
    for plane in pixels:
        file.write(plane.astype(plane.dtype.newbyteorder("<"), copy=False).tobytes())


def _numbers(values: np.ndarray) -> str:
    return " ".join(repr(v + 0.0) for v in values.tolist())
