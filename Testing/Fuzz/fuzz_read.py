"""Looks for files that make reading end in anything but an error of ours, with atheris: `make fuzz`.

    python Testing/Fuzz/fuzz_read.py [--go-on] [options of libFuzzer] [folders with more files]

The files to start from are made anew in build/fuzz/seeds; what was found on the way is kept in
build/fuzz/corpus, so that the next run goes on from there. A file that ends in another error, takes more than
20 seconds or more than two gigabytes stays in build/fuzz; it becomes a test in
Testing/Python/test_fuzz_findings.py. With --go-on the run does not end there.
"""

import contextlib
import logging
import sys
import traceback
import warnings
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "fuzz"
sys.path[:0] = [str(ROOT / "DicomSegIO"), str(ROOT / "Testing" / "Python")]

with atheris.instrument_imports(include=["dicomsegcodec", "pydicom"]):
    from damage import read_everything, seeds

# What a DICOM file is made of, for libFuzzer to put in.
WORDS = (
    *(b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0", b"\xff\xff\xff\xff"),
    *(b"\x00\x00\x00\x00",),
    *(b"SQ\x00\x00", b"UN\x00\x00", b"OB\x00\x00", b"OW\x00\x00", b"US\x02\x00", b"UL\x04\x00", b"DS"),
    *(b"IS", b"CS"),
    *(b"\x28\x00\x10\x00", b"\x28\x00\x11\x00", b"\x28\x00\x08\x00", b"\x28\x00\x00\x01"),
    *(b"\x28\x00\x20\x01",),
    *(b"\x62\x00\x02\x00", b"\x62\x00\x04\x00", b"\x62\x00\x0b\x00", b"\x62\x00\x01\x00"),
    *(b"\x62\x00\x0e\x00",),
    *(b"\x00\x52\x29\x92", b"\x00\x52\x30\x92", b"\xe0\x7f\x10\x00", b"\xe0\x7f\x01\x00"),
    *(b"\x08\x00\x05\x00",),
    *(b"\x20\x00\x32\x00", b"\x20\x00\x37\x00", b"\x28\x00\x30\x00", b"\x18\x00\x88\x00"),
    *(b"\x18\x00\x50\x00",),
    *(b"1.2.840.10008.1.2.1", b"1.2.840.10008.1.2.5", b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.4.90"),
    *(b"1.2.840.10008.1.2.2", b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.8.1", b"TILED_FULL"),
    *(b"LABELMAP",),
    *(b"BINARY", b"FRACTIONAL", b"ISO_IR 192", b"nan", b"inf", b"1e308", b"-0", b"\\"),
)


def one_file(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read_everything(data)


def one_file_and_go_on(data: bytes) -> None:
    """Keep a file for each place where another error came from, and its traceback, and go on."""
    try:
        one_file(data)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "dicomsegcodec" in frame.filename] or frames
        place = f"{type(error).__name__}-{Path(ours[-1].filename).stem}-{ours[-1].lineno}"
        path = FOLDER / f"other-{place}.dcm"
        if not path.exists():
            path.write_bytes(data)
            path.with_suffix(".txt").write_text(traceback.format_exc(), encoding="utf-8")
            print(f"ANOTHER ERROR: {place}", flush=True)


def main() -> None:
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    start, found = FOLDER / "seeds", FOLDER / "corpus"
    for folder in (start, found):
        folder.mkdir(parents=True, exist_ok=True)
    for name, data in seeds().items():
        (start / f"{name}.dcm".replace(" ", "-")).write_bytes(data)
    words = FOLDER / "words"
    with words.open("w", encoding="ascii") as lines:
        for word in WORDS:
            lines.write('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n')
    options = [
        f"-dict={words}",
        f"-artifact_prefix={FOLDER}/",
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-max_len=20000",
        "-print_final_stats=1",
    ]
    # Folders come last; the first is where libFuzzer keeps what it finds.
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    given = [argument for argument in sys.argv[1:] if argument.startswith("-") and argument != "--go-on"]
    target = one_file_and_go_on if "--go-on" in sys.argv else one_file
    atheris.Setup([sys.argv[0], *options, *given, str(found), str(start), *folders], target)
    with contextlib.suppress(KeyboardInterrupt):
        atheris.Fuzz()


if __name__ == "__main__":
    main()
