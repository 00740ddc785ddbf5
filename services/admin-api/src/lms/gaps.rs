//! Facts held against what the LMS has of the same learners.

use lp_domain::{FactValue, LearnerId, Timestamp};
use lp_lms_client::{CertificateTold, CourseEnrolment, GradeTold, Lms, LmsError, Seen};
use lp_progress_store::gaps::{
    Told, WantedPair, WantedPairs, end_pair, keep_told, next_pairs, put_off_pair, start_gap_check,
};
use lp_progress_store::{Catalogue, StoreError};
use opaque_keys::CourseKey;
use sqlx::{Connection as _, PgConnection};

use super::pause::{Pause, after};
use super::{FAILURES_MAX, Work};
use crate::http::now;

/// Accounts of which is asked before is looked whether learners wait for their courses.
const ACCOUNTS: i64 = 10;

/// Holds facts against the LMS's record.
pub(super) struct Checker {
    lms: Lms,
    catalogue: Catalogue,
    pause: Pause,
}

impl Checker {
    pub(super) fn new(lms: Lms) -> Self {
        Self { lms, catalogue: Catalogue::default(), pause: Pause::new() }
    }

    /// Begins a check, or goes on with one.
    pub(super) async fn work(&mut self, conn: &mut PgConnection) -> Result<Work, StoreError> {
        let mut tx = conn.begin().await?;
        if start_gap_check(&mut tx, &mut self.catalogue).await? {
            tx.commit().await?;
            return Ok(Work::Some);
        }
        tx.commit().await?;
        let Some(wanted) = next_pairs(conn, ACCOUNTS, now()?).await? else { return Ok(Work::Nothing) };
        self.check(conn, &wanted).await
    }

    async fn check(&mut self, conn: &mut PgConnection, wanted: &WantedPairs) -> Result<Work, StoreError> {
        let Ok(course) = wanted.course.as_str().parse::<CourseKey>() else {
            end(conn, wanted, wanted.learners.iter(), "unknown_course").await?;
            return Ok(Work::Some);
        };
        // Always by id: somebody else may have the name by now that an event told.
        let ids: Vec<LearnerId> =
            wanted.learners.iter().filter(|one| !one.is_retired).map(|one| one.learner).collect();
        let names = match self.lms.usernames_by_id(&ids).await {
            Ok(names) => names,
            Err(error) => return self.failed(conn, wanted, wanted.learners.iter(), &error).await,
        };
        let (known, unknown): (Vec<&WantedPair>, Vec<&WantedPair>) =
            wanted.learners.iter().partition(|one| names.contains_key(&one.learner));
        end(conn, wanted, unknown.into_iter(), "unknown_learner").await?;
        let texts: Vec<&str> = names.values().map(String::as_str).collect();
        let enrolments = match self.lms.enrolments(&texts, &course).await {
            Ok(enrolments) => enrolments,
            Err(error) => return self.failed(conn, wanted, known.into_iter(), &error).await,
        };
        for one in known {
            let name = &names[&one.learner];
            let enrolment = Seen { asked_at: enrolments.asked_at, told: enrolments.told.get(name) };
            match self.record(name, &course, enrolment).await {
                Ok(None) => end(conn, wanted, [one].into_iter(), "unknown_learner").await?,
                Ok(Some(told)) => {
                    let mut record = Vec::with_capacity(told.len());
                    for Seen { asked_at, told: value } in told {
                        let seen_at = Timestamp::try_from(asked_at).map_err(sqlx::Error::decode)?;
                        record.push(Told { seen_at, value });
                    }
                    let pair = (wanted.check_id, &wanted.course, one.learner);
                    let mut tx = conn.begin().await?;
                    let gaps = keep_told(&mut tx, &mut self.catalogue, pair, &record, now()?).await?;
                    tx.commit().await?;
                    for kind in gaps {
                        metrics::counter!("lp_gaps_found_total", "kind" => kind.word()).increment(1);
                    }
                    self.pause.answered();
                }
                Err(error) => {
                    if let wait @ Work::Wait(_) = self.failed(conn, wanted, [one].into_iter(), &error).await?
                    {
                        return Ok(wait);
                    }
                }
            }
        }
        Ok(Work::Some)
    }

    /// What the LMS has of somebody in a course, as facts; nothing when nobody has the name any more. Who never was enrolled has
    /// nothing there, and of who is not enrolled now no grade is told.
    async fn record(
        &self,
        name: &str,
        course: &CourseKey,
        enrolment: Seen<Option<&CourseEnrolment>>,
    ) -> Result<Option<Vec<Seen<FactValue>>>, LmsError> {
        let Seen { asked_at, told } = enrolment;
        let Some(enrolment) = told else {
            let none = FactValue::Enrolment { active: false, mode: String::new() };
            return Ok(Some(vec![Seen { asked_at, told: none }]));
        };
        let (active, mode) = (enrolment.is_active, enrolment.mode.clone());
        let mut record = vec![Seen { asked_at, told: FactValue::Enrolment { active, mode } }];
        if active {
            let Seen { asked_at, told } = self.lms.grade(name, course).await?;
            match told {
                GradeTold::Grade(grade) => {
                    let facts = [
                        FactValue::Passing { passing: grade.is_passing },
                        FactValue::Grade { grade: grade.grade },
                    ];
                    record.extend(facts.map(|told| Seen { asked_at, told }));
                }
                GradeTold::NotEnrolled => {}
                GradeTold::NoAccount => return Ok(None),
            }
        }
        let Seen { asked_at, told } = self.lms.certificate(name, course).await?;
        let (status, mode) = match told {
            CertificateTold::Certificate(certificate) => (certificate.status, certificate.mode),
            // The LMS's word for one that was there.
            CertificateTold::None => ("deleted".to_owned(), String::new()),
            CertificateTold::NotGiven => return Ok(Some(record)),
        };
        record.push(Seen { asked_at, told: FactValue::Certificate { status, mode } });
        Ok(Some(record))
    }

    /// Leaves the LMS alone for a while; where its answer was of no use, these accounts alone, and for good after some tries.
    async fn failed(
        &mut self,
        conn: &mut PgConnection,
        wanted: &WantedPairs,
        of: impl Iterator<Item = &WantedPair>,
        error: &LmsError,
    ) -> Result<Work, StoreError> {
        let wait = self.pause.failed(error);
        if !matches!(error, LmsError::Unexpected { .. }) {
            return Ok(Work::Wait(wait));
        }
        for one in of {
            if one.failures + 1 < FAILURES_MAX {
                put_off_pair(conn, wanted.check_id, &wanted.course, one.learner, after(wait)?).await?;
            } else {
                end(conn, wanted, [one].into_iter(), "failed").await?;
            }
        }
        Ok(Work::Some)
    }
}

/// Asks no more of these.
async fn end(
    conn: &mut PgConnection,
    wanted: &WantedPairs,
    of: impl Iterator<Item = &WantedPair>,
    outcome: &str,
) -> Result<(), StoreError> {
    for one in of {
        let mut tx = conn.begin().await?;
        end_pair(&mut tx, wanted.check_id, &wanted.course, one.learner, outcome).await?;
        tx.commit().await?;
    }
    Ok(())
}
