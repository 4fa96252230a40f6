"""What the worker is compared with computes the same metrics, where nothing is late: else it would be no measure."""

from __future__ import annotations

from collections import defaultdict

import pytest

from bench.expected import Totals, expect
from bench.generate import Happened, Shape, Step, log
from bench.plain_metrics import Place, Said, State, count, stand, standing, step
from events import codec, wire
from events.metrics import FRT_HUMAN, METRICS
from streams.book import Book

RECORDS = sorted(log(Shape(accounts=5, tickets=400), None), key=lambda record: record.step.at_ms)


@pytest.fixture(scope="module")
def lives() -> dict[tuple[int, int], list[Step]]:
    found: dict[tuple[int, int], list[Step]] = defaultdict(list)
    for record in RECORDS:
        found[record.account, record.ticket].append(record.step)
    return found


def folded(records: list[Happened]) -> tuple[list[Said], dict[str, State], dict[str, Place]]:
    said: list[Said] = []
    tickets: dict[str, State] = defaultdict(State)
    places: dict[str, Place] = defaultdict(Place)
    for record in records:
        event = codec.decode(record.value)
        assert isinstance(event, wire.TicketEvent)
        ticket = tickets[f"{event.source}/{event.subject}"]
        before = standing(ticket)
        said += step(ticket, event, record.step.at_ms)
        stand(places, event.source, event.subject, before, standing(ticket))
    return said, tickets, places


def test_its_facts_are_those_of_a_count_over_whole_lives(lives: dict[tuple[int, int], list[Step]]) -> None:
    totals: Totals = {}
    for metric, value, *_, sign in folded(RECORDS)[0]:
        facts, total = totals.get(METRICS[metric].name, (0, 0))
        totals[METRICS[metric].name] = (facts + sign, total + sign * value)
    assert totals == expect(lives).totals


def test_each_first_reply_has_the_level_that_the_fold_gives_it() -> None:
    book, replies = Book(), [said for said in folded(RECORDS)[0] if said.metric == FRT_HUMAN]
    assert {said.level for said in replies} >= {2, 3, 4, 5}
    assert all(said.level == book.level(said.channel, said.at_ms - said.value, said.value) for said in replies)


def test_backlog_and_waiting_are_those_of_the_tickets_at_every_step() -> None:
    for end in range(200, len(RECORDS) + 1, 200):
        _, tickets, places = folded(RECORDS[:end])
        open_tickets = [ticket for ticket in tickets.values() if standing(ticket)]
        assert sum(place.open for place in places.values()) == len(open_tickets)
        waiting = sorted(ticket.waiting_ms for ticket in open_tickets if ticket.waiting_ms is not None)
        assert sorted(since for place in places.values() for since in place.waiting.values()) == waiting


def test_what_it_counts_by_the_minute_are_its_facts() -> None:
    said, _, _ = folded(RECORDS)
    minutes: dict[str, dict[str, list[int]]] = defaultdict(dict)
    for start in range(0, len(said), 7):
        count(minutes, "/shop/zendesk", said[start : start + 7])
    replies = [cells[str(FRT_HUMAN)] for cells in minutes.values() if str(FRT_HUMAN) in cells]
    assert sum(cell[0] for cell in replies) == sum(one.sign for one in said if one.metric == FRT_HUMAN)
    assert sum(cell[1] for cell in replies) == sum(one.sign * one.value for one in said if one.metric == FRT_HUMAN)
    assert all(sum(cell[2:]) == cell[0] for cell in replies)
