"""What the peer keeps: the last known state of a learner in a course."""
from django.db import models


class LearnerCourse(models.Model):
    """The newest passing status, grade and enrolment of (learner, course)."""

    user_id = models.BigIntegerField()
    course_key = models.CharField(max_length=255)
    is_passing = models.BooleanField(null=True)
    percent_grade = models.FloatField(null=True)
    is_enrolled = models.BooleanField(null=True)
    event_time = models.DateTimeField()

    class Meta:
        app_label = "peer"
        constraints = [models.UniqueConstraint(fields=["user_id", "course_key"], name="learner_course_key")]
