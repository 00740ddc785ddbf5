"""
Judges tokens as Open edX's services do, and makes some as its own test utilities do.

Reads one JSON object: `jwk_set`, `private_key` (DER, base64), `secret`, `issuer`, `audience`, `tokens` (by name), `make` (by name:
`asymmetric`, `payload`). Writes one: `verdicts` (by name) and `made` (by name).
"""

import base64
import json
import logging
import sys

from cryptography.hazmat.primitives.serialization import load_der_private_key
from django.conf import settings
from jwt.algorithms import RSAAlgorithm

asked = json.load(sys.stdin)
private_key = load_der_private_key(base64.b64decode(asked["private_key"]), password=None)
settings.configure(
    SECRET_KEY=asked["secret"],
    JWT_AUTH={
        "JWT_ALGORITHM": "HS256",
        "JWT_SIGNING_ALGORITHM": "RS512",
        "JWT_PUBLIC_SIGNING_JWK_SET": asked["jwk_set"],
        "JWT_PRIVATE_SIGNING_JWK": RSAAlgorithm.to_jwk(private_key),
        "JWT_SUPPORTED_VERSION": "1.2.0",
        "JWT_VERIFY_AUDIENCE": True,
        "JWT_ISSUERS": [
            {"ISSUER": asked["issuer"], "AUDIENCE": asked["audience"], "SECRET_KEY": asked["secret"]},
        ],
    },
)
logging.disable(logging.CRITICAL)

# After the settings.
from edx_rest_framework_extensions.auth.jwt.decoder import jwt_decode_handler  # noqa: E402
from edx_rest_framework_extensions.auth.jwt.tests import utils  # noqa: E402


def holds(token):
    """
    Whether a service of Open edX lets its bearer in: it also wants a username.
    """
    try:
        claims = jwt_decode_handler(token)
    except Exception:  # Whatever is wrong with it.
        return False
    return bool(claims.get("preferred_username") or claims.get("username"))


def make(asymmetric, payload):
    """
    A token as Open edX's own utilities sign it.
    """
    return (utils.generate_asymmetric_jwt_token if asymmetric else utils.generate_jwt_token)(payload)


json.dump(
    {
        "verdicts": {name: holds(token) for name, token in asked["tokens"].items()},
        "made": {name: make(**wanted) for name, wanted in asked["make"].items()},
    },
    sys.stdout,
)
