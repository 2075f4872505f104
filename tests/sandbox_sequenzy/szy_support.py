"""What the tests of the local Sequenzy share: a sandbox, the official client on it, raw calls, and a strict reader.

The official client reads leniently (nearly every field is optional there). `strictly` is not lenient: every field that
the client's model declares must be in the raw JSON, with a value of the declared type.
"""

from __future__ import annotations

import datetime as dt
import types
import typing
from typing import Any

import httpx
from sequenzy import Sequenzy
from sequenzy.core.pydantic_utilities import UniversalBaseModel

from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.web import mock_transport

BASE = "http://sequenzy.test/api/v1"


class Api:
    """Raw calls with the default key: `api.post("/lists", name="News")` gives the decoded answer."""

    def __init__(self, sandbox: SequenzySandbox, key: str = DEFAULT_KEY, base: str = BASE) -> None:
        self.sandbox = sandbox
        headers = {"authorization": f"Bearer {key}"}
        self.http = httpx.Client(transport=mock_transport(sandbox), base_url=base, headers=headers)

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        return self.http.request(method, path, json=body, params=query or None)

    def ok(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = self.call(method, path, body, **query)
        assert answer.is_success, (method, path, answer.status_code, answer.text)
        return answer.json()

    def get(self, path: str, **query: Any) -> Any:
        return self.ok("GET", path, **query)

    def post(self, path: str, **body: Any) -> Any:
        return self.ok("POST", path, body)

    def patch(self, path: str, **body: Any) -> Any:
        return self.ok("PATCH", path, body)

    def put(self, path: str, **body: Any) -> Any:
        return self.ok("PUT", path, body)

    def delete(self, path: str) -> Any:
        return self.ok("DELETE", path)

    def control(self, name: str, **body: Any) -> Any:
        """`POST /_sandbox/<name>`."""
        answer = self.http.post(f"http://sequenzy.test/_sandbox/{name}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def contact(self, email: str) -> Any:
        return self.get(f"/subscribers/{email.replace('+', '%2B')}")["subscriber"]

    def import_people(self, people: list[dict[str, Any]], **settings: Any) -> Any:
        """A whole import, to its end."""
        queued = self.post("/subscribers/imports", subscribers=people, **settings)["import"]
        while queued["status"] == "running":
            queued = self.get(f"/subscribers/imports/{queued['id']}")["import"]
        return queued


class Official:
    """The official client; `raw` is the JSON of its latest answer."""

    def __init__(self, sandbox: SequenzySandbox) -> None:
        self.raw: Any = None
        http = httpx.Client(transport=mock_transport(sandbox), event_hooks={"response": [self._keep]})
        self.client = Sequenzy(base_url=BASE, api_key=DEFAULT_KEY, max_retries=0, httpx_client=http)

    def _keep(self, response: httpx.Response) -> None:
        response.read()
        self.raw = response.json() if response.content else None

    def strictly(self, answer: UniversalBaseModel, *absent: str) -> None:
        """The latest answer has every field of the client's model for it; `absent` may lack (dotted paths)."""
        strictly(type(answer), self.raw, set(absent))


# --- the strict reader ---


def strictly(kind: Any, value: Any, absent: set[str] = frozenset(), at: str = "") -> None:  # type: ignore[assignment]
    """Fails when `value` (raw JSON) is not what the client's model `kind` declares."""
    if isinstance(kind, type) and issubclass(kind, UniversalBaseModel):
        assert isinstance(value, dict), f"{at}: expected an object, found {value!r}"
        for name, declared in kind.model_fields.items():
            alias = declared.alias or name
            path = f"{at}.{alias}".lstrip(".")
            if alias not in value:
                assert path in absent or f"*.{alias}" in absent, f"{path} is missing"
                continue
            strictly(declared.annotation, value[alias], absent, path)
        return
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        strictly(arguments[0], value, absent, at)
    elif origin in (typing.Union, types.UnionType):
        _one_of([argument for argument in arguments if argument is not typing.Any], value, absent, at)
    elif origin is typing.Literal:
        assert value in arguments, f"{at}: {value!r} is none of {arguments}"
    elif origin is list:
        assert isinstance(value, list), f"{at}: expected a list, found {value!r}"
        for item in value:
            strictly(arguments[0], item, absent, at)
    elif origin is dict:
        assert isinstance(value, dict), f"{at}: expected an object, found {value!r}"
        for item in value.values():
            strictly(arguments[1], item, absent, at)
    elif kind is dt.datetime:
        assert isinstance(value, str), f"{at}: expected a moment, found {value!r}"
        assert value.endswith("Z"), f"{at}: {value!r} does not say UTC"
        dt.datetime.fromisoformat(value)
    elif kind is float:
        assert isinstance(value, (int, float)), f"{at}: expected a number, found {value!r}"
        assert not isinstance(value, bool), f"{at}: expected a number, found {value!r}"
    elif kind is int:
        assert type(value) is int, f"{at}: expected a whole number, found {value!r}"
    elif kind in (str, bool):
        assert isinstance(value, kind), f"{at}: expected {kind.__name__}, found {value!r}"


def _one_of(kinds: list[Any], value: Any, absent: set[str], at: str) -> None:
    problems = []
    for kind in kinds:
        if kind is type(None):
            if value is None:
                return
            continue
        try:
            strictly(kind, value, absent, at)
        except AssertionError as problem:
            problems.append(str(problem))
        else:
            return
    raise AssertionError("; ".join(problems) or f"{at}: null is not allowed")
