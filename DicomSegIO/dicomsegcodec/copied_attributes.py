"""Attributes of the patient and the study, copied from a source image, tolerantly.

Sources in the world break the standard in small ways: a value that its VR does not allow is mended where
the meaning is plain and left out otherwise, and each such step is a finding. One bad value never stops
an export.
"""

import copy
import re

from pydicom import config
from pydicom.datadict import dictionary_VM, dictionary_VR
from pydicom.dataset import Dataset
from pydicom.valuerep import format_number_as_ds, validate_value

from .findings import Finding, Severity
from .lenient import any_value
from .texts import LENGTHS

# PS3.3 C.7.1.1, C.7.2.1, C.7.2.2 and, for trials, C.7.1.3 and C.7.2.3. Type 2 attributes come first.
_TYPE_2 = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    *("StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID"),
)
_COPIED = (
    *(
        "ReferencedPatientSequence",
        "IssuerOfPatientID",
        "TypeOfPatientID",
        "IssuerOfPatientIDQualifiersSequence",
    ),
    *(
        "SourcePatientGroupIdentificationSequence",
        "GroupOfPatientsIdentificationSequence",
        "PatientBirthTime",
    ),
    *("PatientBirthDateInAlternativeCalendar", "PatientDeathDateInAlternativeCalendar"),
    *("PatientAlternativeCalendar", "QualityControlSubject", "StrainDescription", "StrainNomenclature"),
    *("StrainStockSequence", "StrainAdditionalInformation", "StrainCodeSequence"),
    *("GeneticModificationsSequence", "OtherPatientNames", "OtherPatientIDsSequence"),
    *("ReferencedPatientPhotoSequence", "EthnicGroup", "EthnicGroupCodeSequence"),
    *("PatientSpeciesDescription", "PatientSpeciesCodeSequence", "PatientBreedDescription"),
    *("PatientBreedCodeSequence", "BreedRegistrationSequence", "ResponsiblePerson", "ResponsiblePersonRole"),
    *("ResponsibleOrganization", "PatientComments", "PatientIdentityRemoved", "DeidentificationMethod"),
    *("DeidentificationMethodCodeSequence", "ClinicalTrialSponsorName", "ClinicalTrialProtocolID"),
    *(
        "ClinicalTrialProtocolName",
        "IssuerOfClinicalTrialProtocolID",
        "OtherClinicalTrialProtocolIDsSequence",
    ),
    *(
        "ClinicalTrialSiteID",
        "ClinicalTrialSiteName",
        "IssuerOfClinicalTrialSiteID",
        "ClinicalTrialSubjectID",
    ),
    *("IssuerOfClinicalTrialSubjectID", "ClinicalTrialSubjectReadingID"),
    *("IssuerOfClinicalTrialSubjectReadingID", "IssuerOfClinicalTrialTimePointID"),
    *("ClinicalTrialProtocolEthicsCommitteeName", "ClinicalTrialProtocolEthicsCommitteeApprovalNumber"),
    *(
        "ClinicalTrialTimePointID",
        "ClinicalTrialTimePointDescription",
        "ClinicalTrialTimePointTypeCodeSequence",
    ),
    *("LongitudinalTemporalOffsetFromEvent", "LongitudinalTemporalEventType"),
    *("ConsentForClinicalTrialUseSequence", "IssuerOfAccessionNumberSequence"),
    *("ReferringPhysicianIdentificationSequence", "ConsultingPhysicianName"),
    *("ConsultingPhysicianIdentificationSequence", "StudyDescription", "ProcedureCodeSequence"),
    *("PhysiciansOfRecord", "PhysiciansOfRecordIdentificationSequence", "NameOfPhysiciansReadingStudy"),
    *("PhysiciansReadingStudyIdentificationSequence", "RequestingService", "RequestingServiceCodeSequence"),
    *("ReferencedStudySequence", "ReasonForPerformedProcedureCodeSequence", "AdmittingDiagnosesDescription"),
    *("AdmittingDiagnosesCodeSequence", "PatientAge", "PatientSize", "PatientSizeCodeSequence"),
    *("PatientBodyMassIndex", "MeasuredAPDimension", "MeasuredLateralDimension", "PatientWeight"),
    *("MedicalAlerts", "Allergies", "Occupation", "SmokingStatus", "AdditionalPatientHistory"),
    *("PregnancyStatus", "LastMenstrualDate", "PatientSexNeutered", "ReasonForVisit"),
    *("ReasonForVisitCodeSequence", "AdmissionID", "IssuerOfAdmissionIDSequence", "ServiceEpisodeID"),
    *("IssuerOfServiceEpisodeIDSequence", "ServiceEpisodeDescription", "PatientState"),
)
_BINARY_VRS = ("AT", "FD", "FL", "OB", "OW", "SL", "SS", "SV", "UL", "US", "UV")
_ENUMERATED = {
    "PatientSex": ("M", "F", "O"),
    "PatientIdentityRemoved": ("YES", "NO"),
    "SmokingStatus": ("YES", "NO", "UNKNOWN"),
}


def copy_patient_and_study(source: Dataset, header: Dataset, findings: list[Finding]) -> None:
    """Copy the attributes of the patient and the study; one of type 2 is empty if it is unknown."""
    for keyword in (*_TYPE_2, *_COPIED):
        value = usable_value(source, keyword, findings)
        if value is not None:
            setattr(header, keyword, value)
        elif keyword in _TYPE_2:
            setattr(header, keyword, None)
    header.StudyInstanceUID = source.StudyInstanceUID


def usable_value(source: Dataset, keyword: str, findings: list[Finding]) -> object:
    """Return the value of a source attribute, mended if need be, or None where there is none to be used."""
    if keyword not in source:
        return None
    with any_value():
        try:
            value = source[keyword].value
        except (ValueError, TypeError, NotImplementedError, AttributeError) as error:
            _report(
                findings, keyword, f"{keyword} of the source image cannot be read ({error}); it is left out."
            )
            return None
        if value in (None, "") or (hasattr(value, "__len__") and len(value) == 0):
            return None
        vr = dictionary_VR(keyword)
        if vr == "SQ":
            items = copy.deepcopy(value)
            for one in items:
                one.decode()
            return items
        stored = list(value) if source[keyword].VM > 1 else [value]
        several = len(stored) > 1 and dictionary_VM(keyword) != "1"
        # Somebody's backslash in a single text made several of it.
        known = stored if several or len(stored) == 1 else ["/".join(str(part) for part in stored)]
        parts = [_mended(vr, keyword, part) for part in known]
    if any(part is None for part in parts):
        _report(
            findings,
            keyword,
            f"{keyword} of the source image is '{value}', which {vr} does not allow; it is left out.",
        )
        return None
    new = parts if several else parts[0]
    if vr == "PN":
        _report_name(findings, keyword, stored)
    if [str(part) for part in parts] != [str(part) for part in stored]:
        _report(
            findings,
            keyword,
            f"{keyword} of the source image is '{value}', which {vr} does not allow; '{new}' is written.",
        )
    return new


def _mended(vr: str, keyword: str, value: object) -> object:
    """Return a value as its VR allows it, or None."""
    if keyword in _ENUMERATED:
        return value if value in _ENUMERATED[keyword] else None
    if vr == "PN":
        return value  # see _report_name
    if _valid(vr, value):
        return value
    text = str(value).strip()
    candidate: object
    match vr:
        case "AS":
            found = re.fullmatch(r"0*(\d{1,3})\s*([DWMYdwmy]?)", text)
            candidate = f"{int(found[1]):03d}{(found[2] or 'Y').upper()}" if found else None
        case "DS":
            candidate = format_number_as_ds(float(text)) if re.fullmatch(r"[-+.\deE]+", text) else None
        case "DA":
            digits = re.sub(r"[-./]", "", text)
            candidate = digits if re.fullmatch(r"\d{8}", digits) else None
        case "TM":
            digits = text.replace(":", "")
            candidate = digits if re.fullmatch(r"\d{2,6}(\.\d{1,6})?", digits) else None
        case "LO" | "SH" | "CS":
            candidate = text[: LENGTHS[vr]].replace("\\", "/").rstrip()
        case "LT" | "ST":
            candidate = text[: LENGTHS[vr]].rstrip()
        case _:
            candidate = None
    return candidate if candidate is not None and _valid(vr, candidate) else None


def _valid(vr: str, value: object) -> bool:
    # Decimal and integer strings are judged as they were written, numbers of binary VRs as numbers.
    original = getattr(value, "original_string", None)
    if original is None:
        original = value if vr in _BINARY_VRS else str(value)
    try:
        validate_value(vr, original, config.RAISE)
    except (TypeError, ValueError):
        return False
    return True


def _report_name(findings: list[Finding], keyword: str, names: list[object]) -> None:
    """Tell of a name that is longer than PN allows; it is never cut, for a shorter one is somebody else's."""
    for name in names:
        if max(len(group) for group in str(name).split("=")) > LENGTHS["PN"]:
            text = (
                f"{keyword} of the source image is '{name}', longer than the 64 characters of a name; kept."
            )
            _report(findings, keyword, text)


def _report(findings: list[Finding], keyword: str, text: str) -> None:
    findings.append(Finding(Severity.WARNING, text, keyword, "PS3.5 6.2"))
