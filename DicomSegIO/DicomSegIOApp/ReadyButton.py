"""A button that says why it cannot be pressed."""

from typing import Any


def setReady(button: Any, statusLabel: Any, problem: str, ready: str) -> None:
    """Enable the button unless there is a problem; say so in its tooltip and in the status."""
    button.enabled = not problem
    button.toolTip = problem or ready
    statusLabel.text = problem or ready
