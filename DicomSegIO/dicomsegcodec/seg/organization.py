"""How a caller wants the frames organized: Dimension Organization Type, PS3.3 C.7.6.17."""

from ..enums import DimensionOrganizationTypeValues as Organization
from ..errors import ArgumentError
from ..geometry import Planes
from ..slides import SlideTiles


def check_organization(
    asked: Organization | str | None, planes: Planes, omit_empty_frames: bool
) -> Organization | None:
    """Return the organization that is asked for. Whether frames are a stack, 3D, is seen as they are planned.

    Raises
    ------
    ArgumentError
        It is unknown, not that of such planes, or leaves no place for what else is asked.
    """
    if asked is None:
        return None
    try:
        chosen = Organization(asked)
    except ValueError as error:
        raise ArgumentError(
            f"dimension_organization_type '{asked}' is not one of {', '.join(Organization)}."
        ) from error
    if chosen is Organization.THREE_DIMENSIONAL_TEMPORAL:
        raise ArgumentError(
            f"dimension_organization_type {chosen} does not fit: it is for loops of whole volumes. Leave it "
            "out; frames of several time points say theirs without it."
        )
    tiled = isinstance(planes, SlideTiles)
    if tiled == (chosen is Organization.THREE_DIMENSIONAL):
        kind = "tiled" if tiled else "not tiled"
        raise ArgumentError(f"dimension_organization_type {chosen} does not fit; the source is {kind}.")
    if chosen is Organization.TILED_FULL:
        _check_full(planes, omit_empty_frames)
    return chosen


def _check_full(planes: Planes, omit_empty_frames: bool) -> None:
    if omit_empty_frames:
        raise ArgumentError(
            "TILED_FULL stores every tile in its place, so no frame can be left out; pass "
            "omit_empty_frames=False, or choose TILED_SPARSE."
        )
    if isinstance(planes, SlideTiles) and not planes.full:
        raise ArgumentError(
            "TILED_FULL needs the tiles of the whole matrix, row by row; these are others. Choose "
            "TILED_SPARSE."
        )
