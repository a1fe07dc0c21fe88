"""One task between a segmentation node and arrays or a file, by DicomSegIOLib or by Slicer's functions.

Slicer's functions are those that its DICOM plugin for segmentations is made of: merge segments into a label
map, and discover the labels of a label map node. The plugin itself needs the application. Its way to and
from a file is a NRRD and dcmqi in another process, and so it is here, but with one merged NRRD on the way
out where the plugin writes one for each segment.
"""

import json
import os
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import get_numpy_array_type, numpy_to_vtk

from . import workloads
from .images import SPACING_MM, origin_mm
from .measure import Watch, say_exact

REPRESENTATION = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()


class Scene:
    """A scene with the workload in it, as Slicer has it after its images were loaded and segmented."""

    def __init__(self, spec: dict) -> None:
        self.folder = spec["workload"]
        self.array = workloads.load_array(self.folder)
        self.scene = slicer.vtkMRMLScene()
        self.logic = slicer.vtkSlicerSegmentationsModuleLogic()
        self.logic.SetMRMLScene(self.scene)
        self.ijk_to_ras = vtk.vtkMatrix4x4()
        x, y, z = origin_mm(self.array.shape)
        for axis, (step, start) in enumerate(
            zip((-SPACING_MM[2], -SPACING_MM[1], SPACING_MM[0]), (-x, -y, z), strict=True)
        ):
            self.ijk_to_ras.SetElement(axis, axis, step)
            self.ijk_to_ras.SetElement(axis, 3, start)
        self.volume = self.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "volume")
        slices, rows, columns = self.array.shape
        image = vtk.vtkImageData()
        image.SetDimensions(columns, rows, slices)
        image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
        self.volume.SetAndObserveImageData(image)
        self.volume.SetIJKToRASMatrix(self.ijk_to_ras)

    def add_segmentation(self):
        """Return a node whose segments share one image."""
        slices, rows, columns = self.array.shape
        image = slicer.vtkOrientedImageData()
        image.SetExtent(0, columns - 1, 0, rows - 1, 0, slices - 1)
        scalars = numpy_to_vtk(self.array.reshape(-1), deep=True)
        scalars.SetName("ImageScalars")
        image.GetPointData().SetScalars(scalars)
        image.SetGeometryFromImageToWorldMatrix(self.ijk_to_ras)
        node = self.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
        node.SetReferenceImageGeometryParameterFromVolumeNode(self.volume)
        for number in range(1, workloads.about(self.folder)["segments"] + 1):
            segment = slicer.vtkSegment()
            segment.SetName(workloads.segment_label(number))
            segment.AddRepresentation(REPRESENTATION, image)
            segment.SetLabelValue(number)
            node.GetSegmentation().AddSegment(segment, f"segment-{number}")
        return node

    def add_labelmap(self, pixels: np.ndarray):
        """Return a label map node of an array."""
        node = self.scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
        slices, rows, columns = pixels.shape
        image = vtk.vtkImageData()
        image.SetDimensions(columns, rows, slices)
        image.GetPointData().SetScalars(numpy_to_vtk(pixels.reshape(-1), deep=True))
        node.SetAndObserveImageData(image)
        node.SetIJKToRASMatrix(self.ijk_to_ras)
        return node


def pixels_of(image) -> np.ndarray:
    """Return the voxels of an image as (slices, rows, columns)."""
    scalars = image.GetPointData().GetScalars()
    flat = np.frombuffer(scalars, get_numpy_array_type(scalars.GetDataType()))
    return flat.reshape(image.GetDimensions()[::-1])


def _agrees(node, scene: Scene) -> bool:
    """Tell whether a node that was built has the workload's segments and voxels."""
    segmentation = node.GetSegmentation()
    count = segmentation.GetNumberOfSegments()
    if count != workloads.about(scene.folder)["segments"]:
        return False
    if segmentation.GetNumberOfLayers(REPRESENTATION) != 1:
        return False
    image = segmentation.GetLayerDataObject(0, REPRESENTATION)
    pixels = pixels_of(image)
    # Another program may have cut off empty slices, or have the last slice first.
    to_scene, index = vtk.vtkMatrix4x4(), vtk.vtkMatrix4x4()
    vtk.vtkMatrix4x4.Invert(scene.ijk_to_ras, to_scene)
    image.GetImageToWorldMatrix(index)
    vtk.vtkMatrix4x4.Multiply4x4(to_scene, index, index)
    start = [round(value) for value in index.MultiplyPoint((*image.GetExtent()[::2], 1))[2::-1]]
    if index.GetElement(2, 2) < 0:
        pixels, start[0] = pixels[::-1], start[0] - len(pixels) + 1
    found = np.zeros(scene.array.shape, np.uint16)
    window = tuple(slice(first, first + size) for first, size in zip(start, pixels.shape, strict=True))
    if found[window].shape != pixels.shape:
        return False
    found[window] = pixels
    return np.array_equal(found, scene.array)


# --- node -> arrays, arrays -> node -------------------------------------------------------------------------


def read_node(spec: dict) -> None:
    scene = Scene(spec)
    node = scene.add_segmentation()
    if spec["by"] != "slicer":
        from dicomsegcodec.sources import SourceImages
        from DicomSegIOLib.SegmentationNode import readNode

        planes = SourceImages.of(workloads.load_images(scene.folder)).planes
        with Watch(spec) as watch:
            layered = readNode(node).onPlanes(planes)
        pixels = layered.layers[0].pixels
        exact = len(layered.layers) == 1 and (
            np.array_equal(pixels, scene.array) or np.array_equal(pixels[::-1], scene.array)
        )
    else:
        merged = slicer.vtkOrientedImageData()
        with Watch(spec) as watch:
            done = node.GenerateMergedLabelmapForAllSegments(
                merged, slicer.vtkSegmentation.EXTENT_REFERENCE_GEOMETRY
            )
        exact = done and np.array_equal(pixels_of(merged), scene.array)
    watch.report(version=_version(spec))
    if spec.get("check"):
        say_exact(exact)


def build_node(spec: dict) -> None:
    scene = Scene(spec)
    if spec["by"] != "slicer":
        from dicomsegcodec.geometry import Geometry
        from dicomsegcodec.layers import LabelLayer, LayeredSegmentation
        from dicomsegcodec.sources import SourceImages
        from DicomSegIOLib.SegmentationNode import addNode, buildSegmentation, readNode

        described = readNode(scene.add_segmentation()).segments
        planes = SourceImages.of(workloads.load_images(scene.folder)).planes
        layer = LabelLayer(scene.array, {segment.number: segment.number for segment in described})
        layered = LayeredSegmentation(planes, described, (layer,))
        index_to_lps = Geometry.of(planes).index_to_lps
        with Watch(spec) as watch:
            node = addNode(scene.scene, buildSegmentation(layered, index_to_lps), "segmentation")
    else:
        labels = scene.add_labelmap(scene.array)
        node = scene.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
        node.CreateDefaultDisplayNodes()
        with Watch(spec) as watch:
            scene.logic.ImportLabelmapToSegmentationNode(labels, node)
    watch.report(version=_version(spec))
    if spec.get("check"):
        say_exact(_agrees(node, scene))


# --- node -> file, file -> node -----------------------------------------------------------------------------


def export(spec: dict) -> None:
    scene = Scene(spec)
    node = scene.add_segmentation()
    images = f"{scene.folder}/images"
    with Watch(spec) as watch:
        if spec["by"] != "slicer":
            from DicomSegIOLib.Exporting import exportSegmentation

            exportSegmentation(node, spec["file"], images)
        else:
            _export_as_slicer(node, images, spec)
    watch.report(version=_version(spec), bytes=os.path.getsize(spec["file"]))


def _export_as_slicer(node, images: str, spec: dict) -> None:
    merged = slicer.vtkOrientedImageData()
    node.GenerateMergedLabelmapForAllSegments(merged, slicer.vtkSegmentation.EXTENT_REFERENCE_GEOMETRY)
    image = vtk.vtkImageData()
    image.ShallowCopy(merged)
    labels = node.GetScene().AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    labels.SetAndObserveImageData(image)
    matrix = vtk.vtkMatrix4x4()
    merged.GetImageToWorldMatrix(matrix)
    labels.SetIJKToRASMatrix(matrix)
    with tempfile.TemporaryDirectory(dir=Path(spec["file"]).parent) as folder:
        storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
        storage.SetFileName(f"{folder}/labels.nrrd")
        storage.SetUseCompression(False)
        storage.WriteData(labels)
        _dcmqi(
            "itkimage2segimage",
            *("--inputImageList", f"{folder}/labels.nrrd", "--inputDICOMDirectory", images),
            *("--outputDICOM", spec["file"], "--inputMetadata", f"{spec['workload']}/coding.json"),
        )


def load(spec: dict) -> None:
    scene = Scene(spec)
    with Watch(spec) as watch:
        if spec["by"] != "slicer":
            from DicomSegIOLib.Importing import loadSegmentation

            node = loadSegmentation(spec["file"], scene.scene, scene.volume)
        else:
            node = _load_as_slicer(scene, spec)
    held = pixels_of(node.GetSegmentation().GetLayerDataObject(0, REPRESENTATION))
    watch.report(result=held, version=_version(spec), bytes=os.path.getsize(spec["file"]))
    if spec.get("check"):
        say_exact(_agrees(node, scene))


def _load_as_slicer(scene: Scene, spec: dict):
    with tempfile.TemporaryDirectory(dir=Path(spec["file"]).parent) as folder:
        _dcmqi(
            "segimage2itkimage",
            *("--inputDICOM", spec["file"], "--outputDirectory", folder, "-t", "nrrd", "--mergeSegments"),
        )
        labels = scene.scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
        storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
        storage.SetFileName(str(next(Path(folder).glob("*.nrrd"))))
        storage.ReadData(labels)
    node = scene.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
    node.CreateDefaultDisplayNodes()
    scene.logic.ImportLabelmapToSegmentationNode(labels, node)
    return node


def _dcmqi(name: str, *arguments: str) -> None:
    import dcmqi

    command = [Path(dcmqi.__file__).parent / "bin" / name, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{name} ended with status {done.returncode}: {done.stdout[-500:]}")


def _version(spec: dict) -> str:
    if spec["by"] == "slicer":
        return metadata.version("slicer-core")
    import dicomsegcodec

    return dicomsegcodec.__version__


TASKS = {"read-node": read_node, "build-node": build_node, "export": export, "load": load}


def main(text: str) -> None:
    spec = json.loads(text)
    TASKS[spec["task"]](spec)


if __name__ == "__main__":
    main(sys.argv[1])
