"""Takes credentials out of pictures with openbadgeslib, and lets it verify them.

It also holds each credential against what its signature is over: nothing in it may have been dropped.

One JSON from standard input, one to standard output:
{did: document, pictures: [{png: hexadecimal, svg: text}]} -> [{png: text, svg: text, error}]
"""

import json
import sys

from openbadgeslib import baking
from openbadgeslib.ob3.ldp import OB3LdpVerifier


def unbake(picture, did):
    png = baking.extract_png(bytes.fromhex(picture["png"]), keyword=b"openbadgecredential")
    svg = baking.extract_svg(picture["svg"].encode(), element="openbadges:credential", text_fallback=True)
    try:
        OB3LdpVerifier.for_issuer_did(did["id"]).verify(png, download=lambda _url: json.dumps(did).encode())
        error = ""
    except Exception as refused:
        error = f"{type(refused).__name__}: {refused}"[:500]
    return {"png": png, "svg": svg, "error": error}


asked = json.load(sys.stdin)
print(json.dumps([unbake(picture, asked["did"]) for picture in asked["pictures"]]))
