"""Positions, directions and distances, PS3.3 C.7.6.2.1 and C.7.6.16.2.1 to 4."""

from collections.abc import Iterator

import numpy as np

from ..errors import IrregularPlanes
from ..findings import Finding
from ..geometry import finite_numbers
from ..placement import stack_geometry
from ..regularity import SPACING_TOLERANCE
from .examined import Examined
from .places import dimensions_that_tell_apart, frame_places, planes, stated
from .values import numbers
from .wording import counted, error, note, plural, warning

_EXACT = 1e-3
"""What rounding explains, of cosines, and of places in mm."""

_TILT_DEGREES = 0.1


def positions(seg: Examined) -> Iterator[Finding]:
    found = stated(seg, "PlanePositionSequence", "ImagePositionPatient", "position")
    wrong = [each for each in found.texts if len(finite_numbers(each)) != 3]
    if wrong:
        yield error(
            f"Image Position (Patient) is '{wrong[0]}'; it must be three numbers.",
            "ImagePositionPatient",
            "PS3.3 C.7.6.16.2.3",
        )


def directions(seg: Examined) -> Iterator[Finding]:
    """Directions are two perpendicular unit vectors, the same for all frames."""
    found = stated(seg, "PlaneOrientationSequence", "ImageOrientationPatient", "orientation")
    for each in found.texts:
        yield from _direction(each, "Image Orientation (Patient)", "ImageOrientationPatient")
    distinct = {tuple(np.round(finite_numbers(each), 3)) for each in found.texts}
    if len(distinct) > 1:
        yield warning(
            f"Frames have {len(distinct)} different orientations; they are no parallel planes, and many "
            "programs take the first for all.",
            "ImageOrientationPatient",
            "PS3.3 C.7.6.16.2.4",
        )
    on_slide = numbers(seg.header, "ImageOrientationSlide")
    if "ImageOrientationSlide" in seg.header:
        joined = "\\".join(f"{number:g}" for number in on_slide)
        yield from _direction(joined, "Image Orientation (Slide)", "ImageOrientationSlide")


def _direction(joined: str, name: str, keyword: str) -> Iterator[Finding]:
    section = "PS3.3 C.7.6.2.1.1"
    cosines = np.array(finite_numbers(joined))
    if cosines.size != 6:
        yield error(f"{name} is '{joined}'; it must be six numbers.", keyword, section)
        return
    length = np.abs(np.linalg.norm(cosines.reshape(2, 3), axis=1) - 1).max()
    angle = abs(float(cosines[:3] @ cosines[3:]))
    if max(length, angle) > _EXACT:
        yield error(f"{name} is '{joined}', which is not two perpendicular unit vectors.", keyword, section)


def pixel_measures(seg: Examined) -> Iterator[Finding]:
    spacing = stated(seg, "PixelMeasuresSequence", "PixelSpacing", "spacing")
    for each in spacing.texts:
        found = finite_numbers(each)
        if len(found) != 2 or min(found) <= 0:
            yield error(
                f"Pixel Spacing is '{each}'; it must be two numbers above 0.",
                "PixelSpacing",
                "PS3.3 C.7.6.16.2.1",
            )
    if len({tuple(np.round(finite_numbers(each), 5)) for each in spacing.texts}) > 1:
        yield warning(
            f"Frames have {len(spacing.texts)} different values of Pixel Spacing; many programs take the "
            "first for all.",
            "PixelSpacing",
            "PS3.3 C.7.6.16.2.1",
        )
    thickness = stated(seg, "PixelMeasuresSequence", "SliceThickness", "thickness")
    if seg.has_group("PixelMeasuresSequence") and not seg.slide and not thickness.texts:
        yield warning(
            "Slice Thickness is missing; programs that need a distance of planes look for it where there is "
            "one plane.",
            "SliceThickness",
            "PS3.3 C.7.6.16.2.1",
        )
    for keyword, column, name in (
        ("SliceThickness", "thickness", "Slice Thickness"),
        ("SpacingBetweenSlices", "between", "Spacing Between Slices"),
    ):
        for each in stated(seg, "PixelMeasuresSequence", keyword, column).texts:
            found = finite_numbers(each)
            if len(found) != 1 or found[0] < 0:
                yield error(
                    f"{name} is '{each}'; it must be a number that is not negative.",
                    keyword,
                    "PS3.3 C.7.6.16.2.1",
                )
            elif found[0] == 0:
                yield warning(f"{name} is 0 mm.", keyword, "PS3.3 C.7.6.16.2.1")


def distances_of_planes(seg: Examined) -> Iterator[Finding]:
    """Spacing Between Slices is the distance of neighbouring planes, but for planes that are left out."""
    found = planes(seg)
    if found is None or len(found) < 2:
        return
    between = stated(seg, "PixelMeasuresSequence", "SpacingBetweenSlices", "between").texts
    spacing = finite_numbers(between[0])[0] if len(between) == 1 and finite_numbers(between[0]) else 0.0
    gaps = np.diff(found.distances_mm())
    gaps = gaps[gaps > _EXACT]
    if spacing > 0 and gaps.size:
        steps = np.maximum(1, np.rint(gaps / spacing))
        off = np.abs(gaps / steps - spacing)
        if off.max() > SPACING_TOLERANCE * spacing:
            yield error(
                f"Spacing Between Slices is {spacing:g} mm and planes are {gaps[int(off.argmax())]:.6g} mm "
                "apart. Programs that go by the first put planes where they are not; the positions count.",
                "SpacingBetweenSlices",
                "PS3.3 C.7.6.16.2.1",
            )
            return
    try:
        stack_geometry(found, spacing or None)
    except IrregularPlanes:
        yield note(
            f"The {len(found)} planes lie on no regular grid: they are {gaps.min(initial=np.inf):.6g} to "
            f"{gaps.max(initial=0):.6g} mm apart. Programs that need a volume cannot hold them.",
            "ImagePositionPatient",
            "PS3.3 C.7.6.16.2.3",
        )


def tilted_stack(seg: Examined) -> Iterator[Finding]:
    found = planes(seg)
    if found is None or len(found) < 2:
        return
    way = found.positions_mm[-1] - found.positions_mm[0]
    along = abs(float(way @ found.stack_direction))
    across = float(np.linalg.norm(np.cross(way, found.stack_direction)))
    degrees = float(np.degrees(np.arctan2(across, along)))
    if degrees > _TILT_DEGREES:
        yield warning(
            f"The stack is tilted by {degrees:.3g} degrees: its planes are shifted sideways, as by a gantry. "
            "Programs that take it for a box shift them back.",
            "ImagePositionPatient",
            "PS3.3 C.7.6.2.1.1",
        )


def frames_at_one_place(seg: Examined) -> Iterator[Finding]:
    """No two frames of a segment lie at the same place, unless a dimension such as time tells them apart."""
    segments, place = seg.frame_segments(), frame_places(seg)
    if segments is None or place is None or segments.size != place.size or dimensions_that_tell_apart(seg):
        return
    _pairs, inverse, times = np.unique(
        np.column_stack([segments, place]), axis=0, return_inverse=True, return_counts=True
    )
    double = np.flatnonzero(times > 1)
    if double.size:
        frames = np.flatnonzero(inverse.reshape(-1) == double[0]) + 1
        whose = "" if seg.labelmap else f" of segment {segments[frames[0] - 1]}"
        more = f", and the like at {plural(double.size - 1, 'more place')}" if double.size > 1 else ""
        yield warning(
            f"{counted(frames.tolist(), 'Frame')}{whose} are at the same place{more}; it is unknown which "
            "of them counts.",
            "PlanePositionSlideSequence" if seg.slide else "PlanePositionSequence",
            "PS3.3 C.7.6.16.2.3",
        )


RULES = (positions, directions, pixel_measures, distances_of_planes, tilted_stack, frames_at_one_place)
