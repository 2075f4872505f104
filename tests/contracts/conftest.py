"""One case and one unbroken run a class: most claims only look at what it left."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.bundle import Bundle
from tests.contracts.source_contract import Case, Cut, Listener, run

Read = tuple[Bundle, Cut, Listener]


@pytest.fixture(scope="class")
def source_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("source")


@pytest.fixture(scope="class")
def told(request: pytest.FixtureRequest, source_folder: Path) -> Case:
    case: Case = request.cls().case(source_folder)
    return case


@pytest.fixture(scope="class")
def read(told: Case, tmp_path_factory: pytest.TempPathFactory) -> Read:
    cut, listener = Cut(), Listener()
    return run(told, tmp_path_factory.mktemp("unbroken"), cut, listener), cut, listener


@pytest.fixture(scope="class")
def bundle(read: Read) -> Bundle:
    return read[0]
