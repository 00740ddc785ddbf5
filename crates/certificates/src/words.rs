//! The words around a certificate's values.

use chrono::{Datelike as _, NaiveDate};

use crate::Language;

/// Words of one language, chosen so that nothing hangs on the gender of names or the number of things.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Words {
    pub(crate) certificate: &'static str,
    pub(crate) transcript: &'static str,
    pub(crate) credential: &'static str,
    pub(crate) awarded_to: &'static str,
    pub(crate) for_completing: &'static str,
    /// What stands instead where nothing was completed.
    #[serde(skip)]
    pub(crate) by_decision: &'static str,
    pub(crate) learner: &'static str,
    pub(crate) path: &'static str,
    pub(crate) course: &'static str,
    pub(crate) completed: &'static str,
    pub(crate) grade: &'static str,
    pub(crate) hours: &'static str,
    pub(crate) awarded: &'static str,
    pub(crate) expires: &'static str,
    pub(crate) verify: &'static str,
    pub(crate) credential_id: &'static str,
    pub(crate) page: &'static str,
    pub(crate) logo: &'static str,
    pub(crate) signature: &'static str,
    pub(crate) qr: &'static str,
    #[serde(skip)]
    months: [&'static str; 12],
}

impl Language {
    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::Arabic => &ARABIC,
            Self::English => &ENGLISH,
            Self::Spanish => &SPANISH,
            Self::French => &FRENCH,
        }
    }

    /// A date in words.
    pub(crate) fn date(self, date: NaiveDate) -> String {
        let (day, year) = (date.day(), date.year());
        let month = self.words().months[date.month0() as usize];
        match self {
            Self::Spanish => format!("{day} de {month} de {year}"),
            Self::French if day == 1 => format!("1er {month} {year}"),
            Self::Arabic | Self::English | Self::French => format!("{day} {month} {year}"),
        }
    }

    /// A number with at most one digit after the point.
    pub(crate) fn number(self, number: f64) -> String {
        let text = format!("{number:.1}");
        let text = text.strip_suffix(".0").unwrap_or(&text);
        match self {
            Self::Spanish | Self::French => text.replace('.', ","),
            Self::Arabic | Self::English => text.to_owned(),
        }
    }

    /// A share of 1 as a percentage.
    pub(crate) fn percent(self, share: f64) -> String {
        let number = self.number(share * 100.0);
        match self {
            Self::Spanish | Self::French => format!("{number}\u{a0}%"),
            Self::Arabic | Self::English => format!("{number}%"),
        }
    }
}

static ENGLISH: Words = Words {
    certificate: "Certificate",
    transcript: "Transcript",
    credential: "Digital credential",
    awarded_to: "This certificate is awarded to",
    for_completing: "for completing the learning path",
    by_decision: "by decision of the issuer, for the learning path",
    learner: "Learner",
    path: "Learning path",
    course: "Course",
    completed: "Completed",
    grade: "Grade",
    hours: "Hours of study",
    awarded: "Awarded",
    expires: "Valid until",
    verify: "Verify this credential",
    credential_id: "Credential ID",
    page: "Page",
    logo: "Logo",
    signature: "Signature",
    qr: "QR code of the page that verifies this credential",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};

static SPANISH: Words = Words {
    certificate: "Certificado",
    transcript: "Expediente académico",
    credential: "Credencial digital",
    awarded_to: "Este certificado se otorga a",
    for_completing: "por haber completado el itinerario de aprendizaje",
    by_decision: "por decisión del emisor, para el itinerario de aprendizaje",
    learner: "Estudiante",
    path: "Itinerario de aprendizaje",
    course: "Curso",
    completed: "Finalización",
    grade: "Calificación",
    hours: "Horas de estudio",
    awarded: "Otorgado",
    expires: "Válido hasta",
    verify: "Verificar esta credencial",
    credential_id: "ID de la credencial",
    page: "Página",
    logo: "Logotipo",
    signature: "Firma",
    qr: "Código QR de la página que verifica esta credencial",
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
};

static FRENCH: Words = Words {
    certificate: "Certificat",
    transcript: "Relevé de notes",
    credential: "Attestation numérique",
    awarded_to: "Ce certificat est décerné à",
    for_completing: "pour avoir suivi avec succès le parcours de formation",
    by_decision: "par décision de l’émetteur, pour le parcours de formation",
    learner: "Bénéficiaire",
    path: "Parcours de formation",
    course: "Cours",
    completed: "Date de réussite",
    grade: "Note",
    hours: "Heures d’étude",
    awarded: "Décerné le",
    expires: "Valable jusqu’au",
    verify: "Vérifier cette attestation",
    credential_id: "Identifiant",
    page: "Page",
    logo: "Logo",
    signature: "Signature",
    qr: "Code QR de la page qui vérifie cette attestation",
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
};

static ARABIC: Words = Words {
    certificate: "شهادة",
    transcript: "كشف الدرجات",
    credential: "شهادة رقمية",
    awarded_to: "تُمنح هذه الشهادة إلى",
    for_completing: "لإتمام مسار التعلّم",
    by_decision: "بقرار من الجهة المُصدِرة، عن مسار التعلّم",
    learner: "اسم المتعلّم",
    path: "مسار التعلّم",
    course: "المقرر",
    completed: "تاريخ الإتمام",
    grade: "الدرجة",
    hours: "ساعات الدراسة",
    awarded: "تاريخ المنح",
    expires: "صالحة حتى",
    verify: "التحقق من هذه الشهادة",
    credential_id: "رقم الشهادة",
    page: "صفحة",
    logo: "شعار",
    signature: "توقيع",
    qr: "رمز الاستجابة السريعة لصفحة التحقق من هذه الشهادة",
    months: [
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ],
};
