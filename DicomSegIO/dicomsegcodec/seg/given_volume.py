"""A caller's array that is a Volume, and so states its place itself."""

from collections.abc import Sequence
from dataclasses import replace

from ..errors import ArgumentError, ArgumentTypeError
from ..geometry import Planes
from ..slides import SlideTiles
from ..sources import SourceImages
from ..volume import CoordinateSystemNames, Volume


def volume_planes(
    volume: Volume, sources: SourceImages, numbers: Sequence[int], own: Sequence[object]
) -> Planes:
    """Return the planes of a volume's slices.

    Parameters
    ----------
    own : sequence of object
        What else says where the array lies.

    Raises
    ------
    ArgumentTypeError
        Anything else does.
    ArgumentError
        The volume lies in another space than the source images, or its channels are not the segments.
    """
    if any(part is not None for part in own):
        raise ArgumentTypeError(
            "pixel_array is a Volume, which states its place itself; leave out plane_positions, "
            "plane_orientation and pixel_measures."
        )
    check_system(volume.coordinate_system, sources)
    frame_of_reference = sources.planes.frame_of_reference
    if volume.frame_of_reference_uid not in (None, frame_of_reference):
        raise ArgumentError(
            f"The volume is in the frame of reference {volume.frame_of_reference_uid}, the source images in "
            f"{frame_of_reference}; register one to the other first."
        )
    named = {channel.keyword: volume.get_channel_values(channel) for channel in volume.channel_descriptors}
    if named and named != {"SegmentNumber": list(numbers)}:
        raise ArgumentError(
            f"The volume's channels are {named} and segments {list(numbers)} are described; a stack has one "
            "channel, SegmentNumber, with the same numbers in the same order."
        )
    return replace(Planes.of(volume.geometry), frame_of_reference=frame_of_reference)


def check_system(system: CoordinateSystemNames, sources: SourceImages) -> None:
    """Make sure that a coordinate system is that of the source images.

    Raises
    ------
    ArgumentError
    """
    if not sources.planes.located:
        raise ArgumentError(
            "The source image has no frame of reference, so an array cannot be placed in its space; give an "
            "array of the image's own pixels."
        )
    slide = isinstance(sources.planes, SlideTiles)
    mine = CoordinateSystemNames.SLIDE if slide else CoordinateSystemNames.PATIENT
    if system is not mine:
        raise ArgumentError(f"The array lies in the coordinate system {system}, the source images in {mine}.")
