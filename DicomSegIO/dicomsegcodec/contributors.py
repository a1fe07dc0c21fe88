"""Who and what had a part in an object, to be named by the caller: PS3.3 C.12.1 and 10.1."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from .equipment import PROCESSING, acquisition_equipment, equipment_item, library_equipment
from .errors import ArgumentError, ArgumentTypeError, MissingAttribute
from .findings import Finding
from .segments import code_item
from .sr import as_code, as_codes
from .texts import check_text


class ContributingEquipment(Dataset):
    """Equipment that contributed to an object: an item of the Contributing Equipment Sequence.

    Parameters
    ----------
    manufacturer : str
    purpose_of_reference : CodedConcept or Code
        What it did; usually of CID 7005, as `codes.DCM.ProcessingEquipment`.
    manufacturer_model_name, device_serial_number : str, optional
    software_versions : str or sequence of str, optional
    institution_name, institutional_department_name, institution_address : str, optional
    station_name : str, optional
        At most 16 characters.
    contribution_datetime : datetime or str, optional
        A text as DT has it, 20240229235958.
    contribution_description : str, optional

    Raises
    ------
    ArgumentError
        A text is empty, longer than its attribute or holds what it does not allow.
    ArgumentTypeError
        The purpose is no code.
    """

    def __init__(
        self,
        manufacturer: str,
        purpose_of_reference: Any,
        *,
        manufacturer_model_name: str | None = None,
        software_versions: str | Iterable[str] | None = None,
        device_serial_number: str | None = None,
        institution_name: str | None = None,
        institutional_department_name: str | None = None,
        institution_address: str | None = None,
        station_name: str | None = None,
        contribution_datetime: str | datetime | None = None,
        contribution_description: str | None = None,
    ) -> None:
        super().__init__()
        versions = None
        if software_versions is not None:
            given = [software_versions] if isinstance(software_versions, str) else list(software_versions)
            versions = [check_text("software_versions", version, "LO") for version in given or [""]]
        attributes: dict[str, object] = {
            "ManufacturerModelName": _text("manufacturer_model_name", manufacturer_model_name, "LO"),
            "SoftwareVersions": versions,
            "DeviceSerialNumber": _text("device_serial_number", device_serial_number, "LO"),
            "InstitutionName": _text("institution_name", institution_name, "LO"),
            "InstitutionalDepartmentName": _text(
                "institutional_department_name", institutional_department_name, "LO"
            ),
            "InstitutionAddress": _text("institution_address", institution_address, "ST"),
            "StationName": _text("station_name", station_name, "SH"),
            "ContributionDateTime": _moment(contribution_datetime),
            "ContributionDescription": _text("contribution_description", contribution_description, "ST"),
        }
        check_text("manufacturer", manufacturer, "LO")
        self.update(equipment_item(manufacturer, as_code(purpose_of_reference), attributes))

    @classmethod
    def for_image_acquisition(cls, dataset: Dataset) -> Self:
        """Return the equipment that acquired an image, as the image says it.

        Raises
        ------
        MissingAttribute
            The image does not name a manufacturer.
        """
        findings: list[Finding] = []
        item = acquisition_equipment(dataset, findings)
        if item is None:
            raise MissingAttribute("The image has no Manufacturer, so its equipment cannot be named.")
        return cls._of(item)

    @classmethod
    def for_library(cls, *, purpose_of_reference: Any = None) -> Self:
        """Return this library as equipment; it is named in every object anyhow."""
        item = library_equipment(datetime.now())
        purpose = PROCESSING if purpose_of_reference is None else as_code(purpose_of_reference)
        item.PurposeOfReferenceCodeSequence = [code_item(purpose)]
        return cls._of(item)

    @classmethod
    def _of(cls, item: Dataset) -> Self:
        equipment = cls.__new__(cls)
        Dataset.__init__(equipment, item)
        return equipment


class ContentCreatorIdentificationCodeSequence(Sequence):
    """The person who made the content, by codes, PS3.3 10.1; one item.

    Parameters
    ----------
    person_identification_codes : sequence of CodedConcept or Code
        At least one.
    institution_name : str
        To which the person is responsible. Not written beside `institution_code`, whose meaning says it: an
        item has one of them.
    person_address, person_telecom_information : str, optional
        The latter for instance a mail address.
    person_telephone_numbers : sequence of str, optional
    institution_code : CodedConcept or Code, optional
    institution_address, institutional_department_name : str, optional
    institutional_department_type_code : CodedConcept or Code, optional

    Raises
    ------
    ArgumentError
        There is no code, or a text is empty, too long or holds what its attribute does not allow.
    ArgumentTypeError
        What should be a code is none.
    """

    def __init__(
        self,
        person_identification_codes: Iterable[Any],
        institution_name: str,
        person_address: str | None = None,
        person_telephone_numbers: Iterable[str] | None = None,
        person_telecom_information: str | None = None,
        institution_code: Any = None,
        institution_address: str | None = None,
        institutional_department_name: str | None = None,
        institutional_department_type_code: Any = None,
    ) -> None:
        codes = as_codes(person_identification_codes)
        if not codes:
            raise ArgumentError("person_identification_codes is empty; at least one code names the person.")
        item = Dataset()
        item.PersonIdentificationCodeSequence = [code_item(code) for code in codes]
        check_text("institution_name", institution_name, "LO")
        if institution_code is None:
            item.InstitutionName = institution_name
        else:
            item.InstitutionCodeSequence = [code_item(as_code(institution_code))]
        if person_telephone_numbers is not None:
            if isinstance(person_telephone_numbers, str):
                raise ArgumentTypeError("person_telephone_numbers is one text; give a sequence of them.")
            numbers = [check_text("person_telephone_numbers", n, "LO") for n in person_telephone_numbers]
            if not numbers:
                raise ArgumentError("person_telephone_numbers is empty; leave it out.")
            item.PersonTelephoneNumbers = numbers
        for keyword, name, text, vr in (
            ("PersonAddress", "person_address", person_address, "ST"),
            ("PersonTelecomInformation", "person_telecom_information", person_telecom_information, "LT"),
            ("InstitutionAddress", "institution_address", institution_address, "ST"),
            (
                "InstitutionalDepartmentName",
                "institutional_department_name",
                institutional_department_name,
                "LO",
            ),
        ):
            if text is not None:
                setattr(item, keyword, check_text(name, text, vr))
        if institutional_department_type_code is not None:
            code = as_code(institutional_department_type_code)
            item.InstitutionalDepartmentTypeCodeSequence = [code_item(code)]
        super().__init__([item])


def _text(name: str, text: str | None, vr: str) -> str | None:
    return None if text is None else check_text(name, text, vr)


def _moment(moment: str | datetime | None) -> str | None:
    """Return what DT holds, or None."""
    if moment is None:
        return None
    if isinstance(moment, datetime):
        shift = moment.strftime("%z")[:5]  # without seconds, which DT does not know
        return moment.strftime("%Y%m%d%H%M%S.%f") + shift
    from pydicom import config
    from pydicom.valuerep import validate_value

    try:
        validate_value("DT", str(moment), config.RAISE)
    except ValueError as error:
        raise ArgumentError(
            f"contribution_datetime '{moment}' is no date and time; give a datetime, or a text as "
            "20240229235958."
        ) from error
    return str(moment)
