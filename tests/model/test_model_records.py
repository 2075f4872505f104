"""Every neutral record is read back as it was written, and nothing foreign slips in."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.bundle.bundle_json import Codec
from migrator.model import Action, Consent, ConsentState, Contact, Record, Rule, Sequence, Trigger
from tests.looks import looks
from tests.strategies import ROOT_KINDS, broken_sequences, raws, records, rules, sequences

KINDS = [*ROOT_KINDS, *get_args(Action), *get_args(Trigger), *get_args(Rule)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=looks(8), deadline=None)
@given(data=st.data())
def test_a_record_of_any_kind_is_read_back_the_same(kind: type[Record], data: st.DataObject) -> None:
    record = data.draw(records(kind))
    codec = Codec(kind)
    line = codec.encode(record, "here")
    assert b"\n" not in line
    assert record == codec.decode(line, "here")


@settings(max_examples=looks(20), deadline=None)
@given(sequence=sequences())
def test_sound_and_broken_sequences_are_read_back_the_same(sequence: Sequence) -> None:
    codec = Codec(Sequence)
    assert sequence == codec.decode(codec.encode_document(sequence, "here"), "here")


@settings(max_examples=looks(20), deadline=None)
@given(sequence=broken_sequences())
def test_a_broken_graph_keeps_every_step_and_edge_in_order(sequence: Sequence) -> None:
    back = Codec(Sequence).decode(Codec(Sequence).encode(sequence, "here"), "here")
    assert [step.id for step in sequence.steps] == [step.id for step in back.steps]
    assert sequence.edges == back.edges


@settings(max_examples=looks(30), deadline=None)
@given(raw=raws())
def test_what_a_platform_said_beyond_the_model_survives_verbatim(raw: dict[str, Any]) -> None:
    contact = Contact(source_id="1", consent=Consent(state=ConsentState.UNKNOWN), raw=raw, attributes=raw)
    back = Codec(Contact).decode(Codec(Contact).encode(contact, "here"), "here")
    assert repr(raw) == repr(back.raw)  # repr also tells 1 from 1.0 and True
    assert repr(raw) == repr(back.attributes)


@settings(max_examples=looks(30), deadline=None)
@given(rule=rules())
def test_a_rule_tree_of_any_shape_is_read_back_the_same(rule: Any) -> None:
    codec = Codec(type(rule))
    assert rule == codec.decode(codec.encode(rule, "here"), "here")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_an_unknown_key_is_refused_in_every_kind(kind: type[Record], data: st.DataObject) -> None:
    fields = msgspec.to_builtins(data.draw(records(kind)))
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({**fields, "surprise": 1}, kind)


def test_every_kind_of_step_trigger_and_rule_has_its_own_tag() -> None:
    for union in (Action, Trigger, Rule):
        tags = [kind.__struct_config__.tag for kind in get_args(union)]
        assert len(tags) == len(set(tags))
        assert None not in tags
