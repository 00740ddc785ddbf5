//! Differences of counts, summed up in memory and appended.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::contribution::Contribution;
use crate::StoreError;

/// What is counted; each count is by run, revision, a day and a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum Measure {
    /// By the day of enrolment and how the enrolment stands: active, suspended, withdrawn, ended (0 to 3).
    Enrolled = 0,
    /// Who has started, by the day of enrolment.
    Started = 1,
    /// Who has started, by the day of it.
    StartedOn = 2,
    /// Who has completed, by the day of it.
    CompletedOn = 3,
    /// Who has completed, by the day of enrolment and the days that it took.
    Days = 4,
    /// Who has started an item, by the day of enrolment and the item's place.
    ItemStarted = 5,
    /// Who has completed it, likewise.
    ItemCompleted = 6,
    /// Whose next item it is, likewise.
    NextItem = 7,
    /// Who may be at risk, by the day of their last fact and whether they are late (0 or 1).
    Open = 8,
}

impl Measure {
    const ALL: [Self; 9] = [
        Self::Enrolled,
        Self::Started,
        Self::StartedOn,
        Self::CompletedOn,
        Self::Days,
        Self::ItemStarted,
        Self::ItemCompleted,
        Self::NextItem,
        Self::Open,
    ];

    pub(crate) fn of_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| *measure as i16 == number)
    }
}

/// By run, revision, measure, day and number.
type Place = (i64, i32, i16, NaiveDate, i32);

#[derive(Default)]
pub(super) struct Deltas(HashMap<Place, i32>);

impl Deltas {
    /// An enrolment of a run adds `after` instead of `before`.
    pub(super) fn push(&mut self, run_id: i64, before: Option<&Contribution>, after: Option<&Contribution>) {
        for (one, other, sign) in [(before, after, -1), (after, before, 1)] {
            let Some(one) = one else { continue };
            one.cells(other, |measure, day, point| {
                *self.0.entry((run_id, one.revision, measure as i16, day, point)).or_default() += sign;
            });
        }
    }

    /// Appends what is left of them, one row a run.
    pub(super) async fn write(self, conn: &mut PgConnection) -> Result<(), StoreError> {
        let (mut runs, mut revisions, mut measures) = (vec![], vec![], vec![]);
        let (mut days, mut points, mut learners) = (vec![], vec![], vec![]);
        for ((run_id, revision, measure, day, point), many) in self.0 {
            if many != 0 {
                runs.push(run_id);
                revisions.push(revision);
                measures.push(measure);
                days.push(day);
                points.push(point);
                learners.push(many);
            }
        }
        if runs.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "INSERT INTO report_deltas (run_id, measures, days, revisions, points, learners)
             SELECT run_id, array_agg(measure), array_agg(day), array_agg(revision), array_agg(point), array_agg(learners)
             FROM unnest($1::bigint[], $2::smallint[], $3::date[], $4::integer[], $5::integer[], $6::integer[])
                  AS n (run_id, measure, day, revision, point, learners)
             GROUP BY run_id",
            &runs,
            &measures,
            &days,
            &revisions,
            &points,
            &learners,
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}
