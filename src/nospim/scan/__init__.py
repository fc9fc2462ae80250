"""One complete way through: event files in; verdicts, findings and a report out."""

from nospim.scan.run import Progress, Scanned, ScanStopped, scan

__all__ = ["Progress", "ScanStopped", "Scanned", "scan"]
