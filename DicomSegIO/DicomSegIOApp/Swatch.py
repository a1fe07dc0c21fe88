"""A small square of a segment's colour; each colour is drawn once."""

from functools import lru_cache
from typing import Any

import qt

_PIXELS = 12


@lru_cache(maxsize=512)
def swatch(color: tuple[float, float, float]) -> Any:
    """Return an icon of a colour (red, green, blue from 0 to 1)."""
    pixmap = qt.QPixmap(_PIXELS, _PIXELS)
    pixmap.fill(qt.QColor.fromRgbF(*color))
    return qt.QIcon(pixmap)
