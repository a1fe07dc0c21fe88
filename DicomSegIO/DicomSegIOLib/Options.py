"""What is chosen for an export; the panel, the console and the batch script fill in the same fields."""

from dataclasses import dataclass
from typing import Any

from .Compressions import transferSyntaxUid

SOURCE_LEVELS = "SOURCE"
"""In the place of downsample factors: a level for each level of the source's pyramid."""

CHOICES = {
    "segmentationType": ("BINARY", "LABELMAP", "FRACTIONAL"),
    "fractionalType": ("PROBABILITY", "OCCUPANCY"),
    "overlap": ("REFUSE", "SPLIT", "LATER_WINS", "BINARY"),
    "segmentNumbers": ("CONSECUTIVE", "KEEP"),
    "grid": ("REFUSE", "SOURCE", "OWN"),
    "outside": ("REFUSE", "CUT"),
}
"""The values of the fields that have a few; those of `compression` come from `possibleCompressions`."""


@dataclass(frozen=True)
class ExportOptions:
    """What is written, and what is said about it.

    A field that is about one segmentation type is without effect on the others, so that a choice may stay
    while another type is tried.

    Parameters
    ----------
    segmentationType : str
        BINARY, LABELMAP or FRACTIONAL.
    fractionalType : str
        PROBABILITY or OCCUPANCY, in FRACTIONAL.
    maximumFractionalValue : int
        Stored value of the fraction 1, 1 to 255, in FRACTIONAL.
    fractionRange : (float, float)
        Values of the volumes given for segments that stand for the fractions 0 and 1, in FRACTIONAL. A value
        beyond is refused, not clipped.
    compression : str
        NONE, DEFLATED (the whole file), RLE, JPEGLS, JPEG2000 or DEFLATED_FRAMES; see `possibleCompressions`.
    overlap : str
        Where segments share voxels in LABELMAP: REFUSE; SPLIT to as many files as needed; LATER_WINS, the
        segment that stands later in the segmentation gets the voxels; BINARY is written instead.
    grid : str
        Where segments do not stand on the images' voxels: REFUSE; SOURCE resamples them to the images,
        nearest neighbour; OWN writes them on the grid that they have, also what lies outside of the images.
    outside : str
        Where segments have voxels outside of the images: REFUSE, or CUT them off.
    segmentIds : tuple of str, optional
        All when omitted.
    keepEmptyFrames : bool
        Write a frame for planes without a voxel too.
    labelColors : bool
        Write a LABELMAP in the segments' colours (PALETTE COLOR) instead of as grey values.
    segmentNumbers : str
        CONSECUTIVE from 1; or KEEP the label values of the segments in LABELMAP.
    seriesDescription : str
        What fits of the node's name when empty.
    seriesNumber : int, optional
        The source's plus 100 when omitted.
    contentLabel : str
        1 to 16 capital letters, digits, spaces or underscores; made from the modality when empty.
    bodyPartExamined : str
        As `contentLabel`; not written when empty.
    clinicalTrialSeriesId, clinicalTrialCoordinatingCenterName : str
        Of the new series, PS3.3 C.7.3.2.
    clinicalTrialTimePointId : str
        Instead of the source's, PS3.3 C.7.2.3.
    tileSize : (rows, columns), optional
        Of slides; the source's tiles when omitted.
    tiledFull : bool
        Write all tiles of a slide in their fixed order (TILED_FULL), also those without a voxel.
    downsampleFactors : tuple of float, or SOURCE_LEVELS
        Of slides: how much smaller each further file of a pyramid is, ascending and above 1; SOURCE_LEVELS
        makes a file for each level of the source. None are made when empty.
    """

    segmentationType: str = "BINARY"
    fractionalType: str = "PROBABILITY"
    maximumFractionalValue: int = 255
    fractionRange: tuple[float, float] = (0.0, 1.0)
    compression: str = "NONE"
    overlap: str = "REFUSE"
    grid: str = "REFUSE"
    outside: str = "REFUSE"
    segmentIds: tuple[str, ...] | None = None
    keepEmptyFrames: bool = False
    labelColors: bool = False
    segmentNumbers: str = "CONSECUTIVE"
    seriesDescription: str = ""
    seriesNumber: int | None = None
    contentLabel: str = ""
    contentDescription: str = ""
    contentCreatorName: str = ""
    bodyPartExamined: str = ""
    clinicalTrialSeriesId: str = ""
    clinicalTrialTimePointId: str = ""
    clinicalTrialCoordinatingCenterName: str = ""
    tileSize: tuple[int, int] | None = None
    tiledFull: bool = False
    downsampleFactors: tuple[float, ...] | str = ()

    def forCodec(self, **changes: Any) -> Any:
        """Return them as the codec's `WriteOptions`.

        Parameters
        ----------
        changes
            Fields of `WriteOptions` that follow from what is written: palette, pyramid UID and the like.

        Raises
        ------
        ArgumentError
            One of them cannot be written.
        """
        from dicomsegcodec.write import WriteOptions

        self._check()
        fields = {
            "segmentation_type": self.segmentationType,
            "fractional_type": self.fractionalType,
            "max_fractional_value": self.maximumFractionalValue,
            "transfer_syntax_uid": transferSyntaxUid(self.compression),
            "keep_empty_frames": self.keepEmptyFrames,
            "series_description": self.seriesDescription,
            "series_number": self.seriesNumber,
            "content_label": self.contentLabel,
            "content_description": self.contentDescription,
            "content_creator_name": self.contentCreatorName,
            "body_part_examined": self.bodyPartExamined,
            "clinical_trial_series_id": self.clinicalTrialSeriesId,
            "clinical_trial_time_point_id": self.clinicalTrialTimePointId,
            "clinical_trial_coordinating_center_name": self.clinicalTrialCoordinatingCenterName,
        }
        return WriteOptions(**(fields | changes))

    def _check(self) -> None:
        from dicomsegcodec.errors import ArgumentError

        for name, known in CHOICES.items():
            value = getattr(self, name)
            if value not in known:
                raise ArgumentError(f"{name} '{value}' is not one of {', '.join(known)}.")
        low, high = self.fractionRange
        if not low < high:
            raise ArgumentError(
                f"fractionRange is {low:g} to {high:g}; its second value, of fraction 1, must be the larger."
            )
        if self.tileSize is not None and min(self.tileSize) < 1:
            raise ArgumentError(
                f"tileSize is {self.tileSize[0]} x {self.tileSize[1]}; a tile has at least one pixel."
            )
        factors = self.downsampleFactors
        if isinstance(factors, str):
            if factors != SOURCE_LEVELS:
                raise ArgumentError(f"downsampleFactors '{factors}' must be {SOURCE_LEVELS}, or numbers.")
        elif list(factors) != sorted(set(factors)) or (factors and min(factors) <= 1):
            raise ArgumentError(f"downsampleFactors {list(factors)} must ascend and be above 1.")
