"""One complete way through: event files in; verdicts, findings and a report out."""

from nospim.scan.run import Scanned, scan

__all__ = ["Scanned", "scan"]
