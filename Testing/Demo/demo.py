"""The main job, once, on real data: images and a segmentation node to DICOM SEG files and back.

The images are the MNI ICBM 152 brain template (T1-weighted, 1 mm) that nilearn carries, written as an
MR series; the segments are the brain and, from the template's probability maps, its grey and white
matter. The brain overlaps both, so BINARY holds all three and LABELMAP the two that do not overlap.

Run by `make demo`. Everything it makes is in demo-output/.
"""

import shutil
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import picture
import slicer
import vtk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from vtk.util import numpy_support

from dicomsegcodec.geometry import Geometry, Planes
from DicomSegIOLib import ExportOptions, describeFile, exportSegmentation, loadSegmentation
from DicomSegIOLib.Grid import toIjkToRas

OUTPUT = Path(__file__).resolve().parents[2] / "demo-output"
MR_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.4"

# Name, code of the type, meaning, colour; all of the category Tissue or Anatomical Structure.
SEGMENTS = (
    ("Brain", "12738006", "Brain", (250 / 255, 250 / 255, 225 / 255)),
    ("Grey matter", "389081007", "Gray Matter", (200 / 255, 200 / 255, 235 / 255)),
    ("White matter", "389080008", "White Matter", (250 / 255, 150 / 255, 60 / 255)),
)
COLORS = {"Brain": (70, 160, 230), "Grey matter": (235, 85, 95), "White matter": (250, 195, 60)}


def main() -> int:
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir()
    image, masks, geometry = load_template()
    files = write_series(image, geometry, OUTPUT / "images")
    print(
        f"MR series        {len(files)} images of {image.shape[1]} x {image.shape[2]}, {OUTPUT.name}/images"
    )

    scene = slicer.vtkMRMLScene()
    volume = add_volume(scene, image, geometry, files)
    node = add_segmentation(scene, masks, geometry, volume)
    names = ", ".join(f"{name} ({int(mask.sum()):,} voxels)" for name, mask in masks.items())
    print(f"Segmentation     {names}")

    exact = True
    loaded = {}
    for kind, chosen in (("BINARY", list(masks)), ("LABELMAP", ["Grey matter", "White matter"])):
        path = OUTPUT / f"brain-{kind.lower()}.dcm"
        ids = tuple(node.GetSegmentation().GetSegmentIdBySegmentName(name) for name in chosen)
        started = time.perf_counter()
        result = exportSegmentation(
            node, path, [f for f, _uid in files], options=ExportOptions(segmentationType=kind, segmentIds=ids)
        )
        written = time.perf_counter()
        back = loadSegmentation(path, scene)
        read = time.perf_counter()
        report(path, result.findings, written - started, read - written)
        differences = compare(node, back, chosen, geometry.shape)
        exact = exact and not differences
        print(
            "                 "
            + ("; ".join(differences) or "read back: every voxel, name, code and colour equal")
        )
        loaded[kind] = {name: mask_of(back, name, geometry.shape) for name in chosen}

    picture.draw(OUTPUT / "demo.png", image, loaded, COLORS)
    print(f"Picture          {OUTPUT.name}/demo.png")
    print("All exact." if exact else "NOT EXACT: see above.")
    return 0 if exact else 1


def load_template() -> tuple[np.ndarray, dict[str, np.ndarray], Geometry]:
    """Return the image, masks by name and their grid: slices from the feet up, rows to the back."""
    import SimpleITK as sitk

    spec = find_spec("nilearn")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("The demo needs the data files of nilearn: run it by 'make demo'.")
    folder = Path(spec.submodule_search_locations[0]) / "datasets" / "data"

    def read(kind: str) -> sitk.Image:
        file = folder / f"mni_icbm152_{kind}_tal_nlin_sym_09a_converted.nii.gz"
        return sitk.DICOMOrient(sitk.ReadImage(str(file)), "LPS")

    template = read("t1")
    image = sitk.GetArrayFromImage(template).astype(np.uint16)
    # The maps are stored as 0 to 255 for probabilities from 0 to 1; a voxel goes to the likelier tissue.
    grey, white = (sitk.GetArrayFromImage(read(kind)).astype(np.int16) for kind in ("gm", "wm"))
    masks = {
        "Brain": image > 0,
        "Grey matter": (grey >= 128) & (grey >= white),
        "White matter": (white >= 128) & (white > grey),
    }
    matrix = np.eye(4)
    direction = np.array(template.GetDirection()).reshape(3, 3)
    matrix[:3, :3] = (direction * template.GetSpacing())[:, ::-1]  # ITK counts columns first, arrays slices
    matrix[:3, 3] = template.GetOrigin()
    return image, masks, Geometry(matrix, image.shape)


def write_series(image: np.ndarray, geometry: Geometry, folder: Path) -> list[tuple[Path, str]]:
    """Write an MR series; return its files and SOP Instance UIDs."""
    folder.mkdir()
    planes = Planes.of(geometry)
    study, series, frame_of_reference = generate_uid(), generate_uid(), generate_uid()
    files = []
    for number, (pixels, position) in enumerate(zip(image, planes.positions, strict=True), start=1):
        dataset = Dataset()
        dataset.SOPClassUID, dataset.SOPInstanceUID = MR_IMAGE_STORAGE, generate_uid()
        dataset.PatientName, dataset.PatientID = "MNI^ICBM 152", "MNI-ICBM-152"
        dataset.PatientBirthDate, dataset.PatientSex = "", "O"
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, series
        dataset.StudyDate, dataset.StudyTime, dataset.AccessionNumber, dataset.StudyID = "", "", "", "1"
        dataset.ReferringPhysicianName = ""
        dataset.StudyDescription, dataset.SeriesDescription = "Brain template", "T1 1 mm"
        dataset.Modality, dataset.Manufacturer = "MR", "Montreal Neurological Institute"
        dataset.SeriesNumber, dataset.InstanceNumber = 1, number
        dataset.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
        dataset.ScanningSequence, dataset.SequenceVariant, dataset.ScanOptions = "RM", "NONE", ""
        dataset.MRAcquisitionType, dataset.EchoTime, dataset.EchoTrainLength = "3D", "", ""
        dataset.FrameOfReferenceUID, dataset.PositionReferenceIndicator = frame_of_reference, ""
        dataset.ImagePositionPatient = position.split("\\")
        dataset.ImageOrientationPatient = planes.orientation.split("\\")
        dataset.PixelSpacing, dataset.SliceThickness = planes.spacing.split("\\"), planes.thickness
        dataset.Rows, dataset.Columns = pixels.shape
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 8, 7
        dataset.PixelRepresentation = 0
        dataset.PixelData = pixels.tobytes()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        path = folder / f"{number:04d}.dcm"
        dataset.save_as(path, enforce_file_format=True)
        files.append((path, dataset.SOPInstanceUID))
    return files


def add_volume(
    scene: slicer.vtkMRMLScene, image: np.ndarray, geometry: Geometry, files: list[tuple[Path, str]]
) -> slicer.vtkMRMLScalarVolumeNode:
    """Add the images to the scene as Slicer's DICOM import leaves them: a volume that names its instances."""
    data = vtk.vtkImageData()
    data.SetDimensions(*image.shape[::-1])
    data.GetPointData().SetScalars(numpy_support.numpy_to_vtk(image.reshape(-1), deep=True))
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "1: T1 1 mm")
    volume.SetAndObserveImageData(data)
    volume.SetIJKToRASMatrix(matrix_of(geometry))
    volume.SetAttribute("DICOM.instanceUIDs", " ".join(uid for _file, uid in files))
    return volume


def add_segmentation(
    scene: slicer.vtkMRMLScene,
    masks: dict[str, np.ndarray],
    geometry: Geometry,
    volume: slicer.vtkMRMLScalarVolumeNode,
) -> slicer.vtkMRMLSegmentationNode:
    """Add the segments to the scene, each with a layer of its own, coded and coloured."""
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Brain tissues")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    representation = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    for name, value, meaning, color in SEGMENTS:
        mask = masks[name].astype(np.uint8)
        labelmap = slicer.vtkOrientedImageData()
        labelmap.SetDimensions(*mask.shape[::-1])
        labelmap.GetPointData().SetScalars(numpy_support.numpy_to_vtk(mask.reshape(-1), deep=True))
        labelmap.SetGeometryFromImageToWorldMatrix(matrix_of(geometry))
        segment = slicer.vtkSegment()
        segment.SetName(name)
        segment.SetColor(*color)
        segment.SetTag(
            "TerminologyEntry",
            "Segmentation category and type - DICOM master list~SCT^123037004^Anatomical Structure~"
            f"SCT^{value}^{meaning}~^^~Anatomic codes - DICOM master list~^^~^^",
        )
        segment.AddRepresentation(representation, labelmap)
        node.GetSegmentation().AddSegment(segment, name.replace(" ", ""))
    return node


def matrix_of(geometry: Geometry) -> vtk.vtkMatrix4x4:
    """Return the grid as Slicer has it: (i, j, k) to RAS."""
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(toIjkToRas(geometry.index_to_lps).ravel().tolist())
    return matrix


def mask_of(node: slicer.vtkMRMLSegmentationNode, name: str, shape: tuple[int, int, int]) -> np.ndarray:
    """Return the voxels of one segment on the images' grid, as the node holds them."""
    segmentation = node.GetSegmentation()
    segment = segmentation.GetSegment(segmentation.GetSegmentIdBySegmentName(name))
    representation = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    labelmap = segment.GetRepresentation(representation)
    i0, i1, j0, j1, k0, k1 = labelmap.GetExtent()
    pixels = numpy_support.vtk_to_numpy(labelmap.GetPointData().GetScalars())
    mask = np.zeros(shape, bool)
    local = pixels.reshape(k1 - k0 + 1, j1 - j0 + 1, i1 - i0 + 1) == segment.GetLabelValue()
    mask[k0 : k1 + 1, j0 : j1 + 1, i0 : i1 + 1] = local
    return mask


def compare(
    before: slicer.vtkMRMLSegmentationNode,
    after: slicer.vtkMRMLSegmentationNode,
    names: list[str],
    shape: tuple[int, int, int],
) -> list[str]:
    """Return in words what a round trip changed."""
    found = []
    for index, name in enumerate(names):
        first = before.GetSegmentation().GetSegment(before.GetSegmentation().GetSegmentIdBySegmentName(name))
        second = after.GetSegmentation().GetNthSegment(index)
        if second is None or second.GetName() != name:
            found.append(f"segment {index + 1} is not {name}")
            continue
        wrong = int((mask_of(before, name, shape) != mask_of(after, name, shape)).sum())
        if wrong:
            found.append(f"{name}: {wrong:,} voxels differ")
        if tag_of(first, "TerminologyEntry") != tag_of(second, "TerminologyEntry"):
            found.append(f"{name}: the code differs")
        if np.abs(np.subtract(first.GetColor(), second.GetColor())).max() > 0.5 / 255:
            found.append(f"{name}: the colour differs")
    if after.GetSegmentation().GetNumberOfSegments() != len(names):
        found.append(f"{after.GetSegmentation().GetNumberOfSegments()} segments instead of {len(names)}")
    return found


def tag_of(segment: slicer.vtkSegment, name: str) -> str:
    value = vtk.reference("")
    segment.GetTag(name, value)
    return str(value)


def report(path: Path, findings: tuple, writing: float, reading: float) -> None:
    """Say what was written."""
    facts = describeFile(path)
    names = ", ".join(segment["label"] for segment in facts["segments"])
    size = path.stat().st_size / 1e6
    print(
        f"{facts['type']:<16} {facts['frames']} frames, {size:.1f} MB, {OUTPUT.name}/{path.name}: {names}; "
        f"written in {writing:.2f} s, read in {reading:.2f} s"
    )
    for finding in findings:
        print(f"                 {finding}")


if __name__ == "__main__":
    sys.exit(main())
