"""What single fields of an event may be, for decoding: bounds that the documented twins in `fields` share."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

Id = Annotated[str, Meta(min_length=1, max_length=256)]
Name = Annotated[str, Meta(max_length=128)]
Token = Annotated[str, Meta(max_length=64)]
Tags = Annotated[tuple[Name, ...], Meta(max_length=100)]
Instant = Annotated[datetime, Meta(tz=True)]
Sequence = Annotated[int, Meta(ge=0, le=2**62)]
Count = Annotated[int, Meta(ge=0, le=2**31)]
# `\Z` and `[0-9]`: Python's `$` would let a line end through, and its `\d` any digit of Unicode.
Money = Annotated[str, Meta(pattern=r"^-?[0-9]{1,14}(\.[0-9]{1,4})?\Z")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")]
Ratio = Annotated[str, Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,3})?\Z")]
Milliseconds = Annotated[int, Meta(ge=0, le=2**53)]
Rating = Annotated[int, Meta(ge=-1000, le=1000)]
