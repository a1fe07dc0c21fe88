"""The modules of the Segmentation IOD, PS3.3 A.51.3, and the attributes that each asks for.

Attributes of type 1 and 2, and those in items of sequences, whose type holds where there is such an item.
Conditional attributes whose condition can be told from the object are rules of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .examined import Examined
from .values import text


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that a module asks for.

    Parameters
    ----------
    type : int
        1, it has a value; 2, it is there and may be empty.
    path : tuple of str
        Keywords of the sequences it is in, and its own.
    """

    type: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the IOD.

    Parameters
    ----------
    name, section : str
    applies : callable
        Whether an object has, or must have, the module.
    attributes : tuple of Attribute
    """

    name: str
    section: str
    applies: Callable[[Examined], bool]
    attributes: tuple[Attribute, ...]


def _always(_seg: Examined) -> bool:
    return True


def _in_space(seg: Examined) -> bool:
    """Tell whether the Frame of Reference Module is needed, or begun."""
    known = ("FrameOfReferenceUID", "PositionReferenceIndicator")
    return not seg.has_group("DerivationImageSequence") or any(name in seg.header for name in known)


def _tiled(seg: Examined) -> bool:
    known = ("TotalPixelMatrixRows", "TotalPixelMatrixColumns", "TotalPixelMatrixOriginSequence")
    return seg.tiled_full or any(name in seg.header for name in known)


def _colored(seg: Examined) -> bool:
    return text(seg.header, "PhotometricInterpretation") == "PALETTE COLOR"


def _of_pyramid(seg: Examined) -> bool:
    return any(name in seg.header for name in ("PyramidUID", "PyramidLabel", "PyramidDescription"))


def _of_specimen(seg: Examined) -> bool:
    return any(name in seg.header for name in ("ContainerIdentifier", "SpecimenDescriptionSequence"))


def _attributes(lines: str) -> tuple[Attribute, ...]:
    """Return the attributes of lines of a type and keywords; a line that ends in a slash is a sequence's."""
    found, within = [], ""
    for line in lines.split("\n"):
        words = line.split()
        if words and words[0].endswith("/"):
            within = words[0]
        elif words:
            found += [Attribute(int(words[0]), tuple(f"{within}{word}".split("/"))) for word in words[1:]]
    return tuple(found)


_REFERENCED_SERIES = """
    {0}ReferencedSeriesSequence/
    1 SeriesInstanceUID ReferencedInstanceSequence
    {0}ReferencedSeriesSequence/ReferencedInstanceSequence/
    1 ReferencedSOPClassUID ReferencedSOPInstanceUID
"""

MODULES = (
    Module("Patient", "C.7.1.1", _always, _attributes("2 PatientName PatientID PatientBirthDate PatientSex")),
    Module(
        "General Study",
        "C.7.2.1",
        _always,
        _attributes("""
            1 StudyInstanceUID
            2 StudyDate StudyTime AccessionNumber ReferringPhysicianName StudyID
        """),
    ),
    Module("General Series", "C.7.3.1", _always, _attributes("1 Modality SeriesInstanceUID\n2 SeriesNumber")),
    Module("Segmentation Series", "C.8.20.1", _always, _attributes("1 Modality SeriesNumber")),
    Module(
        "Frame of Reference",
        "C.7.4.1",
        _in_space,
        _attributes("1 FrameOfReferenceUID\n2 PositionReferenceIndicator"),
    ),
    Module("General Equipment", "C.7.5.1", _always, _attributes("2 Manufacturer")),
    Module(
        "Enhanced General Equipment",
        "C.7.5.2",
        _always,
        _attributes("1 Manufacturer ManufacturerModelName DeviceSerialNumber SoftwareVersions"),
    ),
    Module("Multi-Resolution Pyramid", "C.7.11.1", _of_pyramid, _attributes("1 PyramidUID")),
    Module("General Image", "C.7.6.1", _always, _attributes("2 InstanceNumber")),
    Module(
        "Microscope Slide Layer Tile Organization",
        "C.8.12.14",
        _tiled,
        _attributes("""
            1 TotalPixelMatrixColumns TotalPixelMatrixRows TotalPixelMatrixOriginSequence
            TotalPixelMatrixOriginSequence/
            1 XOffsetInSlideCoordinateSystem YOffsetInSlideCoordinateSystem
        """),
    ),
    Module(
        "Image Pixel",
        "C.7.6.3",
        _always,
        _attributes("""
            1 SamplesPerPixel PhotometricInterpretation Rows Columns
            1 BitsAllocated BitsStored HighBit PixelRepresentation
        """),
    ),
    Module(
        "Segmentation Image",
        "C.8.20.2",
        _always,
        _attributes("""
            1 ImageType InstanceNumber ContentLabel SamplesPerPixel PhotometricInterpretation
            1 BitsAllocated BitsStored HighBit PixelRepresentation LossyImageCompression
            1 SegmentationType SegmentSequence
            2 ContentDescription
            SegmentSequence/
            1 SegmentNumber SegmentLabel SegmentAlgorithmType
            1 SegmentedPropertyCategoryCodeSequence SegmentedPropertyTypeCodeSequence
            SegmentSequence/SegmentationAlgorithmIdentificationSequence/
            1 AlgorithmFamilyCodeSequence AlgorithmName AlgorithmVersion
            SegmentSequence/DefinitionSourceSequence/
            1 ReferencedSOPClassUID ReferencedSOPInstanceUID
        """),
    ),
    Module(
        "Multi-frame Functional Groups",
        "C.7.6.16",
        _always,
        _attributes("""
            1 ContentDate ContentTime InstanceNumber NumberOfFrames SharedFunctionalGroupsSequence
        """),
    ),
    Module(
        "Multi-frame Dimension",
        "C.7.6.17",
        _always,
        _attributes("""
            1 DimensionOrganizationSequence
            DimensionOrganizationSequence/
            1 DimensionOrganizationUID
            DimensionIndexSequence/
            1 DimensionOrganizationUID DimensionIndexPointer
        """),
    ),
    Module(
        "Palette Color Lookup Table",
        "C.7.9",
        _colored,
        _attributes("""
            1 RedPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableDescriptor
            1 BluePaletteColorLookupTableDescriptor
        """),
    ),
    Module("ICC Profile", "C.11.15", _colored, _attributes("1 ICCProfile")),
    Module(
        "Specimen",
        "C.7.6.22",
        _of_specimen,
        _attributes("""
            1 ContainerIdentifier SpecimenDescriptionSequence
            2 IssuerOfTheContainerIdentifierSequence ContainerTypeCodeSequence
            SpecimenDescriptionSequence/
            1 SpecimenIdentifier SpecimenUID
            2 IssuerOfTheSpecimenIdentifierSequence SpecimenPreparationSequence
        """),
    ),
    Module(
        "Common Instance Reference",
        "C.12.2",
        _always,
        _attributes(
            _REFERENCED_SERIES.format("")
            + """
            StudiesContainingOtherReferencedInstancesSequence/
            1 StudyInstanceUID ReferencedSeriesSequence
            """
            + _REFERENCED_SERIES.format("StudiesContainingOtherReferencedInstancesSequence/")
        ),
    ),
    Module(
        "SOP Common",
        "C.12.1",
        _always,
        _attributes("""
            1 SOPClassUID SOPInstanceUID
            ContributingEquipmentSequence/
            1 Manufacturer PurposeOfReferenceCodeSequence
        """),
    ),
)
