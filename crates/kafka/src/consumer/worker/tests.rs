use lp_inbox::Message;

use super::*;
use crate::Applied;

/// Refuses every batch with messages of partition 1; lets the assignment end after so many that it took.
struct Refusing {
    current: watch::Sender<u64>,
    left: usize,
}

impl Sink for Refusing {
    async fn claim(&mut self, _: &[TopicPartition]) -> Result<Vec<Claimed>, SinkError> {
        Ok(vec![])
    }

    async fn apply(&mut self, batch: &Batch) -> Result<Applied, SinkError> {
        if batch.messages.iter().any(|message| message.partition == 1) {
            return Err(SinkError::Refused { reason: "out of range".into(), source: "22003".into() });
        }
        self.left -= 1;
        if self.left == 0 {
            self.current.send_replace(1);
        }
        batch.applied(&[])
    }
}

/// What the worker answers to one batch of two messages in each of three partitions.
async fn answers(left: usize) -> Vec<String> {
    let (current, watched) = watch::channel(0);
    let (jobs, received) = mpsc::unbounded_channel();
    let (done, answered) = std::sync::mpsc::channel();
    let mut batch = Batch::default();
    for partition in 0..3 {
        batch.advances.push(Advance { topic: "t".into(), partition, from: 5, to: 7, epoch: 1 });
        batch.messages.extend([5, 6].map(|offset| Message {
            topic: "t".into(),
            partition,
            offset,
            key: None,
            payload: None,
            headers: vec![],
        }));
    }
    jobs.send(Job::Apply { generation: 0, batch }).unwrap();
    drop(jobs);
    let worker = Worker {
        sink: Refusing { current, left },
        jobs: received,
        done,
        current: watched,
        health: ConsumerHealth::default(),
        poison_limit: 10,
        backoff: (Duration::ZERO, Duration::ZERO),
        poison_runs: HashMap::new(),
    };
    worker.run().await;
    let told = |done| match done {
        Done::Committed { advances } => {
            let steps: Vec<_> =
                advances.iter().map(|a| format!("{}:{}→{}", a.partition, a.from, a.to)).collect();
            format!("committed {}", steps.join(" "))
        }
        Done::Halted { partition, reason, .. } => format!("halted {partition}: {reason}"),
        Done::Ended => "ended".to_owned(),
        other => format!("{other:?}"),
    };
    answered.iter().map(told).collect()
}

#[tokio::test]
async fn a_refused_batch_is_committed_but_for_the_partition_that_is_refused_alone() {
    assert_eq!(
        answers(usize::MAX).await,
        ["committed 0:5→7", "halted 1: out of range", "committed 2:5→7", "ended"]
    );
}

#[tokio::test]
async fn fault_07_partitions_not_yet_applied_alone_are_dropped_with_their_assignment() {
    assert_eq!(answers(1).await, ["committed 0:5→7", "ended"]);
}
