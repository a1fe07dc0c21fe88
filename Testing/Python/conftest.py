"""What the tests of the codec share: how hard Hypothesis tries, and where files of other writers lie."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[2]

# A dev run draws anew each time and so finds more over the days; ci draws the same everywhere, so that a
# change is not blamed for what was drawn. HYPOTHESIS_PROFILE=thorough is for an evening.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("dev", max_examples=25, **_COMMON)
settings.register_profile("ci", max_examples=25, derandomize=True, print_blob=True, **_COMMON)
settings.register_profile("thorough", max_examples=1000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of segmentations of other writers and their source images."""
    folder = ROOT.parent / "shared" / "data"
    if not (folder / "manifest.csv").is_file():
        pytest.skip("the corpus of other writers' files is not beside the repository (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def page() -> Path:
    """Return the specification page."""
    file = ROOT.parent / "shared" / "spec" / "seg.rst"
    if not file.is_file():
        pytest.skip("the specification page is not beside the repository (../shared/spec/seg.rst)")
    return file
