"""
The receiver of the LMS's retirement signal, against a server that is LMS and Learning Paths at once.
"""

import sys
from types import ModuleType, SimpleNamespace

import pytest
import requests
from django.apps import apps
from django.dispatch import Signal

LMS_SIGNALS = "openedx.core.djangoapps.user_api.accounts.signals"


class LearningPaths:
    """
    Retires with a status.
    """

    def __init__(self):
        self.got, self.status = [], 204

    def __call__(self, request):
        self.got.append((request.path, request.authorization, request.body))
        return self.status, ""


@pytest.fixture(name="learning_paths")
def fixture_learning_paths():
    """
    Learning Paths, which takes note of what it gets.
    """
    return LearningPaths()


@pytest.fixture(name="signal")
def fixture_signal(serve, learning_paths, monkeypatch, change_settings):
    """
    The signal of an LMS that has this app and is told where Learning Paths is.
    """
    change_settings(LEARNING_PATHS_ADMIN_URL=f"{serve(learning_paths).url}/")
    module = ModuleType(LMS_SIGNALS)
    module.USER_RETIRE_LMS_MISC = Signal()
    parts = LMS_SIGNALS.split(".")
    for length in range(1, len(parts)):
        name = ".".join(parts[:length])
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, LMS_SIGNALS, module)
    apps.get_app_config("openedx_learning_paths_events").ready()
    return module.USER_RETIRE_LMS_MISC


USER = SimpleNamespace(id=42, username="zoë")


def test_learning_paths_is_told_as_the_driver_would_tell_it(learning_paths, signal):
    signal.send(sender=None, user=USER)
    body = {"lms_user_id": 42, "original_username": "zoë"}
    assert learning_paths.got == [("/api/v1/retire_user/", "JWT a-token", body)]


@pytest.mark.parametrize("status", [403, 500, 503])
def test_the_lms_hears_when_it_went_wrong(learning_paths, signal, status):
    learning_paths.status = status
    with pytest.raises(requests.HTTPError):
        signal.send(sender=None, user=USER)


def test_nobody_is_told_where_nothing_is_configured():
    apps.get_app_config("openedx_learning_paths_events").ready()
    assert LMS_SIGNALS not in sys.modules
