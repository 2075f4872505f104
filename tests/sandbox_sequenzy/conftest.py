"""Fixtures of the local Sequenzy's tests; what they hand out is in szy_support.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from szy_support import Api, Official

from migrator.sandbox.sequenzy.app import SequenzySandbox


@pytest.fixture
def sandbox() -> SequenzySandbox:
    return SequenzySandbox(limits=None)


@pytest.fixture
def api(sandbox: SequenzySandbox) -> Api:
    return Api(sandbox)


@pytest.fixture
def make_api() -> Callable[..., Api]:
    """An `Api` on a sandbox with other switches."""

    def make(**switches: Any) -> Api:
        return Api(SequenzySandbox(**({"limits": None} | switches)))

    return make


@pytest.fixture
def official(sandbox: SequenzySandbox) -> Official:
    return Official(sandbox)
