"""What a segmentation of a slide has besides: specimen and total pixel matrix, PS3.3 C.7.6.22."""

from pydicom.dataset import Dataset

from .copied_attributes import usable_value
from .findings import Finding
from .slides import SlideTiles

_SPECIMEN = (
    "IssuerOfTheContainerIdentifierSequence",
    "AlternateContainerIdentifierSequence",
    "ContainerTypeCodeSequence",
    "ContainerDescription",
    "ContainerComponentSequence",
    "SpecimenDescriptionSequence",
)


def write_slide(
    header: Dataset, tiles: SlideTiles, source: Dataset, full: bool, findings: list[Finding]
) -> None:
    """Add the attributes of the specimen and of the total pixel matrix.

    Parameters
    ----------
    full : bool
        Dimension Organization Type TILED_FULL, which needs no Dimension Index Sequence; else TILED_SPARSE.
    """
    container = usable_value(source, "ContainerIdentifier", findings)
    if container is not None:
        header.ContainerIdentifier = container
        for keyword in _SPECIMEN:
            value = usable_value(source, keyword, findings)
            if value is not None:
                setattr(header, keyword, value)
            elif keyword in ("IssuerOfTheContainerIdentifierSequence", "ContainerTypeCodeSequence"):
                setattr(header, keyword, [])  # of type 2
    origin = Dataset()
    x, y, z = tiles.origin.split("\\")
    origin.XOffsetInSlideCoordinateSystem = x
    origin.YOffsetInSlideCoordinateSystem = y
    origin.ZOffsetInSlideCoordinateSystem = z
    header.TotalPixelMatrixOriginSequence = [origin]
    header.TotalPixelMatrixRows, header.TotalPixelMatrixColumns = tiles.matrix
    header.TotalPixelMatrixFocalPlanes = 1
    header.ImageOrientationSlide = tiles.orientation.split("\\")
    header.DimensionOrganizationType = "TILED_FULL" if full else "TILED_SPARSE"
    if full:
        del header.DimensionIndexSequence
