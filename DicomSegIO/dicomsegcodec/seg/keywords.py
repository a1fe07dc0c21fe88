"""Keywords of the constructors in the forms that callers have them, and in the one that the engine takes."""

import re
from datetime import date, datetime, time

from ..errors import ArgumentError, ArgumentTypeError
from ..palette import Palette
from ..palette_color import PaletteColorLUTTransformation


def day_of(name: str, value: str | date | None) -> date | None:
    """Return a date, also of a text as DA has it.

    Raises
    ------
    ArgumentTypeError
        It is neither.
    ArgumentError
        The text is no date.
    """
    if value is None or isinstance(value, datetime):
        return value.date() if value else None
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    if not isinstance(value, str):
        raise ArgumentTypeError(
            f"{name} is of type {type(value).__name__}; give a date, or a text as 20240229."
        )
    try:
        if not re.fullmatch(r"\d{8}", value):
            raise ValueError("eight digits are needed")
        return datetime.strptime(value, "%Y%m%d").date()
    except ValueError as error:
        raise ArgumentError(f"{name} '{value}' is no date; give a date, or a text as 20240229.") from error


def time_of(name: str, value: str | time | None) -> time | None:
    """Return a time, also of a text as TM has it; errors as `day_of`."""
    if value is None:
        return None
    if isinstance(value, time):
        return time(value.hour, value.minute, value.second, value.microsecond)
    if not isinstance(value, str):
        raise ArgumentTypeError(
            f"{name} is of type {type(value).__name__}; give a time, or a text as 235958.25."
        )
    found = re.fullmatch(r"(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6}))?)?)?", value)
    try:
        if found is None:
            raise ValueError("hours, minutes and seconds of two digits are needed")
        hour, minute, second, fraction = found.groups(default="0")
        return time(int(hour), int(minute), int(second), int(fraction.ljust(6, "0")))
    except ValueError as error:
        raise ArgumentError(f"{name} '{value}' is no time; give a time, or a text as 235958.25.") from error


def content_moment(day: str | date | None, moment: str | time | None) -> datetime | None:
    """Return when the content was made, at the present time of a day without one; None for now.

    Raises
    ------
    ArgumentTypeError
        A time is given without a day.
    """
    when, clock = day_of("content_date", day), time_of("content_time", moment)
    if when is None:
        if clock is not None:
            raise ArgumentTypeError("content_time is given without content_date; give both.")
        return None
    return datetime.combine(when, clock or datetime.now().time())


def term_of(value: object) -> str:
    """Return the text of an enumerated value, whatever the class of its enumeration; empty for None."""
    return "" if value is None else str(getattr(value, "value", value))


def palette_of(transformation: PaletteColorLUTTransformation | None) -> Palette | None:
    """Return the palette of a transformation.

    Raises
    ------
    ArgumentTypeError
        It is something else.
    """
    if transformation is None:
        return None
    if not isinstance(transformation, PaletteColorLUTTransformation):
        raise ArgumentTypeError(
            f"palette_color_lut_transformation is of type {type(transformation).__name__}; give a "
            "PaletteColorLUTTransformation, for instance one of its extract_from_dataset."
        )
    return transformation.palette
