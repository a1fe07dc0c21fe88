"""slicer.dicomDatabase on top of pydicom, with the method names and return types of ctkDICOMDatabase.h.

What is not known is an empty string or an empty tuple, as in CTK.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, NamedTuple

import pydicom
from pydicom.errors import InvalidDicomError
from PySide6 import QtCore

from ..pythonqt.properties import DeclaredProperty


class _Instance(NamedTuple):
    file: str
    patient: str
    study: str
    series: str
    uid: str


class DicomDatabase(QtCore.QObject):
    """An index of DICOM files that stay where they are."""

    opened = QtCore.Signal()
    closed = QtCore.Signal()
    databaseChanged = QtCore.Signal()
    seriesAdded = QtCore.Signal(str)
    instanceAdded = QtCore.Signal(str)
    SIGNALS: ClassVar = {
        "opened()": "opened",
        "closed()": "closed",
        "databaseChanged()": "databaseChanged",
        "seriesAdded(QString)": "seriesAdded",
        "instanceAdded(QString)": "instanceAdded",
    }

    def __init__(self):
        super().__init__()
        self._is_open = True
        self._folder = tempfile.TemporaryDirectory(prefix="slicerhost-dicom-")
        self._instances: dict[str, _Instance] = {}  # in the order of insertion

    isOpen = DeclaredProperty(bool, lambda self: self._is_open)

    def openDatabase(self, path: str, connection: str = "") -> bool:
        self._is_open = True
        self.opened.emit()
        return True

    def closeDatabase(self) -> None:
        self._is_open = False
        self.closed.emit()

    def insert(self, path: str, storeFile: bool = True, generateThumbnail: bool = True) -> None:
        """Index one file, or a copy of it if its place is temporary: such a file is gone soon."""
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True)
        except (InvalidDicomError, OSError):
            return
        uid = str(header.SOPInstanceUID)
        if storeFile and self._is_temporary(path):
            path = shutil.copy(path, Path(self._folder.name) / f"{uid}.dcm")
        instance = _Instance(
            file=str(path),
            patient=str(header.get("PatientID", "")),
            study=str(header.get("StudyInstanceUID", "")),
            series=str(header.get("SeriesInstanceUID", "")),
            uid=uid,
        )
        is_new_series = instance.series not in {known.series for known in self._instances.values()}
        self._instances[uid] = instance
        self.instanceAdded.emit(uid)
        if is_new_series:
            self.seriesAdded.emit(instance.series)
        self.databaseChanged.emit()

    def _is_temporary(self, path: str) -> bool:
        return Path(path).parent.name.startswith("DicomSegIO")

    def clear(self) -> None:
        """(Host only) Forget everything."""
        self._instances.clear()
        self._is_open = True

    def _distinct(self, field: str, accepts: Callable[[_Instance], bool] = lambda _: True) -> tuple[str, ...]:
        found = (getattr(instance, field) for instance in self._instances.values() if accepts(instance))
        return tuple(dict.fromkeys(found))

    def patients(self) -> tuple[str, ...]:
        return self._distinct("patient")

    def studiesForPatient(self, patient: str) -> tuple[str, ...]:
        return self._distinct("study", lambda instance: instance.patient == patient)

    def seriesForStudy(self, study: str) -> tuple[str, ...]:
        return self._distinct("series", lambda instance: instance.study == study)

    def instancesForSeries(self, series: str, hits: int = -1) -> tuple[str, ...]:
        found = self._distinct("uid", lambda instance: instance.series == series)
        return found if hits < 0 else found[:hits]

    def filesForSeries(self, series: str, hits: int = -1) -> tuple[str, ...]:
        found = self._distinct("file", lambda instance: instance.series == series)
        return found if hits < 0 else found[:hits]

    def fileForInstance(self, uid: str) -> str:
        instance = self._instances.get(uid)
        return instance.file if instance else ""

    def instanceForFile(self, path: str) -> str:
        return self._of_file(path, "uid")

    def seriesForFile(self, path: str) -> str:
        return self._of_file(path, "series")

    def studyForSeries(self, series: str) -> str:
        return next(iter(self._distinct("study", lambda instance: instance.series == series)), "")

    def patientForStudy(self, study: str) -> str:
        return next(iter(self._distinct("patient", lambda instance: instance.study == study)), "")

    def descriptionForSeries(self, series: str) -> str:
        files = self.filesForSeries(series, 1)
        return self.fileValue(files[0], "0008,103E") if files else ""

    def fileValue(self, path: str, tag: str) -> str:
        """Return the value of a tag written `gggg,eeee`; several values are joined by a backslash."""
        group, element = tag.split(",")
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True)
        except (InvalidDicomError, OSError):
            return ""
        value = header.get((int(group, 16), int(element, 16)))
        if value is None or value.value is None:
            return ""
        if value.VM > 1:
            return "\\".join(str(part) for part in value.value)
        return str(value.value)

    def instanceValue(self, uid: str, tag: str) -> str:
        path = self.fileForInstance(uid)
        return self.fileValue(path, tag) if path else ""

    def _of_file(self, path: str, field: str) -> str:
        return next(
            (getattr(known, field) for known in self._instances.values() if known.file == str(path)), ""
        )
