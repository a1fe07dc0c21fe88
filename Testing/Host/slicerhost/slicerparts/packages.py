"""slicer.packaging that installs nothing: it checks, remembers what was asked for, and refuses."""

import importlib.metadata
import types
from pathlib import Path

from packaging.requirements import Requirement


def _requirements(given) -> list[Requirement]:
    if isinstance(given, (str, Requirement)):
        given = [given]
    return [Requirement(one) if isinstance(one, str) else one for one in given]


def make_packaging(slicer: types.ModuleType) -> types.ModuleType:
    """Return the module; its `calls` lists what `pip_ensure` was asked for."""
    module = types.ModuleType("slicer.packaging")
    module.calls = []

    def load_requirements(path) -> list[Requirement]:
        lines = (line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines())
        return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]

    def pip_check(requirements) -> bool:
        for requirement in _requirements(requirements):
            if requirement.marker is not None and not requirement.marker.evaluate():
                continue
            try:
                installed = importlib.metadata.version(requirement.name)
            except importlib.metadata.PackageNotFoundError:
                return False
            if installed not in requirement.specifier:
                return False
        return True

    def pip_ensure(
        requirements,
        constraints=None,
        skip_packages=None,
        prompt_install=True,
        prompt_restart=True,
        requester=None,
        skip_in_testing=True,
        show_progress=True,
    ) -> None:
        wanted = _requirements(requirements)
        module.calls.append((tuple(str(one) for one in wanted), requester))
        if skip_in_testing and slicer.app.testingEnabled():
            return
        if not pip_check(wanted):
            raise RuntimeError("the user refused to install " + ", ".join(str(one) for one in wanted))

    def refuse(*arguments, **options) -> None:
        raise RuntimeError("the test host does not install packages")

    module.load_requirements = load_requirements
    module.pip_check = pip_check
    module.pip_ensure = pip_ensure
    module.pip_install = refuse
    module.pip_uninstall = refuse
    return module
