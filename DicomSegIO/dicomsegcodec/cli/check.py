"""`dicomsegio check`: what is wrong with a DICOM Segmentation, whoever wrote it."""

import argparse
import json
from collections import Counter
from collections.abc import Sequence

from ..conformance import check as check_object
from ..findings import Finding, Severity
from .terminal import Terminal, plain


def check(options: argparse.Namespace, terminal: Terminal) -> int:
    """Print the findings and return the exit status: 1 where there is an error, else 0.

    Raises
    ------
    SegError
        The file is no segmentation.
    """
    findings = check_object(options.file, pixels=not options.no_pixels, progress=terminal.progress(0.0, 1.0))
    terminal.clear()
    counts = Counter(finding.severity for finding in findings)
    if options.json:
        found = {
            "file": str(options.file),
            "errors": counts[Severity.ERROR],
            "warnings": counts[Severity.WARNING],
            "notes": counts[Severity.NOTE],
            "findings": [as_json(finding) for finding in findings],
        }
        print(json.dumps(found, indent=2))
    elif not options.quiet:
        for line in format_findings(str(options.file), findings):
            print(line)
    return 1 if counts[Severity.ERROR] else 0


def as_json(finding: Finding) -> dict[str, str]:
    """Return a finding in the types of JSON."""
    return {
        "severity": str(finding.severity),
        "text": finding.text,
        "where": finding.where,
        "section": finding.section,
    }


def format_findings(name: str, findings: Sequence[Finding]) -> list[str]:
    """Return the lines of a report for a person."""
    counts = Counter(finding.severity for finding in findings)
    said = [
        f"{counts[severity]} {severity.lower()}{'' if counts[severity] == 1 else 's'}"
        for severity in Severity
        if counts[severity]
    ]
    lines = [plain(f"{name}: {', '.join(said) or 'nothing to find fault with'}")]
    for finding in findings:
        about = ", ".join(part for part in (finding.where, finding.section) if part)
        lines.append(plain(f"  {finding.severity.lower():<8} {finding.text}{f' [{about}]' if about else ''}"))
    return lines
