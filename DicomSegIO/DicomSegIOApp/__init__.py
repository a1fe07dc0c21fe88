"""What the module's panel and logic need of the Slicer application: Qt, the event loop, the DICOM database.

`DicomSegIOLib` is the part that needs none of these.
"""
