"""Recommended Display CIELab Value to and from sRGB, PS3.3 C.10.7.1.1.

The white point is D65, as every existing writer of segmentations has it, so that
colours agree between programs; the ICC profile connection space of the standard
would be D50, which shifts saturated colours visibly.
"""

from collections.abc import Sequence

import numpy as np

from .errors import ArgumentError

WHITE_D65 = np.array([0.95047, 1.0, 1.08883])
_RGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_XYZ_TO_RGB = np.linalg.inv(_RGB_TO_XYZ)
_LINEAR_LIMIT = 216 / 24389
_LINEAR_SLOPE = 24389 / 27 / 116


def rgb_to_cielab(rgb: Sequence[float]) -> tuple[int, int, int]:
    """Return the stored CIELab value, 0 to 65535 each, of an sRGB colour with components from 0 to 1."""
    values = np.clip(np.asarray(rgb, np.float64), 0, 1)
    linear = np.where(values > 0.04045, ((values + 0.055) / 1.055) ** 2.4, values / 12.92)
    xyz = _RGB_TO_XYZ @ linear / WHITE_D65
    root = np.where(xyz > _LINEAR_LIMIT, np.cbrt(xyz), _LINEAR_SLOPE * xyz + 16 / 116)
    lightness = 116 * root[1] - 16
    return lab_to_stored((lightness, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])))


def cielab_to_rgb(stored: Sequence[int]) -> tuple[float, float, float]:
    """Return the sRGB colour, 0 to 1 each, of a stored CIELab value; what lies outside sRGB is clipped."""
    lightness, a, b = stored_to_lab(stored)
    middle = (lightness + 16) / 116
    root = np.array([middle + a / 500, middle, middle - b / 200])
    xyz = np.where(root**3 > _LINEAR_LIMIT, root**3, (root - 16 / 116) / _LINEAR_SLOPE) * WHITE_D65
    linear = np.clip(_XYZ_TO_RGB @ xyz, 0, 1)
    values = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, linear * 12.92)
    red, green, blue = np.clip(values, 0, 1).tolist()
    return red, green, blue


def lab_to_stored(lab: Sequence[float]) -> tuple[int, int, int]:
    """Return L* (0 to 100), a*, b* (-128 to 127) as the three unsigned 16-bit values that are stored."""
    lightness, a, b = (float(v) for v in lab)
    scaled = (lightness * 65535 / 100, (a + 128) * 65535 / 255, (b + 128) * 65535 / 255)
    first, second, third = (int(np.clip(round(v), 0, 65535)) for v in scaled)
    return first, second, third


def stored_to_lab(stored: Sequence[int]) -> tuple[float, float, float]:
    """Return L*, a*, b* of the three stored values."""
    lightness, a, b = (float(v) for v in stored)
    return lightness * 100 / 65535, a * 255 / 65535 - 128, b * 255 / 65535 - 128


class CIELabColor:
    """A colour for `SegmentDescription(display_color=...)`.

    Parameters
    ----------
    l_star : float
        0 to 100.
    a_star, b_star : float
        -128 to 127.
    """

    def __init__(self, l_star: float, a_star: float, b_star: float) -> None:
        if not 0 <= l_star <= 100:
            raise ArgumentError(f"L* is {l_star}; it must be 0 to 100.")
        for name, value in (("a*", a_star), ("b*", b_star)):
            if not -128 <= value <= 127:
                raise ArgumentError(f"{name} is {value}; it must be -128 to 127.")
        self.value = lab_to_stored((l_star, a_star, b_star))

    @classmethod
    def from_rgb(cls, r: float, g: float, b: float) -> "CIELabColor":
        """Return the colour of sRGB components from 0 to 255."""
        color = cls.__new__(cls)
        color.value = rgb_to_cielab([c / 255 for c in (r, g, b)])
        return color

    def to_rgb(self) -> tuple[int, int, int]:
        """Return the sRGB components, 0 to 255."""
        red, green, blue = (round(c * 255) for c in cielab_to_rgb(self.value))
        return red, green, blue

    @property
    def lab(self) -> tuple[float, float, float]:
        """L*, a*, b* to the precision that is stored."""
        return stored_to_lab(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CIELabColor) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return "CIELabColor({:.2f}, {:.2f}, {:.2f})".format(*self.lab)
