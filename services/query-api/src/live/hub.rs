//! Who is listening to which learner.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use super::Inner;

/// The open streams by learner.
pub(super) struct Hub {
    max_streams: usize,
    max_streams_per_learner: usize,
    streams: Mutex<Streams>,
}

#[derive(Default)]
struct Streams {
    number: usize,
    by_learner: HashMap<i64, Vec<Arc<Mark>>>,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// There are too many streams.
    Service,
    /// There are too many of this learner.
    Learner,
}

/// What a stream is left: that there is something newer, however much.
#[derive(Default)]
pub(super) struct Mark {
    changed: Notify,
    /// Since when.
    since: Mutex<Option<Instant>>,
    /// The learner's version when the stream last looked.
    version: AtomicI64,
}

impl Mark {
    fn set(&self, now: Instant) {
        self.since.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(now);
        self.changed.notify_one();
    }
}

impl Hub {
    pub(super) fn new(max_streams: usize, max_streams_per_learner: usize) -> Self {
        Self { max_streams, max_streams_per_learner, streams: Mutex::default() }
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn place(live: &Arc<Inner>, learner: i64) -> Result<Place, Full> {
        let hub = &live.hub;
        let mut streams = hub.streams();
        if streams.number >= hub.max_streams {
            return Err(Full::Service);
        }
        let of_learner = streams.by_learner.entry(learner).or_default();
        if of_learner.len() >= hub.max_streams_per_learner {
            return Err(Full::Learner);
        }
        let mark = Arc::new(Mark::default());
        of_learner.push(Arc::clone(&mark));
        streams.number += 1;
        metrics::gauge!("lp_query_streams_open").increment(1.0);
        Ok(Place { live: Arc::clone(live), learner, mark })
    }

    /// Leaves a mark with the streams of these learners.
    pub(super) fn mark(&self, learners: &[i64]) {
        let now = Instant::now();
        let streams = self.streams();
        for mark in learners.iter().filter_map(|learner| streams.by_learner.get(learner)).flatten() {
            mark.set(now);
        }
    }

    /// The learners of whom there are streams.
    pub(super) fn learners(&self) -> Vec<i64> {
        self.streams().by_learner.keys().copied().collect()
    }

    /// Leaves a mark with the streams that last looked before these versions.
    pub(super) fn mark_older(&self, versions: &[(i64, i64)]) {
        let now = Instant::now();
        let streams = self.streams();
        for (learner, version) in versions {
            let marks = streams.by_learner.get(learner).into_iter().flatten();
            marks
                .filter(|mark| mark.version.load(Ordering::Relaxed) < *version)
                .for_each(|mark| mark.set(now));
        }
    }
}

/// A place among a learner's streams, given up when it is dropped.
pub(crate) struct Place {
    pub(super) live: Arc<Inner>,
    pub(super) learner: i64,
    mark: Arc<Mark>,
}

impl Place {
    /// Waits until there is something newer.
    pub(super) async fn changed(&self) {
        self.mark.changed.notified().await;
    }

    /// Takes the mark away, and says since when it stood.
    pub(super) fn take_mark(&self) -> Option<Instant> {
        self.mark.since.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What is sent from now on is at least of this version.
    pub(super) fn looked_at(&self, version: i64) {
        self.mark.version.store(version, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut streams = self.live.hub.streams();
        streams.number -= 1;
        if let Some(of_learner) = streams.by_learner.get_mut(&self.learner) {
            of_learner.retain(|mark| !Arc::ptr_eq(mark, &self.mark));
            if of_learner.is_empty() {
                streams.by_learner.remove(&self.learner);
            }
        }
        metrics::gauge!("lp_query_streams_open").decrement(1.0);
    }
}
