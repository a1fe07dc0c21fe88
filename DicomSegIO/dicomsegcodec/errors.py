"""Everything this package raises on purpose.

* SegError
  - ArgumentError                 a caller's value cannot be used (also a ValueError)
    + OverlappingSegments         segments that share a voxel, where one value a voxel is asked for
    + UndescribedLabels           array values without a segment description
    + OutOfRange                  an index or a range that is not in the array (also an IndexError)
    + GeometryMismatch            two grids that should be the same are not (also a RuntimeError)
    + PaletteMismatch             a colour palette does not fit the segments of the label map
    + UnusableIccProfile          an ICC profile that an image cannot have
    + UnencodableText             a text that the wanted character set does not hold
  - ArgumentTypeError             a caller's value has the wrong type (also a TypeError)
  - SourceError                   the source images cannot carry the segmentation (also a ValueError)
    + MixedSources                more than one patient, study, series or frame of reference
    + IrregularPlanes             planes that are no regular stack, where one is needed (also a RuntimeError)
  - ReadError                     a file cannot be understood as a segmentation
    + FileMissing                 (also a FileNotFoundError)
    + NotDicom
    + NotSegmentation             (also a ValueError)
    + MissingAttribute
    + TruncatedFile
    + UnsupportedTransferSyntax   (also a ValueError)
    + NotDerivedFromSources       frames do not each belong to one source image (also a RuntimeError)
    + SegmentsOverlapInFile       (also a RuntimeError)
  - UnknownSegment                no such Segment Number (also an IndexError)
  - UnknownSource                 no such source image (also a KeyError)
  - UnknownDimension              no such dimension of the frames (also a KeyError)
  - OutputError                   the output cannot be written; nothing stays under its name (also an OSError)
    + VerificationFailed          what was written reads back otherwise
  - ExternalFileError             a coding JSON, label volume or other companion file cannot be used
  - Cancelled                     the caller's progress function asked to stop

The second bases are the types that the specification page names, so a script
written against it catches what it expects. A message says what was found,
what was expected and the way out.
"""


class SegError(Exception):
    """Base of all errors of this package."""


class ArgumentError(SegError, ValueError):
    """A caller's value cannot be used."""


class OverlappingSegments(ArgumentError):
    """Segments share a voxel where each voxel can hold one segment only."""


class UndescribedLabels(ArgumentError):
    """An array holds values that no segment description names."""


class OutOfRange(ArgumentError, IndexError):
    """An index or a range does not lie in what it refers to."""


class GeometryMismatch(ArgumentError, RuntimeError):
    """Two grids that should coincide do not."""


class PaletteMismatch(ArgumentError):
    """A colour palette does not fit the segments of the label map."""


class UnusableIccProfile(ArgumentError):
    """An ICC profile is none, or is not of the kind that an image has."""


class UnencodableText(ArgumentError):
    """The wanted character set does not hold a text."""


class ArgumentTypeError(SegError, TypeError):
    """A caller's value has the wrong type."""


class SourceError(SegError, ValueError):
    """The source images cannot carry the segmentation."""


class MixedSources(SourceError):
    """The source images belong to more than one patient, study, series or frame of reference."""


class IrregularPlanes(SourceError, RuntimeError):
    """Planes are not a regular stack where a regular grid is needed."""


class ReadError(SegError):
    """A file cannot be understood as a segmentation."""


class FileMissing(ReadError, FileNotFoundError):
    """There is no file of this name."""


class NotDicom(ReadError):
    """The file is not in DICOM format."""


class NotSegmentation(ReadError, ValueError):
    """The object is DICOM but not a segmentation."""


class MissingAttribute(ReadError):
    """An attribute without which the object cannot be understood is absent."""


class TruncatedFile(ReadError):
    """The file ends before its contents do."""


class UnsupportedTransferSyntax(ReadError, ValueError):
    """The pixel data is encoded in a way this version cannot decode."""


class NotDerivedFromSources(ReadError, RuntimeError):
    """Frames do not each belong to exactly one source image."""


class SegmentsOverlapInFile(ReadError, RuntimeError):
    """Stored segments share a voxel where one value a voxel is asked for."""


class UnknownSegment(SegError, IndexError):
    """No segment has this Segment Number."""


class _UnknownKey(SegError, KeyError):
    def __str__(self) -> str:
        # KeyError would show the representation of its argument, quotes and all.
        return str(self.args[0]) if self.args else ""


class UnknownSource(_UnknownKey):
    """No source image has this SOP Instance UID."""


class UnknownDimension(_UnknownKey):
    """The frames have no such dimension, PS3.3 C.7.6.17."""


class OutputError(SegError, OSError):
    """The output cannot be written; nothing stays under its name."""


class VerificationFailed(OutputError):
    """What was written was read back otherwise than it was meant; nothing stays under its name."""


class ExternalFileError(SegError):
    """A companion file (coding JSON, label volume) cannot be used."""


class Cancelled(SegError):
    """The caller's progress function asked to stop; nothing was written."""
