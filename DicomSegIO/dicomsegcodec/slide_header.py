"""What a segmentation of a slide has besides, C.7.6.22, C.8.12.14 and C.7.11 of PS3.3."""

from pydicom.dataset import Dataset

from .copied_attributes import usable_value
from .findings import Finding
from .slides import SlideTiles
from .write_options import WriteOptions

_SPECIMEN = (
    "IssuerOfTheContainerIdentifierSequence",
    "AlternateContainerIdentifierSequence",
    "ContainerTypeCodeSequence",
    "ContainerDescription",
    "ContainerComponentSequence",
    "SpecimenDescriptionSequence",
)


def write_slide(
    header: Dataset, tiles: SlideTiles, source: Dataset, options: WriteOptions, findings: list[Finding]
) -> None:
    """Add the attributes of the specimen, of the total pixel matrix and of the pyramid that it belongs to."""
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
    if options.pyramid_uid:
        header.PyramidUID = options.pyramid_uid
        if options.pyramid_label:
            header.PyramidLabel = options.pyramid_label
    header.DimensionOrganizationType = "TILED_FULL" if options.tiled_full else "TILED_SPARSE"
    if options.tiled_full:  # needs no dimension indices
        del header.DimensionIndexSequence
