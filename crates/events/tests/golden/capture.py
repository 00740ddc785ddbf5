"""
Capture what Open edX's own producer writes to Kafka, into captured.json beside this file.

Needs Python 3.11 or later with
    edx-event-bus-kafka==6.1.0 openedx-events==10.5.0 confluent-kafka==2.16.1 "django==5.2.*"
    fastavro authlib httpx cachetools attrs

The producer runs as it is, against a schema registry that this script serves on the loopback; only the client
of the broker is replaced, by one that notes down what it is given. Ids and dates are fixed, so that a second
run gives the same file.
"""

import json
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import django
from django.conf import settings

SCHEMAS = []


class Registry(BaseHTTPRequestHandler):
    """As much of a schema registry as the producer asks for."""

    def do_POST(self):  # pylint: disable=invalid-name
        """Register a schema: its id is its place in the list, from 1."""
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["schema"]
        if text not in SCHEMAS:
            SCHEMAS.append(text)
        body = json.dumps({"id": SCHEMAS.index(text) + 1}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):  # pylint: disable=arguments-differ
        """Say nothing."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
threading.Thread(target=server.serve_forever, daemon=True).start()
settings.configure(
    SECRET_KEY="none",
    INSTALLED_APPS=["openedx_events"],
    SERVICE_VARIANT="lms",
    EVENT_BUS_TOPIC_PREFIX="prod",
    EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL=f"http://127.0.0.1:{server.server_port}",
)
django.setup()

# pylint: disable=wrong-import-position
from ccx_keys.locator import CCXLocator
from edx_event_bus_kafka.internal.producer import KafkaEventProducer
from opaque_keys.edx.keys import CourseKey, UsageKey
from openedx_events.analytics import signals as analytics
from openedx_events.analytics.data import TrackingLogData
from openedx_events.content_authoring import data as authoring_data
from openedx_events.content_authoring import signals as authoring
from openedx_events.data import EventsMetadata
from openedx_events.learning import data
from openedx_events.learning import signals as learning

COURSE = CourseKey.from_string("course-v1:edX+777+2023FW")
SECTION = UsageKey.from_string("block-v1:edX+777+2023FW+type@chapter+block@week1")
EXAM = UsageKey.from_string("block-v1:edX+777+2023FW+type@sequential+block@final")
CCX = CCXLocator.from_string("ccx-v1:edX+777+2023FW+ccx@5")
ALICE = data.UserData(
    id=42, is_active=True, pii=data.UserPersonalData(username="alice", email="a@example.com", name="Alice L")
)
ZOE = data.UserData(
    id=2**40 + 7, is_active=False, pii=data.UserPersonalData(username="zoë", email="Zoë@example.com", name="")
)
PLAIN = data.CourseData(course_key=COURSE)
TITLED = data.CourseData(
    course_key=COURSE,
    display_name="Über Bread 🍞",
    start=datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
    end=datetime(2026, 7, 1, tzinfo=timezone(timedelta(hours=2))),
)


def passing(is_passing):
    """Course passing status of one learner."""
    return {"course_passing_status": data.CoursePassingStatusData(is_passing=is_passing, course=PLAIN, user=ALICE)}


def certificate(status, grade, mode="verified"):
    """Course certificate of one learner."""
    return {
        "certificate": data.CertificateData(
            user=ALICE, course=PLAIN, mode=mode, grade=grade, download_url="", name="Alice Liddell",
            current_status=status, previous_status="",
        )
    }


def enrolment(is_active, mode="verified", user=ALICE):
    """Course enrolment of one learner."""
    return {
        "enrollment": data.CourseEnrollmentData(
            user=user, course=TITLED, mode=mode, is_active=is_active,
            creation_date=datetime(2026, 1, 1, 8, 0, tzinfo=timezone.utc),
        )
    }


def exam(requesting_user=None):
    """Exam attempt of one learner."""
    return {
        "exam_attempt": data.ExamAttemptData(
            student_user=ALICE, course_key=COURSE, usage_key=EXAM, exam_type="proctored",
            requesting_user=requesting_user,
        )
    }


def tracking(name, entry, context=None):
    """Entry of the tracking log."""
    return {
        "tracking_log": TrackingLogData(
            name=name, timestamp=datetime(2026, 5, 1, 12, 0, 0, 250000, tzinfo=timezone.utc),
            data=json.dumps(entry), context=json.dumps(context or {}),
        )
    }


def progress(kind, block):
    """Entry of the completion aggregator."""
    return tracking(
        f"openedx.completion_aggregator.progress.{kind}",
        {
            "user_id": 42, "username": "alice", "course_id": str(COURSE), "block_id": block,
            "modified": "2026-05-01T11:59:59.123456+00:00", "created": None,
            "earned": 8.0, "possible": 10.0, "percent": 0.8, "type": kind,
        },
    )


CALCULATED = {
    "user_id": "42", "course_id": str(COURSE), "course_version": "64f0", "percent_grade": 0.55, "letter_grade": "",
    "course_edited_timestamp": "2026-04-01 00:00:00+00:00", "event_transaction_id": "a", "event_transaction_type": "b",
    "grading_policy_hash": "h=",
}
TRANSITION = {"user_id": "42", "course_id": str(COURSE), "event_transaction_id": "a", "event_transaction_type": "b"}

BADGES, CERTIFICATES = "learning-badges-lifecycle", "learning-certificate-lifecycle"
ENROLMENTS, EXAMS = "course-enrollment-lifecycle", "learning-exam-attempt-lifecycle"
COURSE_FIELD = "course_passing_status.course.course_key"
GRADE = data.PersistentCourseGradeData(
    user_id=42, course=PLAIN, course_edited_timestamp=datetime(2026, 4, 1, tzinfo=timezone.utc), course_version="64f0",
    grading_policy_hash="h=", percent_grade=0.83, letter_grade="Pass",
    passed_timestamp=datetime(2026, 4, 30, 10, 0, 0, 1, tzinfo=timezone.utc),
)
CATALOG = authoring_data.CourseCatalogData(
    course_key=COURSE, name="Über Bread 🍞",
    schedule_data=authoring_data.CourseScheduleData(
        start=datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc), pacing="self",
        end=datetime(2026, 7, 1, tzinfo=timezone(timedelta(hours=2))),
    ),
)

# name, signal, topic, key field, data
EVENTS = [
    ("passing", learning.COURSE_PASSING_STATUS_UPDATED, BADGES, COURSE_FIELD, passing(True)),
    ("not_passing", learning.COURSE_PASSING_STATUS_UPDATED, BADGES, COURSE_FIELD, passing(False)),
    (
        "ccx_passing", learning.CCX_COURSE_PASSING_STATUS_UPDATED, BADGES,
        "course_passing_status.course.ccx_course_key",
        {
            "course_passing_status": data.CcxCoursePassingStatusData(
                is_passing=True, user=ZOE,
                course=data.CcxCourseData(ccx_course_key=CCX, master_course_key=CCX.to_course_locator()),
            )
        },
    ),
    ("grade", learning.PERSISTENT_GRADE_SUMMARY_CHANGED, "course-grade", "grade.course.course_key", {"grade": GRADE}),
    (
        "certificate_created", learning.CERTIFICATE_CREATED, CERTIFICATES, "certificate.course.course_key",
        certificate("downloadable", "0.83"),
    ),
    (
        "certificate_changed", learning.CERTIFICATE_CHANGED, CERTIFICATES, "certificate.course.course_key",
        certificate("unverified", "", "honor"),
    ),
    (
        "certificate_revoked", learning.CERTIFICATE_REVOKED, CERTIFICATES, "certificate.course.course_key",
        certificate("notpassing", "0.31"),
    ),
    (
        "enrolment_created", learning.COURSE_ENROLLMENT_CREATED, ENROLMENTS, "enrollment.course.course_key",
        enrolment(True),
    ),
    (
        "enrolment_changed", learning.COURSE_ENROLLMENT_CHANGED, ENROLMENTS, "enrollment.course.course_key",
        enrolment(True, "audit", ZOE),
    ),
    (
        "unenrolment", learning.COURSE_UNENROLLMENT_COMPLETED, "course-unenrollment-lifecycle",
        "enrollment.course.course_key", enrolment(False),
    ),
    (
        "registration", learning.STUDENT_REGISTRATION_COMPLETED, "student-registration", "user.pii.username",
        {"user": ZOE},
    ),
    ("exam_submitted", learning.EXAM_ATTEMPT_SUBMITTED, EXAMS, "exam_attempt.course_key", exam(ALICE)),
    ("exam_rejected", learning.EXAM_ATTEMPT_REJECTED, EXAMS, "exam_attempt.course_key", exam()),
    ("exam_verified", learning.EXAM_ATTEMPT_VERIFIED, EXAMS, "exam_attempt.course_key", exam()),
    ("exam_errored", learning.EXAM_ATTEMPT_ERRORED, EXAMS, "exam_attempt.course_key", exam()),
    ("exam_reset", learning.EXAM_ATTEMPT_RESET, EXAMS, "exam_attempt.course_key", exam(ZOE)),
    (
        "catalog_info", authoring.COURSE_CATALOG_INFO_CHANGED, "course-catalog-info-changed",
        "catalog_info.course_key", {"catalog_info": CATALOG},
    ),
    (
        "course_created", authoring.COURSE_CREATED, "course-lifecycle", "course.course_key",
        {"course": authoring_data.CourseData(course_key=COURSE)},
    ),
    (
        "course_rerun", authoring.COURSE_RERUN_COMPLETED, "course-lifecycle", "course.course_key",
        {"course": authoring_data.CourseData(course_key=COURSE)},
    ),
] + [
    (name, analytics.TRACKING_EVENT_EMITTED, "analytics", "tracking_log.name", entry)
    for name, entry in [
        ("tracking_course", progress("course", "block-v1:edX+777+2023FW+type@course+block@course")),
        ("tracking_chapter", progress("chapter", str(SECTION))),
        ("tracking_sequential", progress("sequential", str(EXAM))),
        ("tracking_vertical", progress("vertical", "block-v1:edX+777+2023FW+type@vertical+block@unit1")),
        ("tracking_grade", tracking("edx.grades.course.grade_calculated", CALCULATED)),
        ("tracking_first_passed", tracking("edx.course.grade.passed.first_time", TRANSITION)),
        ("tracking_now_passed", tracking("edx.course.grade.now_passed", TRANSITION)),
        ("tracking_now_failed", tracking("edx.course.grade.now_failed", TRANSITION)),
        ("tracking_other", tracking("edx.video.played", {"id": "v"}, {"user_id": 42, "username": "alice"})),
    ]
] + [
    (
        "skill_verified", learning.XBLOCK_SKILL_VERIFIED, "learning-xblock-skill-verified", "xblock_info.usage_key",
        {"xblock_info": data.XBlockSkillVerificationData(usage_key=EXAM, verified_skills=[1, 2], ignored_skills=[])},
    ),
]


class Recorder:
    """Stands for confluent_kafka.Producer."""

    def __init__(self):
        self.records = []

    def produce(self, topic, key, value, headers, on_delivery):  # pylint: disable=unused-argument
        """Note down one message."""
        self.records.append({
            "topic": topic,
            "key": key.hex(),
            "value": value.hex(),
            "headers": {name: text.decode() for name, text in headers.items()},
        })

    def poll(self, _timeout):
        """Nothing is ever on its way."""


def main():
    """Send every event and write the file."""
    recorder = Recorder()
    producer = KafkaEventProducer(recorder)
    messages = []
    for number, (name, signal, topic, key_field, event_data) in enumerate(EVENTS):
        time = datetime(2026, 5, 1, 12, 34, 56, 789012 if number % 2 == 0 else 0, tzinfo=timezone.utc)
        producer.send(
            signal=signal, topic=topic, event_key_field=key_field, event_data=event_data,
            event_metadata=EventsMetadata(
                event_type=signal.event_type, id=UUID(int=0x5F0C_0000_4551_11F1_8000_0000_0000_0000 + number),
                minorversion=0, source="openedx/lms/web", sourcehost="lms-1", time=time + timedelta(minutes=number),
                sourcelib=(10, 5, 0),
            ),
        )
        assert len(recorder.records) == number + 1, name
        messages.append({"name": name, **recorder.records[-1]})
    captured = {"schemas": {str(number): text for number, text in enumerate(SCHEMAS, 1)}, "messages": messages}
    text = json.dumps(captured, indent=1, ensure_ascii=False)
    Path(__file__).with_name("captured.json").write_text(text + "\n", encoding="utf-8")


main()
