use std::sync::LazyLock;

use chrono::NaiveDate;
use lp_certificates::{Badge, Certificate, Course, Fonts, Language, Pdf, Picture, Signatory, Template};

pub(crate) static FONTS: LazyLock<Fonts> = LazyLock::new(Fonts::load);
/// As on a machine without any font.
pub(crate) static BUNDLED: LazyLock<Fonts> = LazyLock::new(Fonts::bundled);

/// Certificate and transcript, with all fonts and with ours alone.
pub(crate) static DESIGNS: LazyLock<[Template; 2]> = LazyLock::new(|| designs(&FONTS));
pub(crate) static BUNDLED_DESIGNS: LazyLock<[Template; 2]> = LazyLock::new(|| designs(&BUNDLED));

fn designs(fonts: &Fonts) -> [Template; 2] {
    [Template::certificate(fonts).unwrap(), Template::transcript(fonts).unwrap()]
}

/// With clear corners.
static PNG: LazyLock<Picture> = LazyLock::new(|| {
    let badge = Badge { title: "Seal".into(), organisation: "Faculty".into() };
    Picture::parse(&badge.png(&BUNDLED).unwrap()).unwrap()
});

pub(crate) const VERIFY_URL: &str =
    "https://credentials.example.org/verify/6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e";
pub(crate) const CREDENTIAL: &[u8] = b"{\"type\":[\"VerifiableCredential\"],\"name\":\"\xc3\x89loise\"}\n";

/// Names in the scripts that learners have.
pub(crate) const NAMES: [(&str, &str); 13] = [
    ("Latin", "Siobhán Ní Dhómhnaill-Þórsdóttir"),
    ("Vietnamese", "Nguyễn Thị Ánh Tuyết"),
    ("Cyrillic", "Ярослава Ґалаґан"),
    ("Greek", "Ευφροσύνη Παπαδοπούλου"),
    ("Arabic", "محمّد بن عبد الرحمن"),
    ("Hebrew", "נעמי בן־דוד"),
    ("Arabic and Latin", "الذكاء الاصطناعي AI للجميع"),
    ("Devanagari", "अभिनव श्रीकृष्ण क्षत्रिय"),
    ("Latin and Devanagari", "Data अभियांत्रिकी कृष्ण"),
    ("Devanagari, Han and Hangul", "श्रीकृष्ण 歐陽詢 김하늘"),
    ("Han", "歐陽詢 东方朔"),
    ("Japanese", "さとう ケンジ"),
    ("Korean", "김하늘"),
];

pub(crate) fn certificate(learner: &str, language: Language) -> Certificate {
    let date = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
    let picture = |svg: &str| Some(Picture::parse(svg.as_bytes()).unwrap());
    let signatory = |name: &str, signature: Option<Picture>| Signatory {
        name: name.into(),
        title: Some("Dean".into()),
        organisation: Some("Faculty of Engineering".into()),
        signature,
    };
    let line = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 80 20'><path d='M0 0L80 20'/></svg>";
    let signatories =
        vec![signatory("Helen Marchetti", picture(line)), signatory("Samuel Okafor", Some(PNG.clone()))];
    Certificate {
        learner: learner.into(),
        title: "Foundations of Data Engineering".into(),
        description: Some("Five courses and a project.".into()),
        organisation: "Northbridge University".into(),
        logo: picture(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><circle cx='4' cy='4' r='4'/></svg>",
        ),
        awarded: date(5, 1),
        expires: Some(date(11, 30)),
        grade: Some(0.925),
        hours: Some(37.5),
        by_decision: false,
        courses: courses(5),
        signatories,
        verify_url: VERIFY_URL.into(),
        credential_id: "urn:uuid:6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e".into(),
        language,
        credential: Some(CREDENTIAL.into()),
    }
}

pub(crate) fn courses(number: usize) -> Vec<Course> {
    let course = |at: usize| Course {
        title: format!("Course {at}"),
        completed: NaiveDate::from_ymd_opt(2026, 2, 3),
        grade: Some(0.5),
    };
    (1..=number).map(course).collect()
}

pub(crate) fn both(certificate: &Certificate, designs: &[Template; 2]) -> [Pdf; 2] {
    designs.each_ref().map(|design| design.pdf(certificate).unwrap())
}
