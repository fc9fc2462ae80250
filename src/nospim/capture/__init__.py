"""Pages behind links, captured in isolation: from the public Internet only, judged, kept as evidence."""

from nospim.capture.addresses import AddressRules
from nospim.capture.decoy import recognise
from nospim.capture.fetch import Bounds, GuardedFetcher
from nospim.capture.interface import Capture, CaptureRefused, Fetcher, PageFinding, Renderer
from nospim.capture.likeness import Marks
from nospim.capture.run import Captured, DecoyPlan, capture
from nospim.capture.strip import stripped

__all__ = [
    "AddressRules",
    "Bounds",
    "Capture",
    "CaptureRefused",
    "Captured",
    "DecoyPlan",
    "Fetcher",
    "GuardedFetcher",
    "Marks",
    "PageFinding",
    "Renderer",
    "capture",
    "recognise",
    "stripped",
]
