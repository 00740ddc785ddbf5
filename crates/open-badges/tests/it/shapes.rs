//! Credentials of every shape that can be made.

use lp_open_badges::*;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use crate::issuer::{at, did, text, uri};

pub(crate) const REVOCATIONS: &str = "https://credentials.example.org/status/revocation/1";
pub(crate) const SUSPENSIONS: &str = "https://credentials.example.org/status/suspension/1";

/// With nothing that may be left out.
pub(crate) fn least() -> OpenBadgeCredential {
    let achievement = Achievement::new(
        uri("https://credentials.example.org/achievements/path-v1:Org+N+R+G/revisions/3"),
        text("Data Engineering Path"),
        text("Awarded for completing the path."),
        Criteria::narrative(text("Complete **3 of 4** courses.")),
    );
    let subject = AchievementSubject::new(uri("urn:uuid:0f3c8a52-2f0d-5c84-9a55-0e6d8b6a1f10"), achievement);
    OpenBadgeCredential::new(
        uri("https://credentials.example.org/credentials/6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e"),
        Profile::new(did().uri().clone()),
        at("2026-05-01T12:34:56Z"),
        subject,
    )
}

pub(crate) fn entry(list: &str, purpose: StatusPurpose, index: u32) -> BitstringStatusListEntry {
    BitstringStatusListEntry::new(uri(list), purpose, StatusIndex::try_from(index).unwrap())
}

pub(crate) fn revocation(index: u32) -> BitstringStatusListEntry {
    entry(REVOCATIONS, StatusPurpose::Revocation, index)
}

pub(crate) fn suspension(index: u32) -> BitstringStatusListEntry {
    entry(SUSPENSIONS, StatusPurpose::Suspension, index)
}

/// As a path's award looks.
pub(crate) fn usual() -> OpenBadgeCredential {
    let mut credential = least();
    credential.name = Some(text("Data Engineering Path"));
    credential.issuer.name = Some(text("Example University"));
    credential.issuer.url = Some(uri("https://example.org"));
    let grade =
        ResultDescription::percent(uri("urn:uuid:4a0cb7a2-0000-4000-8000-000000000001"), text("Grade"));
    let status =
        ResultDescription::status(uri("urn:uuid:4a0cb7a2-0000-4000-8000-000000000002"), text("Completion"));
    let subject = &mut credential.credential_subject;
    subject.identifier = vec![
        IdentityObject::email("alice@example.com", &text("2f1b6e0c9d3a48b7")),
        IdentityObject::name(text("Alice Lovelace")),
    ];
    subject.result = vec![
        AchievementResult::value(&grade, text("92.5")),
        AchievementResult::status(&status, ResultStatus::Completed),
    ];
    subject.achievement.achievement_type = Some(AchievementType::LearningProgram);
    subject.achievement.result_description = vec![grade, status];
    subject.achievement.alignment = vec![Alignment::new(
        text("Kafka basics"),
        uri("https://lms.example.org/courses/course-v1:edX+777+2026/about"),
    )];
    let mut evidence = Evidence::default();
    evidence.name = Some(text("Completed items"));
    evidence.narrative = Some(text("course-v1:edX+777+2026: 95 %"));
    credential.evidence = vec![evidence];
    credential.credential_status = vec![revocation(94_567)];
    credential
}

/// With all that there can be.
pub(crate) fn most() -> OpenBadgeCredential {
    let image = |file: &str| {
        let mut image = Image::new(uri(&format!("https://credentials.example.org/{file}.png")));
        image.caption = Some(text("A \"picture\"\nof two lines, שלום \u{200F}👩‍🎓 <b>\\ ]]>"));
        image
    };
    let mut credential = usual();
    credential.description = Some(text("Awarded once\tonly."));
    credential.image = Some(image("badge"));
    credential.valid_until = Some(at("2027-05-01T12:34:56Z"));
    credential.awarded_date = Some(at("2026-04-01T00:00:00Z"));
    credential.issuer.email = Some(text("registrar@example.org"));
    credential.issuer.description = Some(text("A university."));
    credential.issuer.image = Some(image("logo"));
    let mut evidence = Evidence::default();
    evidence.id = Some(uri("https://credentials.example.org/evidence/1"));
    evidence.description = Some(text("Digest of the facts."));
    evidence.genre = Some(text("digest"));
    evidence.audience = Some(text("auditors"));
    credential.evidence.push(evidence);
    credential.credential_status.push(suspension(94_567));
    let achievement = &mut credential.credential_subject.achievement;
    let criteria = Criteria::narrative(text("Complete all."));
    achievement.criteria = criteria.and_page(uri("https://example.org/criteria"));
    achievement.in_language = Some(Language::try_from("en-US".to_owned()).unwrap());
    achievement.image = Some(image("achievement"));
    achievement.tag = vec![text("data"), text("Kafka")];
    achievement.result_description[0].required_value = Some(text("70"));
    achievement.alignment[0].target_framework = Some(text("A framework"));
    achievement.alignment[0].target_code = Some(text("course-v1:edX+777+2026"));
    achievement.alignment[0].target_description = Some(text("A course."));
    credential
}

/// With parts that nothing tells apart, of which the canonical form must take each as one of its own.
pub(crate) fn alike() -> OpenBadgeCredential {
    let mut credential = usual();
    credential.evidence = vec![credential.evidence[0].clone(); 40];
    let subject = &mut credential.credential_subject;
    subject.identifier = vec![subject.identifier[0].clone(); 3];
    subject.result = vec![subject.result[0].clone(); 3];
    subject.achievement.alignment = vec![subject.achievement.alignment[0].clone(); 40];
    credential
}

pub(crate) fn list(purpose: StatusPurpose, set: &[u32]) -> BitstringStatusListCredential {
    let id = match purpose {
        StatusPurpose::Revocation => REVOCATIONS,
        StatusPurpose::Suspension => SUSPENSIONS,
    };
    list_at(id, purpose, set)
}

pub(crate) fn list_at(id: &str, purpose: StatusPurpose, set: &[u32]) -> BitstringStatusListCredential {
    let bits = set.iter().map(|index| StatusIndex::try_from(*index).unwrap()).collect();
    let term = (at("2026-05-01T00:00:00Z"), at("2126-05-01T00:00:00Z"));
    BitstringStatusListCredential::new(uri(id), did().uri().clone(), purpose, bits, term, 300_000)
}

fn texts() -> impl Strategy<Value = Text> {
    prop_oneof![any::<String>(), "[ -~\t\n]{1,40}", Just("@type".to_owned()), Just("6.50".to_owned())]
        .prop_map(|text| Text::cleaned(&text).unwrap_or_else(|| Text::parse("-").unwrap()))
}

fn uris() -> impl Strategy<Value = Uri> {
    prop_oneof![
        "https://[a-z]{1,8}\\.example/[A-Za-z0-9+:@!$&'()*,;=._~-]{0,20}(\\?[a-z=&/?]{0,8})?(#[a-z0-9]{0,6})?",
        "urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}",
        "did:web:[a-z]{1,8}\\.example(%3A8443)?(:[a-z]{1,4})?",
        "https://a\\.example/(%[0-9A-F]{2}){1,4}/\\.\\./b",
        "data:image/png;base64,[A-Za-z0-9+/]{4,20}",
        "mailto:[a-z]{1,8}@a\\.example",
    ]
    .prop_map(|text| uri(&text))
}

fn instants() -> impl Strategy<Value = Instant> {
    (-60_000_000_000..250_000_000_000_i64)
        .prop_map(|seconds| Instant::try_from(chrono::DateTime::from_timestamp(seconds, 0).unwrap()).unwrap())
}

fn images() -> impl Strategy<Value = Image> {
    (uris(), of(texts())).prop_map(|(id, caption)| {
        let mut image = Image::new(id);
        image.caption = caption;
        image
    })
}

fn statuses() -> impl Strategy<Value = ResultStatus> {
    use ResultStatus::*;
    proptest::sample::select(vec![Completed, Enrolled, Failed, InProgress, OnHold, Provisional, Withdrew])
}

fn achievement_types() -> impl Strategy<Value = AchievementType> {
    use AchievementType::*;
    proptest::sample::select(vec![
        Achievement,
        Badge,
        Certificate,
        CertificateOfCompletion,
        Course,
        LearningProgram,
        MicroCredential,
    ])
}

fn criteria() -> impl Strategy<Value = Criteria> {
    prop_oneof![
        texts().prop_map(Criteria::narrative),
        uris().prop_map(Criteria::page),
        (texts(), uris()).prop_map(|(text, page)| Criteria::narrative(text).and_page(page)),
    ]
}

fn alignments() -> impl Strategy<Value = Alignment> {
    (texts(), uris(), of(texts()), of(texts()), of(texts())).prop_map(
        |(name, url, framework, code, description)| {
            let mut alignment = Alignment::new(name, url);
            alignment.target_framework = framework;
            (alignment.target_code, alignment.target_description) = (code, description);
            alignment
        },
    )
}

fn evidence() -> impl Strategy<Value = Evidence> {
    (of(uris()), of(texts()), of(texts()), of(texts()), of(texts()), of(texts())).prop_map(
        |(id, name, narrative, description, genre, audience)| {
            let mut evidence = Evidence::default();
            (evidence.id, evidence.name, evidence.narrative) = (id, name, narrative);
            (evidence.description, evidence.genre, evidence.audience) = (description, genre, audience);
            evidence
        },
    )
}

fn identities() -> impl Strategy<Value = IdentityObject> {
    prop_oneof![
        texts().prop_map(IdentityObject::name),
        ("[a-zA-Z]{1,8}@a\\.example", texts())
            .prop_map(|(address, salt)| IdentityObject::email(&address, &salt)),
    ]
}

fn achievements() -> impl Strategy<Value = Achievement> {
    let language = proptest::sample::select(vec!["en", "es-419", "zh-Hant-TW", "ar"]);
    let language = language.prop_map(|tag| Language::try_from(tag.to_owned()).unwrap());
    let described = vec((any::<bool>(), uris(), texts(), of(texts())), 0..3);
    (
        (uris(), texts(), texts(), criteria(), of(achievement_types())),
        (of(language), of(images()), vec(texts(), 0..3), vec(alignments(), 0..3), described),
    )
        .prop_map(
            |((id, name, description, criteria, kind), (language, image, tag, alignment, described))| {
                let mut achievement = Achievement::new(id, name, description, criteria);
                (achievement.achievement_type, achievement.in_language, achievement.image) =
                    (kind, language, image);
                (achievement.tag, achievement.alignment) = (tag, alignment);
                let described = described.into_iter().map(|(percent, id, name, required)| {
                    let make = if percent { ResultDescription::percent } else { ResultDescription::status };
                    let mut description = make(id, name);
                    description.required_value = required;
                    description
                });
                achievement.result_description = described.collect();
                achievement
            },
        )
}

fn subjects() -> impl Strategy<Value = AchievementSubject> {
    let results = vec((any::<bool>(), uris(), texts(), statuses()), 0..3);
    (uris(), achievements(), vec(identities(), 0..3), results).prop_map(
        |(id, achievement, identifier, results)| {
            let mut subject = AchievementSubject::new(id, achievement);
            subject.identifier = identifier;
            let results = results.into_iter().map(|(graded, of, value, status)| {
                let of = ResultDescription::status(of, value.clone());
                if graded {
                    AchievementResult::value(&of, value)
                } else {
                    AchievementResult::status(&of, status)
                }
            });
            subject.result = results.collect();
            subject
        },
    )
}

fn entries() -> impl Strategy<Value = BitstringStatusListEntry> {
    let purpose = prop_oneof![Just(StatusPurpose::Revocation), Just(StatusPurpose::Suspension)];
    ("https://a\\.example/[a-z]{1,8}", purpose, 0..LIST_LENGTH)
        .prop_map(|(list, purpose, index)| entry(&list, purpose, index))
}

/// Any credential of our issuer.
pub(crate) fn credentials() -> impl Strategy<Value = OpenBadgeCredential> {
    (
        (uris(), instants(), subjects(), of(texts()), of(texts()), of(images())),
        (of(instants()), of(instants()), vec(evidence(), 0..3), vec(entries(), 0..3)),
        (of(texts()), of(uris()), of(texts()), of(texts()), of(images())),
    )
        .prop_map(
            |(
                (id, from, subject, name, description, image),
                (until, awarded, evidence, status),
                (issuer_name, url, email, issuer_description, logo),
            )| {
                let mut issuer = Profile::new(did().uri().clone());
                (issuer.name, issuer.url, issuer.email) = (issuer_name, url, email);
                (issuer.description, issuer.image) = (issuer_description, logo);
                let mut credential = OpenBadgeCredential::new(id, issuer, from, subject);
                (credential.name, credential.description, credential.image) = (name, description, image);
                (credential.valid_until, credential.awarded_date) = (until, awarded);
                (credential.evidence, credential.credential_status) = (evidence, status);
                credential
            },
        )
}
