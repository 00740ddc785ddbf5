"""
The receiver of the LMS's retirement signal, against a server that is LMS and Learning Paths at once.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import ModuleType, SimpleNamespace

import pytest
import requests
from django.apps import apps
from django.dispatch import Signal
from edx_django_utils.cache import TieredCache

LMS_SIGNALS = "openedx.core.djangoapps.user_api.accounts.signals"


class Handler(BaseHTTPRequestHandler):
    """
    Gives tokens, and retires with the status of the server.
    """

    def do_POST(self):  # pylint: disable=invalid-name
        """Take note of the request and answer it."""
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        is_token = self.path == "/oauth2/access_token"
        if not is_token:
            self.server.got.append((self.path, self.headers["authorization"], json.loads(body)))
        answer = json.dumps({"access_token": "a-token", "expires_in": 3600}).encode() if is_token else b""
        self.send_response(200 if is_token else self.server.status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """Be quiet."""


@pytest.fixture(name="server")
def fixture_server():
    """
    A running server.
    """
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.got, server.status = [], 204
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(name="signal")
def fixture_signal(server, monkeypatch, settings_of_the_lms):
    """
    The signal of an LMS that has this app and is told where Learning Paths is.
    """
    url = f"http://127.0.0.1:{server.server_port}"
    settings_of_the_lms(
        LMS_ROOT_URL=url,
        LEARNING_PATHS_ADMIN_URL=f"{url}/",
        LEARNING_PATHS_OAUTH_KEY="key",
        LEARNING_PATHS_OAUTH_SECRET="secret",
    )
    module = ModuleType(LMS_SIGNALS)
    module.USER_RETIRE_LMS_MISC = Signal()
    parts = LMS_SIGNALS.split(".")
    for length in range(1, len(parts)):
        name = ".".join(parts[:length])
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, LMS_SIGNALS, module)
    TieredCache.dangerous_clear_all_tiers()
    apps.get_app_config("openedx_learning_paths_events").ready()
    return module.USER_RETIRE_LMS_MISC


@pytest.fixture(name="settings_of_the_lms")
def fixture_settings_of_the_lms():
    """
    Sets settings until the test ends.
    """
    from django.test import override_settings  # pylint: disable=import-outside-toplevel

    overrides = []

    def change(**values):
        overrides.append(override_settings(**values))
        overrides[-1].enable()

    yield change
    for override in overrides:
        override.disable()


USER = SimpleNamespace(id=42, username="zoë")


def test_learning_paths_is_told_as_the_driver_would_tell_it(server, signal):
    signal.send(sender=None, user=USER)
    body = {"lms_user_id": 42, "original_username": "zoë"}
    assert server.got == [("/api/v1/retire_user/", "JWT a-token", body)]


@pytest.mark.parametrize("status", [403, 500, 503])
def test_the_lms_hears_when_it_went_wrong(server, signal, status):
    server.status = status
    with pytest.raises(requests.HTTPError):
        signal.send(sender=None, user=USER)


def test_nobody_is_told_where_nothing_is_configured():
    apps.get_app_config("openedx_learning_paths_events").ready()
    assert LMS_SIGNALS not in sys.modules
