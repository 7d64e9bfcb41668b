"""nbexaminer: examine notebooks fairly, with feedback that names the mistake."""

from nbexaminer.checks import CheckFailed, either, expect

__all__ = ["CheckFailed", "either", "expect"]
__version__ = "0.1.0"
