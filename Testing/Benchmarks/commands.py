"""Tasks that are commands: dcmqi's programs, and ours beside them."""

from pathlib import Path

from .environments import EnvironmentMissing
from .rows import OURS, Row


def writes(row: Row) -> bool:
    return row.task in ("write", "encode")


def command(row: Row, by: str, python: Path, workload: Path, file: Path, folder: Path) -> list:
    """Return the command of a task.

    Parameters
    ----------
    python : Path
        Interpreter of the environment that has the program.
    workload : Path
    file : Path
        The segmentation that is written or read.
    folder : Path
        Where label volumes are written.
    """
    if by == OURS:
        program = [python, "-m", "dicomsegcodec", row.task]
        if writes(row):
            inputs = ["--source", workload / "images", "--labels", workload / "labels.nrrd"]
            return [
                *program,
                *inputs,
                "--coding",
                workload / "coding.json",
                "--quiet",
                "-o",
                file,
                "--overwrite",
            ]
        return [*program, file, "--quiet", "-o", folder / "labels.mha"]
    name = "itkimage2segimage" if writes(row) else "segimage2itkimage"
    program = python.parent / name
    if not program.exists():
        raise EnvironmentMissing(f"{name} is not installed")
    if not writes(row):
        # MetaImage, since it compresses NRRD; merged, since it is several times slower one by one.
        return [program, "--inputDICOM", file, "--outputDirectory", folder, "-t", "mhd", "--mergeSegments"]
    spec = row.spec_of(by)
    labels = sorted(workload.glob("*.nrrd"))
    return [
        *(
            program,
            "--inputImageList",
            ",".join(map(str, labels)),
            "--inputDICOMDirectory",
            workload / "images",
        ),
        *("--inputMetadata", workload / "coding.json", "--outputDICOM", file),
        *("--segmentationType", spec["type"].lower()),
        *("--compress", "deflate" if spec["syntax"] == "deflated" else "none"),
    ]
