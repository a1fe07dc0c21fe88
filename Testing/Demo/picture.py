"""A picture of what was read back: three sections through the image, the segments laid over them."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SCALE = 3
MARGIN = 28
BORDER = 8
BACKGROUND = (17, 19, 23)
TEXT = (226, 229, 234)
FAINT = (140, 146, 156)
FILL = {"Brain": 0.0}
USUAL_FILL = 0.28


def draw(
    path: Path,
    image: np.ndarray,
    loaded: dict[str, dict[str, np.ndarray]],
    colors: dict[str, tuple[int, int, int]],
) -> None:
    """Draw a row of sections for each file that was read.

    Parameters
    ----------
    image : (slices, rows, columns) array
        Slices run from the feet up, rows to the back, columns to the left.
    loaded : mapping of segmentation type to masks by segment name
    colors : mapping of segment name to RGB, 0 to 255
    """
    rows = [_row(image, masks, colors) for masks in loaded.values()]
    width = rows[0].shape[1] + 2 * MARGIN
    head, gap = 92, 58
    canvas = Image.new("RGB", (width, head + sum(r.shape[0] + gap for r in rows) + 16), BACKGROUND)
    pen = ImageDraw.Draw(canvas)
    pen.text((MARGIN, 22), "Read back from DICOM SEG", font=_font(26), fill=TEXT)
    pen.text(
        (MARGIN, 58), "MNI ICBM 152 brain template, 1 mm; every voxel compared", font=_font(15), fill=FAINT
    )
    _legend(pen, width, colors)
    top = head
    for (kind, masks), row in zip(loaded.items(), rows, strict=True):
        pen.text((MARGIN, top + 10), f"{kind}: {', '.join(masks)}", font=_font(18), fill=TEXT)
        canvas.paste(Image.fromarray(row), (MARGIN, top + 42))
        top += row.shape[0] + gap
    # A palette keeps the file small enough for a README.
    canvas.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def _row(
    image: np.ndarray, masks: dict[str, np.ndarray], colors: dict[str, tuple[int, int, int]]
) -> np.ndarray:
    # Where the cortex, the deep grey matter and the ventricles all show.
    slices, rows, columns = image.shape
    sections = []
    for index, axis in ((slices * 9 // 20, 0), (rows * 11 // 20, 1), (columns // 2 - 12, 2)):
        grey = _section(image, index, axis)
        overlay = {name: _section(mask, index, axis) for name, mask in masks.items()}
        window = _window(grey > 0)
        overlay = {name: mask[window] for name, mask in overlay.items()}
        sections.append(_colored(grey[window], overlay, colors))
    height = max(section.shape[0] for section in sections)
    return np.concatenate([_padded(section, height) for section in sections], axis=1)


def _section(array: np.ndarray, index: int, axis: int) -> np.ndarray:
    """Return a section as a radiologist looks at it: axial from the feet, the others with the head on top."""
    section = np.take(array, index, axis)
    return section if axis == 0 else section[::-1]


def _window(mask: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns that hold a mask, with a border."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return (
        slice(max(0, int(rows[0]) - BORDER), int(rows[-1]) + BORDER + 1),
        slice(max(0, int(columns[0]) - BORDER), int(columns[-1]) + BORDER + 1),
    )


def _colored(
    grey: np.ndarray, masks: dict[str, np.ndarray], colors: dict[str, tuple[int, int, int]]
) -> np.ndarray:
    size = (grey.shape[1] * SCALE, grey.shape[0] * SCALE)
    smooth = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    picture = np.repeat(np.asarray(smooth, float)[..., None], 3, axis=2)
    for name, mask in masks.items():
        inside = np.kron(mask, np.ones((SCALE, SCALE), bool))
        color = np.array(colors[name], float)
        fill = FILL.get(name, USUAL_FILL)
        picture[inside] = (1 - fill) * picture[inside] + fill * color
        picture[inside & ~_shrunk(inside)] = color
    return picture.round().astype(np.uint8)


def _shrunk(mask: np.ndarray) -> np.ndarray:
    """Return a mask without its outermost pixels."""
    edge = np.pad(mask, 1)
    return edge[2:, 1:-1] & edge[:-2, 1:-1] & edge[1:-1, 2:] & edge[1:-1, :-2] & mask


def _padded(section: np.ndarray, height: int) -> np.ndarray:
    missing = height - section.shape[0]
    return np.pad(section, ((missing // 2, missing - missing // 2), (0, 0), (0, 0)))


def _legend(pen: ImageDraw.ImageDraw, width: int, colors: dict[str, tuple[int, int, int]]) -> None:
    right = width - MARGIN
    for name, color in reversed(colors.items()):
        right -= round(pen.textlength(name, font=_font(15)))
        pen.text((right, 34), name, font=_font(15), fill=TEXT)
        right -= 24
        pen.rounded_rectangle((right, 36, right + 15, 51), 3, fill=color)
        right -= 26


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
