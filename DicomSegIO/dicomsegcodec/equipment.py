"""The series of a segmentation object and what made it, PS3.3 C.8.20.1, C.7.5.2 and C.12.1."""

import re
from datetime import datetime

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from ._version import __version__
from .copied_attributes import usable_value
from .segments import Code, code_item
from .write_options import MAX_IS, WriteOptions


def write_series(header: Dataset, first: Dataset, options: WriteOptions) -> None:
    """Add the attributes of the series and the number of the instance in it."""
    header.Modality = "SEG"
    header.SeriesInstanceUID = options.series_instance_uid or generate_uid(prefix=None)
    number = options.series_number
    if number is None:
        source = str(first.get("SeriesNumber") or "")
        number = int(source) + 100 if re.fullmatch(r"\d{1,10}", source) else 100
        number = number if number <= MAX_IS else 100
    header.SeriesNumber = number
    header.InstanceNumber = options.instance_number
    if options.series_description:
        header.SeriesDescription = options.series_description.replace("\\", "/")[:64]


def write_equipment(header: Dataset, first: Dataset, options: WriteOptions, now: datetime) -> None:
    """Add what made the object, and what contributed to it: the scanner of the source and this library."""
    versions = options.software_versions
    header.Manufacturer = options.manufacturer
    header.ManufacturerModelName = options.manufacturer_model_name
    header.SoftwareVersions = [versions] if isinstance(versions, str) else list(versions)
    header.DeviceSerialNumber = options.device_serial_number
    acquisition, library = Dataset(), Dataset()
    acquisition.PurposeOfReferenceCodeSequence = [code_item(Code("109101", "DCM", "Acquisition Equipment"))]
    for keyword in ("Manufacturer", "ManufacturerModelName", "InstitutionName", "StationName"):
        value = usable_value(first, keyword, [])
        if value is not None:
            setattr(acquisition, keyword, value)
    acquisition.ContributionDescription = "Acquisition equipment of the source images"
    library.PurposeOfReferenceCodeSequence = [code_item(Code("109102", "DCM", "Processing Equipment"))]
    library.Manufacturer = "DicomSegIO contributors"
    library.ManufacturerModelName = "dicomsegcodec"
    library.SoftwareVersions = __version__
    library.ContributionDateTime = now.strftime("%Y%m%d%H%M%S.%f")
    library.ContributionDescription = "Software library that wrote this object"
    # Manufacturer is of type 1 in an item, PS3.3 C.12.1.
    header.ContributingEquipmentSequence = (
        [acquisition, library] if "Manufacturer" in acquisition else [library]
    )
