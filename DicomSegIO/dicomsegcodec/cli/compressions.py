"""What the compressions of the command line are called; no library is needed to list them."""

COMPRESSIONS = {
    "none": "1.2.840.10008.1.2.1",
    "deflated": "1.2.840.10008.1.2.1.99",
    "rle": "1.2.840.10008.1.2.5",
    "jpegls": "1.2.840.10008.1.2.4.80",
    "jpeg2000": "1.2.840.10008.1.2.4.90",
    "deflated-frames": "1.2.840.10008.1.2.8.1",
}
"""Transfer Syntax UID of each."""
