"""Places in the log and the versions made of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from events.position import NOTHING, Epoch, Offset, after, offset_of, version

epochs = st.integers(0, 2**16 - 1).map(Epoch)
offsets = st.integers(0, 2**48 - 1).map(Offset)


def test_the_first_record_comes_after_nothing() -> None:
    assert after(NOTHING) == 0


@given(epoch=epochs, offset=offsets)
def test_a_version_fits_clickhouses_uint64_and_gives_its_offset_back(epoch: Epoch, offset: Offset) -> None:
    row_version = version(epoch, offset)
    assert 0 <= row_version < 2**64
    assert offset_of(row_version) == offset


@given(older=st.tuples(epochs, offsets), newer=st.tuples(epochs, offsets))
def test_a_later_epoch_wins_and_within_one_the_later_offset(older: tuple[Epoch, Offset], newer: tuple[Epoch, Offset]) -> None:
    assert (version(*older) < version(*newer)) == (older < newer)
