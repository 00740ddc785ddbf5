//! SIGTERM, whatever else is wrong.

use std::time::Instant;

use lp_devstack::lms::Simulation;
use nix::sys::signal::Signal;

use crate::compare::{Look, agrees};
use crate::stack::{SHUTDOWN, Service, Stack};

async fn ends_well(mut service: Service, when: &str) {
    let begun = Instant::now();
    service.process.signal(Signal::SIGTERM).unwrap();
    let status = service.process.wait(SHUTDOWN * 2).await.unwrap();
    println!("{when}: ended with {status} after {:?}", begun.elapsed());
    assert!(status.success(), "{when}: {status}");
    assert!(begun.elapsed() <= SHUTDOWN, "{when}: {:?}", begun.elapsed());
}

/// Rows 70, 71.
#[tokio::test(flavor = "multi_thread")]
async fn fault_70_sigterm_ends_the_services_in_time_under_load_and_without_kafka_or_postgres() {
    let Some(mut stack) = Stack::start().await.unwrap() else { return };
    let simulation = Simulation::new(8, 300);
    stack.import(&simulation.import).unwrap();
    let phase = &simulation.phases[0];
    stack.send(&phase.messages).await.unwrap();
    let (group, small) = ("LP_KAFKA_GROUP_ID", ("LP_BATCH_MAX_MESSAGES", "20"));

    let loaded = stack.serve("consumer", &[(group, "loaded"), small]).unwrap();
    stack.until_consumed(1).await.unwrap();
    ends_well(loaded, "under load").await;
    let consumed = usize::try_from(stack.consumed().await.unwrap()).unwrap();
    assert!(consumed < phase.messages.len(), "there was no load any more");

    let without_broker = stack.serve("consumer", &[(group, "broker"), small]).unwrap();
    stack.until_consumed(consumed + 1).await.unwrap();
    stack.kafka.kill().unwrap();
    ends_well(without_broker, "the consumer without Kafka").await;
    let credentials = stack.serve("credentials", &[]).unwrap();
    ends_well_once_up(credentials, "credentials without Kafka").await;
    stack.kafka.resume().await.unwrap();

    let consumed = usize::try_from(stack.consumed().await.unwrap()).unwrap();
    assert!(consumed < phase.messages.len(), "there was no load any more");
    let without_postgres = stack.serve("consumer", &[(group, "postgres"), small]).unwrap();
    stack.until_consumed(consumed + 1).await.unwrap();
    stack.postgres.kill().unwrap();
    ends_well(without_postgres, "the consumer without Postgres").await;
    stack.postgres.resume().await.unwrap();

    let _consumer = stack.serve("consumer", &[(group, "last")]).unwrap();
    let (_query, _credentials, apis) = stack.apis().unwrap();
    stack.until_consumed(phase.messages.len()).await.unwrap();
    agrees(&stack, &apis, &phase.expected, Look::Everything).await.unwrap();
}

/// Waits until it listens, so that the signal meets a service and not a process that is loading.
async fn ends_well_once_up(service: Service, when: &str) {
    let url = format!("{}/health/live", service.url);
    lp_devstack::until("it lives", async || Ok(reqwest::get(&url).await?.error_for_status().map(drop)?))
        .await
        .unwrap();
    ends_well(service, when).await;
}
