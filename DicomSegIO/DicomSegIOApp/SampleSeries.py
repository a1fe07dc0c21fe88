"""A small CT series and its volume, for the module's own test."""

from pathlib import Path
from typing import Any

import slicer

SPACING_MM = (3.0, 0.8, 0.7)
ORIGIN_MM = (-10.0, -20.0, 0.0)  # of the first voxel's centre; LPS, as in DICOM


def makeSampleVolume(folder: Path, shape: tuple[int, int, int]) -> Any:
    """Write a series of (slices, rows, columns) into the folder and return a volume of the same geometry."""
    import numpy as np

    _writeSeries(folder, shape)
    between, down, right = SPACING_MM
    x, y, z = ORIGIN_MM
    ijkToRas = np.array([[-right, 0, 0, -x], [0, -down, 0, -y], [0, 0, between, z], [0, 0, 0, 1]])
    return slicer.util.addVolumeFromArray(np.zeros(shape, np.int16), ijkToRas, "CT")


def _writeSeries(folder: Path, shape: tuple[int, int, int]) -> None:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    study, series, frameOfReference = generate_uid(), generate_uid(), generate_uid()
    x, y, z = ORIGIN_MM
    for k in range(shape[0]):
        image = Dataset()
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, generate_uid()
        image.StudyInstanceUID, image.SeriesInstanceUID = study, series
        image.FrameOfReferenceUID, image.Modality = frameOfReference, "CT"
        image.PatientName, image.PatientID = "Test^DicomSegIO", "1"
        image.ImagePositionPatient = [x, y, z + k * SPACING_MM[0]]
        image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        image.PixelSpacing, image.SliceThickness = list(SPACING_MM[1:]), SPACING_MM[0]
        image.Rows, image.Columns, image.InstanceNumber = shape[1], shape[2], k + 1
        image.save_as(folder / f"{k}.dcm", enforce_file_format=True)
