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


def test_no_attribute_has_a_default():
    # Open edX's deserialiser replaces falsy values of such an attribute by the default.
    assert not any('"default"' in text for text in schemas().values())
