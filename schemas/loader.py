"""Loads the declarations of this folder by name. Pure data: reads files beside it, imports nothing of ours."""

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, model_validator

# Topic settings are text to Kafka; in the file they may be written as numbers.
Setting = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value)]

Program = Literal["apply", "dead-letters", "gateway", "import", "notify", "sink", "worker"]


class RecordSchema(BaseModel):
    """What a record's value is; `backward`: a reader of the newest version reads every older one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    versions: tuple[PositiveInt, ...] = Field(min_length=1)
    compatibility: Literal["backward"]


class Topic(BaseModel):
    """A declared topic. `partitions` is a number, or `events`: as many as ticket-events has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    meaning: str
    key: str
    partitions: PositiveInt | Literal["events"]
    settings: dict[str, Setting]
    writers: tuple[Program, ...] = Field(min_length=1)
    readers: tuple[Program, ...] = Field(min_length=1)
    record: RecordSchema = Field(alias="schema")

    @model_validator(mode="after")
    def _says_how_it_is_cleaned(self) -> Self:
        if self.settings.get("cleanup.policy") not in {"delete", "compact"}:
            msg = f"topic {self.name}: settings must say cleanup.policy, delete or compact"
            raise ValueError(msg)
        return self

    def partition_count(self, events_partitions: int) -> int:
        return events_partitions if self.partitions == "events" else self.partitions


@cache
def topics() -> tuple[Topic, ...]:
    """Every declared topic, in the order of the file."""
    declared = yaml.safe_load(text("topics.yaml"))["topics"]
    return tuple(Topic.model_validate({"name": name, **body}) for name, body in declared.items())


def topic(name: str) -> Topic:
    """The topic of this name; a KeyError that lists the known ones otherwise."""
    for declared in topics():
        if declared.name == name:
            return declared
    known = ", ".join(declared.name for declared in topics())
    msg = f"no topic {name!r} is declared in topics.yaml; there are {known}"
    raise KeyError(msg)


def text(name: str) -> str:
    """A file of this folder, as text."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
