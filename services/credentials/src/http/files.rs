//! A credential's files: PDF, badge, preview.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use lp_certificates::{Certificate, Course, Language, Picture, Signatory};
use lp_http::Problem;
use sqlx::PgConnection;

use super::shown::{Shown, stored};
use crate::drawing::{Drawing, DrawingError, Format};
use crate::issuing::Site;
use crate::store::issuing::images::ImageRow;

/// What a file is drawn from.
pub(super) struct Wanted {
    format: Format,
    certificate: Certificate,
    picture: Option<ImageRow>,
}

impl Wanted {
    /// Nothing of a credential that was withdrawn. `shows_name` is whether the picture of the link has the name; all others
    /// hold the credential, which does.
    pub(super) async fn read(
        conn: &mut PgConnection,
        site: &Site,
        shown: &Shown,
        format: Format,
        language: Option<&str>,
    ) -> sqlx::Result<Option<Self>> {
        let Some(signed) = &shown.signed else { return Ok(None) };
        let Shown { credential, definition, issuer, .. } = shown;
        let mut signatories = Vec::new();
        for one in &definition.signatories {
            let signature = stored(conn, one.signature.as_ref()).await?;
            signatories.push(Signatory {
                name: one.name.to_string(),
                title: one.title.as_ref().map(ToString::to_string),
                organisation: None,
                signature: signature.and_then(|image| Picture::parse(&image.bytes).ok()),
            });
        }
        let logo = stored(conn, issuer.image.as_ref()).await?;
        let picture = stored(conn, definition.image.as_ref()).await?;
        let hides_name = format == Format::Preview && !credential.shows_name;
        let language = language.and_then(Language::of_tag);
        let of_definition = || Language::of_tag(&String::from(definition.language.clone()));
        let language = language.or_else(of_definition).unwrap_or(Language::English);
        let (_, wording) = definition.wording(language.tag());
        let certificate = Certificate {
            learner: shown.name.clone().filter(|_| !hides_name).unwrap_or_default(),
            title: wording.name.to_string(),
            description: Some(wording.description.to_string()),
            organisation: issuer.name.to_string(),
            logo: logo.and_then(|image| Picture::parse(&image.bytes).ok()),
            awarded: credential.awarded_at.date_naive(),
            // The last day, where the instant is the first at which it no longer holds.
            expires: credential.valid_until.map(|until| (until - TimeDelta::seconds(1)).date_naive()),
            grade: shown.grade(),
            hours: definition.hours.map(f64::from),
            by_decision: shown.award.by_hand,
            courses: shown
                .courses()
                .iter()
                .map(|course| Course {
                    title: course.name().to_owned(),
                    completed: course.completed_at.map(|at| at.date_naive()),
                    grade: shown.grade_in(course),
                })
                .collect(),
            signatories,
            verify_url: site.credential(credential.credential_id).to_string(),
            credential_id: credential.credential_id.to_string(),
            language,
            credential: Some(signed.document.clone().into_bytes()),
        };
        Ok(Some(Self { format, certificate, picture }))
    }

    /// The file.
    pub(super) async fn bytes(self, drawing: &Drawing) -> Result<Vec<u8>, DrawingError> {
        drawing.draw(self.format, self.certificate, self.picture).await
    }

    /// The file, as it is answered.
    pub(super) async fn draw(self, drawing: &Drawing, name: &str) -> Result<Response, Problem> {
        let format = self.format;
        let bytes = self.bytes(drawing).await.map_err(|error| Problem::internal(&error))?;
        let kind = if matches!(format, Format::Preview) { "inline" } else { "attachment" };
        let headers = [
            (header::CONTENT_TYPE, format.media_type().to_owned()),
            (header::CONTENT_DISPOSITION, format!("{kind}; filename=\"{name}-{}\"", format.file())),
            // An SVG that is opened by itself runs nothing and fetches nothing; a PNG may be in it.
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox".to_owned(),
            ),
        ];
        Ok((headers, bytes).into_response())
    }
}
