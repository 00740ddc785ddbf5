"""Makes a database as the plugin itself has it, and prints number, key and UUID of each of its paths."""

import json
import logging
import sys

import django
from django.conf import settings

logging.disable(logging.CRITICAL)

settings.configure(
    SECRET_KEY="of a test",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "learning_paths"],
    USE_TZ=True,
    TIME_ZONE="UTC",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    LMS_ROOT_URL="http://lms.example.com",
    MEDIA_URL="/media/",
)
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402

from learning_paths import models, receivers  # noqa: E402,F401

call_command("migrate", verbosity=0)
User = get_user_model()
for pk, name in enumerate(["staff", "root", "ann", "bob"], 1):
    User.objects.create(pk=pk, username=name, email=f"{name}@example.com", is_staff=pk == 1)
made = []
for key, invite_only in [("path-v1:OX+PUB+2026+a", False), ("path-v1:O.X+D.1+2026.1+ä b", True)]:
    path = models.LearningPath.objects.create(key=key, display_name="A path", invite_only=invite_only)
    for order, course in enumerate(["course-v1:OX+C2+2026", "course-v1:OX+C1+2026"]):
        models.LearningPathStep.objects.create(learning_path=path, course_key=course, order=2 - order)
    skill = models.Skill.objects.create(display_name=f"Skill of {path.pk}")
    models.AcquiredSkill.objects.create(learning_path=path, skill=skill)
    made.append([path.pk, str(path.key), str(path.uuid)])
first = models.LearningPath.objects.get(pk=made[0][0])
ann, bob = User.objects.get(username="ann"), User.objects.get(username="bob")
models.LearningPathEnrollment.objects.create(learning_path=first, user=ann)
left = models.LearningPathEnrollment.objects.create(learning_path=first, user=bob)
left.is_active = False
left.save()
models.LearningPathEnrollmentAllowed.objects.create(learning_path=first, email="new@example.com")
print(json.dumps(made))
