//! Parts that go away and come back.

use std::time::Duration;

use anyhow::ensure;
use lp_devstack::lms::Simulation;

use crate::compare::{Look, agrees};
use crate::stack::{Service, Stack};
use lp_devstack::until;

async fn not_ready(service: &Service) {
    let url = format!("{}/health/ready", service.url);
    until("the service says that it is not ready", async || {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
        let status = client.get(&url).send().await?.status();
        ensure!(status == 503, "{status}");
        Ok(())
    })
    .await
    .unwrap();
}

/// Rows 22, 49, 52: each part goes while messages are in flight; the services stay, say so, and go on by themselves.
#[tokio::test(flavor = "multi_thread")]
async fn fault_52_postgres_kafka_and_the_registry_go_and_come_back_and_nothing_is_lost() {
    let Some(mut stack) = Stack::start().await.unwrap() else { return };
    let simulation = Simulation::new(5, 300);
    stack.import(&simulation.import).unwrap();
    let mut consumer = stack.serve("consumer", &[("LP_BATCH_MAX_MESSAGES", "20")]).unwrap();
    let (_query, mut credentials, apis) = stack.apis().unwrap();
    let phase = &simulation.phases[0];
    let third = phase.messages.len() / 3;
    let (first, rest) = phase.messages.split_at(third);
    let (second, last) = rest.split_at(third);

    stack.send(first).await.unwrap();
    stack.until_consumed(1).await.unwrap();

    stack.postgres.kill().unwrap();
    not_ready(&consumer).await;
    stack.postgres.resume().await.unwrap();
    consumer.until_ready().await.unwrap();
    stack.until_consumed(first.len()).await.unwrap();

    stack.send(second).await.unwrap();
    stack.until_consumed(first.len() + 1).await.unwrap();
    stack.kafka.kill().unwrap();
    stack.kafka.resume().await.unwrap();
    stack.until_consumed(first.len() + second.len()).await.unwrap();

    stack.send(last).await.unwrap();
    stack.until_consumed(phase.messages.len()).await.unwrap();
    agrees(&stack, &apis, &phase.expected, Look::Everything).await.unwrap();
    for service in [&mut consumer, &mut credentials] {
        assert!(service.process.ended().unwrap().is_none(), "a service ended");
    }
    assert_eq!(stack.number("progress", "SELECT count(*) FROM quarantined_messages").await.unwrap(), 0);
}

/// Row 49.
#[tokio::test(flavor = "multi_thread")]
async fn fault_49_without_the_registry_unknown_schemas_wait_and_are_not_quarantined() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let simulation = Simulation::new(49, 40);
    stack.import(&simulation.import).unwrap();
    let phase = &simulation.phases[0];
    stack.send(&phase.messages).await.unwrap();
    stack.registry.freeze(true).unwrap();
    let consumer = stack.serve("consumer", &[]).unwrap();
    until("the consumer asks the registry again", async || {
        let page = reqwest::get(format!("{}/metrics", consumer.url)).await?.text().await?;
        let retried = page.lines().any(|line| {
            line.strip_prefix("lp_consumer_retries_total ")
                .is_some_and(|count| count.parse().unwrap_or(0.0) >= 2.0)
        });
        ensure!(retried, "no second try yet");
        Ok(())
    })
    .await
    .unwrap();
    stack.registry.freeze(false).unwrap();
    let (_query, _credentials, apis) = stack.apis().unwrap();
    stack.until_consumed(phase.messages.len()).await.unwrap();
    agrees(&stack, &apis, &phase.expected, Look::Everything).await.unwrap();
    assert_eq!(stack.number("progress", "SELECT count(*) FROM quarantined_messages").await.unwrap(), 0);
}
