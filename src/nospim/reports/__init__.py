"""What people read of a run: one self-contained page and a few lines on the terminal."""

from nospim.reports.html import render

__all__ = ["render"]
