"""Draw the icon of extension and module: three slices with segments on them, and the way in and out.

    make icon

Lengths are in pixels of the 128 × 128 icon; it is painted eight times as large and scaled down, so that every
edge is smooth. The colours are those Slicer gives to these structures.
"""

import math
import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QGuiApplication,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPen,
    QRadialGradient,
    QTransform,
)

ROOT = Path(__file__).resolve().parents[2]
TARGETS = (ROOT / "DicomSegIO.png", ROOT / "DicomSegIO" / "Resources" / "Icons" / "DicomSegIO.png")
SIZE = 128
OVERSAMPLING = 8

LIVER = QColor(221, 130, 101)
SPLEEN = QColor(157, 108, 162)
KIDNEY = QColor(185, 102, 83)
BONE = QColor(241, 214, 145)
GALLBLADDER = QColor(139, 150, 98)
VESSEL = QColor(0, 151, 206)

# Slices lie in a square of side 100 before they are tilted; the middle of the square is the origin.
SLICE = QRectF(-50, -50, 100, 100)


def tilted(centre_x: float, centre_y: float) -> QTransform:
    """Return the view of a slice from above and in front of it."""
    view = QTransform()
    view.translate(centre_x, centre_y)
    view.scale(0.85, 0.455)
    view.rotate(45)
    return view


def blob(centre: tuple[float, float], radii: list[float]) -> QPainterPath:
    """Return a closed smooth curve through points at equal angles around `centre`, `radii` away from it."""
    count = len(radii)
    points = [
        QPointF(
            centre[0] + radius * math.cos(2 * math.pi * index / count),
            centre[1] + radius * math.sin(2 * math.pi * index / count),
        )
        for index, radius in enumerate(radii)
    ]
    path = QPainterPath(points[0])
    for index in range(count):
        before, start, end, after = (points[(index + step) % count] for step in (-1, 0, 1, 2))
        path.cubicTo(start + (end - before) / 6, end - (after - start) / 6, end)
    path.closeSubpath()
    return path


def organs() -> list[list[tuple[QColor, QPainterPath]]]:
    """Return what is drawn on each slice, from the lowest to the top."""
    top = [
        (LIVER, blob((-14, -10), [23, 20, 15, 21, 25, 21, 23, 26])),
        (SPLEEN, blob((28, 6), [9, 13, 17, 11, 9, 10, 13, 11])),
        (GALLBLADDER, blob((8, -27), [10, 10, 9, 9, 10, 10])),
        (BONE, blob((3, 30), [13, 10, 9, 10, 13, 9, 9, 9])),
        (VESSEL, blob((7, 8), [6.5] * 6)),
    ]
    middle = [
        (KIDNEY, blob((32, 16), [12, 14, 13, 12, 13, 13])),
        (KIDNEY, blob((-9, 35), [12, 11, 10, 12, 11, 11])),
        (BONE, blob((20, 33), [10] * 6)),
        (LIVER, blob((-32, 18), [13, 13, 14, 14, 14, 15])),
    ]
    lowest = [
        (BONE, blob((20, 34), [10] * 6)),
        (GALLBLADDER, blob((-3, 36), [12, 10, 9, 11, 11, 11])),
        (SPLEEN, blob((-31, 22), [14, 13, 13, 13, 12, 13])),
    ]
    return [lowest, middle, top]


def slice_outline(view: QTransform, inset: float = 0) -> QPainterPath:
    """Return the rim of a slice in the view, or the line `inset` within it."""
    path = QPainterPath()
    path.addRoundedRect(SLICE.adjusted(inset, inset, -inset, -inset), 15 - inset, 15 - inset)
    return view.map(path)


def paint_slice(painter: QPainter, view: QTransform, segments: list[tuple[QColor, QPainterPath]]) -> None:
    """Paint one slice: its shadow, its edge, its dark face, the body on it and the segments in the body."""
    outline = slice_outline(view)
    for offset, alpha in ((6.5, 26), (4.8, 34), (3.4, 44)):
        painter.fillPath(outline.translated(0, offset), QColor(10, 20, 34, alpha))
    painter.fillPath(outline.translated(0, 3.2), QColor(19, 34, 52))
    painter.fillPath(outline.translated(0, 1.6), QColor(56, 84, 114))

    bounds = outline.boundingRect()
    face = QLinearGradient(bounds.topLeft(), bounds.bottomRight())
    face.setColorAt(0, QColor(58, 84, 112))
    face.setColorAt(1, QColor(26, 43, 64))
    painter.fillPath(outline, QBrush(face))

    painter.save()
    painter.setClipPath(outline)
    body = view.map(blob((0, 1), [45, 46, 42, 46, 45, 45, 42, 45]))
    grey = QRadialGradient(body.boundingRect().center(), body.boundingRect().width() * 0.55)
    grey.setColorAt(0, QColor(139, 156, 173))
    grey.setColorAt(1, QColor(104, 123, 143))
    painter.fillPath(body, QBrush(grey))
    for color, path in segments:
        shape = view.map(path)
        fill = QLinearGradient(shape.boundingRect().topLeft(), shape.boundingRect().bottomLeft())
        fill.setColorAt(0, color.lighter(112))
        fill.setColorAt(1, color.darker(106))
        painter.fillPath(shape, QBrush(fill))
        painter.strokePath(shape, QPen(color.lighter(135), 0.9))
    painter.restore()
    painter.strokePath(slice_outline(view, 0.6), QPen(QColor(190, 214, 236, 190), 1.2))


def arrow(tip_y: float, tail_y: float, x: float) -> QPainterPath:
    """Return an upright arrow of one outline, from `tail_y` to `tip_y`."""
    sign = 1 if tip_y > tail_y else -1
    half_shaft, half_head, head = 2.5, 7.3, 9.0
    neck = tip_y - sign * head
    path = QPainterPath(QPointF(x - half_shaft, tail_y))
    for corner in (
        (x - half_shaft, neck),
        (x - half_head, neck),
        (x, tip_y),
        (x + half_head, neck),
        (x + half_shaft, neck),
        (x + half_shaft, tail_y),
    ):
        path.lineTo(*corner)
    path.closeSubpath()
    return path


def paint_badge(painter: QPainter, centre: QPointF, radius: float) -> None:
    """Paint the disc with one arrow in and one arrow out."""
    painter.setPen(Qt.PenStyle.NoPen)
    for grow, alpha in ((2.6, 30), (1.4, 50)):
        painter.setBrush(QColor(10, 20, 34, alpha))
        painter.drawEllipse(centre + QPointF(0, 1.6), radius + grow, radius + grow)
    painter.setBrush(Qt.GlobalColor.white)
    painter.drawEllipse(centre, radius, radius)
    disc = QLinearGradient(centre - QPointF(0, radius), centre + QPointF(0, radius))
    disc.setColorAt(0, QColor(54, 142, 224))
    disc.setColorAt(1, QColor(22, 92, 172))
    painter.setBrush(QBrush(disc))
    painter.drawEllipse(centre, radius - 2.6, radius - 2.6)
    pen = QPen(Qt.GlobalColor.white, 1.4)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    for path in (
        arrow(centre.y() + 13, centre.y() - 9, centre.x() - 8),
        arrow(centre.y() - 13, centre.y() + 9, centre.x() + 8),
    ):
        painter.fillPath(path, Qt.GlobalColor.white)
        painter.strokePath(path, pen)


def draw() -> QImage:
    """Return the icon, 128 × 128 with a transparent background."""
    large = QImage(SIZE * OVERSAMPLING, SIZE * OVERSAMPLING, QImage.Format.Format_ARGB32_Premultiplied)
    large.fill(Qt.GlobalColor.transparent)
    painter = QPainter(large)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(OVERSAMPLING, OVERSAMPLING)
    for segments, centre_y in zip(organs(), (81, 57, 33), strict=True):
        paint_slice(painter, tilted(60, centre_y), segments)
    paint_badge(painter, QPointF(99.5, 98), 25.5)
    painter.end()
    return large.scaled(
        SIZE, SIZE, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


if __name__ == "__main__":
    application = QGuiApplication([])
    icon = draw()
    for target in TARGETS:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not icon.save(str(target)):
            raise SystemExit(f"{target} cannot be written")
        print(f"{target.relative_to(ROOT)} drawn")
