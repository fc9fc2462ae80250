"""Reports in others' forms, each read by that form's own validator; no canary in any of them."""

from __future__ import annotations

import base64
import email
import email.policy
import json
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
import stix2validator
import xarf as xarf_library
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pymisp import MISPEvent, MISPObject

from nospim.errors import UsageError
from nospim.reporting.arf import arf, defanged
from nospim.reporting.material import LeakError, require_clean
from nospim.reporting.misp import misp
from nospim.reporting.people import People
from nospim.reporting.sender import Book, Contact, addressed, read_contacts
from nospim.reporting.stanza import stanza
from nospim.reporting.stix import MARKINGS, Tlp, observable, stix
from nospim.reporting.xarf import xarf
from report_words import BOOK, CANARIES, DAY, NOON, PAGE, REPORTER, SHARED, WORDS, account, campaign, told

AT = NOON + DAY


def bundle(tlp: Tlp = "green", **more: Any) -> dict[str, Any]:
    return json.loads(stix(told(**more), REPORTER, NOON, AT, tlp))  # type: ignore[no-any-return]


def of_type(made: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in made["objects"] if one["type"] == kind]


def everything() -> list[bytes]:
    """Every form of report about the two campaigns."""
    material = told()
    reached, _ = addressed(material.places, BOOK)
    made = [stix(material, REPORTER, NOON, AT), misp(material, REPORTER, "K-1", NOON, AT)]
    made += [form(one, REPORTER, AT) for one in reached for form in (xarf, arf)]
    return made


@pytest.mark.parametrize("tlp", MARKINGS)
def test_the_validator_of_oasis_accepts_the_bundle(tlp: Tlp) -> None:
    result = stix2validator.validate_instance(bundle(tlp), stix2validator.ValidationOptions(version="2.1"))

    assert result.is_valid, [str(error) for error in result.errors]
    assert not [str(one) for one in result.errors]


def test_the_validator_of_oasis_refuses_a_broken_bundle() -> None:
    made = bundle()
    of_type(made, "indicator")[0]["pattern"] = "[domain-name:value = evil"
    options = stix2validator.ValidationOptions(version="2.1")

    assert not stix2validator.validate_instance(made, options).is_valid


def test_a_bundle_tells_campaigns_places_indicators_operators_and_sightings() -> None:
    made = bundle()

    assert [one["name"] for one in of_type(made, "campaign")] == ["spim campaign c-1", "spim campaign c-2"]
    assert {one["pattern"] for one in of_type(made, "indicator")} == {
        "[domain-name:value = 'evil-login.example']",
        f"[url:value = '{SHARED}']",
    }
    assert [one["value"] for one in of_type(made, "domain-name")] == ["evil-login.example"]
    assert {one["count"] for one in of_type(made, "sighting")} == {20, 10}
    joined = {
        (one["relationship_type"], one.get("confidence"))
        for one in of_type(made, "relationship")
        if one["source_ref"].startswith("campaign--")
    }
    assert joined == {("uses", None), ("attributed-to", 50)}
    marked = [one for one in made["objects"] if one["type"] != "marking-definition"]
    assert all(one["object_marking_refs"] == [MARKINGS["green"]] for one in marked)


def test_the_same_case_gives_the_same_objects() -> None:
    def ids(made: dict[str, Any]) -> list[str]:
        return [one["id"] for one in made["objects"]]

    later = json.loads(stix(told(), REPORTER, NOON, AT + DAY))

    assert ids(bundle()) == ids(later)
    assert bundle()["id"] != later["id"]
    assert all(UUID(ident.partition("--")[2]).version in {4, 5} for ident in ids(later))


def test_an_observables_id_is_the_one_that_the_standard_prescribes() -> None:
    # Made by another implementation (the OASIS library stix2) for the same value.
    assert observable("domain-name", "example.com") == "domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7"


def test_the_schemas_of_xarf_accept_every_report() -> None:
    reached, lacking = addressed(told().places, BOOK)
    reports = [json.loads(xarf(one, REPORTER, AT)) for one in reached]

    assert not lacking
    assert [(one["type"], one["category"]) for one in reports] == [
        ("phishing", "content"), ("phishing", "content"), ("spam", "messaging"),
    ]  # fmt: skip
    for report in reports:
        result = xarf_library.parse(json.dumps(report))
        assert not result.errors, result.errors
    assert [one.contact.mail for one in reached] == [
        "abuse@hosting.example", "abuse@names.example", "abuse@sites.example",
    ]  # fmt: skip


def test_the_schemas_of_xarf_refuse_a_report_without_an_address() -> None:
    report = json.loads(xarf(addressed(told().places, BOOK)[0][0], REPORTER, AT))
    del report["url"]

    assert xarf_library.parse(json.dumps(report)).errors


def test_without_a_capture_no_page_is_called_phishing() -> None:
    reached, _ = addressed(told(captures=()).places, BOOK)

    assert {json.loads(xarf(one, REPORTER, AT))["type"] for one in reached} == {"spam"}
    assert all(b"Feedback-Type: abuse" in arf(one, REPORTER, AT) for one in reached)


def test_an_arf_report_has_the_three_parts_and_fields_of_rfc_5965() -> None:
    for one in addressed(told().places, BOOK)[0]:
        mail = email.message_from_bytes(arf(one, REPORTER, AT), policy=email.policy.default)
        words, fields, headers = mail.iter_parts()

        assert mail.get_content_type() == "multipart/report"
        assert mail.get_param("report-type") == "feedback-report"
        assert not mail.defects
        assert words.get_content_type() == "text/plain"
        assert defanged(one.place.url) in words.get_content()
        assert one.place.url not in words.get_content()
        assert fields.get_content_type() == "message/feedback-report"
        told_fields = email.message_from_string(_payload(fields))
        for required in ("Feedback-Type", "User-Agent", "Version"):
            assert len(told_fields.get_all(required) or []) == 1
        assert told_fields["Version"] == "1"
        assert told_fields["Feedback-Type"] in {"abuse", "fraud", "virus", "other", "not-spam"}
        assert told_fields["Reported-URI"] == one.place.url
        assert headers.get_content_type() == "text/rfc822-headers"
        assert email.message_from_string(_payload(headers))["From"] == "withheld@chat.example"


def _payload(part: Any) -> str:
    inner = part.get_payload()
    return inner[0].as_string() if isinstance(inner, list) else str(inner)


def test_pymisp_reads_the_event_and_its_templates_hold() -> None:
    made = misp(told(), REPORTER, "K-1", NOON, AT)
    event = MISPEvent()
    event.from_json(made.decode())

    assert event.info == "K-1"
    assert {tag.name for tag in event.tags} >= {"tlp:green"}
    assert sorted(one.name for one in event.objects) == [
        "domain-ip", "instant-message", "instant-message", "url", "url",
    ]  # fmt: skip
    for one in event.objects:
        strict = MISPObject(one.name, strict=True)
        assert (strict.template_uuid, str(strict.template_version)) == (
            one.template_uuid,
            str(one.template_version),
        )
        for attribute in one.attributes:
            strict.add_attribute(attribute.object_relation, value=attribute.value, type=attribute.type)
        strict.to_dict(strict=True)  # checks what the template requires
    schema = event.describe_types
    assert {one.type for thing in event.objects for one in thing.attributes} <= set(schema["types"])


def test_misp_is_told_to_act_on_addresses_and_domains_alone() -> None:
    event = json.loads(misp(told(), REPORTER, "K-1", NOON, AT))["Event"]
    acted = {
        a["value"]
        for o in event["Object"]
        if o["name"] != "instant-message"
        for a in o["Attribute"]
        if a["to_ids"]
    }

    assert acted == {PAGE, SHARED, "evil-login.example"}


def test_no_report_holds_a_canary() -> None:
    for content in everything():
        assert not People(CANARIES).met(content)
        for word in ("canary", WORDS):
            assert word not in content.decode().lower()


@pytest.mark.parametrize(
    "link",
    [
        "http://evil-login.example/u/canary-victim@chat.example",
        "http://evil-login.example/u/canary-victim%40chat.example/in",
        "http://evil-login.example/canary-friend",
        "http://evil-login.example/in?for=canary-victim",
        "http://evil-login.example/in?e=Y2FuYXJ5LXZpY3RpbUBjaGF0LmV4YW1wbGU=",
        "http://evil-login.example/Y2FuYXJ5LXZpY3RpbUBjaGF0LmV4YW1wbGU",
        "http://canary-victim@evil-login.example/in",
        "http://evil-login.example/in#canary-victim",
        "http://canary-victim.evil-login.example/in",
    ],
)
def test_a_link_that_names_whose_copy_it_is_is_told_without_that(link: str) -> None:
    material = told(campaign("c-1", link))
    made = stix(material, REPORTER, NOON, AT)

    assert b"canary" not in made.lower()
    assert b"Y2FuYXJ5" not in made
    assert len(material.places) + len(material.refused) == 1


def _written(name: str, way: str) -> str:
    """A name as an address may hold it."""
    plain = name.encode()
    return {
        "plain": quote(name, safe="@:"),
        "upper": quote(name.upper(), safe="@:"),
        "percent": "".join(f"%{byte:02X}" for byte in plain),
        "twice": quote("".join(f"%{byte:02X}" for byte in plain)),
        "base64": base64.urlsafe_b64encode(plain).decode().rstrip("="),
        "hex": plain.hex(),
    }[way]


@given(
    st.from_regex(r"[a-z]{2,8}", fullmatch=True),
    st.sampled_from(["{}", "{}@chat.example", "@{}:chat.example"]),
    st.sampled_from(["plain", "upper", "percent", "twice", "base64", "hex"]),
    st.sampled_from(["u/{}", "u/{}/in", "in?for={}", "in#{}", "{}.html", "x-{}", "redirect/{}?n=1"]),
    st.sampled_from(["http://evil-login.example/", "https://sites.google.com/view/", "https://bit.ly/"]),
)
def test_no_way_of_writing_a_name_into_a_link_gets_out(
    part: str, form: str, way: str, where: str, host: str
) -> None:
    name = f"zq{part}"
    who = form.format(name)
    link = host + where.format(_written(who, way))
    made = told(campaign("c-1", link), names=(who,))
    text = stix(made, REPORTER, NOON, AT).decode().lower()

    for spelled in {_written(each, any_way).lower() for each in (who, name) for any_way in _WAYS}:
        assert spelled not in text, (link, [one.url for one in made.places])


_WAYS = ("plain", "upper", "percent", "twice", "base64", "hex")


def test_addresses_that_forms_have_no_room_for_are_told_as_far_as_they_go() -> None:
    long = "http://evil-login.example/" + "/".join(["album"] * 300)
    links = (long, "http://\u0444\u043e\u0442\u043e.\u0440\u0444/in", "http://93.184.216.34/in")
    places = told(campaign("c-1", *links), captures=()).places
    phishing = [replace(one, phishing=NOON) for one in places]
    contacts = tuple(
        Contact(role="host", name="H", mail="h@hosting.example", below=(name,))
        for name in ("evil-login.example", "xn--n1aeec.xn--p1ai", "xn--p1ai", "93.184.216.34")
    )
    reached, _ = addressed(phishing, Book(reporter=REPORTER, contact=contacts))

    assert len(reached) == 3
    for one in reached:
        assert not xarf_library.parse(xarf(one, REPORTER, AT).decode()).errors
        assert max(map(len, arf(one, REPORTER, AT).split(b"\r\n"))) <= 998
    bundle = json.loads(stix(told(campaign("c-1", *links)), REPORTER, NOON, AT))
    assert stix2validator.validate_instance(bundle, stix2validator.ValidationOptions(version="2.1")).is_valid


def test_what_is_the_services_own_or_whole_shared_is_not_reported() -> None:
    links = ("https://chat.example/help", "https://www.google.com/", "http://login.ours.example/x", PAGE)
    material = told(campaign("c-1", *links), own=("ours.example",))

    assert [one.url for one in material.places] == [PAGE]
    assert {one.value: one.why for one in material.refused}["login.ours.example"].startswith(
        "the service's own"
    )
    assert {one.value for one in material.refused} >= {"chat.example", "google.com"}


def test_a_name_that_slips_in_stops_the_report() -> None:
    with pytest.raises(LeakError, match="would name 1 of those"):
        require_clean(
            b'{"url": "http://x.example/?u=canary-victim%40chat.example"}', People(CANARIES), "the report"
        )
    assert require_clean(b"{}", People(CANARIES), "the report") == b"{}"


def test_a_short_id_without_a_server_is_looked_for_as_a_word() -> None:
    assert People(["annette"]).met(b"ann and annette") == ["annette"]
    assert People(["annette", "ann"]).met(b"annettes and ann") == []
    assert People(["room:annette"]).met(b"in room:annette") == ["room:annette"]


def test_an_id_is_met_wherever_it_stands() -> None:
    people = People([*CANARIES, "x@y.example"])
    for name in (*CANARIES, "x@y.example"):
        for around in ("{}", "u/{}?n=1", "xx{}yy", "@{}@"):
            assert people.met(around.format(name).upper().encode()) == [name]
    assert people.met(b"canary-victi@chat.example, @chat.example, @") == []


def test_a_registrar_hears_nothing_of_one_page_on_a_shared_host() -> None:
    shared = next(one for one in told().places if one.shared)
    text = (
        '[reporter]\norg = "Chat"\nmail = "a@chat.example"\ndomain = "chat.example"\n'
        '[[contact]]\nrole = "registrar"\nname = "Names"\nmail = "b@names.example"\nbelow = ["google.com"]\n'
    )
    reached, lacking = addressed([shared], read_contacts(text, "contacts.toml"))

    assert (reached, lacking) == ([], [shared])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[reporter]\norg = 'a'\nmail = 'x@y.z\\r\\nBcc: z@z.z'\ndomain = 'd'", "mail"),
        ("[reporter]\norg = 'a'\nmail = 'x@y.z'\ndomain = 'd'\ncolour = 'red'", "colour"),
        ("reporter = 1", "reporter"),
    ],
)
def test_a_file_of_contacts_that_is_wrong_says_where(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read_contacts(text, "contacts.toml")


def test_a_stanza_reports_a_fake_account_to_its_server() -> None:
    made = fromstring(
        stanza(account("spimmer@other.example/phone", "fake"), frozenset(), "abuse.other.example", "r1", 40)
    )
    report = made.find("{urn:xmpp:reporting:1}report")

    assert report is not None
    assert report.get("reason") == "urn:xmpp:reporting:spam"
    assert report.findtext("{urn:xmpp:jid:0}jid") == "spimmer@other.example"


@pytest.mark.parametrize(
    ("who", "state", "score", "why"),
    [
        (CANARIES[0], "hijacked", 1.0, "victim"),
        (CANARIES[1], "fake", 1.0, "victim"),
        ("spimmer@other.example", "fake", 0.9, "not sure enough"),
        ("@spimmer:matrix.example", "fake", 1.0, "no XMPP account"),
    ],
)
def test_no_stanza_names_a_victim_or_a_guess(who: str, state: str, score: float, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        stanza(account(who, state, score), frozenset(CANARIES), "other.example", "r1", 1)
