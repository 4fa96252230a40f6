"""One set of security settings for both clients."""

from __future__ import annotations

import pytest

from streams.security import SecuritySettingError, credentials


def test_plain_text_needs_no_credentials() -> None:
    assert credentials({}) is None
    assert credentials({"security.protocol": "PLAINTEXT"}) is None


def test_a_password_reaches_both_clients() -> None:
    made = credentials(
        {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": "fold",
            "sasl.password": "secret",
        }
    )
    assert (made.username, made.password, made.mechanism.value) == ("fold", "secret", "SCRAM-SHA-512")
    assert made.protocol.value == "SASL_SSL"
    assert made.ssl_context.check_hostname


def test_encryption_alone() -> None:
    assert credentials({"security.protocol": "ssl"}).protocol.value == "SSL"


def test_without_encryption_there_is_no_context() -> None:
    made = credentials(
        {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanisms": "PLAIN", "sasl.username": "u", "sasl.password": "p"}
    )
    assert made.protocol.value == "SASL_PLAINTEXT"


def test_a_setting_that_one_client_would_ignore_is_refused_by_name() -> None:
    with pytest.raises(SecuritySettingError, match=r"sasl\.kerberos\.keytab"):
        credentials({"sasl.kerberos.keytab": "x"})


def test_a_protocol_without_its_mechanism_is_refused() -> None:
    with pytest.raises(SecuritySettingError, match=r"with a sasl\.mechanism"):
        credentials({"security.protocol": "SASL_SSL"})
