"""
Calls of the services around: Learning Paths and what Open edX has.
"""

from importlib import import_module

import requests
from django.conf import settings

# Connecting, reading; in seconds.
TIMEOUT = (3.05, 30)


class ServiceError(Exception):
    """
    A service was away, or refused what it was asked.

    The message has no query parameter, which may name a person, and nothing of the answer.
    ``status`` is that of the answer, ``None`` if there was none.
    """

    def __init__(self, message, status=None):
        super().__init__(message)
        self.status = status


def lms_session():
    """
    Return a session that shows tokens of the LMS, which gives them to our OAuth application.
    """
    # Part of the LMS and of credentials, and of no service that only wants the signals.
    return import_module("edx_rest_api_client.client").OAuthAPIClient(
        settings.LMS_ROOT_URL, settings.LEARNING_PATHS_OAUTH_KEY, settings.LEARNING_PATHS_OAUTH_SECRET
    )


def answer(session, method, url, **kwargs):
    """
    Return the JSON of an answer. Anything else is raised as a ``ServiceError``.
    """
    response = None
    try:
        response = session.request(method, url, timeout=TIMEOUT, **kwargs)
        response.raise_for_status()
        return response.json()
    except requests.RequestException as error:
        status = None if response is None else response.status_code
        refusal = ServiceError(f"{method} {url}: {type(error).__name__}, status {status}", status)
    # Out of there, so that no trace shows the error of requests, which has the parameters.
    raise refusal
