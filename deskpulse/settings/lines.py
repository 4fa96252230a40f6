"""YAML to a plain tree that remembers at which line each value was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from deskpulse.settings.problems import Problem

Loc = tuple[str | int, ...]


@dataclass(slots=True)
class Written:
    """What a file says. `lines` counts from 1 and holds every key and every element of a list."""

    tree: dict[str, Any] = field(default_factory=dict)
    lines: dict[Loc, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, loc: Loc) -> int | None:
        """Of the value at `loc`, or of the nearest thing that holds it."""
        for end in range(len(loc), 0, -1):
            if (found := self.lines.get(loc[:end])) is not None:
                return found
        return None


def read(path: Path) -> Written:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        return Written(problems=[Problem(None, (), f"it cannot be read ({error.strerror}); check its name and rights")])
    except UnicodeDecodeError:
        return Written(problems=[Problem(None, (), "it is not UTF-8 text; save it as UTF-8")])
    return parse(text)


def parse(text: str) -> Written:
    written = Written()
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return written
        tree = _walk(loader, root, (), written, ())
    except yaml.MarkedYAMLError as error:
        # Without the snippet that PyYAML adds: it may show a secret.
        mark = error.problem_mark
        where = f"column {mark.column + 1}: " if mark else ""
        line = mark.line + 1 if mark else None
        return Written(
            problems=[Problem(line, (), f"{where}{error.problem or error.context}; this is not YAML, check the indentation")]
        )
    except yaml.YAMLError:
        return Written(problems=[Problem(None, (), "it holds a character that YAML does not allow")])
    except (ValueError, RecursionError):
        return Written(problems=[Problem(None, (), "it holds a value that YAML cannot read, or is nested too deep")])
    finally:
        loader.dispose()
    if not isinstance(tree, dict):
        written.problems.append(Problem(1, (), "the file must hold keys and values, for example `accounts:`"))
        return written
    written.tree = tree
    return written


def _walk(loader: yaml.SafeLoader, node: yaml.Node, loc: Loc, written: Written, inside: tuple[int, ...]) -> Any:
    if id(node) in inside:
        written.problems.append(Problem(node.start_mark.line + 1, loc, "this alias holds itself"))
        return None
    inside = (*inside, id(node))
    match node:
        case yaml.MappingNode():
            loader.flatten_mapping(node)
            return _mapping(loader, node, loc, written, inside)
        case yaml.SequenceNode():
            for number, item in enumerate(node.value):
                written.lines[(*loc, number)] = item.start_mark.line + 1
            return [_walk(loader, item, (*loc, number), written, inside) for number, item in enumerate(node.value)]
        case _:
            return loader.construct_object(node)


def _mapping(
    loader: yaml.SafeLoader, node: yaml.MappingNode, loc: Loc, written: Written, inside: tuple[int, ...]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = loader.construct_object(key_node)
        if not isinstance(key, str):
            which = f"the key {key_node.value} is not text" if isinstance(key_node, yaml.ScalarNode) else "a key here is not text"
            written.problems.append(Problem(line, loc, f"{which}; write it in quotes"))
            continue
        if key in found:
            first = written.lines[(*loc, key)]
            written.problems.append(Problem(line, (*loc, key), f"written twice, first at line {first}; keep one"))
            continue
        written.lines[(*loc, key)] = line
        found[key] = _walk(loader, value_node, (*loc, key), written, inside)
    return found
