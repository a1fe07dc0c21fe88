"""What holds for every test folder: on the build machine nothing may be skipped because something is missing.

A test that needs another program or package skips without it, so that `make test` is of use on any machine.
Where DICOMSEGIO_REQUIRE_ALL=1 is set, everything has been installed on purpose, and such a skip is a failure:
otherwise a package that stopped installing would quietly take its tests with it. Other skips stay skips.
"""

import os
import re

import pytest

# What pytest.importorskip says, and the words that our own reasons use.
SOMETHING_IS_MISSING = re.compile(
    r"could not import|no module named|not installed|not found on the path", re.I
)


def _missing(report: pytest.TestReport | pytest.CollectReport) -> str | None:
    """Return what a skipped report says is missing; None when nothing is, or when nothing has to be there."""
    if os.environ.get("DICOMSEGIO_REQUIRE_ALL") != "1" or not report.skipped or hasattr(report, "wasxfail"):
        return None
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason if SOMETHING_IS_MISSING.search(reason) else None


def _fail_where_something_is_missing(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = _missing(report)
    if reason is not None:
        report.outcome = "failed"
        report.longrepr = f"{reason}\nDICOMSEGIO_REQUIRE_ALL=1 makes this skip a failure"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    _fail_where_something_is_missing(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    _fail_where_something_is_missing(report)
    return report
