//! Signing and checking.

use lp_open_badges::*;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::issuer::{at, did, key, public, signer, uri};
use crate::shapes;
use crate::tampering::{added, tampered};

fn created() -> Instant {
    at("2026-05-01T12:35:00Z")
}

fn signed(credential: OpenBadgeCredential) -> String {
    sign(credential, &signer(1), created()).unwrap()
}

fn check(json: &str) -> Result<OpenBadgeCredential, VerifyError> {
    verify(json.as_bytes(), &did().document(&public(1), &[]))
}

#[test]
fn a_credential_is_written_in_the_shape_of_open_badges() {
    let mut credential: Value = serde_json::from_str(&signed(shapes::usual())).unwrap();
    let proof = credential["proof"][0].as_object_mut().unwrap();
    // As `@digitalbazaar/vc` and pyld took it.
    assert_eq!(
        proof.remove("proofValue").unwrap(),
        "z63xvVwtFVXGDdUXvbFNTXj88uMUsobD9fuE23u4hXLkzhvuByHuLv6Ms4i1ibhvojwaeqSqSfxT6rLASKuPjnpqg"
    );
    let hash =
        credential["credentialSubject"]["identifier"][0].as_object_mut().unwrap().remove("identityHash");
    assert!(hash.unwrap().as_str().unwrap().starts_with("sha256$"));
    assert_eq!(
        credential,
        json!({
            "@context": [
                "https://www.w3.org/ns/credentials/v2",
                "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
                "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
            ],
            "id": "https://credentials.example.org/credentials/6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e",
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": "Data Engineering Path",
            "issuer": {
                "id": "did:web:credentials.example.org", "type": ["Profile"],
                "name": "Example University", "url": "https://example.org",
            },
            "validFrom": "2026-05-01T12:34:56Z",
            "credentialSubject": {
                "id": "urn:uuid:0f3c8a52-2f0d-5c84-9a55-0e6d8b6a1f10", "type": ["AchievementSubject"],
                "identifier": [
                    {
                        "type": "IdentityObject", "hashed": true, "identityType": "emailAddress",
                        "salt": "2f1b6e0c9d3a48b7",
                    },
                    {
                        "type": "IdentityObject", "hashed": false, "identityType": "name",
                        "identityHash": "Alice Lovelace",
                    },
                ],
                "result": [
                    {
                        "type": ["Result"], "value": "92.5",
                        "resultDescription": "urn:uuid:4a0cb7a2-0000-4000-8000-000000000001",
                    },
                    {
                        "type": ["Result"], "status": "Completed",
                        "resultDescription": "urn:uuid:4a0cb7a2-0000-4000-8000-000000000002",
                    },
                ],
                "achievement": {
                    "id": "https://credentials.example.org/achievements/path-v1:Org+N+R+G/revisions/3",
                    "type": ["Achievement"], "achievementType": "LearningProgram",
                    "name": "Data Engineering Path", "description": "Awarded for completing the path.",
                    "criteria": { "narrative": "Complete **3 of 4** courses." },
                    "alignment": [{
                        "type": ["Alignment"], "targetName": "Kafka basics",
                        "targetUrl": "https://lms.example.org/courses/course-v1:edX+777+2026/about",
                    }],
                    "resultDescription": [
                        {
                            "id": "urn:uuid:4a0cb7a2-0000-4000-8000-000000000001", "type": ["ResultDescription"],
                            "name": "Grade", "resultType": "Percent", "valueMin": "0", "valueMax": "100",
                        },
                        {
                            "id": "urn:uuid:4a0cb7a2-0000-4000-8000-000000000002", "type": ["ResultDescription"],
                            "name": "Completion", "resultType": "Status",
                        },
                    ],
                },
            },
            "evidence": [{
                "type": ["Evidence"], "name": "Completed items", "narrative": "course-v1:edX+777+2026: 95 %",
            }],
            "credentialStatus": {
                "id": "https://credentials.example.org/status/revocation/1#94567",
                "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "94567",
                "statusListCredential": "https://credentials.example.org/status/revocation/1",
            },
            "credentialSchema": [{
                "id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json",
                "type": "1EdTechJsonSchemaValidator2019",
            }],
            "proof": [{
                "type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "created": "2026-05-01T12:35:00Z",
                "verificationMethod": format!("did:web:credentials.example.org#{}", public(1)),
                "proofPurpose": "assertionMethod",
            }],
        })
    );
}

#[test]
fn a_status_list_is_written_in_the_shape_of_the_standard() {
    let list = sign(shapes::list(StatusPurpose::Revocation, &[94_567]), &signer(1), created()).unwrap();
    let read: BitstringStatusListCredential =
        verify(list.as_bytes(), &did().document(&public(1), &[])).unwrap();
    assert!(read.bits().get(StatusIndex::try_from(94_567).unwrap()));
    let mut list: Value = serde_json::from_str(&list).unwrap();
    assert!(list.as_object_mut().unwrap().remove("proof").unwrap()[0]["proofValue"].is_string());
    let subject = list["credentialSubject"].as_object_mut().unwrap();
    assert_eq!(subject.remove("encodedList").unwrap(), read.bits().encode());
    assert_eq!(
        list,
        json!({
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": "https://credentials.example.org/status/revocation/1",
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": "did:web:credentials.example.org",
            "validFrom": "2026-05-01T00:00:00Z", "validUntil": "2126-05-01T00:00:00Z",
            "credentialSubject": {
                "id": "https://credentials.example.org/status/revocation/1#list",
                "type": "BitstringStatusList", "statusPurpose": "revocation", "ttl": 300_000,
            },
        })
    );
}

#[test]
fn several_entries_are_an_array_and_none_are_left_out() {
    let status = |credential: OpenBadgeCredential| {
        serde_json::to_value(credential).unwrap()["credentialStatus"].take()
    };
    assert_eq!(status(shapes::most()).as_array().unwrap().len(), 2);
    assert_eq!(status(shapes::least()), Value::Null);
}

#[test]
fn the_same_credential_signed_again_gives_the_same_bytes() {
    let once = signed(shapes::most());
    let again = signed(check(&once).unwrap());
    assert_eq!(once, again);
}

/// The canonical form of a graph can take for ever; that of ours cannot, whoever wrote it.
#[test]
fn a_thousand_parts_that_are_alike_are_checked_at_once() {
    let mut credential = shapes::alike();
    credential.evidence = vec![credential.evidence[0].clone(); 1_000];
    let begun = std::time::Instant::now();
    check(&signed(credential)).unwrap();
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn what_is_written_otherwise_says_the_same() {
    let json: Value = serde_json::from_str(&signed(shapes::most())).unwrap();
    check(&serde_json::to_string_pretty(&json).unwrap()).unwrap();
}

#[test]
fn only_the_issuer_signs() {
    let mut credential = shapes::usual();
    credential.issuer = Profile::new(uri("did:web:other.example"));
    assert!(matches!(sign(credential, &signer(1), created()), Err(SignError::Issuer)));
}

#[test]
fn a_key_counts_as_long_as_the_issuer_lists_it() {
    let old = signed(shapes::usual());
    let rotated = did().document(&public(2), &[public(1)]);
    let dropped = did().document(&public(2), &[]);
    assert!(verify::<OpenBadgeCredential>(old.as_bytes(), &rotated).is_ok());
    let error = verify::<OpenBadgeCredential>(old.as_bytes(), &dropped).unwrap_err();
    assert!(matches!(error, VerifyError::Key), "{error}");
}

#[test]
fn a_key_that_the_issuer_does_not_control_or_assert_with_counts_for_nothing() {
    let json = signed(shapes::usual());
    let document = serde_json::to_value(did().document(&public(1), &[])).unwrap();
    for (path, value) in [
        ("/assertionMethod", json!([])),
        ("/verificationMethod/0/controller", json!("did:web:other.example")),
    ] {
        let mut document = document.clone();
        *document.pointer_mut(path).unwrap() = value;
        let document: DidDocument = serde_json::from_value(document).unwrap();
        let error = verify::<OpenBadgeCredential>(json.as_bytes(), &document).unwrap_err();
        assert!(matches!(error, VerifyError::Key), "{path}: {error}");
    }
}

#[test]
fn another_issuers_document_says_nothing_of_ours() {
    let other = Did::web(&"https://other.example".parse().unwrap()).unwrap().document(&public(1), &[]);
    let error = verify::<OpenBadgeCredential>(signed(shapes::usual()).as_bytes(), &other).unwrap_err();
    assert!(matches!(error, VerifyError::Issuer), "{error}");
}

#[test]
fn a_signature_of_another_key_does_not_hold() {
    let forged = sign(shapes::usual(), &Signer::new(did(), key(9)), created()).unwrap();
    let forged = forged.replace(&public(9).to_string(), &public(1).to_string());
    assert!(matches!(check(&forged), Err(VerifyError::Signature)));
}

#[test]
fn exactly_one_proof_with_a_value_is_taken() {
    let json: Value = serde_json::from_str(&signed(shapes::usual())).unwrap();
    let with = |proof: Value| {
        let mut json = json.clone();
        json["proof"] = proof;
        check(&json.to_string())
    };
    let proof = &json["proof"][0];
    let mut without = proof.clone();
    without.as_object_mut().unwrap().remove("proofValue");
    for proof in [json!([]), json!([proof, proof]), json!([without])] {
        assert!(matches!(with(proof), Err(VerifyError::Proof)));
    }
    assert!(with(json!([proof])).is_ok());
}

#[test]
fn nothing_of_a_credential_can_be_changed() {
    let json: Value = serde_json::from_str(&signed(shapes::most())).unwrap();
    let (changed, added) = (tampered(&json), added(&json));
    assert!(changed.len() > 200 && added.len() > 20, "{} {}", changed.len(), added.len());
    for changed in changed.into_iter().chain(added) {
        assert!(check(&changed.to_string()).is_err(), "{changed}");
    }
}

#[test]
fn nothing_of_a_list_can_be_changed() {
    let list = sign(shapes::list(StatusPurpose::Suspension, &[7]), &signer(1), created()).unwrap();
    let document = did().document(&public(1), &[]);
    let check = |json: &str| verify::<BitstringStatusListCredential>(json.as_bytes(), &document);
    check(&list).unwrap();
    let list = serde_json::from_str(&list).unwrap();
    for changed in tampered(&list).into_iter().chain(added(&list)) {
        assert!(check(&changed.to_string()).is_err(), "{changed}");
    }
}

#[test]
fn a_key_given_twice_is_refused() {
    let json = signed(shapes::usual());
    let twice = json.replacen(r#""name":"#, r#""name":"Something else","name":"#, 1);
    assert!(matches!(check(&twice), Err(VerifyError::Malformed { line: 1, column: 1.. })));
}

#[test]
fn an_error_repeats_nothing_of_the_credential() {
    let json = signed(shapes::usual()).replace(r#""Completed""#, r#""Alice Lovelace""#);
    let error = format!("{:?}", anyhow::Error::from(check(&json).unwrap_err()));
    assert!(!error.contains("Alice"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Signing knows only the terms that we use, checking all of the contexts: that a signature holds shows that both see
    /// the same statements.
    #[test]
    fn every_shape_is_signed_as_the_whole_contexts_have_it(credential in shapes::credentials()) {
        let json = signed(credential.clone());
        let read = check(&json);
        prop_assert!(read.is_ok(), "{json}");
        prop_assert_eq!(signed(read.unwrap()), json);
    }

    #[test]
    fn text_that_is_not_signed_alike_is_in_no_credential(odd in "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\u{9f}\u{fffe}\u{ffff}]") {
        let json = signed(shapes::usual());
        let odd = json.replace("Alice", &serde_json::to_string(&odd).unwrap().replace('"', ""));
        let refused = matches!(check(&odd), Err(VerifyError::Malformed { .. }));
        prop_assert!(refused);
    }
}
