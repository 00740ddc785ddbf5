"""
Settings of a Django service that has the event bus and this package.
"""

import django
from django.conf import settings


def pytest_configure():
    """
    Set Django up once.
    """
    settings.configure(
        SECRET_KEY="none",
        INSTALLED_APPS=["openedx_events", "openedx_learning_paths_events"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        USE_TZ=True,
    )
    django.setup()
