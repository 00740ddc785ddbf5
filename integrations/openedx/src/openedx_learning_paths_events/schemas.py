"""
Print the Avro schemas that Open edX generates from the data classes.

``python -m openedx_learning_paths_events.schemas`` prints one JSON object, event type to schema text;
``… FOLDER`` writes one ``{event type}.avsc`` each instead.
"""

import json
import sys
from pathlib import Path

from openedx_events.event_bus.avro.serializer import AvroSignalSerializer

from openedx_learning_paths_events.signals import (
    LEARNING_PATH_COMPLETED,
    LEARNING_PATH_COMPLETION_CHANGED,
    LEARNING_PATH_COMPLETION_REVOKED,
    LEARNING_PATH_CREDENTIAL_AWARDED,
    LEARNING_PATH_CREDENTIAL_REVOKED,
    LEARNING_PATH_ENROLLMENT_CHANGED,
    LEARNING_PATH_ENROLLMENT_CREATED,
    LEARNING_PATH_LEARNER_RETIRED,
    LEARNING_PATH_TIME_STATUS_CHANGED,
)

SIGNALS = (
    LEARNING_PATH_COMPLETED,
    LEARNING_PATH_COMPLETION_CHANGED,
    LEARNING_PATH_COMPLETION_REVOKED,
    LEARNING_PATH_CREDENTIAL_AWARDED,
    LEARNING_PATH_CREDENTIAL_REVOKED,
    LEARNING_PATH_ENROLLMENT_CHANGED,
    LEARNING_PATH_ENROLLMENT_CREATED,
    LEARNING_PATH_LEARNER_RETIRED,
    LEARNING_PATH_TIME_STATUS_CHANGED,
)


def schemas():
    """
    Return the schema text by event type.
    """
    return {signal.event_type: AvroSignalSerializer(signal).schema_string() for signal in SIGNALS}


def main(arguments):
    """
    Print the schemas, or write them into a folder.
    """
    if arguments:
        for event_type, text in schemas().items():
            Path(arguments[0], f"{event_type}.avsc").write_text(text + "\n", encoding="utf-8")
    else:
        print(json.dumps(schemas()))


if __name__ == "__main__":
    main(sys.argv[1:])
