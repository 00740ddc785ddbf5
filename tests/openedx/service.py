"""
Set up a Django service with the event bus, as the LMS and its companions have it.
"""

import os

import django
from django.conf import settings


def set_up(*apps):
    """
    Configure Django; Kafka, registry and prefix come from the environment.
    """
    settings.configure(
        SECRET_KEY="none",
        INSTALLED_APPS=["openedx_events", "edx_event_bus_kafka", *apps],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        USE_TZ=True,
        EVENTS_SERVICE_NAME="lms",
        EVENT_BUS_PRODUCER="edx_event_bus_kafka.create_producer",
        EVENT_BUS_CONSUMER="edx_event_bus_kafka.KafkaEventConsumer",
        EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS=os.environ["BOOTSTRAP"],
        EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL=os.environ["REGISTRY"],
        EVENT_BUS_TOPIC_PREFIX=os.environ["PREFIX"],
        # It would write one line an event.
        EVENT_BUS_KAFKA_AUDIT_LOGGING_ENABLED=False,
    )
    django.setup()
