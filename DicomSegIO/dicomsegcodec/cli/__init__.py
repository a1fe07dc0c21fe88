"""The command `dicomsegio`: encode, decode, info, check.

Exit status: 0 done; 1 the input or the output cannot be used, in one sentence on
standard error, or `check` has found an error; 2 the command was called wrongly; 130
interrupted. What a command writes appears whole or not at all. A command's own
imports wait until it runs, so that help is there at once.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from .._version import __version__
from ..errors import SegError
from .compressions import COMPRESSIONS
from .terminal import Terminal, quiet_libraries

_EXAMPLES = """\
examples:
  dicomsegio encode --source ct/ --labels labels.nii.gz --coding meta.json --type labelmap -o seg.dcm
  dicomsegio decode seg.dcm -o labels.seg.nrrd
  dicomsegio info seg.dcm
  dicomsegio check seg.dcm

`dicomsegio COMMAND --help` explains a command.
"""

_ENCODE = """\
Write a DICOM Segmentation of a label volume that was drawn on a series of images.

The labels may be a label volume (.nii.gz, .nii, .nrrd, .nhdr, .mha, .mhd) or a segmentation of 3D Slicer
(.seg.nrrd). Their axes may run in any order and direction, and they may cover a part of the images; voxels
must coincide, nothing is interpolated. Segments in several files may overlap if the type is binary.
"""

_ENCODE_EXAMPLES = """\
examples:
  dicomsegio encode --source ct/ --labels labels.nii.gz --coding meta.json -o seg.dcm
  dicomsegio encode --source ct/ --labels Segmentation.seg.nrrd --type labelmap -o seg.dcm
  dicomsegio encode --source ct/ --labels labels.nii.gz --type labelmap --compression rle --verify -o seg.dcm
  dicomsegio encode --source ct/ --labels liver.nrrd tumor.nrrd --coding meta.json -o seg.dcm
"""

_DECODE = """\
Write the segments of a DICOM Segmentation as label volumes or as a segmentation of 3D Slicer.

Values of a label volume are Segment Numbers. Segments that overlap go to several files, out_1.nii.gz and so
on, or to layers of one .seg.nrrd. The grid is that of the stored frames, or of the images given by --source.
"""

_DECODE_EXAMPLES = """\
examples:
  dicomsegio decode seg.dcm -o labels.nii.gz --coding-out meta.json
  dicomsegio decode seg.dcm -o labels.seg.nrrd --source ct/
"""

_INFO = """\
Say what a DICOM Segmentation holds: kind, segments and their codes, frames, geometry, references. What is
doubtful about it comes last, in short; `dicomsegio check` tells all.
"""

_CHECK = """\
Say what is wrong with a DICOM Segmentation, or worth knowing, whatever program wrote it, with the section of
the standard.

An error violates the standard, or the object cannot be read safely. A warning is allowed or harmless by
itself, and misleads some programs. A note is worth knowing.

Exit status: 0 no error; 1 an error, or the file cannot be read; 2 the command was called wrongly.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process when omitted.
    """
    options = build_parser().parse_args(arguments)
    terminal = Terminal(quiet=getattr(options, "quiet", False))
    try:
        with quiet_libraries():
            status = run(options, terminal)
            sys.stdout.flush()
    except KeyboardInterrupt:
        terminal.error("interrupted; nothing was written.")
        return 130
    except BrokenPipeError:
        # Whoever read the output has seen enough; there is nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except SegError as error:
        terminal.error(str(error))
        return 1
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        terminal.error(f"{place}{error.strerror or error}.")
        return 1
    except MemoryError:
        terminal.error("there is not enough memory for this segmentation.")
        return 1
    return status


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    """Run the chosen command and return its exit status."""
    match options.command:
        case "encode":
            from .encode import encode

            encode(options, terminal)
        case "decode":
            from .decode import decode

            decode(options, terminal)
        case "check":
            from .check import check

            return check(options, terminal)
        case _:
            from .info import info

            info(options, terminal)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="dicomsegio",
        description="Convert segmentations to and from DICOM Segmentation objects.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_encode(commands)
    _add_decode(commands)
    _add_info(commands)
    _add_check(commands)
    return parser


def _add_encode(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = _add_command(commands, "encode", "label volume to DICOM", _ENCODE, _ENCODE_EXAMPLES)
    command.add_argument(
        "--source",
        nargs="+",
        required=True,
        metavar="DIR",
        help="folder with the series that was segmented, or its files",
    )
    command.add_argument(
        "--labels",
        nargs="+",
        required=True,
        metavar="FILE",
        help="label volumes, or a .seg.nrrd of 3D Slicer",
    )
    _add_time_point(command, "which volume of a dynamic series was segmented, from 1")
    command.add_argument("--coding", metavar="JSON", help="names and codes of the labels, as dcmqi has them")
    command.add_argument(
        "--type", choices=("binary", "labelmap"), default="binary", help="how to store segments (binary)"
    )
    command.add_argument(
        "--keep-empty-frames", action="store_true", help="store a frame for every image, empty or not"
    )
    command.add_argument(
        "--series-description", metavar="TEXT", help="default: as in the coding, or Segmentation"
    )
    command.add_argument(
        "--series-number",
        type=_positive,
        metavar="N",
        help="default: as in the coding, or the source's plus 100",
    )
    command.add_argument(
        "--instance-number", type=_positive, metavar="N", help="default: as in the coding, or 1"
    )
    command.add_argument("--content-label", metavar="TEXT", help="up to 16 capitals, digits and underscores")
    command.add_argument("--content-description", metavar="TEXT", help="default: as in the coding")
    command.add_argument("--content-creator", metavar="NAME", help="who made it, as Last^First")
    command.add_argument(
        "--compression",
        choices=tuple(COMPRESSIONS),
        default="none",
        help="of the frames, or of the whole file (deflated); all of them without loss; binary segments take "
        "jpeg2000, deflated and deflated-frames (none)",
    )
    command.add_argument(
        "--workers", type=int, default=0, metavar="N", help="threads that compress; -1 for all processors (0)"
    )
    command.add_argument(
        "--verify",
        action="store_true",
        help="read the file back and compare every frame before it gets its name",
    )
    _add_output(command, "DICOM file to write")


def _add_decode(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = _add_command(commands, "decode", "DICOM to label volumes", _DECODE, _DECODE_EXAMPLES)
    command.add_argument("file", metavar="SEG", help="DICOM Segmentation")
    command.add_argument(
        "--source",
        nargs="+",
        metavar="DIR",
        help="lay the segments on all of these images, not only on stored frames",
    )
    _add_time_point(command, "which volume of a segmentation of several times, from 1")
    command.add_argument("--coding-out", metavar="JSON", help="write names and codes too, as dcmqi has them")
    _add_output(command, "file to write: .nii.gz, .nii, .nrrd, .mha or .seg.nrrd")


def _add_info(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = _add_command(commands, "info", "what a DICOM Segmentation holds", _INFO, "")
    command.add_argument("file", metavar="SEG", help="DICOM Segmentation")
    command.add_argument("--json", action="store_true", help="for programs to read")
    command.add_argument(
        "--voxels", action="store_true", help="count each segment's voxels even if that takes a while"
    )


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = _add_command(commands, "check", "what is wrong with a DICOM Segmentation", _CHECK, "")
    command.add_argument("file", metavar="SEG", help="DICOM Segmentation")
    command.add_argument("--json", action="store_true", help="for programs to read")
    command.add_argument("--no-pixels", action="store_true", help="leave the pixels out, to be quick")
    command.add_argument("-q", "--quiet", action="store_true", help="say nothing; the exit status tells")


def _add_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    summary: str,
    description: str,
    examples: str,
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _add_time_point(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("--time-point", type=_positive, metavar="N", help=what)


def _add_output(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("-o", "--output", required=True, metavar="FILE", help=what)
    command.add_argument("--overwrite", action="store_true", help="replace files that are there already")
    command.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number < 2**31:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to {2**31 - 1}")
    return number
