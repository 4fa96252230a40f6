"""`deskpulse sources add` connects every vendor: what it prints is enough to click through, what it writes is a configuration."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deskpulse.cli import app
from deskpulse.settings import SettingsError, load
from deskpulse.wiring.gateway import sources_of
from events.rejected import Reason, Rejected
from ingest.customer import Customers
from ingest.delivery import Delivery
from ingest.vendors import VENDORS
from ingest.verify import Verdict
from tests.deliveries import fixtures, signing
from tests.doors import NOW_MS

EACH = pytest.mark.parametrize("vendor", list(VENDORS))
MADE_BY_VENDOR = [vendor for vendor, row in VENDORS.items() if row.setup.made_by == "vendor"]
MADE_BY_US = [vendor for vendor, row in VENDORS.items() if row.setup.made_by == "us"]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DESKPULSE_CONFIG", raising=False)
    monkeypatch.setattr("deskpulse.sources.next_step.is_running", lambda _settings: False)


def _add(vendor: str) -> Result:
    told = ("sources", "add", "--account", "acme", "--name", "desk", "--vendor", vendor)
    asks = VENDORS[vendor].setup.made_by == "vendor"
    return CliRunner().invoke(app, [*told, *(("--secret", "-") if asks else ())], input=f"{signing(vendor).secret}\n")


@EACH
def test_every_vendor_can_be_added_and_says_its_address(vendor: str) -> None:
    said = _add(vendor)
    assert said.exit_code == 0, said.output
    assert ("/v1/events" if vendor == "cloudevents" else "/v1/webhooks/acme/desk") in said.output
    assert VENDORS[vendor].title in said.output
    assert [blank for blank in ("{url}", "{secret}", "{token}") if blank in said.output] == []
    assert load().accounts["acme"].sources["desk"].vendor == vendor


@pytest.mark.parametrize("vendor", MADE_BY_VENDOR)
def test_a_secret_of_the_vendors_is_kept_and_never_shown(vendor: str) -> None:
    secret = signing(vendor).secret
    assert secret not in _add(vendor).output
    assert load().accounts["acme"].sources["desk"].secrets[0].get_secret_value() == secret


@pytest.mark.parametrize("vendor", MADE_BY_US)
def test_a_secret_of_ours_is_shown_once_and_opens_the_door(vendor: str) -> None:
    said = _add(vendor)
    [source] = sources_of(load()).by_name.values()
    secret = source.secrets[0].decode()
    assert secret in said.output
    assert 24 <= len(secret) <= 40, "Help Scout takes 40 characters at most"
    fixture = fixtures(vendor)[0]
    sent = signing(vendor).sent(fixture.body, fixture.headers, secret=secret)
    assert VENDORS[vendor].verify(source, sent, NOW_MS) is Verdict.GENUINE
    listed = CliRunner().invoke(app, ["sources", "list"])
    assert secret not in listed.output


@EACH
def test_the_bodies_to_paste_are_json_once_their_variables_are_filled_in(vendor: str) -> None:
    for when, body in VENDORS[vendor].setup.templates:
        assert when
        if not body.startswith("{"):
            continue
        row = VENDORS[vendor]
        filled = re.sub(r"\{\{[^{}]*\}\}", "7", body)
        assert json.loads(filled)["deskpulse"] == 1
        delivery = Delivery("acme", "desk", row.helpdesk, filled.encode(), {}, NOW_MS, Customers(b"key", row.helpdesk))
        adapted = row.adapt(delivery)
        understood = isinstance(adapted, list) or (isinstance(adapted, Rejected) and adapted.reason is Reason.NOT_UNDERSTOOD)
        assert understood, adapted


def test_without_a_secret_the_fault_says_which_key_is_needed(tmp_path: Path) -> None:
    for vendor, row in VENDORS.items():
        file = tmp_path / f"{vendor}.yaml"
        file.write_text(f"accounts:\n  a:\n    customer_key: hush-hush-hush-hush\n    sources:\n      z: {{vendor: {vendor}}}\n")
        with pytest.raises(SettingsError, match="tokens" if row.setup.made_by == "nobody" else "secrets"):
            load(file)
