"""slicer.i18n without translations: every text stays English, and is remembered as translatable."""

import types

TRANSLATABLE: set[str] = set()  # every text that went through `_()`


def make_i18n() -> types.ModuleType:
    """Return the module with `tr` and `translate`."""

    def tr(text: str) -> str:
        if not isinstance(text, str):
            raise TypeError(f"a translatable text is a str, not {type(text).__name__}")
        TRANSLATABLE.add(text)
        return text

    def translate(context: str, text: str) -> str:
        return text

    module = types.ModuleType("slicer.i18n")
    module.tr = tr
    module.translate = translate
    return module
