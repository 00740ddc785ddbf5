"""The plugin itself, asked line by line.

The first line of standard input is what there is: users, paths, dates of courses, and how far learners are. Every further line
is a request; each is answered by a line. What the plugin wants of the LMS is played by the few objects below.
"""

import json
import logging
import re
import sys
import types
import uuid
from datetime import datetime

import django
from django.conf import settings

logging.disable(logging.CRITICAL)

WORLD = json.loads(sys.stdin.readline())

settings.configure(
    SECRET_KEY="of a test",
    DEBUG=False,
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "rest_framework",
        "learning_paths",
    ],
    MIDDLEWARE=[
        "edx_rest_framework_extensions.auth.jwt.middleware.JwtAuthCookieMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    ROOT_URLCONF="learning_paths.urls",
    USE_TZ=True,
    TIME_ZONE="UTC",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    LMS_ROOT_URL="http://lms.example.com",
    MEDIA_URL="/media/",
    LEARNING_PATHS_ALLOW_SELF_UNENROLLMENT=True,
    JWT_AUTH={
        "JWT_ISSUER": "http://lms.example.com/oauth2",
        "JWT_AUDIENCE": "openedx",
        "JWT_ALGORITHM": "RS512",
        "JWT_AUTH_HEADER_PREFIX": "JWT",
        # Nobody shows a token here; of an empty set the library would take any.
        "JWT_PUBLIC_SIGNING_JWK_SET": WORLD["jwk_set"],
        "JWT_AUTH_COOKIE_HEADER_PAYLOAD": "edx-jwt-cookie-header-payload",
        "JWT_AUTH_COOKIE_SIGNATURE": "edx-jwt-cookie-signature",
        "JWT_AUTH_COOKIE": "edx-jwt-cookie",
    },
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "edx_rest_framework_extensions.auth.jwt.authentication.JwtAuthentication",
            "rest_framework.authentication.SessionAuthentication",
        ],
        "DEFAULT_PAGINATION_CLASS": "edx_rest_framework_extensions.paginators.DefaultPagination",
        "DEFAULT_RENDERER_CLASSES": ("rest_framework.renderers.JSONRenderer",),
        "PAGE_SIZE": 10,
        "URL_FORMAT_OVERRIDE": None,
    },
)


def module(name, **contents):
    """A module of the LMS, with all those that it lies in."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(".".join(parts[:end])))
    for key, value in contents.items():
        setattr(sys.modules[name], key, value)


def instant(text):
    return text and datetime.fromisoformat(text.replace("Z", "+00:00"))


class Aggregator:
    """The completion aggregator, as a client of one user sees it."""

    def __init__(self, user):
        self.user = user

    def get(self, url):
        import requests

        course = re.search(r"/course/(.*)/\?username=", url).group(1)
        percent = WORLD["completions"].get(f"{self.user.username} {course}")
        response = requests.Response()
        response.url, response.status_code, response._content = url, 404, b"{}"
        if percent is not None:
            response.status_code = 200
            response._content = json.dumps({"results": [{"completion": {"percent": percent}}]}).encode()
        return response


class Grades:
    def read(self, user, course_key):
        return types.SimpleNamespace(percent=WORLD["grades"].get(f"{user.username} {course_key}", 0.0))


class NoOverview(Exception):
    pass


class Overviews:
    def get(self, id):
        dates = WORLD["dates"].get(str(id))
        if dates is None:
            raise NoOverview
        return types.SimpleNamespace(start=instant(dates[0]), end=instant(dates[1]))


class EnrollmentRefused(Exception):
    pass


class Enrollments:
    @staticmethod
    def enroll(user, course_key):
        if str(course_key) in WORLD["refused"]:
            raise EnrollmentRefused


module("openedx.core.djangoapps.catalog.utils", get_catalog_api_client=Aggregator)
module("lms.djangoapps.grades.course_grade_factory", CourseGradeFactory=Grades)
module(
    "openedx.core.djangoapps.content.course_overviews.models",
    CourseOverview=types.SimpleNamespace(objects=Overviews(), DoesNotExist=NoOverview),
)
module("common.djangoapps.student.api", CourseEnrollment=Enrollments)
module(
    "common.djangoapps.student.models.course_enrollment", CourseEnrollmentException=EnrollmentRefused
)

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db.models.signals import post_save  # noqa: E402
from rest_framework.test import APIClient  # noqa: E402

from learning_paths import models, receivers  # noqa: E402

User = get_user_model()


def seed():
    call_command("migrate", verbosity=0)
    post_save.connect(receivers.process_pending_enrollments, sender=User)
    for user in WORLD["users"]:
        User.objects.create(**user)
    skills = {}
    for path in WORLD["paths"]:
        made = models.LearningPath.objects.create(
            id=path["id"],
            uuid=uuid.UUID(path["uuid"]),
            key=path["key"],
            display_name=path["title"],
            sequential=path["sequential"],
            invite_only=path["invite_only"],
            **path["texts"],
        )
        for place, (course, weight) in enumerate(path["steps"], 1):
            made.steps.create(course_key=course, order=place, weight=weight)
        for kind, model in (("required", models.RequiredSkill), ("acquired", models.AcquiredSkill)):
            for name in path[kind]:
                skill = skills.setdefault(name, None) or models.Skill.objects.create(display_name=name)
                skills[name] = skill
                model.objects.create(learning_path=made, skill=skill, level=None)
        if path["no_criteria"]:
            models.LearningPathGradingCriteria.objects.filter(learning_path=made).delete()


def answer(asked):
    client = APIClient(raise_request_exception=False)
    if asked["who"]:
        client.force_authenticate(User.objects.get(username=asked["who"]))
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in asked["headers"].items()}
    response = client.generic(
        asked["method"], asked["path"], asked["body"], content_type=asked["content_type"], **headers
    )
    try:
        body = json.loads(response.content)
    except ValueError:
        body = None
    return {
        "status": response.status_code,
        "body": body,
        "location": response.headers.get("Location"),
        "www_authenticate": response.headers.get("WWW-Authenticate"),
    }


seed()
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
