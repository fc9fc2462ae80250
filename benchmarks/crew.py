"""Work shared among processes, in the order in which it was asked for: the result is the same as alone."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def hands() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share(work: Callable[[T], R], jobs: Iterable[T], workers: int) -> Iterator[R]:
    """The results of `work` for each job, in the jobs' order.

    work: a module's function, so that another process can find it.  workers: 1 works here.
    """
    if workers == 1:
        yield from map(work, jobs)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as crew:
        yield from crew.map(work, jobs)


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for garbage meanwhile: a world in memory is millions of values, and none of them rubbish."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
        gc.collect()
