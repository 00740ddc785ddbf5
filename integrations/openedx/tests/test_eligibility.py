"""
The processor for ``learning-credentials``, against a query API that answers as its OpenAPI document says.
"""

import json
import threading
from pathlib import Path
from urllib.parse import unquote

import pytest
from standin import TOKEN

from openedx_learning_paths_events import client
from openedx_learning_paths_events.client import ServiceError
from openedx_learning_paths_events.eligibility import retrieve_path_completions

RUN = "path-v1:edX+Bread+2026+Bakers"
COURSE = "course-v1:edX+Bread101+2026"
AWARDS = [None, "not_yet_valid", "valid", "grace", "under_review", "expired", "revoked"]
DOCUMENT = json.loads((Path(__file__).parents[3] / "schemas/http/query.v1.json").read_text(encoding="utf-8"))


class QueryApi:
    """
    Learners 1 to ``count`` of one run. Their awards take turns, and so does their progress.
    """

    def __init__(self, count):
        self.count, self.calls = count, []
        self.tokens = {TOKEN}
        # What a call is answered instead, by its number from 0.
        self.instead = {}

    def __call__(self, request):
        number = len(self.calls)
        self.calls.append((request.path, request.query))
        if number in self.instead:
            return self.instead[number]
        if request.authorization not in self.tokens:
            return 401, {"title": "Unauthorized"}
        parts = request.path.split("/")[1:]
        if parts == ["api", "v1", "runs", parts[3], "learners"] and unquote(parts[3]) == RUN:
            return self.page(**request.query)
        if parts == ["api", "v1", "learners", parts[3], "runs", parts[-1]] and unquote(parts[-1]) == RUN:
            learner = int(parts[3])
            if learner <= self.count:
                return 200, self.learner(learner)
        return 404, {"title": "Not found", "status": 404}

    def award(self, learner):
        """How the learner's award stands, and their progress."""
        award = AWARDS[learner % len(AWARDS)]
        return award, 1.0 if award in ("valid", "grace") else 0.25

    def page(self, limit="20", cursor="after-0"):
        """A page of the roster; no other parameter is taken."""
        if not 1 <= int(limit) <= 200:
            return 400, {"title": "Bad request"}
        first = int(cursor.removeprefix("after-")) + 1
        last = min(first + int(limit) - 1, self.count)
        page = {"items": [self.row(learner) for learner in range(first, last + 1)]}
        return 200, page if last == self.count else {**page, "next": f"after-{last}"}

    def row(self, learner):
        """An entry of the roster."""
        award, progress = self.award(learner)
        return {
            "learner_id": learner, "run_key": RUN, "enrolment": "active", "attempt": 1,
            "enrolled_at": "2026-04-01T00:00:00Z", "revision": 1,
            "achievement": "completed" if progress == 1 else "in_progress", "progress": progress, "grade": None,
            "completed_at": None, "completion": None, "award": award, "award_expires_at": None, "time": "no_date",
            "due_at": None, "updated_at": "2026-05-01T00:00:00Z",
        }

    def learner(self, learner):
        """What the API says of one learner."""
        award, progress = self.award(learner)
        completion = {
            "completion_id": "0198b2c4-0000-5000-8000-000000000001", "state": "valid",
            "completed_at": "2026-05-01T00:00:00Z", "state_at": None,
            "award": {"state": award, "period": 1, "valid_from": "2026-05-01T00:00:00Z", "expires_at": None},
        }
        return {
            "learner_id": learner, "run_key": RUN, "title": "Bread",
            "enrolment": {"state": "active", "attempt": 1, "enrolled_at": "2026-04-01T00:00:00Z"}, "revision": 1,
            "latest_revision": 1, "update_available": False,
            "achievement": "completed" if progress == 1 else "in_progress", "progress": progress, "grade": None,
            "completed_at": None, "completion": completion if award else None,
            "time": {"status": "no_date", "due_at": None, "closes_at": None}, "next_item": None, "updated_at": None,
            "items": [], "nodes": [], "missing": {"ways": [], "words": None},
        }


@pytest.fixture(name="api")
def fixture_api(serve, change_settings):
    """
    A query API with learners for three pages.
    """
    api = QueryApi(450)
    change_settings(LEARNING_PATHS_QUERY_URL=f"{serve(api).url}/")
    return api


def details(api, learner):
    """What the processor is to say of a learner."""
    award, progress = api.award(learner)
    return {"is_eligible": award == "valid", "current_completion": progress, "required_completion": 1.0}


def test_a_whole_run_is_read_page_by_page(api):
    everybody = {learner: details(api, learner) for learner in range(1, 451)}
    assert retrieve_path_completions(RUN, {}) == everybody
    assert {learner for learner in everybody if everybody[learner]["is_eligible"]} == set(range(2, 451, 7))
    path = "/api/v1/runs/path-v1%3AedX%2BBread%2B2026%2BBakers/learners"
    assert api.calls == [
        (path, {"limit": "200"}),
        (path, {"limit": "200", "cursor": "after-200"}),
        (path, {"limit": "200", "cursor": "after-400"}),
    ]


@pytest.mark.parametrize("learner", range(1, 8))
def test_one_learner_is_judged_as_in_the_whole_run(api, learner):
    assert retrieve_path_completions(RUN, {}, user_id=learner) == {learner: details(api, learner)}
    assert [path for path, _ in api.calls] == [f"/api/v1/learners/{learner}/runs/path-v1%3AedX%2BBread%2B2026%2BBakers"]


def test_of_a_learner_who_is_not_in_the_run_nothing_is_said(api):
    assert retrieve_path_completions(RUN, {}, user_id=1000) == {}
    assert len(api.calls) == 2


def test_the_options_may_name_the_run(api):
    assert retrieve_path_completions(COURSE, {"run_key": RUN}, user_id=2) == {2: details(api, 2)}
    assert len(retrieve_path_completions(COURSE, {"run_key": RUN})) == api.count


@pytest.mark.parametrize("user_id", [None, 2])
def test_a_run_that_is_not_there_is_an_error(api, user_id):
    with pytest.raises(ServiceError) as caught:
        retrieve_path_completions(COURSE, {}, user_id=user_id)
    assert caught.value.status == 404
    assert api.calls


@pytest.mark.parametrize("user_id", [None, 2])
@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((401, {}), 401), ((403, {}), 403), ((429, {}), 429), ((500, ""), 500), ((503, {}), 503),
        ((200, "<html>Down for maintenance</html>"), 200),
    ],
)
def test_an_answer_that_says_nothing_of_learners_is_an_error(api, user_id, answer, status):
    api.instead[0] = answer
    with pytest.raises(ServiceError) as caught:
        retrieve_path_completions(RUN, {}, user_id=user_id)
    assert caught.value.status == status


def test_half_a_run_is_an_error(api):
    api.instead[1] = (503, {})
    with pytest.raises(ServiceError):
        retrieve_path_completions(RUN, {})


def test_a_learner_of_whom_the_second_question_fails_is_an_error(api):
    api.instead[1] = (503, {})
    with pytest.raises(ServiceError):
        retrieve_path_completions(RUN, {}, user_id=1000)


@pytest.mark.parametrize("user_id", [None, 2])
def test_a_service_that_is_away_is_an_error(api, change_settings, user_id):
    change_settings(LEARNING_PATHS_QUERY_URL="http://127.0.0.1:1")
    with pytest.raises(ServiceError) as caught:
        retrieve_path_completions(RUN, {}, user_id=user_id)
    assert caught.value.status is None
    assert not api.calls


def test_a_service_that_does_not_answer_is_an_error_in_time(serve, change_settings, monkeypatch):
    change_settings(LEARNING_PATHS_QUERY_URL=serve(lambda request: threading.Event().wait()).url)
    monkeypatch.setattr(client, "TIMEOUT", (1, 0.2))
    with pytest.raises(ServiceError, match="ReadTimeout"):
        retrieve_path_completions(RUN, {})


@pytest.mark.parametrize("user_id", [None, 1000])
def test_an_lms_that_gives_no_token_is_an_error(serve, change_settings, user_id):
    api = QueryApi(450)
    server = serve(api)
    server.token_for = lambda form: (404, "")
    change_settings(LEARNING_PATHS_QUERY_URL=server.url)
    with pytest.raises(ServiceError) as caught:
        retrieve_path_completions(RUN, {}, user_id=user_id)
    assert caught.value.status is None
    assert not api.calls


def test_a_configured_token_is_shown_in_place_of_one_of_the_lms(api, change_settings):
    api.tokens = {"Bearer the-operators"}
    with pytest.raises(ServiceError):
        retrieve_path_completions(RUN, {})
    change_settings(LEARNING_PATHS_TOKEN="the-operators")
    assert len(retrieve_path_completions(RUN, {})) == api.count


def properties(name):
    """Properties of an object of the query API's document, and those that are always there."""
    schema = DOCUMENT["components"]["schemas"][name]
    known, always = set(schema.get("properties", {})), set(schema.get("required", []))
    for part in schema.get("allOf", []) + schema.get("oneOf", []):
        more = properties(part["$ref"].rsplit("/", 1)[1]) if "$ref" in part else (
            set(part.get("properties", {})), set(part.get("required", []))
        )
        known, always = known | more[0], always | more[1]
    return known, always


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("LearnerOfRun", QueryApi(7).row(2)),
        ("LearnerRunDetail", QueryApi(7).learner(2)),
        ("Completion", QueryApi(7).learner(2)["completion"]),
        ("Award", QueryApi(7).learner(2)["completion"]["award"]),
        ("Page_LearnerOfRun", QueryApi(7).page(limit="2")[1]),
    ],
)
def test_the_api_of_these_tests_answers_as_ours_does(name, answer):
    known, always = properties(name)
    assert always <= answer.keys() <= known


def test_the_api_of_these_tests_knows_every_state_of_an_award():
    assert set(AWARDS[1:]) == set(DOCUMENT["components"]["schemas"]["AwardState"]["enum"])
    assert "/api/v1/runs/{run_key}/learners" in DOCUMENT["paths"]
    assert "/api/v1/learners/{learner_id}/runs/{run_key}" in DOCUMENT["paths"]
