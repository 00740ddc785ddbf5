"""The progress view of learning-paths-plugin, for gunicorn: one path of four courses, a learner who is let in without a token, and an
LMS that answers at once."""

import logging
import os
import sys
import types

import django
from django.conf import settings

logging.disable(logging.CRITICAL)

settings.configure(
    SECRET_KEY="of a benchmark",
    DEBUG=False,
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}},
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "rest_framework",
        "learning_paths",
    ],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    ROOT_URLCONF="learning_paths.urls",
    USE_TZ=True,
    TIME_ZONE="UTC",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    LMS_ROOT_URL=os.environ["LMS"],
    MEDIA_URL="/media/",
    LEARNING_PATHS_ALLOW_SELF_UNENROLLMENT=False,
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["let_in.LetIn"],
        "DEFAULT_PAGINATION_CLASS": "edx_rest_framework_extensions.paginators.DefaultPagination",
        "DEFAULT_RENDERER_CLASSES": ("rest_framework.renderers.JSONRenderer",),
        "PAGE_SIZE": 10,
        "URL_FORMAT_OVERRIDE": None,
    },
)


def module(name, **contents):
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(".".join(parts[:end])))
    for key, value in contents.items():
        setattr(sys.modules[name], key, value)


def client(user):
    """As the LMS's own client of its APIs: a session of `requests`."""
    import requests

    return requests.Session()


class LetIn:
    """Verifies nothing, which only favours the plugin."""

    def authenticate(self, request):
        from django.contrib.auth import get_user_model

        return get_user_model().objects.get(pk=1), None

    def authenticate_header(self, request):
        return "JWT"


module("openedx.core.djangoapps.catalog.utils", get_catalog_api_client=client)
module("let_in", LetIn=LetIn)
module("lms.djangoapps.grades.course_grade_factory", CourseGradeFactory=object)
module(
    "openedx.core.djangoapps.content.course_overviews.models",
    CourseOverview=types.SimpleNamespace(objects=None, DoesNotExist=Exception),
)
module("common.djangoapps.student.api", CourseEnrollment=object)
module("common.djangoapps.student.models.course_enrollment", CourseEnrollmentException=Exception)

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402

KEY = "path-v1:BenchX+READ1+all+open"


def seed():
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    from learning_paths import models

    call_command("migrate", verbosity=0)
    get_user_model().objects.create(pk=1, username="learner")
    path = models.LearningPath.objects.create(key=KEY, display_name="A path", invite_only=False)
    for number in range(4):
        models.LearningPathStep.objects.create(
            learning_path=path, course_key=f"course-v1:BenchX+C{number}+2026", order=number
        )


if __name__ == "__main__":
    seed()
else:
    application = get_wsgi_application()
