"""The documentation: its examples run and print what it shows, and Sphinx has no complaint."""

import re
import subprocess
import sys
from contextlib import nullcontext
from inspect import isclass
from pathlib import Path
from shutil import copytree

import pytest

import dicomsegcodec as hd
from dicomsegcodec.cli import build_parser
from example_files import write_example_files
from pages import DOCS, Section, pages, reference, run_block, sections


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


@pytest.mark.parametrize(
    ("page", "beginning", "section"), [pytest.param(*one, id=one[2].title) for one in reference()]
)
def test_the_example_of_a_name_runs_after_the_beginning_of_its_page(
    page: Path, beginning: Section, section: Section, at_examples: None
) -> None:
    names: dict[str, object] = {}
    for block in (*beginning.blocks, *section.blocks):
        run_block(block, page, names)


PAGE = """\
Title
=====

.. code-block:: python

   one = 1

>>> one + 1
{sum}

Below
-----

.. code-block:: console

   $ another command
   $ dicomsegio info missing.dcm
   dicomsegio: error: There is no file {name}
   $ echo $?
   1
"""


@pytest.mark.parametrize(("sum_", "name", "fails"), [(2, "...", None), (3, "...", "Got:"), (2, "x", "Got:")])
def test_what_a_page_shows_is_compared_with_what_is_printed(
    sum_: int, name: str, fails: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.rst"
    page.write_text(PAGE.format(sum=sum_, name=name), encoding="utf-8")
    assert [(s.title, len(s.blocks)) for s in sections(page)] == [("Title", 2), ("Below", 1)]
    names: dict[str, object] = {}
    with pytest.raises(AssertionError, match=fails) if fails else nullcontext():
        for section in sections(page):
            for block in section.blocks:
                run_block(block, page, names)


# --- the pages themselves -----------------------------------------------------------------------------------


def test_every_error_is_in_the_tree_of_the_errors_page() -> None:
    tree = next(s for s in sections(DOCS / "errors.rst") if s.title == "The tree")
    shown = set(re.findall(r"^ *(?:\* )?:hd:`errors\.(\w+)`", tree.text, re.MULTILINE))
    assert shown == {name for name, value in vars(hd.errors).items() if isclass(value) and name[0] != "_"}


def test_every_option_of_the_command_line_is_on_its_page() -> None:
    text = (DOCS / "command-line.rst").read_text(encoding="utf-8")
    (commands,) = (a for a in build_parser()._actions if a.dest == "command")
    for name, parser in commands.choices.items():
        for action in parser._actions:
            for option in action.option_strings:
                assert re.search(rf"`{option}[` ]", text), f"{name} {option} is not on command-line.rst"


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
