//! The order in which facts come does not matter.

use lp_devstack::lms::Simulation;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use crate::compare::{Look, agrees};
use crate::stack::Stack;

/// All messages of a simulation in its order, and what its last phase expects.
fn all(simulation: &Simulation) -> (Vec<lp_devstack::lms::Message>, &[lp_devstack::lms::Expected]) {
    let messages = simulation.phases.iter().flat_map(|phase| phase.messages.clone()).collect();
    (messages, &simulation.phases[simulation.phases.len() - 1].expected)
}

/// Rows 13, 14, 16.
#[tokio::test(flavor = "multi_thread")]
async fn fault_16_another_order_with_repetitions_gives_the_same_digest() {
    let simulation = Simulation::new(2, 60);
    let (mut messages, expected) = all(&simulation);
    let mut digests = vec![];
    for order in 0..2 {
        let Some(stack) = Stack::start().await.unwrap() else { return };
        stack.import(&simulation.import).unwrap();
        let _consumer = stack.serve("consumer", &[]).unwrap();
        let (_query, _credentials, apis) = stack.apis().unwrap();
        if order == 1 {
            let mut random = StdRng::seed_from_u64(2);
            let again: Vec<_> = messages.iter().take(messages.len() / 4).cloned().collect();
            messages.extend(again);
            messages.shuffle(&mut random);
        }
        stack.send(&messages).await.unwrap();
        stack.until_consumed(messages.len()).await.unwrap();
        agrees(&stack, &apis, expected, Look::VerdictsOnly).await.unwrap();
        digests.push(stack.digest().await.unwrap());
    }
    assert_eq!(digests[0], digests[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_enrolled_after_the_facts_has_what_one_enrolled_before_has() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let simulation = Simulation::new(7, 60);
    let (messages, expected) = all(&simulation);
    // Only the paths, at first.
    let (catalogue, _) = simulation.import.split_once("enrolments:").unwrap();
    stack.import(catalogue).unwrap();
    let _consumer = stack.serve("consumer", &[]).unwrap();
    let (_query, _credentials, apis) = stack.apis().unwrap();
    stack.send(&messages).await.unwrap();
    stack.until_consumed(messages.len()).await.unwrap();
    assert_eq!(stack.number("progress", "SELECT count(*) FROM progress").await.unwrap(), 0);
    stack.import(&simulation.import).unwrap();
    agrees(&stack, &apis, expected, Look::VerdictsOnly).await.unwrap();
}
