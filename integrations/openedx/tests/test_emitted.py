"""
What the Rust crate emits, as Open edX's code reads it.
"""

import json
from datetime import datetime, timezone
from pathlib import Path
from uuid import UUID

import pytest
from openedx_events.event_bus.avro.deserializer import deserialize_bytes_to_event_data
from openedx_events.event_bus.avro.serializer import serialize_event_data_to_bytes
from openedx_events.learning.data import UserData, UserPersonalData
from openedx_events.tooling import OpenEdxPublicSignal

from openedx_learning_paths_events.data import (
    LearningPathCompletionData,
    LearningPathCompletionRevocationData,
    LearningPathCredentialData,
    LearningPathCredentialRevocationData,
    LearningPathData,
    LearningPathCompletionStateData,
    LearningPathEnrollmentData,
    LearningPathRetiredLearnerData,
    LearningPathTimeStatusData,
)

MESSAGES = {
    message["name"]: message
    for message in json.loads(Path(__file__).with_name("emitted.json").read_text(encoding="utf-8"))
}
COMPLETION = UUID("0198b2c4-0000-5000-8000-000000000001")
CREDENTIAL = UUID("0198b2c4-0000-5000-8000-000000000002")
ZOE = UserData(
    id=42, is_active=True, pii=UserPersonalData(username="zoë", email="Zoë@example.com", name="Zoë 🍞")
)
NOBODY = UserData(id=2**63 - 1, is_active=False, pii=UserPersonalData(username="", email="", name=""))
PATH = LearningPathData(key="path-v1:edX+Bread+2026+Bakers", display_name="Über Bread")
UNTITLED = LearningPathData(key=PATH.key, display_name="")
COMPLETED_AT = datetime(2026, 5, 1, 12, 34, 56, 789012, tzinfo=timezone.utc)
CONTEXTS = ["course-v1:edX+777+2023FW", "block-v1:edX+777+2023FW+type@sequential+block@final"]


def completion(**changes):
    """
    The completion that the messages tell of.
    """
    values = {
        "completion_id": COMPLETION, "user": ZOE, "path": PATH, "revision": 3, "attempt": 1,
        "completed_at": COMPLETED_AT, "grade": "0.8333", "progress": 1.0, "context_keys": CONTEXTS,
        "context_titles": ["Bread, basically", ""], "context_grades": ["0", ""],
        "context_dates": ["2026-04-30T00:00:00+00:00", ""],
    }
    return LearningPathCompletionData(**{**values, **changes})


def revocation(**changes):
    """
    The revocation that the messages tell of.
    """
    values = {
        "completion_id": COMPLETION, "user": ZOE, "path": PATH, "revision": 3, "attempt": 1,
        "completed_at": COMPLETED_AT, "revoked_at": datetime(2026, 6, 1, tzinfo=timezone.utc), "reason": "requirement_no_longer_met",
    }
    return LearningPathCompletionRevocationData(**{**values, **changes})


def enrollment(**changes):
    """
    The enrolment that the messages tell of.
    """
    values = {
        "user": ZOE, "path": PATH, "status": "active", "is_active": True, "revision": 3, "attempt": 1,
        "changed_at": COMPLETED_AT,
    }
    return LearningPathEnrollmentData(**{**values, **changes})


def completion_state(**changes):
    """
    The state of the award that the messages tell of.
    """
    values = {
        "completion_id": COMPLETION, "user": ZOE, "path": PATH, "attempt": 1, "period": 2, "change": 1,
        "state": "not_yet_valid", "requirement_met": True, "valid_from": COMPLETED_AT,
        "expires_at": "2027-05-02T00:00:00+00:00", "grace_until": "", "renews": str(COMPLETION),
        "changed_at": COMPLETED_AT,
    }
    return LearningPathCompletionStateData(**{**values, **changes})


def credential(**changes):
    """
    The credential that the messages tell of.
    """
    values = {
        "credential_id": CREDENTIAL, "completion_id": COMPLETION, "user": ZOE, "path": PATH, "revision": 3, "change": 1,
        "reason": "issued", "awarded_at": COMPLETED_AT, "valid_from": datetime(2026, 5, 2, tzinfo=timezone.utc),
        "valid_until": "2027-05-02T00:00:00+00:00",
        "url": "https://credentials.example.org/credentials/0198b2c4-0000-5000-8000-000000000002",
        "supersedes": "0198b2c4-0000-5000-8000-000000000003",
    }
    return LearningPathCredentialData(**{**values, **changes})


def credential_revocation(**changes):
    """
    What the messages tell of it when it no longer holds.
    """
    values = {
        "credential_id": CREDENTIAL, "completion_id": COMPLETION, "user": ZOE, "path": PATH, "change": 2,
        "status": "suspended", "reason": "Until the exam is marked again.",
        "revoked_at": datetime(2026, 6, 1, tzinfo=timezone.utc),
    }
    return LearningPathCredentialRevocationData(**{**values, **changes})


def time_status(**changes):
    """
    The time status that the messages tell of.
    """
    values = {
        "user": ZOE, "path": PATH, "attempt": 1, "status": "due_soon", "due_at": "2026-06-01T00:00:00+00:00",
        "changed_at": COMPLETED_AT,
    }
    return LearningPathTimeStatusData(**{**values, **changes})


EXPECTED = {
    "completed": ("learning_path_completion", completion()),
    "completed_grade_unknown": ("learning_path_completion", completion(grade="")),
    "completed_grade_zero": (
        "learning_path_completion",
        completion(
            grade="0", progress=0.0, context_keys=[], user=NOBODY, path=UNTITLED,
            # Of no contexts nothing is known: Open edX takes an empty list for the default.
            context_titles=None, context_grades=None, context_dates=None,
            completed_at=datetime(2026, 5, 1, tzinfo=timezone.utc),
        ),
    ),
    "revoked": ("learning_path_completion_revocation", revocation()),
    "revoked_learner_unknown": ("learning_path_completion_revocation", revocation(user=NOBODY)),
    "not_yet_valid": ("learning_path_completion_state", completion_state()),
    "grace_learner_unknown": (
        "learning_path_completion_state",
        completion_state(
            user=NOBODY, period=1, change=3, state="grace", requirement_met=False, expires_at="",
            grace_until="2026-05-31T00:00:00+00:00", renews="",
        ),
    ),
    "credential_awarded": ("learning_path_credential", credential()),
    "credential_reinstated_learner_unknown": (
        "learning_path_credential",
        credential(
            user=NOBODY, path=UNTITLED, change=4, reason="reinstated", valid_until="", url="", supersedes="",
        ),
    ),
    "credential_suspended": ("learning_path_credential_revocation", credential_revocation()),
    "credential_withdrawn_learner_unknown": (
        "learning_path_credential_revocation",
        credential_revocation(user=NOBODY, path=UNTITLED, change=5, status="withdrawn", reason=""),
    ),
    "enrolled": ("learning_path_enrollment", enrollment()),
    "withdrawn_learner_unknown": (
        "learning_path_enrollment", enrollment(user=NOBODY, status="withdrawn", is_active=False, attempt=2)
    ),
    "due_soon": ("learning_path_time_status", time_status()),
    "retired": ("learning_path_retired_learner", LearningPathRetiredLearnerData(user_id=42, retired_at=COMPLETED_AT)),
    "closed_learner_unknown": (
        "learning_path_time_status", time_status(user=NOBODY, status="closed", due_at="")
    ),
}


def signal_of(message):
    """
    The signal, found as the consumer finds it.
    """
    return OpenEdxPublicSignal.get_signal_by_type(message["headers"]["ce_type"])


def body_of(message):
    """
    The Avro datum, out of its frame.
    """
    value = bytes.fromhex(message["value"])
    assert value[:5] == b"\x00\x00\x00\x00\x02"
    return value[5:]


def test_every_message_is_expected():
    assert MESSAGES.keys() == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_every_field_arrives(name):
    message = MESSAGES[name]
    data = deserialize_bytes_to_event_data(body_of(message), signal_of(message))
    key, expected = EXPECTED[name]
    assert data == {key: expected}


@pytest.mark.parametrize("name", EXPECTED)
def test_open_edx_would_write_the_same_bytes(name):
    message = MESSAGES[name]
    key, expected = EXPECTED[name]
    assert serialize_event_data_to_bytes({key: expected}, signal_of(message)) == body_of(message)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_key_is_the_user_id(name):
    _, expected = EXPECTED[name]
    key = bytes.fromhex(MESSAGES[name]["key"])
    number, shift = 0, 0
    for byte in key[5:]:
        number |= (byte & 0x7F) << shift
        shift += 7
    assert number >> 1 == (expected.user_id if name == "retired" else expected.user.id)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_kafka_consumer_reads_the_headers(name):
    utils = pytest.importorskip("edx_event_bus_kafka.internal.utils")
    message = MESSAGES[name]
    headers = [(header, text.encode()) for header, text in message["headers"].items()]
    metadata = utils._get_metadata_from_headers(headers)  # pylint: disable=protected-access
    assert metadata.event_type == signal_of(message).event_type
    assert metadata.id == UUID("0198b2c4-0000-5000-8000-000000000009")
    assert metadata.source == "openedx/learning-paths/web"
    assert metadata.sourcehost == "paths-1"
    assert metadata.time == datetime(2026, 5, 1, 12, 35, tzinfo=timezone.utc)
    assert metadata.sourcelib == (0, 1, 0)
    assert metadata.minorversion == 0


@pytest.mark.parametrize("name", EXPECTED)
def test_a_receiver_gets_it(name):
    signal = signal_of(MESSAGES[name])
    key, expected = EXPECTED[name]
    got = []

    def receiver(**kwargs):
        got.append(kwargs[key])

    signal.connect(receiver)
    try:
        data = deserialize_bytes_to_event_data(body_of(MESSAGES[name]), signal)
        signal.send_event_with_custom_metadata(signal.generate_signal_metadata(), **data)
    finally:
        signal.disconnect(receiver)
    assert got == [expected]


@pytest.mark.parametrize(("grade", "value"), [("", None), ("0", 0.0), ("0.8333", 0.8333), ("1", 1.0)])
def test_an_unknown_grade_is_not_zero(grade, value):
    assert completion(grade=grade).grade_value == value
