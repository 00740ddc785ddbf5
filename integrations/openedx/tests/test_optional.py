"""
Whoever only wants the signals needs nothing but openedx-events.
"""

import subprocess
import sys

PROGRAM = """
import sys

sys.modules.update(dict.fromkeys(["requests", "edx_rest_api_client", "edx_event_bus_kafka", "learning_credentials"]))
import django
from django.conf import settings

settings.configure(INSTALLED_APPS=["openedx_learning_paths_events"], {settings})
django.setup()
from openedx_events.tooling import OpenEdxPublicSignal

print(OpenEdxPublicSignal.get_signal_by_type("org.openedx.learning.path.credential.awarded.v1").event_type)
"""


def run(settings):
    """Django with this app, where nothing else can be imported."""
    program = PROGRAM.replace("{settings}", settings)
    return subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, text=True, check=False
    )


def test_the_signals_need_nothing_else():
    ran = run("")
    assert ran.stdout == "org.openedx.learning.path.credential.awarded.v1\n", ran.stderr


def test_the_mirror_needs_more():
    ran = run('LEARNING_PATHS_PROGRAMS={"path": "program"}')
    assert ran.returncode and "import of requests halted" in ran.stderr
