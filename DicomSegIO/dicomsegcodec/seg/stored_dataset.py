"""A data set of pydicom taken apart as a stored segmentation, whatever was changed in it since."""

import copy as copying
from typing import Self

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from ..big_endian import take_as_little_endian
from ..byte_source import MemoryBytes
from ..codecs import TRANSFER_SYNTAXES
from ..codecs.encapsulation import FIRST_ITEM, FrameSpans, frame_spans
from ..errors import ArgumentTypeError, MissingAttribute, SegError
from ..file_objects import Source
from ..file_start import set_transfer_syntax
from ..findings import Finding
from ..frame_columns import FrameColumns, columns_from_bytes, columns_from_items
from ..frame_store import FrameStore
from ..functional_groups import PER_FRAME_TAG
from ..interpret import interpret
from ..lazy_dataset import LazyDataset, StoredPixels
from ..lenient import reading
from ..read import check_segmentation, parse
from ..stored import StoredSegmentation
from .as_read import AsRead, apart


class StoredDataset(LazyDataset):
    """See the module."""

    _file_findings: tuple[Finding, ...] = ()
    _as_read: AsRead | None = None
    _known_columns: tuple[DataElement | RawDataElement, FrameColumns] | None = None

    @classmethod
    def from_dataset(cls, dataset: Dataset, copy: bool = True) -> Self:
        """Return a data set as a segmentation.

        One that is Explicit VR Big Endian becomes Explicit VR Little Endian.

        Parameters
        ----------
        copy : bool
            Leave `dataset` as it is; otherwise it becomes the segmentation itself.

        Raises
        ------
        ArgumentTypeError
            It is no pydicom Dataset.
        NotSegmentation, ReadError
            The data set is left as it was.
        """
        if not isinstance(dataset, Dataset):
            raise ArgumentTypeError(f"A pydicom Dataset is needed, not {type(dataset).__name__}.")
        check_segmentation(dataset)
        meta = getattr(dataset, "file_meta", None)
        if meta is None or not meta.get("TransferSyntaxUID"):
            raise MissingAttribute(
                "The data set has no Transfer Syntax UID in its file meta information, so the encoding of "
                "its pixels is unknown; set file_meta.TransferSyntaxUID."
            )
        segmentation = copying.deepcopy(dataset) if copy else dataset
        findings: tuple[Finding, ...] = ()
        if meta.TransferSyntaxUID == ExplicitVRBigEndian:
            if not copy:
                cls.from_dataset(dataset)  # refused as it is, where it is refused
            with reading("The data set"):
                findings = (take_as_little_endian(segmentation),)
        before = segmentation.__class__
        segmentation.__class__ = cls
        try:
            segmentation._file_findings = findings
            segmentation._stored()
        except SegError:
            segmentation.__class__ = before
            raise
        return segmentation  # type: ignore[return-value]

    @classmethod
    def open(cls, source: Source, *, lazy_frame_retrieval: bool = True) -> Self:
        """Read a segmentation from a file; for parameters and errors see `segread`."""
        parsed = parse(source, lazy=lazy_frame_retrieval)
        segmentation = cls.__new__(cls)
        Dataset.__init__(segmentation, parsed.header)
        segmentation.file_meta = parsed.header.file_meta
        implicit, little = parsed.header.original_encoding
        segmentation.set_original_encoding(implicit, little, parsed.header.original_character_set)
        if segmentation.file_meta.TransferSyntaxUID == ExplicitVRBigEndian:
            # Elements and pixels are little endian by now.
            set_transfer_syntax(segmentation.file_meta, ExplicitVRLittleEndian)
        pixels = StoredPixels(
            parsed.source, parsed.pixel_offset, parsed.pixel_size, parsed.pixel_vr, parsed.spans
        )
        segmentation.defer(parsed.per_frame, pixels, parsed.implicit)
        if isinstance(parsed.per_frame, bytes):
            segmentation._known_columns = (segmentation._dict[BaseTag(PER_FRAME_TAG)], parsed.columns)
        segmentation._file_findings = parsed.findings
        header = apart(segmentation)
        if header is None:
            segmentation._stored()
        else:
            segmentation._as_read = AsRead.of(segmentation, segmentation._take_apart(header))
        return segmentation

    def _stored(self) -> StoredSegmentation:
        """Return the object as it is now, taken apart."""
        known = self._as_read
        return known.stored if known is not None and known.holds_for(self) else self._take_apart(self)

    def _header(self) -> Dataset:
        """Return the elements of the object, to be looked at only: it counts as untouched after that."""
        known = self._as_read
        return known.stored.dataset if known is not None and known.holds_for(self) else self

    def _take_apart(self, header: Dataset) -> StoredSegmentation:
        columns = self._frame_columns()
        return interpret(header, columns, self._frame_store(columns.frames), self._file_findings)

    def _frame_columns(self) -> FrameColumns:
        with reading("The functional groups of the frames"):
            return self._read_frame_columns()

    def _read_frame_columns(self) -> FrameColumns:
        element = self._dict.get(BaseTag(PER_FRAME_TAG))
        if self._known_columns is not None and self._known_columns[0] is element:
            return self._known_columns[1]
        if element is None:
            columns = columns_from_bytes(b"")
        elif isinstance(element, RawDataElement) and element.is_little_endian:
            columns = columns_from_bytes(element.value or b"", element.is_implicit_VR)
            self._known_columns = (element, columns)
        else:
            # Items can be changed in place, so what they say is looked up anew each time.
            columns = columns_from_items(self[PER_FRAME_TAG].value)
        return columns

    def _frame_store(self, described: int) -> FrameStore:
        uid = str(self.file_meta.TransferSyntaxUID)
        pixels = self._waiting
        if isinstance(pixels, StoredPixels):
            return FrameStore(uid, pixels.source, pixels.offset, pixels.size, pixels.spans)
        value = self.get("PixelData")
        if value is None:
            raise MissingAttribute("The segmentation has no Pixel Data; its pixels were taken out.")
        source = MemoryBytes(value)
        syntax = TRANSFER_SYNTAXES.get(uid)
        spans: FrameSpans | None = None
        if value.startswith(FIRST_ITEM) and (syntax is None or syntax.encapsulated):
            stated = None if syntax is None else max(1, int(self.get("NumberOfFrames") or 1))
            table = self.get("ExtendedOffsetTable")
            with source.opened() as read_at:
                spans = frame_spans(read_at, len(value), 0, stated, table, described=described or None)
        return FrameStore(uid, source, 0, len(value), spans)
