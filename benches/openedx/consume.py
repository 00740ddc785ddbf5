"""Times Open edX's own event consumer with one ORM upsert an event.

Reads EVENTS events of TOPIC from its beginning and prints one JSON line: {"events": n, "seconds": s}, from the
first event handed to a receiver to the last upsert. Settings come from the environment: BOOTSTRAP, REGISTRY, TOPIC, EVENTS,
and the usual PGHOST, PGPORT, PGUSER, PGDATABASE.
"""
import json
import os
import sys
import time

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["openedx_events", "edx_event_bus_kafka", "peer"],
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"],
        "USER": os.environ["PGUSER"], "NAME": os.environ["PGDATABASE"],
    }},
    USE_TZ=True,
    EVENT_BUS_CONSUMER="edx_event_bus_kafka.KafkaEventConsumer",
    EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS=os.environ["BOOTSTRAP"],
    EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL=os.environ["REGISTRY"],
    # The audit line that it logs for each event is left out, in its favour.
    EVENT_BUS_KAFKA_AUDIT_LOGGING_ENABLED=False,
)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
django.setup()

from confluent_kafka import Consumer, TopicPartition  # noqa: E402
from django.db import connection  # noqa: E402
from edx_event_bus_kafka import KafkaEventConsumer  # noqa: E402
from openedx_events.learning import signals  # noqa: E402
from peer.models import LearnerCourse  # noqa: E402

TOPIC, EVENTS, GROUP = os.environ["TOPIC"], int(os.environ["EVENTS"]), f"peer-{time.time_ns()}"
seen, started = 0, 0.0


def upsert(user_id, course_key, metadata, **values):
    """One event, one upsert; ends the process after the last."""
    global seen, started
    if seen == 0:
        started = time.perf_counter()
    LearnerCourse.objects.update_or_create(
        user_id=user_id, course_key=str(course_key), defaults={"event_time": metadata.time, **values},
    )
    seen += 1
    if seen == EVENTS:
        print(json.dumps({"events": seen, "seconds": time.perf_counter() - started}), flush=True)
        os._exit(0)


def passing(course_passing_status, metadata, **_):
    """A passing status."""
    upsert(course_passing_status.user.id, course_passing_status.course.course_key, metadata,
           is_passing=course_passing_status.is_passing)


def grade(grade, metadata, **_):
    """A grade."""
    upsert(grade.user_id, grade.course.course_key, metadata, percent_grade=grade.percent_grade)


def certificate(certificate, metadata, **_):
    """A certificate: the course was passed."""
    upsert(certificate.user.id, certificate.course.course_key, metadata,
           is_passing=certificate.current_status == "downloadable")


def enrolment(enrollment, metadata, **_):
    """An enrolment."""
    upsert(enrollment.user.id, enrollment.course.course_key, metadata, is_enrolled=enrollment.is_active)


signals.COURSE_PASSING_STATUS_UPDATED.connect(passing)
signals.PERSISTENT_GRADE_SUMMARY_CHANGED.connect(grade)
signals.CERTIFICATE_CREATED.connect(certificate)
signals.COURSE_ENROLLMENT_CREATED.connect(enrolment)

with connection.schema_editor() as editor:
    editor.create_model(LearnerCourse)

# The consumer sets no auto.offset.reset, so its group is given a position first: the beginning.
position = Consumer({"bootstrap.servers": os.environ["BOOTSTRAP"], "group.id": GROUP, "enable.auto.commit": False})
partitions = position.list_topics(TOPIC, timeout=10).topics[TOPIC].partitions
position.commit(offsets=[TopicPartition(TOPIC, p, 0) for p in partitions], asynchronous=False)
position.close()

KafkaEventConsumer(TOPIC, GROUP).consume_indefinitely()
