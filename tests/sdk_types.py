"""Checks request bodies strictly against the official client's request types: no key it does not know, no word
outside a closed vocabulary, every required field there. The client itself is lenient, so its types are read here.
"""

from __future__ import annotations

import functools
import re
import types
import typing
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, get_args, get_origin

import pydantic
from sequenzy.segments.client import SegmentsClient
from sequenzy.sequences.client import SequencesClient

Found = Iterator[str]


@functools.cache
def parameters(client: type, method: str) -> dict[str, Any]:
    hints = typing.get_type_hints(getattr(client, method), include_extras=True)
    return {_camel(name): hint for name, hint in hints.items() if name not in ("return", "request_options")}


def create_faults(body: dict[str, Any]) -> list[str]:
    return list(_keys(parameters(SequencesClient, "create"), body, {"name"}, "create"))


def update_faults(body: dict[str, Any]) -> list[str]:
    known = {key: hint for key, hint in parameters(SequencesClient, "update").items() if key != "sequenceId"}
    return list(_keys(known, body, set(), "update"))


def segment_faults(body: dict[str, Any]) -> list[str]:
    known = parameters(SegmentsClient, "create")
    if "request" in known:
        return list(check(known["request"], body, "segment"))
    return list(_keys(known, body, {"name"}, "segment"))


def _keys(known: dict[str, Any], body: dict[str, Any], required: set[str], path: str) -> Found:
    for key in required - body.keys():
        yield f"{path}.{key} is missing"
    for key, value in body.items():
        if key not in known:
            yield f"{path}.{key} is unknown"
        else:
            yield from check(known[key], value, f"{path}.{key}")


def check(hint: Any, value: Any, path: str) -> Found:
    if isinstance(value, dict) and set(value) == {"$ref"}:
        value = value["$ref"]
    origin, parts = get_origin(hint), get_args(hint)
    if hint is Any:
        return
    if origin is Annotated:
        yield from check(parts[0], value, path)
    elif origin in (typing.Union, types.UnionType):
        yield from _union(parts, value, path)
    elif origin is Literal:
        if value not in parts:
            yield f"{path}: {value!r} is none of {', '.join(map(str, parts))}"
    elif isinstance(hint, type) and issubclass(hint, pydantic.BaseModel):
        yield from _model(hint, value, path)
    elif origin in (list, typing.get_origin(typing.Sequence[int])):
        if not isinstance(value, list):
            yield f"{path}: not a list"
        else:
            for number, one in enumerate(value):
                yield from check(parts[0], one, f"{path}[{number}]")
    elif origin is dict:
        if not isinstance(value, dict):
            yield f"{path}: not an object"
        else:
            for key, one in value.items():
                yield from check(parts[1], one, f"{path}.{key}")
    elif not _plain(hint, value):
        yield f"{path}: {value!r} is not {hint}"


def _plain(hint: Any, value: Any) -> bool:
    if hint is type(None):
        return value is None
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is datetime:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(hint, type) and isinstance(value, hint)


def _union(parts: tuple[Any, ...], value: Any, path: str) -> Found:
    named = [part for part in parts if get_origin(_bare(part)) is Literal]
    # The client's vocabularies are "one of these words, or anything": only the words count here.
    wanted = [part for part in parts if part is not Any] if named else list(parts)
    problems = [list(check(part, value, path)) for part in wanted]
    if not any(not found for found in problems):
        yield min(problems, key=len)[0] if len(wanted) <= 2 else max(problems, key=lambda one: one[0].count("."))[0]


def _bare(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _model(model: type[pydantic.BaseModel], value: Any, path: str) -> Found:
    if not isinstance(value, dict):
        yield f"{path}: not an object"
        return
    fields = {info.alias or name: info for name, info in model.model_fields.items()}
    for name, info in fields.items():
        if info.is_required() and name not in value:
            yield f"{path}.{name} is missing"
    for key, one in value.items():
        if key not in fields:
            yield f"{path}.{key} is unknown to {model.__name__}"
        elif fields[key].annotation is not None and not (one is None and not fields[key].is_required()):
            yield from check(fields[key].annotation, one, f"{path}.{key}")


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)
