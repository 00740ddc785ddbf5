//! Several consumers, and one that sleeps through the loss of its partitions.

use anyhow::ensure;
use lp_devstack::lms::Simulation;
use nix::sys::signal::Signal;

use crate::compare::{Look, agrees};
use crate::stack::Stack;
use lp_devstack::until;

/// Rows 7, 9, 29: the woken process finds its epoch passed, and its batch dropped.
#[tokio::test(flavor = "multi_thread")]
async fn fault_09_a_stopped_consumer_that_wakes_after_its_partitions_moved_commits_nothing() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let simulation = Simulation::new(9, 300);
    stack.import(&simulation.import).unwrap();
    let (_query, _credentials, apis) = stack.apis().unwrap();
    let phase = &simulation.phases[0];
    let third = phase.messages.len() / 3;
    let small = [("LP_BATCH_MAX_MESSAGES", "20")];
    let mut first = stack.serve("consumer", &small).unwrap();
    stack.send(&phase.messages[..third]).await.unwrap();
    stack.until_consumed(1).await.unwrap();
    // A rebalance under load.
    let mut second = stack.serve("consumer", &small).unwrap();
    second.until_ready().await.unwrap();
    stack.send(&phase.messages[third..2 * third]).await.unwrap();
    let before = stack.consumed().await.unwrap();
    until("there is progress after the rebalance", async || {
        let consumed = stack.consumed().await?;
        ensure!(consumed > before, "{consumed}");
        Ok(())
    })
    .await
    .unwrap();
    first.process.signal(Signal::SIGSTOP).unwrap();
    stack.send(&phase.messages[2 * third..]).await.unwrap();
    // The second takes everything once the session of the first has ended.
    stack.until_consumed(phase.messages.len()).await.unwrap();
    first.process.signal(Signal::SIGCONT).unwrap();
    first.until_ready().await.unwrap();
    stack.send(&simulation.phases[1].messages).await.unwrap();
    stack.until_consumed(phase.messages.len() + simulation.phases[1].messages.len()).await.unwrap();
    agrees(&stack, &apis, &simulation.phases[1].expected, Look::Everything).await.unwrap();
    for service in [&mut first, &mut second] {
        assert!(service.process.ended().unwrap().is_none(), "a consumer ended");
    }
}
