"""The parts of Slicer's Python that the slicer-core wheel leaves out.

They are written anew from their documented behaviour.
"""
