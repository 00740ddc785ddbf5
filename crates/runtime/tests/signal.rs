//! Signals go to the whole process, so this test has a process of its own.

use std::time::Duration;

use lp_runtime::{Outcome, Supervisor};

#[tokio::test]
async fn fault_70_sigterm_stops_and_drains() {
    let mut supervisor = Supervisor::new(Duration::from_secs(30));
    let told = supervisor.cancel();
    // On this one thread the task first runs once the supervisor waits, that is, with the handler in place.
    supervisor.spawn("worker", async move {
        let status = tokio::process::Command::new("kill")
            .args(["-TERM", &std::process::id().to_string()])
            .status()
            .await?;
        anyhow::ensure!(status.success(), "kill failed");
        told.cancelled().await;
        Ok(())
    });
    assert_eq!(supervisor.run().await.unwrap(), Outcome::Drained);
}
