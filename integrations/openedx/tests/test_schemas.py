"""
The schemas that Open edX generates from the classes are the contract.
"""

import json
from pathlib import Path

from openedx_learning_paths_events.schemas import schemas

PRODUCED = Path(__file__).parents[3] / "schemas" / "produced"


def test_committed_copy_is_what_is_generated():
    committed = json.loads(Path(__file__).with_name("generated_schemas.json").read_text(encoding="utf-8"))
    assert schemas() == committed


def test_contract_is_what_is_generated():
    contract = {path.stem: path.read_text(encoding="utf-8").removesuffix("\n") for path in PRODUCED.glob("*.avsc")}
    assert schemas() == contract


def test_what_has_a_default_may_be_unknown():
    # Open edX's deserialiser replaces falsy values of such an attribute by the default.
    def fields(record):
        for field in record["fields"]:
            yield field
            if isinstance(field["type"], dict) and field["type"]["type"] == "record":
                yield from fields(field["type"])

    defaults = [field for text in schemas().values() for field in fields(json.loads(text)) if "default" in field]
    lists_of_text = ["null", {"items": "string", "type": "array"}]
    assert [(field["name"], field["default"], field["type"]) for field in defaults] == [
        (name, None, lists_of_text) for name in ("context_titles", "context_grades", "context_dates")
    ]
