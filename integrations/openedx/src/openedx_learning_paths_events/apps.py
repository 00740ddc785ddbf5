"""
Django application of the learning path events.
"""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class LearningPathsEventsConfig(AppConfig):
    """
    Make the signals known to the process: the event bus consumer looks them up by event type.
    """

    name = "openedx_learning_paths_events"
    verbose_name = "Learning Paths events"

    # Read by the plugin loader of the LMS and Studio; there is nothing to add to settings or URLs.
    plugin_app = {}

    def ready(self):
        """
        Import the signals, and listen to those that the settings ask for.
        """
        import_module("openedx_learning_paths_events.signals")
        if getattr(settings, "LEARNING_PATHS_ADMIN_URL", None):
            import_module("openedx_learning_paths_events.retirement").connect()
        if getattr(settings, "LEARNING_PATHS_PROGRAMS", None):
            import_module("openedx_learning_paths_events.mirror").connect()
