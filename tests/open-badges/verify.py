"""Checks credentials with pyld and cryptography, written from the standards and not from our code.

One JSON from standard input, one to standard output:
{contexts: {address: text}, schema: JSON Schema or null, cases: [{credential: text, did: document, lists: [text], now: instant}]}
-> [{verified, set: [purpose], error}]
"""

import base64
import datetime
import gzip
import hashlib
import json
import sys

import base58
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jsonschema import Draft201909Validator
from pyld import jsonld


def instant(text):
    return datetime.datetime.fromisoformat(text)


def canonical(document, contexts):
    def load(url, _options):
        return {"contextUrl": None, "documentUrl": url, "document": json.loads(contexts[url])}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    return jsonld.normalize(document, options).encode()


def check_proof(document, did, contexts):
    """Data Integrity EdDSA Cryptosuites 1.0, section 3.2, with the key that the issuer's DID document gives."""
    issuer = document["issuer"] if isinstance(document["issuer"], str) else document["issuer"]["id"]
    (proof,) = document.pop("proof")
    method = proof["verificationMethod"]
    assert issuer == did["id"] == method.split("#")[0], "another issuer"
    assert (proof["type"], proof["cryptosuite"]) == ("DataIntegrityProof", "eddsa-rdfc-2022"), "another suite"
    assert proof["proofPurpose"] == "assertionMethod" and method in did["assertionMethod"], "no assertion"
    (key,) = [key for key in did["verificationMethod"] if key["id"] == method]
    assert (key["type"], key["controller"]) == ("Multikey", issuer), "another's key"
    signature, public = (text[:1] == "z" and base58.b58decode(text[1:])
                         for text in (proof.pop("proofValue"), key["publicKeyMultibase"]))
    assert public[:2] == b"\xed\x01", "no Ed25519 key"
    proof["@context"] = document["@context"]
    hashes = [hashlib.sha256(canonical(part, contexts)).digest() for part in (proof, document)]
    Ed25519PublicKey.from_public_bytes(public[2:]).verify(signature, b"".join(hashes))


def check_dates(document, now):
    assert instant(document["validFrom"]) <= now, "not valid yet"
    assert "validUntil" not in document or now <= instant(document["validUntil"]), "expired"


def is_set(entry, lists, did, contexts, now):
    """Bitstring Status List 1.0, section 3.2."""
    document = lists[entry["statusListCredential"]]
    check_proof(document, did, contexts)
    check_dates(document, now)
    subject, index = document["credentialSubject"], int(entry["statusListIndex"])
    assert subject["statusPurpose"] == entry["statusPurpose"], "another purpose"
    encoded = subject["encodedList"]
    assert encoded[0] == "u" and "=" not in encoded, "no base64url"
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
    assert len(bits) * 8 >= 131072, "short"
    return f"{int.from_bytes(bits, 'big'):0{len(bits) * 8}b}"[index] == "1"


def verify(case, contexts, schema):
    now, did = instant(case["now"]), case["did"]
    document = json.loads(case["credential"])
    if schema:
        schema.validate(document)
    check_proof(document, did, contexts)
    check_dates(document, now)
    entries = document.get("credentialStatus", [])
    entries = entries if isinstance(entries, list) else [entries]
    lists = {json.loads(text)["id"]: json.loads(text) for text in case["lists"]}
    return [entry["statusPurpose"] for entry in entries
            if lists and is_set(entry, lists, did, contexts, now)]


def result(*case):
    try:
        return {"verified": True, "set": verify(*case), "error": ""}
    except Exception as error:
        return {"verified": False, "set": [], "error": f"{type(error).__name__}: {error}"[:300]}


asked = json.load(sys.stdin)
contexts = asked["contexts"]
schema = asked["schema"] and Draft201909Validator(asked["schema"], format_checker=Draft201909Validator.FORMAT_CHECKER)
print(json.dumps([result(case, contexts, schema) for case in asked["cases"]]))
