"""Compare the two file lists in DicomSegIO/CMakeLists.txt with the folder, and rewrite them.

    python Testing/scripts_list.py

Slicer packages only what these lists name, so a forgotten file is one that works here and is missing at the
user's.
"""

import re
from pathlib import Path

MODULE = Path(__file__).resolve().parent.parent / "DicomSegIO"
LISTS = MODULE / "CMakeLists.txt"
SCRIPTS = "MODULE_PYTHON_SCRIPTS"
RESOURCES = "MODULE_PYTHON_RESOURCES"
DOORWAY = "DicomSegIO.py"


def listed(text: str) -> dict[str, list[str]]:
    """Return the file names of both lists, as the CMake file `text` gives them."""
    return {name: _block(name, text)["files"].split() for name in (SCRIPTS, RESOURCES)}


def present(module: Path = MODULE) -> dict[str, list[str]]:
    """Return the file names that both lists should give: the doorway first, then by folder and name."""
    names = [path.relative_to(module) for path in module.rglob("*") if path.is_file()]
    names = [name for name in names if not _is_by_product(name)]
    names.sort(key=lambda name: (len(name.parts) > 1, name.as_posix()))
    scripts = [name.as_posix() for name in names if name.suffix == ".py"]
    resources = [name.as_posix() for name in names if name.suffix != ".py" and name.name != LISTS.name]
    scripts.sort(key=lambda name: name != DOORWAY)
    return {SCRIPTS: scripts, RESOURCES: resources}


def rewritten(text: str, files: dict[str, list[str]]) -> str:
    """Return the CMake file `text` with `files` in its lists."""
    for name, entries in files.items():
        block = _block(name, text)
        lines = "".join(f"\n  {entry}" for entry in entries)
        text = text[: block.start("files")] + lines + text[block.end("files") :]
    return text


def _block(name: str, text: str) -> re.Match[str]:
    block = re.search(rf"^set\({name}(?P<files>[^)]*?)\s*\)", text, re.MULTILINE)
    if block is None:
        raise ValueError(f"{LISTS.name} has no set({name} ...)")
    return block


def _is_by_product(name: Path) -> bool:
    return any(part.startswith((".", "__pycache__")) or part.endswith(".egg-info") for part in name.parts)


if __name__ == "__main__":
    before = LISTS.read_text(encoding="utf-8")
    after = rewritten(before, present())
    if after != before:
        LISTS.write_text(after, encoding="utf-8", newline="\n")
    print(f"{LISTS.name}: {'brought up to the folder' if after != before else 'agrees with the folder'}")
