"""The series of a segmentation object and what made it, PS3.3 C.7.3.1, C.8.20.1, C.7.5.2 and C.12.1."""

import copy
import re
from collections.abc import Mapping
from datetime import datetime

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from ._version import __version__
from .copied_attributes import usable_value
from .findings import Finding, Severity
from .segments import Code, code_item
from .write_options import MAX_IS, WriteOptions

ACQUISITION = Code("109101", "DCM", "Acquisition Equipment")
PROCESSING = Code("109102", "DCM", "Processing Equipment")

# Of the scanner, as the source image has them.
_ACQUISITION_KEYWORDS = (
    *("ManufacturerModelName", "SoftwareVersions", "DeviceSerialNumber", "InstitutionName"),
    *("InstitutionalDepartmentName", "InstitutionAddress", "StationName"),
)
# What a source says of its time point in a clinical trial, beside its ID.
_TIME_POINT = (
    *("IssuerOfClinicalTrialTimePointID", "ClinicalTrialTimePointDescription"),
    *("ClinicalTrialTimePointTypeCodeSequence", "LongitudinalTemporalOffsetFromEvent"),
    "LongitudinalTemporalEventType",
)


def write_series(header: Dataset, first: Dataset, options: WriteOptions, findings: list[Finding]) -> None:
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
        header.SeriesDescription = options.series_description
    if options.series_date is not None:
        header.SeriesDate = options.series_date.strftime("%Y%m%d")
    if options.series_time is not None:
        header.SeriesTime = options.series_time.strftime("%H%M%S.%f")
    if options.body_part_examined.strip():
        header.BodyPartExamined = options.body_part_examined
    _write_trial(header, options, findings)


def _write_trial(header: Dataset, options: WriteOptions, findings: list[Finding]) -> None:
    if options.clinical_trial_series_id or options.clinical_trial_coordinating_center_name:
        # Of type 2 where the module is there.
        header.ClinicalTrialCoordinatingCenterName = options.clinical_trial_coordinating_center_name or None
        if options.clinical_trial_series_id:
            header.ClinicalTrialSeriesID = options.clinical_trial_series_id
    point = options.clinical_trial_time_point_id
    if point and header.get("ClinicalTrialTimePointID", point) != point:
        text = (
            f"The source images are of the clinical trial's time point '{header.ClinicalTrialTimePointID}'; "
            f"'{point}' is written, and nothing of what they say about theirs."
        )
        findings.append(Finding(Severity.WARNING, text, "ClinicalTrialTimePointID", "PS3.3 C.7.2.3"))
        for keyword in _TIME_POINT:
            header.pop(keyword, None)
    if point:
        header.ClinicalTrialTimePointID = point


def write_equipment(
    header: Dataset, first: Dataset, options: WriteOptions, now: datetime, findings: list[Finding]
) -> None:
    """Add what made the object, and what contributed to it: the scanner, what is named, this library."""
    versions = options.software_versions
    header.Manufacturer = options.manufacturer
    header.ManufacturerModelName = options.manufacturer_model_name
    header.SoftwareVersions = [versions] if isinstance(versions, str) else list(versions)
    header.DeviceSerialNumber = options.device_serial_number
    if options.institution_name:
        header.InstitutionName = options.institution_name
    if options.institutional_department_name:
        header.InstitutionalDepartmentName = options.institutional_department_name
    scanner = acquisition_equipment(first, findings)
    header.ContributingEquipmentSequence = [
        *([scanner] if scanner is not None else []),
        *(copy.deepcopy(item) for item in options.contributing_equipment),
        library_equipment(now),
    ]


def equipment_item(manufacturer: object, purpose: Code, attributes: Mapping[str, object]) -> Dataset:
    """Return an item of the Contributing Equipment Sequence; of `attributes`, None is absent."""
    item = Dataset()
    item.PurposeOfReferenceCodeSequence = [code_item(purpose)]
    item.Manufacturer = manufacturer
    for keyword, value in attributes.items():
        if value is not None:
            setattr(item, keyword, value)
    return item


def acquisition_equipment(source: Dataset, findings: list[Finding]) -> Dataset | None:
    """Return the item of the scanner that made a source image; None where its manufacturer is unknown."""
    manufacturer = usable_value(source, "Manufacturer", findings)
    if manufacturer is None:  # of type 1 in an item, PS3.3 C.12.1
        return None
    attributes = {keyword: usable_value(source, keyword, findings) for keyword in _ACQUISITION_KEYWORDS}
    attributes["ContributionDateTime"] = _acquired(source)
    attributes["ContributionDescription"] = "Acquisition equipment of the source images"
    return equipment_item(manufacturer, ACQUISITION, attributes)


def library_equipment(now: datetime) -> Dataset:
    """Return the item of this library."""
    attributes = {
        "ManufacturerModelName": "dicomsegcodec",
        "SoftwareVersions": __version__,
        "ContributionDateTime": now.strftime("%Y%m%d%H%M%S.%f"),
        "ContributionDescription": "Software library that wrote this object",
    }
    return equipment_item("DicomSegIO contributors", PROCESSING, attributes)


def _acquired(source: Dataset) -> str | None:
    """Return when a source image was acquired; None where it does not say so in a form that DT allows."""
    moment = str(source.get("AcquisitionDateTime") or "")
    if not moment:
        moment = f"{source.get('AcquisitionDate') or ''}{source.get('AcquisitionTime') or ''}"
    return moment if re.fullmatch(r"\d{8}(\d{2,6}|\d{6}\.\d{1,6})?([+-]\d{4})?", moment) else None
