"""The compressions that an export offers: which can be, and what each means for other programs."""

from dataclasses import dataclass

_UIDS = {
    "NONE": "1.2.840.10008.1.2.1",
    "DEFLATED": "1.2.840.10008.1.2.1.99",
    "RLE": "1.2.840.10008.1.2.5",
    "JPEGLS": "1.2.840.10008.1.2.4.80",
    "JPEG2000": "1.2.840.10008.1.2.4.90",
    "DEFLATED_FRAMES": "1.2.840.10008.1.2.8.1",
}

# What was seen of Slicer 5.12 with dcmqi 1.5.7, OHIF 3.12 and cornerstone3D 5.14, Orthanc 1.10, and pydicom
# 3.0 with highdicom 0.28. Slicer's DIMSE Send offers Segmentation Storage uncompressed and nothing else.
_FRACTIONAL = (
    "Slicer's own import and dcmqi read fractions as labels, and OHIF does not show them; highdicom and "
    "DicomSegIO read them."
)
_MEANINGS = {
    ("BINARY", "NONE"): "Every program reads it, and Slicer can send it to a PACS.",
    ("BINARY", "DEFLATED"): (
        "Slicer and dcmqi read it; many viewers and PACS do not take it, and Slicer cannot send it to a PACS."
    ),
    ("BINARY", "JPEG2000"): (
        "OHIF and pydicom read it; Slicer's own import, dcmqi and slide viewers do not, and Slicer cannot "
        "send it to a PACS."
    ),
    ("BINARY", "DEFLATED_FRAMES"): (
        "New in DICOM; cornerstone3D and DicomSegIO read it, Slicer's own import, dcmqi and pydicom 3.0 do "
        "not."
    ),
    ("LABELMAP", "NONE"): (
        "Programs that know label maps read it: Slicer 5.12, dcmqi, OHIF, highdicom. Slicer cannot send "
        "label maps to a PACS (DIMSE); use DICOMweb."
    ),
    ("LABELMAP", "DEFLATED"): (
        "Slicer 5.12 and dcmqi read it; many viewers and PACS do not take it. Slicer cannot send label maps "
        "to a PACS (DIMSE)."
    ),
    ("LABELMAP", "RLE"): (
        "What OHIF writes itself; Slicer 5.12, dcmqi, OHIF and highdicom read it. Slicer cannot send label "
        "maps to a PACS (DIMSE); use DICOMweb."
    ),
    ("LABELMAP", "JPEGLS"): (
        "Small; OHIF and highdicom read it, Slicer's own import and dcmqi do not. Use DICOMweb to send it."
    ),
    ("LABELMAP", "JPEG2000"): (
        "Small; cornerstone3D and highdicom read it, Slicer's own import and dcmqi do not. Use DICOMweb to "
        "send it."
    ),
    ("LABELMAP", "DEFLATED_FRAMES"): (
        "New in DICOM and small; cornerstone3D and DicomSegIO read it, Slicer's own import, dcmqi and "
        "pydicom 3.0 do not."
    ),
    ("FRACTIONAL", "NONE"): f"{_FRACTIONAL} Slicer can send it to a PACS.",
    ("FRACTIONAL", "DEFLATED"): f"{_FRACTIONAL} Many viewers and PACS do not take deflated files.",
    ("FRACTIONAL", "RLE"): f"{_FRACTIONAL} RLE is decoded by nearly all of those that do.",
    ("FRACTIONAL", "JPEGLS"): f"{_FRACTIONAL} Smaller than RLE; fewer programs decode it.",
    ("FRACTIONAL", "JPEG2000"): f"{_FRACTIONAL} Smaller than RLE; fewer programs decode it.",
    ("FRACTIONAL", "DEFLATED_FRAMES"): f"{_FRACTIONAL} New in DICOM; pydicom 3.0 does not decode it.",
}

COMPRESSIONS = tuple(_UIDS)


@dataclass(frozen=True)
class PossibleCompression:
    """One compression, as a panel offers it.

    Parameters
    ----------
    key : str
        Value of `ExportOptions.compression`.
    transferSyntaxUid, name : str
        As PS3.6 Annex A has them.
    isPossible : bool
        Whether such segmentations can be stored so; a package may have to be installed first.
    reason : str
        Why it is not possible, as a sentence; empty where it is.
    meaning : str
        What it means for other programs.
    missingPackage : str
        What has to be installed with pip before it is used; empty where nothing is missing.
    """

    key: str
    transferSyntaxUid: str
    name: str
    isPossible: bool
    reason: str
    meaning: str
    missingPackage: str


def possibleCompressions(
    segmentationType: str, rows: int | None = None, columns: int | None = None
) -> list[PossibleCompression]:
    """Return a row for each compression, in the order in which to offer them.

    Parameters
    ----------
    segmentationType : str
        BINARY, LABELMAP or FRACTIONAL.
    rows, columns : int, optional
        Of the frames: of the source images, or of the tiles of a slide. Any when omitted.
    """
    from dicomsegcodec.codecs import TRANSFER_SYNTAXES

    found = []
    bits = 1 if segmentationType == "BINARY" else 8
    for key, uid in _UIDS.items():
        syntax = TRANSFER_SYNTAXES[uid]
        reason = ""
        smallest = syntax.smallest
        if bits not in syntax.writes:
            reason = f"{syntax.name} compresses bytes, and a BINARY segmentation has one bit a voxel."
        elif rows is not None and columns is not None and min(rows, columns) < smallest:
            reason = (
                f"{syntax.name} needs frames of at least {smallest} x {smallest} pixels, and these have "
                f"{rows} x {columns}."
            )
        package = syntax.requires
        isMissing = not reason and package is not None and package.find() is None
        found.append(
            PossibleCompression(
                key=key,
                transferSyntaxUid=uid,
                name=syntax.name,
                isPossible=not reason,
                reason=reason,
                meaning="" if reason else _MEANINGS.get((segmentationType, key), ""),
                missingPackage=package.name if package is not None and isMissing else "",
            )
        )
    return found


def transferSyntaxUid(compression: str) -> str:
    """Return the transfer syntax of a compression.

    Raises
    ------
    ArgumentError
        There is no such compression.
    """
    from dicomsegcodec.errors import ArgumentError

    if compression not in _UIDS:
        raise ArgumentError(f"compression '{compression}' is not one of {', '.join(_UIDS)}.")
    return _UIDS[compression]
