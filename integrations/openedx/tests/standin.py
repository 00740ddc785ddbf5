"""
A server that is the LMS and another service at once.
"""

import json
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from urllib.parse import parse_qs, parse_qsl, urlsplit

TOKEN = "JWT a-token"


class StandIn(BaseHTTPRequestHandler):
    """
    Gives tokens as the LMS does, and has the server's ``service`` answer the rest: a function of the request, that returns
    a status and what becomes the JSON of the answer, or text.
    """

    def answer(self):
        """Answer a request."""
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        url = urlsplit(self.path)
        if url.path == "/oauth2/access_token":
            status, content = self.server.token_for(parse_qs(body))
        else:
            status, content = self.server.service(
                SimpleNamespace(
                    method=self.command,
                    path=url.path,
                    query=dict(parse_qsl(url.query, keep_blank_values=True)),
                    authorization=self.headers["authorization"],
                    body=json.loads(body) if body else None,
                )
            )
        content = (content if isinstance(content, str) else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """Be quiet."""


def token_for(form):
    """The LMS's answer to an application: only to the one that there is, and only a JWT."""
    wanted = {"grant_type": "client_credentials", "client_id": "key", "client_secret": "secret", "token_type": "jwt"}
    if form != {name: [value] for name, value in wanted.items()}:
        return 401, {"error": "invalid_client"}
    return 200, {"access_token": TOKEN.removeprefix("JWT "), "expires_in": 3600}
