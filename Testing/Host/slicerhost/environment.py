"""What has to be set before PySide6 is imported, and the one QApplication."""

import os

# Enumerations become IntEnum and IntFlag, so that they equal the integers PythonQt gives.
os.environ.setdefault("PYSIDE6_OPTION_PYTHON_ENUM", "2")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The offscreen platform says this at every window; it means nothing here.
_OFFSCREEN_NOISE = "This plugin does not support propagateSizeHints()"


def application():
    """Return the QApplication, made on the first call."""
    from PySide6 import QtCore, QtWidgets

    existing = QtWidgets.QApplication.instance()
    if existing is not None:
        return existing

    def show_message(kind, context, text: str) -> None:
        if text != _OFFSCREEN_NOISE:
            print(f"Qt: {text}")

    QtCore.qInstallMessageHandler(show_message)
    app = QtWidgets.QApplication(["Slicer"])
    app.setStyle("Fusion")
    return app
