"""The grid that a caller wants an array on: a volume's, or that of images."""

from collections.abc import Sequence

from pydicom.dataset import Dataset

from ..enums import CoordinateSystemNames
from ..errors import ArgumentTypeError, GeometryMismatch, IrregularPlanes
from ..geometry import Geometry
from ..image import Image
from ..slide_grid import matrix_grid
from ..slides import SlideTiles
from ..sources import SourceImages
from ..volume import Volume, VolumeGeometry

GridSource = Volume | VolumeGeometry | Dataset | Sequence[Dataset]


def given_grid(on: GridSource, system: CoordinateSystemNames | None) -> Geometry:
    """Return the grid of a volume, of a multi-frame image, or of single-frame images in their order.

    Parameters
    ----------
    system : CoordinateSystemNames, optional
        Coordinate system of the segmentation.

    Raises
    ------
    ArgumentTypeError
        It is something else.
    GeometryMismatch
        The grid is in another coordinate system than the segmentation.
    IrregularPlanes
        The images are uneven, or not in the order of their positions.
    SourceError
        They do not belong together, or have no place.
    """
    if isinstance(on, (Volume, VolumeGeometry)):
        if system not in (None, on.coordinate_system):
            raise GeometryMismatch(
                f"The grid is in the coordinate system {on.coordinate_system}, the segmentation in {system}."
            )
        return on.geometry
    if not isinstance(on, (Dataset, Sequence)) or isinstance(on, (str, bytes)):
        raise ArgumentTypeError(
            f"on is of type {type(on).__name__}; give a Volume, a VolumeGeometry, an image or a list of "
            "images."
        )
    images = [on] if isinstance(on, Dataset) else list(on)
    planes = SourceImages.of(images).planes
    if isinstance(planes, SlideTiles):
        return matrix_grid(planes)
    if len(images) == 1 and int(images[0].get("NumberOfFrames") or 1) > 1:
        geometry = Image.from_dataset(images[0], copy=False).get_volume_geometry()
        if geometry is None:
            raise IrregularPlanes(
                "The frames of the image lie on no regular grid; read the segmentation by source frame, or "
                "on its own grid."
            )
        return geometry.geometry
    try:
        return Geometry.of(planes)
    except IrregularPlanes as error:
        raise IrregularPlanes(
            f"{error} A grid needs images in the order of their positions (hd.spatial.sort_datasets) without "
            "gaps; otherwise read by source instance."
        ) from error
