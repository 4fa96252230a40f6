"""What a helpdesk leaves to each organisation is told in the source's settings: the scale of ratings, and what ends a ticket."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deskpulse.settings import SettingsError, load
from deskpulse.wiring.gateway import sources_of
from events.rejected import Rejected
from events.wire import TicketResolved, TicketSurveyed, TicketUpdated
from ingest.delivery import Delivery
from ingest.gate import Gate
from ingest.settings import Source
from ingest.vendors import VENDORS
from tests.deliveries import fixtures
from tests.doors import RecordingLog, settings

YAML = """
accounts:
  acme:
    customer_key: 0123456789abcdef0123456789abcdef
    sources:
      desk: {vendor: VENDOR, secrets: [a-secret-of-the-vendor], OPTION}
"""


def _source(tmp_path: Path, vendor: str, option: str) -> Source:
    file = tmp_path / "deskpulse.yaml"
    file.write_text(YAML.replace("VENDOR", vendor).replace("OPTION", option))
    return sources_of(load(file)).by_name["acme", "desk"]


def _adapted(source: Source, name: str, **attributes: Any) -> list[Any]:
    """What becomes of a fixture's delivery when it comes through this source's gate."""
    fixture = next(one for one in fixtures(source.vendor) if one.name == name)
    gate = Gate(settings(), RecordingLog())
    delivery: Delivery = gate.delivery(source, fixture.headers, fixture.body)
    body = delivery.body
    for old, new in attributes.items():
        assert old.encode() in body
        body = body.replace(old.encode(), str(new).encode())
    adapted = VENDORS[source.vendor].adapt(replace(delivery, body=body))
    return [adapted] if isinstance(adapted, Rejected) else list(adapted) if isinstance(adapted, list) else []


def test_a_scale_of_two_is_no_scale_of_five(tmp_path: Path) -> None:
    five, two = _source(tmp_path, "kustomer", "rating_scale: ''"), _source(tmp_path, "kustomer", "rating_scale: 0-1")
    one = {'"satisfaction":2': '"satisfaction":1'}
    [*_opened, as_five] = _adapted(five, "rated_by_number_alone", **one)
    [*_opened, as_two] = _adapted(two, "rated_by_number_alone", **one)
    assert isinstance(as_five, TicketSurveyed)
    assert isinstance(as_two, TicketSurveyed)
    assert (as_five.data.rating, as_five.data.scale_max) == (1, 5)
    assert (as_two.data.rating, as_two.data.scale_min, as_two.data.scale_max) == (1, 0, 1)
    [off] = _adapted(two, "rated_by_number_alone")
    assert isinstance(off, Rejected)
    assert off.error.endswith("expected a rating of 0-1")


def test_a_bad_rating_of_0_is_a_rating_where_it_has_answers(tmp_path: Path) -> None:
    two = _source(tmp_path, "kustomer", "rating_scale: 0-1")
    [*_opened, bad] = _adapted(two, "rated", **{'"satisfaction":4': '"satisfaction":0', '"rating":4': '"rating":0'})
    assert isinstance(bad, TicketSurveyed)
    assert bad.data.rating == 0


def test_a_stage_of_another_pipeline_ends_a_ticket_if_it_is_named(tmp_path: Path) -> None:
    named = _source(tmp_path, "hubspot", "closed: ['122334455', '4']")
    [closed] = _adapted(named, "stage_of_another_pipeline")
    [default] = _adapted(named, "closed_by_stage")
    [other] = _adapted(named, "stage_of_another_pipeline", **{"122334455": "99"})
    assert isinstance(closed, TicketResolved)
    assert isinstance(default, TicketResolved)
    assert isinstance(other, TicketUpdated)
    assert other.data.status == "stage 99"


def test_a_state_of_ones_own_ends_a_ticket_if_it_is_named(tmp_path: Path) -> None:
    named = _source(tmp_path, "zammad", "closed: [Pending Close]")
    [_opened, changed, closed, *_names] = _adapted(named, "pending_close")
    assert isinstance(changed, TicketUpdated)
    assert isinstance(closed, TicketResolved)
    assert closed.data.status == "pending close"


@pytest.mark.parametrize("option", ["rating_scale: 1-1", "rating_scale: 5-1", "rating_scale: '1'", "closed: ['']"])
def test_what_is_no_scale_and_no_status_is_said(tmp_path: Path, option: str) -> None:
    with pytest.raises(SettingsError):
        _source(tmp_path, "kustomer", option)


@pytest.mark.parametrize("scale", ["0-1", "-1-1", "-5--1"])
def test_scales_may_lie_below_zero(tmp_path: Path, scale: str) -> None:
    assert _source(tmp_path, "kustomer", f"rating_scale: '{scale}'").rating_scale == scale


def test_a_secret_that_makes_no_key_is_said_before_every_delivery_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "deskpulse.yaml"
    file.write_text(YAML.replace("VENDOR", "dixa").replace(", OPTION", ""))
    with pytest.raises(SettingsError, match=r"secrets\[0\]: no secret of dixa, which are hexadecimal digits"):
        load(file)
    file.write_text(file.read_text().replace("a-secret-of-the-vendor", "'00ff'"))
    assert sources_of(load(file)).by_name["acme", "desk"].secrets == (b"00ff",)
