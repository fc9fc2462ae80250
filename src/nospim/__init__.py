"""nospim: detect, stop, uncover and prove spim, spam by instant message sent as a friend."""

__version__ = "0.1.0"
