//! The consumer killed at exact and at random moments.

use anyhow::ensure;
use lp_devstack::lms::Simulation;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::compare::{Look, agrees};
use crate::openedx::Django;
use crate::stack::Stack;
use lp_devstack::until;

/// Exact moments, each at two different batches; and so many seeded ones.
const POINTS: [&str; 10] = [
    "after_poll",
    "mid_batch",
    "pre_commit",
    "post_commit",
    "relay_after_send",
    "after_poll:3",
    "mid_batch:3",
    "pre_commit:2",
    "post_commit:2",
    "relay_after_send:2",
];
const RANDOM: usize = 10;

/// Rows 1, 2, 3, 5, 6, 64.
#[tokio::test(flavor = "multi_thread")]
async fn fault_06_the_consumer_killed_twenty_times_loses_nothing_and_doubles_nothing() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let simulation = Simulation::new(6, 200);
    stack.import(&simulation.import).unwrap();
    let (_query, _credentials, apis) = stack.apis().unwrap();
    let django = Django::start(&stack).unwrap();
    let phase = &simulation.phases[0];
    let mut random = StdRng::seed_from_u64(6);
    let share = phase.messages.len() / (POINTS.len() + RANDOM);
    let (mut sent, mut landed) = (0, 0);
    for (round, messages) in phase.messages.chunks(share).enumerate() {
        // Offsets lie in Postgres, so a new group goes on where the old one was, without waiting for its session to end.
        let group = format!("round-{round}");
        let mut extra = vec![("LP_KAFKA_GROUP_ID", group.as_str()), ("LP_BATCH_MAX_MESSAGES", "50")];
        extra.extend(POINTS.get(round).map(|point| ("LP_FAILPOINT", *point)));
        let before = stack.consumed().await.unwrap();
        let mut consumer = stack.serve("consumer", &extra).unwrap();
        stack.send(messages).await.unwrap();
        sent += messages.len();
        if round < POINTS.len() {
            let status = consumer.process.wait(lp_devstack::DEADLINE).await.unwrap();
            assert!(!status.success(), "{} did not happen", POINTS[round]);
            landed += 1;
        } else if round < POINTS.len() + RANDOM {
            let moment = before + random.random_range(0..i64::try_from(messages.len()).unwrap());
            until("the seeded moment", async || {
                let taken_in = stack.consumed().await?;
                ensure!(taken_in > moment, "{taken_in} of {moment}");
                Ok(())
            })
            .await
            .unwrap();
            let behind = stack.consumed().await.unwrap() < i64::try_from(sent).unwrap();
            consumer.process.kill().unwrap();
            landed += usize::from(behind);
        }
    }
    assert!(landed >= POINTS.len(), "{landed} landed while work was in flight");
    println!("{landed} kills landed while work was in flight");
    let _consumer = stack.serve("consumer", &[("LP_KAFKA_GROUP_ID", "last")]).unwrap();
    stack.until_consumed(sent).await.unwrap();
    agrees(&stack, &apis, &phase.expected, Look::Everything).await.unwrap();
    told_once_an_id(&stack, &django).await;
}

/// A signal may come again with its id (the relay sends at least once), but never under another id.
pub(crate) async fn told_once_an_id(stack: &Stack, django: &Django) {
    let completions = stack.number("progress", "SELECT count(*) FROM completions").await.unwrap();
    let wanted = usize::try_from(completions).unwrap();
    until("Django has every completion", async || {
        let received = django.received();
        let ids: std::collections::BTreeSet<String> = received
            .iter()
            .filter(|signal| signal["kind"] == "completed")
            .map(|signal| signal["event_id"].to_string())
            .collect();
        ensure!(ids.len() == wanted, "{} of {wanted}", ids.len());
        Ok(())
    })
    .await
    .unwrap();
}
