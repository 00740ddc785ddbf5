"""
Receive path events with Open edX's own consumer, and write each as a JSON line.

Environment: BOOTSTRAP, REGISTRY, PREFIX, TOPIC (without prefix). Runs until it is killed.
"""

import json
import os

import attr
from service import set_up

set_up("openedx_learning_paths_events")

# pylint: disable=wrong-import-position
from confluent_kafka import Consumer, TopicPartition  # noqa: E402
from edx_event_bus_kafka import KafkaEventConsumer  # noqa: E402
from openedx_learning_paths_events import signals  # noqa: E402

FULL = f"{os.environ['PREFIX']}-{os.environ['TOPIC']}"


def write(kind, value, metadata):
    """One line an event."""
    body = attr.asdict(value)
    print(json.dumps({"kind": kind, "event_id": str(metadata.id), "data": body}, default=str), flush=True)


def completed(learning_path_completion, metadata, **_):
    """A completion."""
    write("completed", learning_path_completion, metadata)


def revoked(learning_path_completion_revocation, metadata, **_):
    """A revocation."""
    write("revoked", learning_path_completion_revocation, metadata)


def enrollment_created(learning_path_enrollment, metadata, **_):
    """A first enrolment."""
    write("enrollment_created", learning_path_enrollment, metadata)


def enrollment_changed(learning_path_enrollment, metadata, **_):
    """A later change of one."""
    write("enrollment_changed", learning_path_enrollment, metadata)


def completion_changed(learning_path_completion_state, metadata, **_):
    """Another standing of an award."""
    write("completion_changed", learning_path_completion_state, metadata)


def time_status_changed(learning_path_time_status, metadata, **_):
    """Another standing to the dates of a run."""
    write("time_status_changed", learning_path_time_status, metadata)


def credential_awarded(learning_path_credential, metadata, **_):
    """A credential that holds."""
    write("credential_awarded", learning_path_credential, metadata)


def credential_revoked(learning_path_credential_revocation, metadata, **_):
    """A credential that no longer holds."""
    write("credential_revoked", learning_path_credential_revocation, metadata)


def learner_retired(learning_path_retired_learner, metadata, **_):
    """An account that was retired."""
    write("learner_retired", learning_path_retired_learner, metadata)


signals.LEARNING_PATH_COMPLETED.connect(completed)
signals.LEARNING_PATH_COMPLETION_REVOKED.connect(revoked)
signals.LEARNING_PATH_COMPLETION_CHANGED.connect(completion_changed)
signals.LEARNING_PATH_CREDENTIAL_AWARDED.connect(credential_awarded)
signals.LEARNING_PATH_CREDENTIAL_REVOKED.connect(credential_revoked)
signals.LEARNING_PATH_ENROLLMENT_CREATED.connect(enrollment_created)
signals.LEARNING_PATH_ENROLLMENT_CHANGED.connect(enrollment_changed)
signals.LEARNING_PATH_TIME_STATUS_CHANGED.connect(time_status_changed)
signals.LEARNING_PATH_LEARNER_RETIRED.connect(learner_retired)

# The consumer sets no auto.offset.reset, so its group is given a position first: the beginning.
position = Consumer({"bootstrap.servers": os.environ["BOOTSTRAP"], "group.id": "django", "enable.auto.commit": False})
partitions = position.list_topics(FULL, timeout=10).topics[FULL].partitions
position.commit(offsets=[TopicPartition(FULL, p, 0) for p in partitions], asynchronous=False)
position.close()

KafkaEventConsumer(os.environ["TOPIC"], "django").consume_indefinitely()
