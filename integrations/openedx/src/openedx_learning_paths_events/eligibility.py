"""
A processor for ``learning-credentials``: whoever has a valid award of a path run is eligible.
"""

from urllib.parse import quote

import requests
from django.conf import settings

from openedx_learning_paths_events.client import ServiceError, answer, lms_session

# As many as a page may have.
PAGE = 200


def retrieve_path_completions(learning_context_key, options, user_id=None):
    """
    Ask Learning Paths which learners have completed a path run.

    :param learning_context_key: key of the path run, or of another context for which ``options`` name the run.
    :param options: the custom options for the credential.
    :param user_id: if given, only this learner is asked for.
    :returns: by LMS user id, for every learner of the run, ``is_eligible`` with ``current_completion`` and
        ``required_completion``.
    :raises ServiceError: when Learning Paths is away or knows no such run, as then nobody knows who is eligible.

    Options:
      - run_key: The key of the path run, such as "path-v1:edX+Bread+2026+Bakers". Needed where the learning context is
        another one, such as a course.
    """
    run_key = quote(options.get("run_key") or str(learning_context_key), safe="")
    with _session() as session:
        if user_id is None:
            return {row["learner_id"]: _details(row["progress"], row.get("award")) for row in _roster(session, run_key)}
        return _learner(session, run_key, user_id)


def _session():
    """
    A session that shows the configured token, or else tokens of the LMS.
    """
    token = getattr(settings, "LEARNING_PATHS_TOKEN", None)
    if not token:
        return lms_session()
    session = requests.Session()
    session.headers["authorization"] = f"Bearer {token}"
    return session


def _get(session, path, **kwargs):
    return answer(session, "GET", f"{settings.LEARNING_PATHS_QUERY_URL.rstrip('/')}/api/v1/{path}", **kwargs)


def _roster(session, run_key):
    """
    All learners of the run, page by page.
    """
    params = {"limit": PAGE}
    while params:
        page = _get(session, f"runs/{run_key}/learners", params=params)
        yield from page["items"]
        params = {**params, "cursor": page["next"]} if page.get("next") else None


def _learner(session, run_key, user_id):
    """
    One learner of the run, or nobody.
    """
    try:
        run = _get(session, f"learners/{user_id}/runs/{run_key}")
    except ServiceError as error:
        if error.status != 404:
            raise
        # A learner who is not in the run is answered like a run that is not there, which would be raised here.
        _get(session, f"runs/{run_key}/learners", params={"limit": 1})
        return {}
    completion = run.get("completion")
    return {user_id: _details(run["progress"], completion and completion["award"]["state"])}


def _details(progress, award):
    return {"is_eligible": award == "valid", "current_completion": progress, "required_completion": 1.0}
