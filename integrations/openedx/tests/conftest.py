"""
Settings of a Django service that has the event bus and this package.
"""

import threading
from http.server import ThreadingHTTPServer
from importlib.util import find_spec

import django
import pytest
from django.conf import settings
from standin import StandIn, token_for

# What `learning-credentials` needs, where it is installed.
LEARNING_CREDENTIALS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django_celery_beat",
    "learning_paths",
    "learning_credentials",
]


def pytest_configure():
    """
    Set Django up once.
    """
    settings.configure(
        SECRET_KEY="none",
        INSTALLED_APPS=[
            "openedx_events",
            "openedx_learning_paths_events",
            *(LEARNING_CREDENTIALS if find_spec("learning_credentials") else []),
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        USE_TZ=True,
        TESTING=True,
    )
    django.setup()


@pytest.fixture(name="change_settings")
def fixture_change_settings():
    """
    Changes settings until the test ends.
    """
    from django.test import override_settings  # pylint: disable=import-outside-toplevel

    overrides = []

    def change(**values):
        overrides.append(override_settings(**values))
        overrides[-1].enable()

    yield change
    for override in reversed(overrides):
        override.disable()


@pytest.fixture(name="serve")
def fixture_serve(change_settings):
    """
    Runs a server that is the LMS and a service at once, until the test ends.
    """
    from edx_django_utils.cache import TieredCache  # pylint: disable=import-outside-toplevel

    TieredCache.dangerous_clear_all_tiers()
    servers = []

    def serve(service):
        server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
        server.service, server.token_for = service, token_for
        server.url = f"http://127.0.0.1:{server.server_port}"
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        change_settings(
            LMS_ROOT_URL=server.url, LEARNING_PATHS_OAUTH_KEY="key", LEARNING_PATHS_OAUTH_SECRET="secret"
        )
        return server

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()
