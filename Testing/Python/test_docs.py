"""The documentation: its examples run, every public name has one, and Sphinx has no complaint."""

import importlib
import re
import subprocess
import sys
from enum import Enum
from inspect import isclass, isfunction, ismodule
from pathlib import Path
from shutil import copytree
from types import ModuleType

import pytest

import dicomsegcodec as hd
from dicomsegcodec.cli import build_parser
from dicomsegcodec.lazy_dataset import LazyDataset
from example_files import write_example_files
from pages import DOCS, Section, pages, run_block, sections

MODULES = ("seg", "sr", "spatial", "volume", "content", "color", "uid", "errors")


@pytest.fixture(scope="session")
def example_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    write_example_files(folder)
    return folder


@pytest.fixture
def at_examples(example_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with copies of the example files, which an example may change or add to."""
    monkeypatch.chdir(copytree(example_files, tmp_path / "work"))


# --- examples run -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [pytest.param(page, id=page.stem) for page in pages()])
def test_the_code_of_a_page_runs_from_top_to_bottom(page: Path, at_examples: None) -> None:
    names: dict[str, object] = {}
    for section in sections(page):
        for block in section.blocks:
            run_block(block, page, names)


def reference() -> list[tuple[Path, Section, Section]]:
    """Return every name's section of the reference, with its page and the page's beginning."""
    found = []
    for page in pages("reference"):
        beginning, *rest = sections(page)
        found += [(page, beginning, section) for section in rest]
    return found


@pytest.mark.parametrize(
    ("page", "beginning", "section"), [pytest.param(*one, id=one[2].title) for one in reference()]
)
def test_the_example_of_a_name_runs_after_the_beginning_of_its_page(
    page: Path, beginning: Section, section: Section, at_examples: None
) -> None:
    names: dict[str, object] = {}
    for block in (*beginning.blocks, *section.blocks):
        run_block(block, page, names)


# --- every public name has a section ------------------------------------------------------------------------


def names_of(module: ModuleType) -> list[str]:
    """Return the public names of a module: what it lists, or else the classes and functions it defines."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if (isclass(value) or isfunction(value)) and value.__module__ == module.__name__ and name[0] != "_"
    ]


def public_names() -> dict[str, object]:
    """Return all public names, as a user writes them, and what they stand for."""
    found: dict[str, object] = {}
    ahead = [("hd", hd), *((f"hd.{m}", importlib.import_module(f"dicomsegcodec.{m}")) for m in MODULES)]
    for name, module in ahead:
        for part in names_of(module):
            value = getattr(module, part)
            if not ismodule(value):
                found[f"{name}.{part}"] = value
            elif all(value is not known for _, known in ahead):
                ahead.append((f"{name}.{part}", value))
    return found


def resolved(name: str) -> object:
    """Return what a title of the reference stands for: `hd.` is the package, other names are full."""
    module, value = "dicomsegcodec", hd
    for part in name.removeprefix("hd.").removeprefix("dicomsegcodec.").split("."):
        if ismodule(value) and not hasattr(value, part):
            importlib.import_module(f"{value.__name__}.{part}")
        value = getattr(value, part)
        module += f".{part}"
    return value


def same(one: object, other: object) -> bool:
    # A method is a new object each time it is asked for.
    return one is other or (callable(one) and not isclass(one) and one == other)


def has_section(value: object) -> bool:
    return any(same(value, resolved(section.title)) for _, _, section in reference())


def page_names(page: Path) -> list[str]:
    """Return the names that the specification page uses; members of an enumeration stand for it."""
    found = set()
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"\b(?:hd|highdicom)((?:\.[A-Za-z_]+)+)", text):
        parts, value = [], hd
        for part in name[1:].split("."):
            if isclass(value) and issubclass(value, Enum):
                break
            parts.append(part)
            value = getattr(value, part, None)
        # What this version does not have is the subject of other tests.
        if value is not None and not ismodule(value):
            found.add(".".join(parts))
    return sorted(found)


def test_every_public_name_has_a_section_in_the_reference() -> None:
    missing = [name for name, value in public_names().items() if not has_section(value)]
    assert not missing, f"no section in Docs/reference for {', '.join(missing)}"


def test_every_name_of_the_specification_page_has_a_section_in_the_reference(page: Path) -> None:
    names = page_names(page)
    assert len(names) > 20
    missing = [name for name in names if not has_section(resolved(name))]
    assert not missing, f"no section in Docs/reference for {', '.join(missing)}"


@pytest.mark.parametrize(
    ("page", "section"), [pytest.param(page, one, id=one.title) for page, _, one in reference()]
)
def test_a_section_of_the_reference_describes_its_name_and_shows_it_in_use(
    page: Path, section: Section
) -> None:
    directive = re.search(r"^\.\. auto(\w+):: (\S+)$", section.text, re.MULTILINE)
    assert directive, f"{page.name}: {section.title} has no signature and docstring"
    assert same(resolved(directive[2]), resolved(section.title))
    code = "".join(block.code for block in section.blocks)
    last = section.title.rpartition(".")[2]
    assert re.search(rf"\b{last}\b", code), f"{page.name}: {section.title} has no example that uses it"


def members(value: type) -> list[str]:
    """Return the public methods and properties that a class has from this package."""
    if issubclass(value, Enum | BaseException):
        return []
    return [
        name
        for base in value.__mro__
        # What a LazyDataset adds to pydicom's Dataset is for other files of the codec, but for one method.
        if base.__module__.startswith("dicomsegcodec") and base is not LazyDataset
        for name, member in vars(base).items()
        if isfunction(member) or isinstance(member, classmethod | staticmethod | property)
        if name[0] != "_"
    ] + (["save_as"] if issubclass(value, LazyDataset) else [])


@pytest.mark.parametrize(
    "section", [pytest.param(s, id=s.title) for _, _, s in reference() if isclass(resolved(s.title))]
)
def test_every_method_and_property_of_a_class_is_used_in_an_example(section: Section) -> None:
    code = "".join(
        block.code
        for _, _, other in reference()
        if f"{other.title}.".startswith(f"{section.title}.")
        for block in other.blocks
    )
    missing = [n for n in members(resolved(section.title)) if not re.search(rf"\.{n}\b", code)]
    assert not missing, f"no example of {section.title} uses {', '.join(missing)}"


def test_every_error_is_in_the_tree_of_the_errors_page() -> None:
    tree = next(s for s in sections(DOCS / "errors.rst") if s.title == "The tree")
    shown = set(re.findall(r"^ *(?:[-*] )?:hd:`errors\.(\w+)`", tree.text, re.MULTILINE))
    assert shown == set(names_of(hd.errors))


def test_every_option_of_the_command_line_is_on_its_page() -> None:
    text = (DOCS / "command-line.rst").read_text(encoding="utf-8")
    (commands,) = (a for a in build_parser()._actions if a.dest == "command")
    for name, parser in commands.choices.items():
        for action in parser._actions:
            for option in action.option_strings:
                assert re.search(rf"`{option}[` ]", text), f"{name} {option} is not on command-line.rst"


# --- the pages themselves -----------------------------------------------------------------------------------


def test_sphinx_makes_the_pages_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("sphinx")
    made = subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-b", "html"),
            *("-d", tmp_path / "trees", DOCS, tmp_path / "html"),
        ],
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "html" / "reference" / "seg.html").is_file()
