"""Recommended Display CIELab Value to and from sRGB, PS3.3 C.10.7.1.1.

The white point is D65, as every existing writer of segmentations has it, so that
colours agree between programs; the ICC profile connection space of the standard
would be D50, which shifts saturated colours visibly.
"""

from collections.abc import Sequence
from operator import index
from typing import Self

import numpy as np

from .color_names import rgb_of
from .errors import ArgumentError, ArgumentTypeError

WHITE_D65 = np.array([0.95047, 1.0, 1.08883])
RGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_XYZ_TO_RGB = np.linalg.inv(RGB_TO_XYZ)
_LINEAR_LIMIT = 216 / 24389
_LINEAR_SLOPE = 24389 / 27 / 116


def rgb_to_cielab(rgb: Sequence[float]) -> tuple[int, int, int]:
    """Return the stored CIELab value, 0 to 65535 each, of an sRGB colour with components from 0 to 1."""
    values = np.clip(np.asarray(rgb, np.float64), 0, 1)
    linear = np.where(values > 0.04045, ((values + 0.055) / 1.055) ** 2.4, values / 12.92)
    xyz = RGB_TO_XYZ @ linear / WHITE_D65
    root = np.where(xyz > _LINEAR_LIMIT, np.cbrt(xyz), _LINEAR_SLOPE * xyz + 16 / 116)
    lightness = 116 * root[1] - 16
    return lab_to_stored((lightness, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])))


def cielab_to_rgb(stored: Sequence[int]) -> tuple[float, float, float]:
    """Return the sRGB colour, 0 to 1 each, of a stored CIELab value; what lies outside sRGB is clipped."""
    red, green, blue = np.clip(_unclipped_rgb(stored), 0, 1).tolist()
    return red, green, blue


def _unclipped_rgb(stored: Sequence[int]) -> np.ndarray:
    """Return sRGB components, below 0 or above 1 where sRGB has no such colour."""
    lightness, a, b = stored_to_lab(stored)
    middle = (lightness + 16) / 116
    root = np.array([middle + a / 500, middle, middle - b / 200])
    xyz = np.where(root**3 > _LINEAR_LIMIT, root**3, (root - 16 / 116) / _LINEAR_SLOPE) * WHITE_D65
    linear = _XYZ_TO_RGB @ xyz
    bent = 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055
    return np.where(linear > 0.0031308, bent, linear * 12.92)


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
    """A colour for `SegmentDescription(display_color=...)`, also `from_rgb` and `from_string`.

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
        self._value = lab_to_stored((l_star, a_star, b_star))

    @classmethod
    def from_dicom_value(cls, value: Sequence[int]) -> Self:
        """Return the colour of the three unsigned 16-bit values that are stored.

        Raises
        ------
        ArgumentTypeError
            One is no whole number.
        ArgumentError
            There are not three, or one is beyond 16 bits.
        """
        try:
            stored = [index(v) for v in value]
        except TypeError as error:
            raise ArgumentTypeError(f"Stored CIELab values are {value}; give whole numbers.") from error
        if len(stored) != 3 or min(stored) < 0 or max(stored) > 0xFFFF:
            raise ArgumentError(f"Stored CIELab values are {stored}; three from 0 to 65535 are needed.")
        color = cls.__new__(cls)
        color._value = (stored[0], stored[1], stored[2])
        return color

    @classmethod
    def from_rgb(cls, r: float, g: float, b: float) -> Self:
        """Return the colour of sRGB components from 0 to 255.

        Raises
        ------
        ArgumentError
            One is beyond that.
        """
        if not all(0 <= c <= 255 for c in (r, g, b)):
            raise ArgumentError(f"RGB components are {(r, g, b)}; each must be 0 to 255.")
        return cls.from_dicom_value(rgb_to_cielab([c / 255 for c in (r, g, b)]))

    @classmethod
    def from_string(cls, color: str) -> Self:
        """Return the colour of a CSS name, `#rrggbb`, `#rgb` or `rgb(255, 0, 0)`, in sRGB.

        Raises
        ------
        ArgumentError
            It is none of these.
        """
        return cls.from_rgb(*rgb_of(color))

    def to_rgb(self, clip: bool = False) -> tuple[int, int, int]:
        """Return the sRGB components, 0 to 255.

        Parameters
        ----------
        clip : bool
            Return the nearest components where sRGB has no such colour, instead of an error.

        Raises
        ------
        ArgumentError
            sRGB has no such colour.
        """
        components = [round(c * 255) for c in _unclipped_rgb(self.value).tolist()]
        if not clip and not all(0 <= c <= 255 for c in components):
            raise ArgumentError(f"{self} is outside sRGB; pass clip=True for the nearest colour in it.")
        red, green, blue = (min(max(c, 0), 255) for c in components)
        return red, green, blue

    @property
    def value(self) -> tuple[int, int, int]:
        """The three values that are stored, 0 to 65535 each."""
        return self._value

    @property
    def lab(self) -> tuple[float, float, float]:
        """L*, a*, b* to the precision that is stored."""
        return stored_to_lab(self.value)

    @property
    def l_star(self) -> float:
        """0 to 100."""
        return self.lab[0]

    @property
    def a_star(self) -> float:
        """-128 to 127."""
        return self.lab[1]

    @property
    def b_star(self) -> float:
        """-128 to 127."""
        return self.lab[2]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CIELabColor) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return "CIELabColor({:.2f}, {:.2f}, {:.2f})".format(*self.lab)
