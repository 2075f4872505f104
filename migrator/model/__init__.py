"""The neutral model: frozen records that every stage shares. It imports nothing of ours and knows no platform."""

from migrator.model.base import Raw, Record
from migrator.model.consent import Consent, ConsentState, Reach
from migrator.model.contacts import (
    Attribute,
    AttributeType,
    Contact,
    ContactList,
    ListKind,
    ListMembership,
    Suppression,
    SuppressionScope,
    Tag,
)
from migrator.model.content import (
    BodyFormat,
    Campaign,
    CampaignStatus,
    EmailContent,
    Form,
    OtherResource,
    Template,
)
from migrator.model.enrolments import Confidence, Enrolment, EnrolmentStatus, Observation, Position
from migrator.model.rules import Rule, Segment
from migrator.model.sequences import Edge, EmailFilter, ExitRule, ReEntry, SendingWindow, Sequence, Trigger
from migrator.model.steps import Action, Lane, Step, Suggestion, Weekday

__all__ = [
    "Action",
    "Attribute",
    "AttributeType",
    "BodyFormat",
    "Campaign",
    "CampaignStatus",
    "Confidence",
    "Consent",
    "ConsentState",
    "Contact",
    "ContactList",
    "Edge",
    "EmailContent",
    "EmailFilter",
    "Enrolment",
    "EnrolmentStatus",
    "ExitRule",
    "Form",
    "Lane",
    "ListKind",
    "ListMembership",
    "Observation",
    "OtherResource",
    "Position",
    "Raw",
    "ReEntry",
    "Reach",
    "Record",
    "Rule",
    "Segment",
    "SendingWindow",
    "Sequence",
    "Step",
    "Suggestion",
    "Suppression",
    "SuppressionScope",
    "Tag",
    "Template",
    "Trigger",
    "Weekday",
]
