"""
Write events to Kafka with Open edX's own producer.

Standard input has one JSON object a line: topic, event_type, id, time, datum. Ends when all are acknowledged.
"""

import json
import sys
from datetime import datetime
from uuid import UUID

from service import set_up

set_up()

# pylint: disable=wrong-import-position
from edx_event_bus_kafka import create_producer  # noqa: E402
from opaque_keys.edx.keys import CourseKey  # noqa: E402
from openedx_events.data import EventsMetadata  # noqa: E402
from openedx_events.learning import data, signals  # noqa: E402


def user(of):
    """UserData."""
    return data.UserData(id=of["id"], is_active=of["is_active"], pii=data.UserPersonalData(**of["pii"]))


def course(of, of_class=data.CourseData):
    """CourseData."""
    return of_class(course_key=CourseKey.from_string(of["course_key"]), display_name=of["display_name"])


def passing(datum):
    """A passing status."""
    status = datum["course_passing_status"]
    return "course_passing_status", data.CoursePassingStatusData(
        is_passing=status["is_passing"], course=course(status["course"]), user=user(status["user"]),
    )


def grade(datum):
    """A grade."""
    of = datum["grade"]
    return "grade", data.PersistentCourseGradeData(
        user_id=of["user_id"],
        course=course(of["course"]),
        course_edited_timestamp=datetime.fromisoformat(of["course_edited_timestamp"]),
        course_version=of["course_version"],
        grading_policy_hash=of["grading_policy_hash"],
        percent_grade=of["percent_grade"],
        letter_grade=of["letter_grade"],
        passed_timestamp=datetime.fromisoformat(of["passed_timestamp"]),
    )


def certificate(datum):
    """A certificate, or its revocation."""
    of = datum["certificate"]
    return "certificate", data.CertificateData(**{**of, "user": user(of["user"]), "course": course(of["course"])})


def enrolment(datum):
    """An enrolment, or its end."""
    of = datum["enrollment"]
    return "enrollment", data.CourseEnrollmentData(
        user=user(of["user"]),
        course=course(of["course"]),
        mode=of["mode"],
        is_active=of["is_active"],
        creation_date=datetime.fromisoformat(of["creation_date"]),
        created_by=None,
    )


def badge(_):
    """An event that shares the topic."""
    somebody = data.UserData(id=1, is_active=True, pii=data.UserPersonalData(username="u", email="e", name="n"))
    template = data.BadgeTemplateData(uuid="t", origin="o", name="n", description="d", image_url="i")
    return "badge", data.BadgeData(uuid="b", user=somebody, template=template)


KINDS = {
    signal.event_type: (signal, make, key)
    for signal, make, key in [
        (signals.COURSE_PASSING_STATUS_UPDATED, passing, "course_passing_status.course.course_key"),
        (signals.PERSISTENT_GRADE_SUMMARY_CHANGED, grade, "grade.course.course_key"),
        (signals.CERTIFICATE_CREATED, certificate, "certificate.course.course_key"),
        (signals.CERTIFICATE_REVOKED, certificate, "certificate.course.course_key"),
        (signals.COURSE_ENROLLMENT_CREATED, enrolment, "enrollment.course.course_key"),
        (signals.COURSE_UNENROLLMENT_COMPLETED, enrolment, "enrollment.course.course_key"),
        (signals.BADGE_AWARDED, badge, "badge.uuid"),
    ]
}

producer = create_producer()
for number, line in enumerate(sys.stdin, 1):
    event = json.loads(line)
    signal, make, event_key_field = KINDS[event["event_type"]]
    name, value = make(event["datum"])
    metadata = EventsMetadata(
        event_type=event["event_type"], id=UUID(event["id"]), time=datetime.fromisoformat(event["time"]),
        minorversion=0, source="openedx/lms/web", sourcehost="lms.example.com", sourcelib=(10, 5, 0),
    )
    producer.send(
        signal=signal, topic=event["topic"], event_key_field=event_key_field,
        event_data={name: value}, event_metadata=metadata,
    )
    if number % 1000 == 0:
        # Its queue is bounded, and it never waits by itself.
        producer.producer.flush(30)
producer.prepare_for_shutdown()
