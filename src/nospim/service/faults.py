"""Where a fault of the program happened, without the exception's text, which may quote a message."""

from __future__ import annotations

from pathlib import PurePath


def place_of(error: BaseException) -> str:
    """The kind of an exception and where it was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    code = trace.tb_frame.f_code
    file = PurePath(code.co_filename).name
    return f"{type(error).__name__} in {code.co_qualname} ({file}:{trace.tb_lineno})"
