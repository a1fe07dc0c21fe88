"""Synthetic image series for tests, written with pydicom alone."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

SOP_CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
}


def rotation(degrees_x: float, degrees_y: float, degrees_z: float) -> np.ndarray:
    """Return the (3, 3) rotation about x, then y, then z."""
    ax, ay, az = np.deg2rad([degrees_x, degrees_y, degrees_z])
    x = np.array([[1, 0, 0], [0, np.cos(ax), -np.sin(ax)], [0, np.sin(ax), np.cos(ax)]])
    y = np.array([[np.cos(ay), 0, np.sin(ay)], [0, 1, 0], [-np.sin(ay), 0, np.cos(ay)]])
    z = np.array([[np.cos(az), -np.sin(az), 0], [np.sin(az), np.cos(az), 0], [0, 0, 1]])
    return z @ y @ x


def make_series(
    shape: tuple[int, int, int] = (5, 12, 10),
    *,
    modality: str = "CT",
    spacing_mm: tuple[float, float, float] = (2.5, 0.75, 0.5),
    origin_mm: tuple[float, float, float] = (-125.0, -128.1, 101.25),
    turned: np.ndarray | None = None,
    pixels: np.ndarray | None = None,
    **attributes: object,
) -> list[Dataset]:
    """Return single-frame images, sorted along the usual normal (row x column direction).

    Parameters
    ----------
    shape : (slices, rows, columns)
    spacing_mm : between slices, rows and columns
    turned : (3, 3) rotation of the image axes, optional
    attributes : further or other attributes of every image, by keyword; None leaves one out
    """
    axes = np.eye(3) if turned is None else turned
    row, column, normal = axes[:, 0], axes[:, 1], axes[:, 2]
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    images = []
    for k in range(shape[0]):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
        image.SOPClassUID = SOP_CLASSES[modality]
        image.SOPInstanceUID = generate_uid()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = (
            image.SOPClassUID,
            image.SOPInstanceUID,
        )
        image.StudyInstanceUID, image.SeriesInstanceUID, image.FrameOfReferenceUID = study, series, frame
        image.Modality = modality
        image.PatientName, image.PatientID, image.PatientBirthDate, image.PatientSex = (
            "Doe^Jane",
            "P1",
            "19700101",
            "F",
        )
        image.StudyDate, image.StudyTime, image.AccessionNumber, image.StudyID = (
            "20240102",
            "101010",
            "A1",
            "S1",
        )
        image.ReferringPhysicianName = "Roe^Richard"
        image.Manufacturer, image.SeriesNumber, image.InstanceNumber = "Maker", 3, k + 1
        image.PositionReferenceIndicator = ""
        position = np.array(origin_mm) + k * spacing_mm[0] * normal
        image.ImagePositionPatient = [f"{v:.8g}" for v in position]
        image.ImageOrientationPatient = [f"{v:.10g}"[:16] for v in [*row, *column]]
        image.PixelSpacing = [str(spacing_mm[1]), str(spacing_mm[2])]
        image.SliceThickness = str(spacing_mm[0])
        image.Rows, image.Columns = shape[1:]
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 0
        image.RescaleIntercept, image.RescaleSlope = "0", "1"
        frame_pixels = (
            np.full(shape[1:], k * 10, np.uint16) if pixels is None else pixels[k].astype(np.uint16)
        )
        image.PixelData = frame_pixels.tobytes()
        for keyword, value in attributes.items():
            if value is None:
                del image[keyword]
            else:
                setattr(image, keyword, value)
        images.append(image)
    return images


def write_series(folder: Path, images: list[Dataset] | None = None, **parameters: object) -> list[Path]:
    """Write a series into a folder and return the files."""
    images = images if images is not None else make_series(**parameters)  # type: ignore[arg-type]
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for k, image in enumerate(images):
        file = folder / f"image{k:04d}.dcm"
        image.save_as(file, enforce_file_format=True)
        files.append(file)
    return files
