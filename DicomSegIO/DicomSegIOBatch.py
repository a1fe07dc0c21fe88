"""Segmentations of 3D Slicer to and from DICOM without a window.

    Slicer --no-main-window --python-script DicomSegIOBatch.py export liver.seg.nrrd --source ct -o seg.dcm
    python DicomSegIOBatch.py load seg.dcm -o liver.seg.nrrd

The second form needs the package slicer-core, no Slicer. Exit status: 0 done; 1 the input or the output
cannot be used, in one sentence on standard error; 2 called wrongly.
"""

import argparse
import colorsys
import os
import sys
from collections.abc import Sequence
from pathlib import Path

# Slicer runs a script without its folder on the path.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

LABEL_VOLUMES = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")
SEGMENTATIONS = (".seg.nrrd", ".seg.nhdr")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    options = buildParser().parse_args(arguments)
    import slicer
    import vtk

    from dicomsegcodec.errors import SegError

    vtk.vtkObject.GlobalWarningDisplayOff()  # what stops the work is said in one sentence
    scene = slicer.vtkMRMLScene()
    try:
        if options.command == "export":
            export(scene, options)
        else:
            load(scene, options)
    except SegError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def export(scene, options: argparse.Namespace) -> None:
    """Write a segmentation or a label volume to a DICOM SEG file."""
    from DicomSegIOLib import ExportOptions, exportSegmentation

    node = readSegmentation(scene, options.segmentation)
    result = exportSegmentation(
        node,
        options.output,
        options.source[0] if len(options.source) == 1 else options.source,
        ExportOptions(
            segmentationType=options.type.upper(),
            segmentIds=None if options.segments is None else chosenIds(node, options.segments),
            keepEmptyFrames=options.keep_empty_frames,
            seriesDescription=options.series_description,
        ),
    )
    say(result.findings)
    print(result.files[0])


def load(scene, options: argparse.Namespace) -> None:
    """Write the segmentation of a DICOM SEG file to a .seg.nrrd file."""
    from dicomsegcodec.errors import OutputError
    from DicomSegIOLib import ImportSession

    session = ImportSession(options.file, scene)
    session.run()
    node = session.finish().segmentationNode
    say(session.findings)
    folder = options.output.absolute().parent
    if not folder.is_dir():
        raise OutputError(f"There is no folder {folder}; create it, or choose another one.")
    storage = scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    storage.SetFileName(str(options.output))
    if not storage.WriteData(node):
        raise OutputError(f"{options.output} cannot be written; choose another folder or make room.")
    print(options.output)


def readSegmentation(scene, path: Path):
    """Return a segmentation node with the contents of a file."""
    from dicomsegcodec.errors import ExternalFileError

    if not path.is_file():
        raise ExternalFileError(f"There is no file {path}.")
    isSegmentation = path.name.lower().endswith(SEGMENTATIONS)
    kind = "Segmentation" if isSegmentation else "VolumeArchetype"
    storage = scene.AddNewNodeByClass(f"vtkMRML{kind}StorageNode")
    storage.SetFileName(str(path))
    node = scene.AddNewNodeByClass(
        "vtkMRMLSegmentationNode" if isSegmentation else "vtkMRMLLabelMapVolumeNode", path.name.split(".")[0]
    )
    if not storage.ReadData(node):
        raise ExternalFileError(f"{path} cannot be read as a segmentation or a label volume.")
    return node if isSegmentation else segmentationOf(scene, node)


def segmentationOf(scene, volume):
    """Return a segmentation node with a segment for each label of a label volume, which it shares."""
    import slicer
    import vtk

    from dicomsegcodec.occupancy import values_in
    from DicomSegIOLib.SegmentationNode import labelsOf

    image, matrix = slicer.vtkOrientedImageData(), vtk.vtkMatrix4x4()
    image.ShallowCopy(volume.GetImageData())
    volume.GetIJKToRASMatrix(matrix)
    image.SetGeometryFromImageToWorldMatrix(matrix)
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", volume.GetName())
    representation = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    labels = [label for label in values_in(labelsOf(image, volume.GetName())).tolist() if label]
    for place, label in enumerate(labels):
        segment = slicer.vtkSegment()
        segment.SetName(f"Label {label}")
        segment.SetColor(colorsys.hsv_to_rgb(place * 0.618 % 1, 0.6, 0.9))  # far from its neighbours' colours
        segment.SetLabelValue(label)
        segment.AddRepresentation(representation, image)
        node.GetSegmentation().AddSegment(segment, f"Label_{label}")
    return node


def chosenIds(node, chosen: Sequence[str]) -> tuple[str, ...]:
    """Return the IDs of segments that are chosen by ID or name; what is neither stays, to be refused."""
    segmentation = node.GetSegmentation()
    names = {}
    for segmentId in segmentation.GetSegmentIDs():
        names.setdefault(segmentation.GetSegment(segmentId).GetName(), []).append(segmentId)
    known = set(segmentation.GetSegmentIDs())
    return tuple(found for one in chosen for found in ([one] if one in known else names.get(one, [one])))


def say(findings) -> None:
    for finding in findings:
        print(finding, file=sys.stderr)


def buildParser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="DicomSegIOBatch.py",
        description="Convert segmentations of 3D Slicer to and from DICOM.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    command = commands.add_parser("export", help="segmentation or label volume to DICOM", allow_abbrev=False)
    command.add_argument(
        "segmentation",
        type=Path,
        help=f"a segmentation (.seg.nrrd) or a label volume ({', '.join(LABEL_VOLUMES)})",
    )
    command.add_argument(
        "--source",
        nargs="+",
        required=True,
        metavar="DIR",
        help="folder or files of the series that was segmented",
    )
    command.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="DICOM file to write"
    )
    command.add_argument(
        "--type", choices=("binary", "labelmap"), default="binary", help="how segments are stored (binary)"
    )
    command.add_argument("--keep-empty-frames", action="store_true", help="write frames without a voxel too")
    command.add_argument("--segments", nargs="+", metavar="NAME", help="names or IDs of the segments (all)")
    command.add_argument(
        "--series-description", default="", metavar="TEXT", help="the segmentation's name if omitted"
    )
    command = commands.add_parser("load", help="DICOM to segmentation", allow_abbrev=False)
    command.add_argument("file", type=Path, help="DICOM SEG file")
    command.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help=".seg.nrrd file to write"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
