"""PySide6 made to behave as PythonQt, the Qt binding of Slicer.

One file for each difference: `properties` (a Qt property is an attribute, not a call), `attributes`
(no new attributes on C++ objects, children by name, `exec_`), `signals` (`connect("clicked(bool)", f)`),
`statics` (QFileDialog returns a str, string lists are tuples), `uiloader` and `module` (the `qt` module).
"""
