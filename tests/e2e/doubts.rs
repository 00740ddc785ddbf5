//! Commits of which nobody hears whether they went through.

use anyhow::ensure;
use lp_devstack::lms::Simulation;

use crate::compare::{Look, agrees};
use crate::crashes::told_once_an_id;
use crate::openedx::Django;
use crate::proxy::Proxy;
use crate::stack::{Service, Stack};
use lp_devstack::until;

const CUTS: usize = 4;

/// Row 4: the stored offset tells that the batch is in, so it is not applied again, and the consumer goes on.
#[tokio::test(flavor = "multi_thread")]
async fn fault_04_a_commit_whose_answer_is_lost_is_neither_lost_nor_doubled() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let simulation = Simulation::new(4, 100);
    stack.import(&simulation.import).unwrap();
    let (_query, _credentials, apis) = stack.apis().unwrap();
    let django = Django::start(&stack).unwrap();
    let phase = &simulation.phases[0];
    let total = phase.messages.len();
    stack.send(&phase.messages).await.unwrap();

    let proxy = Proxy::start(stack.postgres.port()).await.unwrap();
    let url = proxy.url("progress");
    let mut consumer =
        stack.serve("consumer", &[("LP_DATABASE_URL", &url), ("LP_BATCH_MAX_MESSAGES", "20")]).unwrap();
    for cut in 1..=CUTS {
        // There is progress between one and the next.
        let before = usize::try_from(stack.consumed().await.unwrap()).unwrap();
        stack.until_consumed(before + 1).await.unwrap();
        proxy.arm();
        until("an answer is lost", async || {
            ensure!(proxy.cuts() == cut, "{} of {cut}", proxy.cuts());
            Ok(())
        })
        .await
        .unwrap();
    }
    let behind = total - usize::try_from(stack.consumed().await.unwrap()).unwrap();
    assert!(behind > 0, "there was no work in flight any more");

    stack.until_consumed(total).await.unwrap();
    agrees(&stack, &apis, &phase.expected, Look::Everything).await.unwrap();
    told_once_an_id(&stack, &django).await;
    assert_eq!(stack.number("progress", "SELECT count(*) FROM quarantined_messages").await.unwrap(), 0);
    // It heard of every cut, and took in every message once.
    assert!(metric(&consumer, "lp_consumer_retries_total").await >= CUTS);
    assert_eq!(metric(&consumer, "lp_consumer_messages_total").await, total);
    assert!(consumer.process.ended().unwrap().is_none(), "the consumer ended");
}

/// A counter, over all its labels.
async fn metric(service: &Service, name: &str) -> usize {
    let page = reqwest::get(format!("{}/metrics", service.url)).await.unwrap().text().await.unwrap();
    let of_name = page.lines().filter(|line| line.split(['{', ' ']).next() == Some(name));
    of_name.map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()).sum()
}
