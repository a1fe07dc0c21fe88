"""Every row of the checklist that is about writing has its proof, and every error that it names is raised.

The proofs are short and stand in the files imported here; other tests look deeper at most of them. What is to
be refused is in `test_promises_refused`.
"""

from pathlib import Path

import test_promises_construction
import test_promises_descriptions
import test_promises_slides
import test_promises_storage
from checklist import rows
from promises import PROVEN
from test_promises_refused import NOT_OURS, REFUSALS

MODULES = (
    test_promises_construction,
    test_promises_descriptions,
    test_promises_slides,
    test_promises_storage,
)


def test_no_row_is_forgotten(page: Path) -> None:
    about_writing = {row.number for row in rows(page.parent / "CHECKLIST.md") if row.about_writing}
    assert set(PROVEN) == about_writing


def test_what_proves_a_row_is_run() -> None:
    assert all(any(hasattr(module, name) for module in MODULES) for name in PROVEN.values())
    assert all(name.startswith("test_") for name in PROVEN.values())


def test_every_error_that_the_checklist_names_is_asked_for(page: Path) -> None:
    asked = {(row, refusal.error.__name__) for refusal in REFUSALS for row in refusal.rows.split()}
    named = {
        (row.number, error)
        for row in rows(page.parent / "CHECKLIST.md")
        if row.about_writing
        for error in row.errors
    }
    assert named - asked == NOT_OURS
