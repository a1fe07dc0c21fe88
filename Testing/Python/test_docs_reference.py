"""The reference of the documentation: every public name has a section that says and shows what it is."""

import importlib
import re
from enum import Enum
from inspect import getattr_static, getdoc, isclass, isfunction, ismodule
from pathlib import Path
from types import ModuleType

import pytest

import dicomsegcodec as hd
from dicomsegcodec.lazy_dataset import LazyDataset
from pages import Section, reference

MODULES = ("seg", "seg.utils", "sr", "spatial", "volume", "content", "color", "uid", "errors")


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
    """Return what a title of the reference stands for; `hd` and `dicomsegcodec` are the package."""
    value: object = hd
    for part in name.split(".")[1:]:
        if ismodule(value) and not hasattr(value, part):
            importlib.import_module(f"{value.__name__}.{part}")
        value = getattr(value, part)
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
            found.add(".".join(("hd", *parts)))
    return sorted(found)


def test_every_public_name_has_a_section_in_the_reference() -> None:
    missing = [name for name, value in public_names().items() if not has_section(value)]
    assert not missing, f"no section in Docs/reference for {', '.join(missing)}"


def test_no_section_of_the_reference_is_about_a_name_that_is_not_public() -> None:
    titles = [section.title for _, _, section in reference()]
    assert len(titles) == len(set(titles))
    known = public_names().values()
    for title in titles:
        if title.startswith("hd."):
            value, owner = resolved(title), resolved(title.rpartition(".")[0])
            if isclass(owner):
                value = owner
            assert any(same(value, one) for one in known), f"{title} is not a public name"


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


# --- and is documented and shown as a whole -----------------------------------------------------------------


def documented_classes() -> list[tuple[str, type]]:
    classes = [(section.title, resolved(section.title)) for _, _, section in reference()]
    return [(title, value) for title, value in classes if isclass(value)]


def members(value: type) -> dict[str, type]:
    """Return the public methods and properties of a class, and which class of this package each is from."""
    if issubclass(value, Enum | BaseException):
        return {}
    found = {"save_as": LazyDataset} if issubclass(value, LazyDataset) else {}
    for base in value.__mro__:
        # What a LazyDataset adds to pydicom's Dataset is for other files of the codec, but for one method.
        if not base.__module__.startswith("dicomsegcodec") or base is LazyDataset:
            continue
        for name, member in vars(base).items():
            offered = isfunction(member) or isinstance(member, classmethod | staticmethod | property)
            if offered and name[0] != "_":
                found.setdefault(name, base)
    return found


def code_about(title: str) -> str:
    """Return the examples of a name and of what belongs to it."""
    return "".join(
        block.code
        for _, _, section in reference()
        if f"{section.title}.".startswith(f"{title}.")
        for block in section.blocks
    )


@pytest.mark.parametrize(("title", "value"), [pytest.param(*one, id=one[0]) for one in documented_classes()])
def test_every_method_and_property_of_a_class_is_used_in_an_example(title: str, value: type) -> None:
    missing = []
    for name, owner in members(value).items():
        # What several classes have from one need not be shown for each of them.
        alike = [other for other, kind in documented_classes() if members(kind).get(name) is owner]
        if not any(re.search(rf"\.{name}\b", code_about(other)) for other in alike):
            missing.append(name)
    assert not missing, f"no example of {title} uses {', '.join(missing)}"


@pytest.mark.parametrize(("title", "value"), [pytest.param(*one, id=one[0]) for one in documented_classes()])
def test_every_class_and_all_that_it_offers_has_a_docstring(title: str, value: type) -> None:
    silent = [name for name in members(value) if not getdoc(getattr_static(value, name))]
    silent += [] if value.__doc__ else [title]
    assert not silent, f"no docstring: {', '.join(silent)}"
