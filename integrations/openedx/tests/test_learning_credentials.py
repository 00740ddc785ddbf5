"""
The processor as the real ``learning-credentials`` calls it.
"""

import pytest
from opaque_keys.edx.keys import LearningContextKey
from test_eligibility import COURSE, RUN, QueryApi

from openedx_learning_paths_events.client import ServiceError

pytest.importorskip("learning_credentials")

PROCESSOR = "openedx_learning_paths_events.eligibility.retrieve_path_completions"


@pytest.fixture(name="api")
def fixture_api(serve, change_settings):
    """
    A query API with seven learners, of whom the second has a valid award.
    """
    api = QueryApi(7)
    change_settings(LEARNING_PATHS_QUERY_URL=serve(api).url)
    return api


def configuration(key, **options):
    """
    A configuration of a credential type that has the processor.
    """
    from learning_credentials.models import CredentialConfiguration, CredentialType

    credential_type = CredentialType(
        name="Path", retrieval_func=PROCESSOR, generation_func="learning_credentials.generators.generate_pdf_credential"
    )
    credential_type.clean()
    return CredentialConfiguration(
        learning_context_key=LearningContextKey.from_string(key), credential_type=credential_type, custom_options=options
    )


@pytest.mark.parametrize(("key", "options"), [(RUN, {}), (COURSE, {"run_key": RUN})])
def test_it_finds_who_is_eligible(api, key, options):
    assert configuration(key, **options).get_eligible_user_ids() == [2]
    assert api.calls


def test_it_asks_for_one_learner(api):
    path = configuration(RUN)
    assert path.get_eligible_user_ids(user_id=2) == [2]
    assert path.get_eligible_user_ids(user_id=3) == []
    assert path.get_user_eligibility_details(2) == {
        "is_eligible": True, "current_completion": 1.0, "required_completion": 1.0,
    }
    assert path.get_user_eligibility_details(1000) == {"is_eligible": False}
    assert api.calls


def test_its_api_shows_the_details(api):
    from learning_credentials.api.v1.serializers import CredentialEligibilitySerializer

    of = {"credential_type_id": 1, "name": "Path", "is_generation_enabled": True}
    shown = CredentialEligibilitySerializer({**of, **configuration(RUN).get_user_eligibility_details(4)}).data
    assert shown == {**of, "is_eligible": False, "current_completion": 0.25, "required_completion": 1.0}


def test_its_admin_page_shows_the_options(api):
    from learning_credentials.admin import DocstringOptionsMixin

    text = DocstringOptionsMixin._get_docstring_custom_options(PROCESSOR)  # pylint: disable=protected-access
    assert "run_key" in text and not api.calls


def test_it_fails_when_learning_paths_does(api):
    api.instead[0] = (503, {})
    with pytest.raises(ServiceError):
        configuration(RUN).get_eligible_user_ids()
