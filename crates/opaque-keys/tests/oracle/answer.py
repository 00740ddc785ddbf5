"""Says how the Python libraries read keys.

Reads one JSON value a line and answers with one JSON value a line, in order:

- a string is a key: whether it holds code points unknown to this Python, and how it was read, `null` where no
  class takes it (see `answer` and `describe`);
- a list of two strings is two keys: whether Python holds them equal, `null` where one is no key.
"""

import json
import re
import sys
import unicodedata
import warnings

from learning_paths.keys import LearningPathKey
from opaque_keys import InvalidKeyError
from opaque_keys.edx.keys import CollectionKey, ContainerKey, LearningContextKey, UsageKey
from opaque_keys.edx.locator import BlockUsageLocator, CourseLocator, LibraryLocator

TYPES = (LearningContextKey, UsageKey, CollectionKey, ContainerKey)
# Fields by name; what a block or a thing in a library takes from its context stands in the context's own answer.
CONTEXT_FIELDS = ("org", "course", "run", "branch", "version_guid", "ccx", "library", "slug", "number", "group")
OTHER_FIELDS = ("block_type", "block_id", "collection_id", "container_type", "container_id")
# Names that a legacy library keeps for old callers, beside its `library`.
OLD_NAMES = ("course", "run")


def read(text):
    """The key that `text` is to the first type that takes it, or None."""
    for key_type in TYPES:
        try:
            return key_type.from_string(text)
        except InvalidKeyError:
            pass
    return None


def kind(key):
    """The name of the grammar that the key was written in."""
    if key.deprecated and isinstance(key, CourseLocator):
        return "org/course/run"
    if key.deprecated and isinstance(key, BlockUsageLocator):
        return BlockUsageLocator.DEPRECATED_TAG
    return key.CANONICAL_NAMESPACE


def context_of(key):
    """The learning context of what is none itself, or None where Python cannot print it."""
    if isinstance(key, LearningContextKey):
        return None
    context = key.context_key
    try:
        str(context)
    except TypeError:  # The course of a deprecated location has no run.
        return None
    return context


def fields(key):
    """The fields of the key that are set, as strings."""
    if isinstance(key, LearningContextKey):
        hidden = OLD_NAMES if isinstance(key, LibraryLocator) else ()
        values = {name: getattr(key, name, None) for name in CONTEXT_FIELDS if name not in hidden}
    else:
        values = {name: getattr(key, name, None) for name in OTHER_FIELDS}
        values["org"] = key.context_key.org
    return {name: str(value) for name, value in values.items() if value is not None}


def answer(text):
    """How `text` is read: its grammar, its printed form, and what reading the printed form gives."""
    key = read(text)
    return {"unassigned": any(unicodedata.category(c) == "Cn" for c in text), "key": key and describe(key)}


def describe(key):
    """What a reader in another language must find in the key."""
    printed = str(key)
    again = read(printed)
    if again is None or str(again) != printed:
        sys.exit(f"{printed!r}, as Python prints it, does not read back")
    context = context_of(again)
    return {
        "kind": kind(key),
        "printed": printed,
        # False where the key holds parts that it does not print.
        "prints_all": again == key,
        "learning_context": isinstance(key, LearningContextKey),
        "usage": isinstance(key, UsageKey),
        "is_course": getattr(key, "is_course", False),
        "context": None if context is None else str(context),
        "context_is_course": getattr(context, "is_course", False),
        "fields": fields(again),
    }


def equal(one, other):
    """Whether Python holds the two keys equal, or None where one is no key."""
    one, other = read(one), read(other)
    return None if one is None or other is None else one == other


def ranges(test):
    """The code points that pass a test, as [first, last] pairs; surrogates left out."""
    found = []
    for code in range(sys.maxunicode + 1):
        if 0xD800 <= code <= 0xDFFF or not test(chr(code)):
            continue
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def characters():
    """The classes of characters as the patterns see them."""
    return {
        "unicode": unicodedata.unidata_version,
        "word": ranges(re.compile(r"\w").match),
        "digit": ranges(re.compile(r"\d").match),
        "unassigned": ranges(lambda c: unicodedata.category(c) == "Cn"),
    }


def ready():
    """Stops where the plugin's keys are not registered: without them, path keys would all be bad."""
    warnings.simplefilter("ignore")
    if LearningContextKey.get_namespace_plugin("path-v1") is not LearningPathKey:
        sys.exit("learning-paths-plugin is not registered with opaque-keys")


def main():
    """Answers line by line until the end of input."""
    ready()
    sys.stdin.reconfigure(encoding="utf-8")
    for line in sys.stdin:
        question = json.loads(line)
        reply = answer(question) if isinstance(question, str) else equal(*question)
        print(json.dumps(reply))


if __name__ == "__main__":
    main()
