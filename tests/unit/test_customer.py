"""Customers become tokens: the same person the same one, and nothing else tells who it is."""

from __future__ import annotations

import re

from ingest.customer import Customers, normal_email

ACME = Customers(b"account-key-of-acme", "zendesk")
BOLT = Customers(b"account-key-of-bolt", "zendesk")
SHOP = Customers(b"account-key-of-acme", "shopify")


def test_a_token_is_43_characters_of_base64url() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", ACME.of_id("9012345678901"))


def test_nobody_has_no_token() -> None:
    assert ACME.of_id("") == ACME.of_email(" ") == ACME.of_text("") == ""


def test_the_same_id_is_another_customer_in_another_account_or_of_another_vendor() -> None:
    assert len({ACME.of_id("7"), BOLT.of_id("7"), SHOP.of_id("7")}) == 3


def test_an_address_joins_shop_and_helpdesk_of_one_account() -> None:
    assert ACME.of_email(" Mia@Example.com") == SHOP.of_email("mia@example.COM ")
    assert ACME.of_email("mia@example.com") != BOLT.of_email("mia@example.com")


def test_a_field_that_may_hold_either_tells_them_apart_by_the_at() -> None:
    assert ACME.of_text("mia@example.com") == ACME.of_email("mia@example.com")
    assert ACME.of_text("9012345678901") == ACME.of_id("9012345678901")
    assert ACME.of_text("@mia") == ACME.of_id("@mia")


def test_composed_and_decomposed_spellings_are_one_address() -> None:
    assert normal_email("jose\u0301@example.com") == normal_email("JOS\u00c9@example.com")


def test_the_kind_and_the_identity_cannot_be_read_in_two_ways() -> None:
    assert Customers(b"k", "a").of_id("b:c") != Customers(b"k", "a:b").of_id("c")


def test_the_key_does_not_show() -> None:
    assert "account-key" not in repr(ACME)


def test_a_lone_surrogate_is_an_id_like_any_other() -> None:
    assert ACME.of_id("\ud800")
