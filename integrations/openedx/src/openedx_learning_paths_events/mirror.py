"""
Mirrors the credentials of path runs into ``openedx/credentials``, as credentials of the programs that stand for the runs.

A learner has one credential of a program there, and its attributes say which of ours it is and as of which change. So
nothing is kept here, and what is told again or late changes nothing.
"""

from datetime import datetime

from django.conf import settings

from openedx_learning_paths_events.client import answer, lms_session
from openedx_learning_paths_events.signals import LEARNING_PATH_CREDENTIAL_AWARDED, LEARNING_PATH_CREDENTIAL_REVOKED

# Names of the attributes.
ID = "learning_path_credential_id"
CHANGE = "learning_path_credential_change"
AWARDED_AT = "learning_path_credential_awarded_at"
URL = "learning_path_credential_url"


def connect():
    """
    Listen to awards and revocations. What goes wrong is raised to whoever sends the signal: the consumer of the event bus.
    """
    LEARNING_PATH_CREDENTIAL_AWARDED.connect(award, dispatch_uid="openedx_learning_paths_events.award")
    LEARNING_PATH_CREDENTIAL_REVOKED.connect(revoke, dispatch_uid="openedx_learning_paths_events.revoke")


def award(sender, learning_path_credential, **kwargs):  # pylint: disable=unused-argument
    """
    Award the program to the learner, unless something later is there already.
    """
    told = learning_path_credential
    program = settings.LEARNING_PATHS_PROGRAMS.get(told.path.key)
    if not program:
        return
    username = told.user.pii.username
    if not username:
        raise ValueError(f"the username of the holder of credential {told.credential_id} is not known")
    with lms_session() as session:
        for mirrored in _mirrored(session, program, username):
            if not _is_news(told, _attributes(mirrored)):
                return
        values = {
            ID: str(told.credential_id),
            CHANGE: str(told.change),
            AWARDED_AT: told.awarded_at.isoformat(),
            # An attribute may not be empty.
            **({URL: told.url} if told.url else {}),
        }
        _post(session, program, username, "awarded", values, lms_user_id=told.user.id)


def revoke(sender, learning_path_credential_revocation, **kwargs):  # pylint: disable=unused-argument
    """
    Revoke the program, if it was this credential that awarded it.

    Nothing is made where nothing was awarded: ``openedx/credentials`` congratulates on a program that is new to it, revoked or not.
    """
    told = learning_path_credential_revocation
    program = settings.LEARNING_PATHS_PROGRAMS.get(told.path.key)
    if not program:
        return
    with lms_session() as session:
        for mirrored in _mirrored(session, program, told.user.pii.username):
            attributes = _attributes(mirrored)
            if attributes.get(ID) == str(told.credential_id):
                if told.change > int(attributes[CHANGE]):
                    _post(session, program, mirrored["username"], "revoked", {CHANGE: str(told.change)})
                return


def _is_news(told, attributes):
    """
    Whether an award tells more than the credential with these attributes.
    """
    if ID not in attributes:
        return True
    if attributes[ID] == str(told.credential_id):
        return told.change > int(attributes[CHANGE])
    return attributes[ID] == told.supersedes or told.awarded_at > datetime.fromisoformat(attributes[AWARDED_AT])


def _attributes(mirrored):
    return {attribute["name"]: attribute["value"] for attribute in mirrored["attributes"]}


def _url():
    return f"{settings.LEARNING_PATHS_CREDENTIALS_URL.rstrip('/')}/api/v2/credentials/"


def _mirrored(session, program, username):
    """
    The learner's credential of the program, if there is one; those of all learners where the username is not known, as when
    a retired learner's is withdrawn.
    """
    params = {"type": "program", "program_uuid": program, "page": 1, **({"username": username} if username else {})}
    while params:
        page = answer(session, "GET", _url(), params=params)
        yield from page["results"]
        params = {**params, "page": params["page"] + 1} if page["next"] else None


def _post(session, program, username, status, values, **more):
    """
    Make the learner's credential of the program, or change it.
    """
    attributes = [{"name": name, "value": value} for name, value in values.items()]
    credential = {"type": "program", "program_uuid": program}
    body = {"username": username, "status": status, "credential": credential, "attributes": attributes, **more}
    answer(session, "POST", _url(), json=body)
