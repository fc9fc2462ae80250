"""Following a log that grows: every line once it is complete, through rotation, truncation and restarts.

`tail` reads, `state` remembers how far, `deliver` hands the events to a service, `guarding` judges them
in this process, `loop` joins them.  A line is delivered at least once: the place is saved only after what
stands before it has been taken over, and the service counts a repeated event once.
"""
