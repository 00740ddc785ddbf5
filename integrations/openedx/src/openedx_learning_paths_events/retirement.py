"""
Tells Learning Paths of the accounts that the LMS retires.
"""

from importlib import import_module

from django.conf import settings

from openedx_learning_paths_events.client import TIMEOUT, lms_session


def connect():
    """
    Listen to the LMS's step ``retire_misc`` of the retirement pipeline.
    """
    lms = import_module("openedx.core.djangoapps.user_api.accounts.signals")
    lms.USER_RETIRE_LMS_MISC.connect(retire, dispatch_uid="openedx_learning_paths_events.retire")


def retire(sender, user, **kwargs):  # pylint: disable=unused-argument
    """
    Have Learning Paths forget who the user was. What goes wrong is raised: the LMS then answers 500 and the pipeline tries again.
    """
    response = lms_session().post(
        f"{settings.LEARNING_PATHS_ADMIN_URL.rstrip('/')}/api/v1/retire_user/",
        json={"lms_user_id": user.id, "original_username": user.username},
        timeout=TIMEOUT,
    )
    response.raise_for_status()
