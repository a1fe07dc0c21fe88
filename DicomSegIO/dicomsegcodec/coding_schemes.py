"""Coding schemes that the standard does not know, identified for readers of an object, PS3.3 C.12.1.1.7."""

import re
from collections.abc import Iterable

from pydicom.dataset import Dataset
from pydicom.uid import RE_VALID_UID

from .errors import ArgumentError, ArgumentTypeError
from .texts import check_text

_URL_TYPES = ("DOC", "OWL", "CSV", "FHIR")


class CodingSchemeResourceItem(Dataset):
    """Where a coding scheme is to be had: an item of the Coding Scheme Resources Sequence.

    Parameters
    ----------
    url : str
    url_type : str
        DOC, OWL, CSV or FHIR.

    Raises
    ------
    ArgumentError
        The type is another one, or the URL is empty or has spaces or backslashes.
    """

    def __init__(self, url: str, url_type: str) -> None:
        super().__init__()
        if not isinstance(url, str) or not re.fullmatch(r"[!-\[\]-~]+", url):
            raise ArgumentError(f"url '{url}' must be printable ASCII without spaces and backslashes.")
        if url_type not in _URL_TYPES:
            raise ArgumentError(f"url_type '{url_type}' is not one of {', '.join(_URL_TYPES)}.")
        self.CodingSchemeURLType = url_type
        self.CodingSchemeURL = url


class CodingSchemeIdentificationItem(Dataset):
    """A coding scheme: an item of the Coding Scheme Identification Sequence.

    Parameters
    ----------
    designator : str
        As codes have it, at most 16 characters.
    name, version : str, optional
        The version as codes have it, at most 16 characters.
    registry : str, optional
        Where the scheme is registered, for instance HL7; then `uid` or `external_id` names it there.
    uid : str, optional
    external_id : str, optional
        Where the registry has no UIDs.
    responsible_organization : str, optional
    resources : sequence of CodingSchemeResourceItem, optional

    Raises
    ------
    ArgumentError
        A text does not fit its attribute, the UID is none, or a registered scheme has neither a UID nor an
        external ID, or both.
    ArgumentTypeError
        A resource is something else.
    """

    def __init__(
        self,
        designator: str,
        name: str | None = None,
        version: str | None = None,
        registry: str | None = None,
        uid: str | None = None,
        external_id: str | None = None,
        responsible_organization: str | None = None,
        resources: Iterable[CodingSchemeResourceItem] | None = None,
    ) -> None:
        super().__init__()
        self.CodingSchemeDesignator = check_text("designator", designator, "SH")
        for keyword, argument, text, vr in (
            ("CodingSchemeRegistry", "registry", registry, "LO"),
            ("CodingSchemeExternalID", "external_id", external_id, "ST"),
            ("CodingSchemeName", "name", name, "ST"),
            ("CodingSchemeVersion", "version", version, "SH"),
            (
                "CodingSchemeResponsibleOrganization",
                "responsible_organization",
                responsible_organization,
                "ST",
            ),
        ):
            if text is not None:
                setattr(self, keyword, check_text(argument, text, vr))
        if uid is not None:
            if not (re.fullmatch(RE_VALID_UID, uid) and len(uid) <= 64):
                raise ArgumentError(f"uid '{uid}' is no UID: at most 64 digits and dots.")
            self.CodingSchemeUID = uid
        if (uid is None) == (external_id is None) and (registry is not None or uid is not None):
            raise ArgumentError(
                f"Coding scheme '{designator}' is registered by both or neither of uid and external_id; give "
                "one of them, with its registry."
            )
        if resources is not None:
            items = list(resources)
            for item in items:
                if not isinstance(item, CodingSchemeResourceItem):
                    raise ArgumentTypeError(
                        f"A resource is a CodingSchemeResourceItem, not a {type(item).__name__}."
                    )
            if items:
                self.CodingSchemeResourcesSequence = items
