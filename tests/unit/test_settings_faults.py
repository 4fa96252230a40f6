"""Every fault of a configuration is told at once, with its line and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskpulse.settings import Settings, SettingsError, load

KEY = "0123456789abcdef-a-key"

GOOD = f"""\
accounts:
  north-shop:
    customer_key: {KEY}
    zone: Europe/Berlin
    grace: 5s
    levels:
      realtime: [1m, 5m, 10m, 1h]
    targets:
      - {{metric: frt_human, channel: chat, within: 5m}}
    rules:
      - {{id: frt-drift, ratio: 1.5, window: 30m}}
    sources:
      helpdesk:
        vendor: zendesk
        secrets: [the-old-secret, the-new-secret]
kafka:
  bootstrap: broker:9092
"""


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("DESKPULSE_"):
            monkeypatch.delenv(name)


def faults(text: str, folder: Path) -> list[str]:
    file = folder / "deskpulse.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load(file)
    return [str(problem) for problem in caught.value.problems]


def loaded(text: str, folder: Path) -> Settings:
    file = folder / "deskpulse.yaml"
    file.write_text(text)
    return load(file)


def test_one_channel_has_one_policy_of_abandonment_and_silences_have_ends(tmp_path: Path) -> None:
    policies = (
        "[{channel: chat, silence: 10m}, {silence: 1h}, {channel: chat}, {unanswered_end: true}, {channel: sms, silence: 40d}]"
    )
    found = faults(f"accounts:\n  shop:\n    customer_key: {KEY}\n    abandonment: {policies}\n", tmp_path)
    assert [one.partition(": ")[2] for one in found] == [
        "accounts.shop.abandonment[2]: another policy is for chat; say both in one",
        "accounts.shop.abandonment[3]: another policy is for any channel; say both in one",
        "accounts.shop.abandonment[4].silence: a duration from 1s to 30d",
    ]


def test_it_works_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load()
    assert settings.kafka.servers == "127.0.0.1:19092"
    assert settings.clickhouse.address == "http://127.0.0.1:18123"
    assert settings.accounts == {}


def test_a_good_file_is_read_as_written(tmp_path: Path) -> None:
    account = loaded(GOOD, tmp_path).accounts["north-shop"]
    assert account.levels["realtime"] == (60_000, 300_000, 600_000, 3_600_000)
    assert account.rules[0].ratio == "1.5"
    assert account.targets[0].within == 300_000
    assert [one.get_secret_value() for one in account.sources["helpdesk"].secrets] == ["the-old-secret", "the-new-secret"]


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = """\
acounts: {}
accounts:
  north-shop:
    customer_key: abc
    zone: Europe/Berln
    grace: 5
    rules:
      - {id: a, hits: 9}
      - {id: a}
    sources:
      helpdesk:
        vendr: zendesk
      own:
        vendor: cloudevents
kafka:
  partitions: 0
"""
    told = faults(text, tmp_path)
    assert [one.split(": ")[:2] for one in told] == [
        ["line 1", "acounts"],
        ["line 4", "accounts.north-shop.customer_key"],
        ["line 5", "accounts.north-shop.zone"],
        ["line 6", "accounts.north-shop.grace"],
        ["line 8", "accounts.north-shop.rules[0]"],
        ["line 9", "accounts.north-shop.rules[1]"],
        ["line 11", "accounts.north-shop.sources.helpdesk.vendor"],
        ["line 12", "accounts.north-shop.sources.helpdesk.vendr"],
        ["line 13", "accounts.north-shop.sources.own"],
        ["line 16", "kafka.partitions"],
    ]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("acounts: {}", "did you mean accounts?"),
        ("kafka: {bootstrp: x}", "did you mean bootstrap?"),
        ("gateway: 7", "must hold keys and values"),
        ("accounts: {A: {customer_key: 0123456789abcdef}}", "a name has lower-case letters"),
        ("clock: soon", "<start_ms>:<rate>:<origin_ms>"),
        ("kafka: {min_insync: 2}", "more copies (2) must have an event than there are"),
        ("notify: {webhooks: {ops: {url: 'ftp://x', secrets: [a]}}}", "https://..."),
        ("kafka: {port: 1}\nkafka: {port: 2}", "written twice, first at line 1"),
        ("- a", "the file must hold keys and values"),
        ("a: [", "this is not YAML"),
        ("1: a", "line 1: the key 1 is not text"),
        ("[a]: b", "line 1: a key here is not text"),
        ("data: ''", "line 1: data: a folder has a name"),
        ("gateway: {port: 19092}", "line 1: gateway.port: 19092 is also kafka.port"),
        ("clickhouse: {port: 8080}", "line 1: clickhouse.port: 8080 is also gateway.port"),
        ("notify: {webhooks: {ops: {accounts: [nope]}}}", "notify.webhooks.ops.accounts[0]: no account has this name"),
    ],
)
def test_a_fault_says_what_would_be_right(text: str, right: str, tmp_path: Path) -> None:
    assert right in "\n".join(faults(text, tmp_path))


def test_a_secret_is_never_printed(tmp_path: Path) -> None:
    settings = loaded(GOOD, tmp_path)
    assert KEY not in repr(settings)
    assert "the-old-secret" not in repr(settings)
    for written in (
        "sekrit: hush-hush-hush",
        "secrets: hush-hush-hush",
        "secrets: [hush-hush-hush, {a: hush-hush-hush}, a, b]",
        "secrets: [hush-hush-hush",
    ):
        text = f"accounts:\n  a:\n    customer_key: hush-hush-hush\n    sources:\n      z:\n        vendor: zendesk\n        {written}\n"
        assert "hush-hush-hush" not in "\n".join(faults(text, tmp_path))


def test_a_secret_comes_from_a_variable_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", "from the environment")
    (tmp_path / "key").write_text(f"{KEY}\n")
    text = GOOD.replace("the-old-secret", "'${SHOP_SECRET}'").replace(KEY, f"file:{tmp_path / 'key'}")
    account = loaded(text, tmp_path).accounts["north-shop"]
    assert account.customer_key.get_secret_value() == KEY
    assert account.sources["helpdesk"].secrets[0].get_secret_value() == "from the environment"


def test_a_missing_variable_or_file_is_a_fault(tmp_path: Path) -> None:
    told = "\n".join(faults(GOOD.replace("the-old-secret", "'${NOT_THERE}'").replace(KEY, "file:/not/there"), tmp_path))
    assert "line 3: accounts.north-shop.customer_key: the file /not/there cannot be read" in told
    assert "line 15: accounts.north-shop.sources.helpdesk.secrets[0]: the environment variable NOT_THERE is not set" in told


def test_the_environment_outranks_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_KAFKA__BOOTSTRAP", "elsewhere:9092")
    monkeypatch.setenv("DESKPULSE_ACCOUNTS__NORTH__CUSTOMER_KEY", KEY)
    settings = loaded(GOOD, tmp_path)
    assert settings.kafka.servers == "elsewhere:9092"
    assert set(settings.accounts) == {"north", "north-shop"}


def test_a_fault_of_the_environment_names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_KAFKA__PARTITIONS", "many")
    monkeypatch.setenv("DESKPULSE_GATWAY__PORT", "1")
    told = faults(GOOD, tmp_path)
    assert told[0] == "DESKPULSE_GATWAY__PORT: no such setting; did you mean DESKPULSE_GATEWAY?"
    assert told[1].startswith("DESKPULSE_KAFKA__PARTITIONS: kafka.partitions: must be a whole number")


def test_a_section_that_is_not_json_is_a_fault_of_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_KAFKA", "{")
    assert faults(GOOD, tmp_path) == ["DESKPULSE_KAFKA: not JSON; a whole section is written as JSON"]


def test_two_sources_must_not_share_a_token(tmp_path: Path) -> None:
    text = f"""\
accounts:
  a: {{customer_key: {KEY}, sources: {{one: {{vendor: cloudevents, tokens: [{KEY}-token]}}}}}}
  b: {{customer_key: {KEY}, sources: {{two: {{vendor: cloudevents, tokens: [{KEY}-token]}}}}}}
"""
    told = faults(text, tmp_path)
    assert told == [
        "line 3: accounts.b.sources.two.tokens[0]: the same token as that of accounts.a.sources.one; each source needs its own"
    ]


def test_what_is_one_of_a_few_is_said_once(tmp_path: Path) -> None:
    text = f"accounts: {{a: {{customer_key: {KEY}, targets: [{{metric: frt, within: 5m}}]}}}}"
    assert faults(text, tmp_path) == ["line 1: accounts.a.targets[0].metric: must be 'frt_human' or 'reply_time'"]


def test_a_port_by_a_variable_is_no_other_parts_and_a_server_elsewhere_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKPULSE_GATEWAY__PORT", "18123")
    assert faults("", tmp_path) == [
        "DESKPULSE_GATEWAY__PORT: gateway.port: 18123 is also clickhouse.port: give each part a port of its own"
    ]
    assert loaded("clickhouse: {url: 'http://db:18123'}", tmp_path).gateway.port == 18123


def test_a_rule_that_resolves_above_what_fires_is_a_fault(tmp_path: Path) -> None:
    text = "accounts: {a: {customer_key: KEY, rules: [{id: one, ratio: 1.5, resolve_ratio: 1.6}]}}".replace("KEY", KEY)
    assert "`resolve_ratio` (1.6) is above `ratio` (1.5)" in "\n".join(faults(text, tmp_path))
    assert loaded(text.replace("1.6", "1.5"), tmp_path).accounts["a"].rules[0].resolve_ratio == "1.5"
