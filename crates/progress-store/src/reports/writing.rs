//! Contributions as columns: one statement, whatever their number.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use lp_domain::LearnerFacts;
use sqlx::PgConnection;

use super::contribution::Contribution;
use super::deltas::Deltas;
use crate::StoreError;
use crate::catalogue::{Catalogue, Run};
use crate::judgement::{Judged, Judgement};

/// By learner and run.
type Kept = HashMap<(i64, i64), Contribution>;

/// What these learners' enrolments add to reports by now.
pub(crate) async fn kept(conn: &mut PgConnection, learners: &[i64]) -> Result<Kept, StoreError> {
    let rows = sqlx::query!(
        "SELECT learner_id, run_id, revision, enrolled_on, standing, started_on, completed_on, last_on, late, next_item, items
         FROM report_contributions WHERE learner_id = ANY($1)",
        learners,
    )
    .fetch_all(conn)
    .await?;
    let kept = rows.into_iter().map(|row| {
        let contribution = Contribution {
            revision: row.revision,
            enrolled_on: row.enrolled_on,
            standing: row.standing,
            started_on: row.started_on,
            completed_on: row.completed_on,
            last_on: row.last_on,
            late: row.late,
            next_item: row.next_item,
            items: row.items,
        };
        ((row.learner_id, row.run_id), contribution)
    });
    Ok(kept.collect())
}

/// Contributions that changed, and the differences. One for all that is judged in a transaction: what it holds is newer than
/// what was read.
#[derive(Default)]
pub(crate) struct Contributions {
    deltas: Deltas,
    /// `None` where nothing is counted any more.
    changed: BTreeMap<(i64, i64), Option<Contribution>>,
}

impl Contributions {
    /// Takes in how an enrolment was judged. A person with several accounts is counted once, as the one that survives.
    pub(crate) fn push(
        &mut self,
        catalogue: &Catalogue,
        one: &Judged,
        run: &Run,
        facts: &LearnerFacts,
        judgement: &Judgement,
    ) {
        let place = one.place();
        let is_counted = catalogue.survivor(place.0) == place.0;
        let after = is_counted.then(|| Contribution::of(one, run, facts, judgement)).flatten();
        let before = self.changed.get(&place).unwrap_or(&one.counted);
        if *before != after {
            self.deltas.push(one.run_id, before.as_ref(), after.as_ref());
            self.changed.insert(place, after);
        }
    }

    /// In a span, so that what reports cost can be measured.
    #[tracing::instrument(name = "reports", level = "debug", skip_all)]
    pub(crate) async fn write(self, conn: &mut PgConnection) -> Result<(), StoreError> {
        self.deltas.write(conn).await?;
        let (mut changed, mut gone) = (Vec::new(), (Vec::new(), Vec::new()));
        for (place, contribution) in self.changed {
            match contribution {
                Some(contribution) => changed.push((place, contribution)),
                None => gone.extend([place]),
            }
        }
        delete(conn, &gone.0, &gone.1).await?;
        upsert(conn, changed).await
    }
}

async fn delete(conn: &mut PgConnection, learners: &[i64], runs: &[i64]) -> Result<(), StoreError> {
    if learners.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "DELETE FROM report_contributions c USING unnest($1::bigint[], $2::bigint[]) AS n (learner_id, run_id)
         WHERE c.learner_id = n.learner_id AND c.run_id = n.run_id",
        learners,
        runs,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn upsert(conn: &mut PgConnection, changed: Vec<((i64, i64), Contribution)>) -> Result<(), StoreError> {
    if changed.is_empty() {
        return Ok(());
    }
    let of =
        |value: fn(&Contribution) -> i32| -> Vec<i32> { changed.iter().map(|(_, one)| value(one)).collect() };
    let days = |value: fn(&Contribution) -> Option<NaiveDate>| -> Vec<Option<NaiveDate>> {
        changed.iter().map(|(_, one)| value(one)).collect()
    };
    let (learners, runs): (Vec<i64>, Vec<i64>) = changed.iter().map(|(place, _)| *place).unzip();
    let revisions = of(|one| one.revision);
    let enrolled_ons: Vec<NaiveDate> = changed.iter().map(|(_, one)| one.enrolled_on).collect();
    let standings: Vec<i16> = changed.iter().map(|(_, one)| one.standing).collect();
    let (started, completed) = (days(|one| one.started_on), days(|one| one.completed_on));
    let last = days(|one| one.last_on);
    let lates: Vec<bool> = changed.iter().map(|(_, one)| one.late).collect();
    let next: Vec<Option<i32>> = changed.iter().map(|(_, one)| one.next_item).collect();
    let items: Vec<String> = changed.into_iter().map(|(_, one)| one.items).collect();
    sqlx::query!(
        "INSERT INTO report_contributions (learner_id, run_id, revision, enrolled_on, standing, started_on, completed_on, last_on,
             late, next_item, items)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::date[], $5::smallint[], $6::date[], $7::date[],
                              $8::date[], $9::boolean[], $10::integer[], $11::text[])
         ON CONFLICT (learner_id, run_id) DO UPDATE SET
             revision = excluded.revision, enrolled_on = excluded.enrolled_on, standing = excluded.standing,
             started_on = excluded.started_on, completed_on = excluded.completed_on, last_on = excluded.last_on,
             late = excluded.late, next_item = excluded.next_item, items = excluded.items",
        &learners,
        &runs,
        &revisions,
        &enrolled_ons,
        &standings,
        &started as &[Option<NaiveDate>],
        &completed as &[Option<NaiveDate>],
        &last as &[Option<NaiveDate>],
        &lates,
        &next as &[Option<i32>],
        &items,
    )
    .execute(conn)
    .await?;
    Ok(())
}
