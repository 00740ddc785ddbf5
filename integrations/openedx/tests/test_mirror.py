"""
The mirror, against an ``openedx/credentials`` that takes what the real one takes and refuses what it refuses.
"""

import itertools
from datetime import datetime, timezone
from uuid import UUID

import attr
import pytest
from django.apps import apps
from openedx_events.event_bus.avro.deserializer import deserialize_bytes_to_event_data
from openedx_events.learning.data import UserData, UserPersonalData
from standin import TOKEN
from test_emitted import CREDENTIAL, MESSAGES, NOBODY, PATH, ZOE, body_of, credential, credential_revocation, signal_of

from openedx_learning_paths_events.client import ServiceError
from openedx_learning_paths_events.data import LearningPathCredentialData, LearningPathData
from openedx_learning_paths_events.signals import LEARNING_PATH_CREDENTIAL_AWARDED, LEARNING_PATH_CREDENTIAL_REVOKED

PROGRAM = "11111111-1111-4111-8111-111111111111"
RENEWAL = UUID("0198b2c4-0000-5000-8000-00000000000a")
LATER = datetime(2027, 5, 2, tzinfo=timezone.utc)
CREDENTIALS = "/api/v2/credentials/"


class Credentials:
    """
    One program, and what the learners have of it.

    As in its code: one credential a learner and program, made or changed by POST, attributes by their names; lists by filters,
    20 a page.
    """

    def __init__(self):
        self.have, self.posts, self.lists, self.instead = {}, [], [], None

    def __call__(self, request):
        if self.instead:
            return self.instead
        if request.authorization != TOKEN:
            return 401, {"detail": "Authentication credentials were not provided."}
        if request.path != CREDENTIALS:
            return 404, "<h1>Not Found</h1>"
        return self.list(**request.query) if request.method == "GET" else self.create(**request.body)

    def list(self, page="1", username=None, program_uuid=None, type=None, status=None):  # pylint: disable=redefined-builtin
        """GET; unknown filters would be ignored, and are not asked for."""
        self.lists.append(int(page))
        assert type == "program"
        found = [
            {
                "username": name, "status": of["status"], "credential": {"type": "program", "program_uuid": PROGRAM},
                "attributes": [{"name": key, "value": value} for key, value in of["attributes"].items()],
            }
            for name, of in self.have.items()
            if username in (None, name) and program_uuid in (None, PROGRAM) and status in (None, of["status"])
        ]
        start = (int(page) - 1) * 20
        if start and start >= len(found):
            return 404, {"detail": "Invalid page."}
        more = len(found) > start + 20
        return 200, {"count": len(found), "next": "http://inside:8000/…" if more else None, "results": found[start:start + 20]}

    def create(self, username, credential, status="awarded", attributes=(), lms_user_id=None):
        """POST."""
        names = [attribute["name"] for attribute in attributes]
        wrong = (
            not 0 < len(username) <= 255
            or status not in ("awarded", "revoked")
            or credential.get("program_uuid") != PROGRAM
            or len(names) != len(set(names))
            or any(not 0 < len(text) <= 255 for attribute in attributes for text in attribute.values())
        )
        if wrong:
            return 400, {"credential": ["Refused."]}
        self.posts.append((username, status, lms_user_id))
        of = self.have.setdefault(username, {"attributes": {}})
        of["status"] = status
        of["attributes"].update({attribute["name"]: attribute["value"] for attribute in attributes})
        return 201, {"username": username, "status": status}


@pytest.fixture(name="credentials")
def fixture_credentials(serve, change_settings):
    """
    openedx/credentials, and this service told where it is.
    """
    credentials = Credentials()
    change_settings(
        LEARNING_PATHS_CREDENTIALS_URL=f"{serve(credentials).url}/", LEARNING_PATHS_PROGRAMS={PATH.key: PROGRAM}
    )
    apps.get_app_config("openedx_learning_paths_events").ready()
    yield credentials
    LEARNING_PATH_CREDENTIAL_AWARDED.disconnect(dispatch_uid="openedx_learning_paths_events.award")
    LEARNING_PATH_CREDENTIAL_REVOKED.disconnect(dispatch_uid="openedx_learning_paths_events.revoke")


def tell(event):
    """
    Send an event as the consumer does, which hears what a receiver raised.
    """
    if isinstance(event, LearningPathCredentialData):
        heard = LEARNING_PATH_CREDENTIAL_AWARDED.send_event(learning_path_credential=event)
    else:
        heard = LEARNING_PATH_CREDENTIAL_REVOKED.send_event(learning_path_credential_revocation=event)
    for _, raised in heard:
        if raised:
            raise raised
    assert len(heard) == 1


AWARDED = credential(supersedes="")
SUSPENDED = credential_revocation()
REINSTATED = attr.evolve(AWARDED, change=3, reason="reinstated")
REVOKED = credential_revocation(change=4, status="revoked")
RENEWED = credential(
    credential_id=RENEWAL, awarded_at=LATER, supersedes=str(CREDENTIAL), url="https://credentials.example.org/renewal"
)


def attributes(of):
    """What is known of a mirrored award."""
    return {
        "learning_path_credential_id": str(of.credential_id),
        "learning_path_credential_change": str(of.change),
        "learning_path_credential_awarded_at": of.awarded_at.isoformat(),
        "learning_path_credential_url": of.url,
    }


def test_an_award_is_mirrored_out_of_the_bytes_of_the_bus(credentials):
    for name, status in [("credential_awarded", "awarded"), ("credential_suspended", "revoked")]:
        signal = signal_of(MESSAGES[name])
        data = deserialize_bytes_to_event_data(body_of(MESSAGES[name]), signal)
        heard = signal.send_event_with_custom_metadata(signal.generate_signal_metadata(), **data)
        assert [raised for _, raised in heard] == [None]
        assert credentials.have["zoë"]["status"] == status
    assert credentials.have["zoë"]["attributes"] == {**attributes(AWARDED), "learning_path_credential_change": "2"}
    assert credentials.posts == [("zoë", "awarded", 42), ("zoë", "revoked", None)]


def test_a_repetition_changes_nothing(credentials):
    for event, posts in [(AWARDED, 1), (SUSPENDED, 2)]:
        tell(event)
        tell(event)
        assert len(credentials.posts) == posts


@pytest.mark.parametrize("status", ["revoked", "suspended", "withdrawn"])
def test_what_no_longer_holds_is_revoked_there_and_may_hold_again(credentials, status):
    tell(AWARDED)
    tell(attr.evolve(SUSPENDED, status=status))
    assert credentials.have["zoë"]["status"] == "revoked"
    tell(REINSTATED)
    assert credentials.have["zoë"] == {"status": "awarded", "attributes": attributes(REINSTATED)}


STORY = [AWARDED, SUSPENDED, REINSTATED, REVOKED, RENEWED]


@pytest.mark.parametrize("end", range(1, len(STORY) + 1))
def test_whatever_is_told_again_leaves_things_as_they_are(credentials, end):
    for event in STORY[:end]:
        tell(event)
    state = {name: {**of, "attributes": dict(of["attributes"])} for name, of in credentials.have.items()}
    assert len(credentials.posts) == end
    for event in itertools.chain(*itertools.permutations(STORY[:end], min(end, 2))):
        tell(event)
    assert credentials.have == state
    assert len(credentials.posts) == end


def test_a_lost_award_does_not_keep_the_next_one_out(credentials):
    tell(AWARDED)
    tell(attr.evolve(RENEWED, supersedes=str(UUID(int=7))))
    assert credentials.have["zoë"]["attributes"]["learning_path_credential_id"] == str(RENEWAL)


def test_an_award_that_takes_the_place_of_another_may_be_dated_earlier(credentials):
    tell(RENEWED)
    tell(attr.evolve(AWARDED, supersedes=str(RENEWAL)))
    assert credentials.have["zoë"]["attributes"] == attributes(AWARDED)


def test_what_took_its_place_does_not_fall_with_the_old_credential(credentials):
    tell(AWARDED)
    tell(RENEWED)
    tell(REVOKED)
    assert credentials.have["zoë"] == {"status": "awarded", "attributes": attributes(RENEWED)}


def test_an_award_of_somebody_else_is_taken_over(credentials):
    credentials.have["zoë"] = {"status": "revoked", "attributes": {"grade": "A"}}
    tell(AWARDED)
    assert credentials.have["zoë"] == {"status": "awarded", "attributes": {"grade": "A", **attributes(AWARDED)}}


def test_nothing_is_revoked_or_made_that_was_not_awarded_here(credentials):
    tell(REVOKED)
    credentials.have["zoë"] = {"status": "awarded", "attributes": {"grade": "A"}}
    tell(REVOKED)
    assert credentials.posts == []


def test_a_credential_that_is_hosted_nowhere_has_no_address(credentials):
    tell(attr.evolve(AWARDED, url=""))
    assert "learning_path_credential_url" not in credentials.have["zoë"]["attributes"]


def test_a_learner_who_is_forgotten_is_found_by_the_credential(credentials):
    for number in range(30):
        person = UserData(
            id=100 + number, is_active=True, pii=UserPersonalData(username=f"learner{number}", email="", name="")
        )
        tell(attr.evolve(AWARDED, credential_id=UUID(int=number + 1), user=person))
    credentials.posts, credentials.lists = [], []
    tell(credential_revocation(credential_id=UUID(int=29), status="withdrawn", user=NOBODY))
    assert credentials.posts == [("learner28", "revoked", None)]
    assert credentials.lists == [1, 2]
    tell(credential_revocation(credential_id=UUID(int=99), status="withdrawn", user=NOBODY))
    assert len(credentials.posts) == 1


def test_an_award_to_somebody_unknown_is_an_error(credentials):
    with pytest.raises(ValueError, match=str(CREDENTIAL)):
        tell(attr.evolve(AWARDED, user=NOBODY))
    assert credentials.posts == []


def test_runs_without_a_program_are_passed_over(credentials):
    other = LearningPathData(key="path-v1:edX+Bread+2026+Others", display_name="")
    tell(attr.evolve(AWARDED, path=other))
    tell(attr.evolve(REVOKED, path=other))
    assert credentials.lists == []


@pytest.mark.parametrize("event", [AWARDED, REVOKED])
@pytest.mark.parametrize(
    ("answer", "status"), [((401, {}), 401), ((403, {}), 403), ((429, {}), 429), ((500, ""), 500), ((200, "<html>"), 200)]
)
def test_what_is_refused_is_raised_and_names_nobody(credentials, event, answer, status):
    credentials.instead = answer
    with pytest.raises(ServiceError) as caught:
        tell(event)
    assert caught.value.status == status
    assert "zo" not in str(caught.value) and caught.value.__context__ is None


def test_a_program_that_is_not_there_is_raised(credentials, change_settings):
    change_settings(LEARNING_PATHS_PROGRAMS={PATH.key: "22222222-2222-4222-8222-222222222222"})
    with pytest.raises(ServiceError) as caught:
        tell(AWARDED)
    assert caught.value.status == 400 and credentials.have == {}


@pytest.mark.parametrize("event", [AWARDED, REVOKED])
def test_a_service_that_is_away_is_raised_and_names_nobody(credentials, change_settings, event):
    change_settings(LEARNING_PATHS_CREDENTIALS_URL="http://127.0.0.1:1")
    with pytest.raises(ServiceError) as caught:
        tell(event)
    assert caught.value.status is None
    assert "zo" not in str(caught.value) and caught.value.__context__ is None
    assert credentials.lists == []


def test_nobody_listens_where_no_program_is_configured():
    apps.get_app_config("openedx_learning_paths_events").ready()
    assert LEARNING_PATH_CREDENTIAL_AWARDED.send_event(learning_path_credential=AWARDED) == []
