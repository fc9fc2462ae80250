"""Events written as lines: what is decoded is encoded, and back."""

from __future__ import annotations

from nospim import events

LINE = (
    b'{"specversion":"1.0","source":"xmpp://im.example","id":"e1","time":"2026-03-01T12:00:00Z",'
    b'"subject":"ann@im.example","type":"im.weather.turned",'
    b'"data":{"rain":null,"where":["here",\n {"and":"there"}]}}'
)


def test_a_type_that_is_not_in_the_vocabulary_is_written_with_its_data_as_one_line() -> None:
    event = events.decode(LINE)
    assert isinstance(event, events.OtherEvent)
    line = events.encode(event)
    assert b"\n" not in line
    again = events.decode(line)
    assert isinstance(again, events.OtherEvent)
    assert b'{"rain":null,"where":["here",{"and":"there"}]}' in line.replace(b" ", b"")
    assert (again.id, again.at, again.type) == (event.id, event.at, event.type)
    assert events.encode(again) == line


def test_absent_fields_of_a_known_type_are_left_out() -> None:
    line = LINE.replace(b"im.weather.turned", b"im.session.opened").replace(
        b'{"rain":null,"where":["here",\n {"and":"there"}]}', b'{"session":"s1","ip":null}'
    )
    assert b'"data":{"session":"s1"},' in events.encode(events.decode(line))
