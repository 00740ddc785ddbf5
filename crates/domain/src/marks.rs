//! What is kept of values over time: joins, so that neither order nor repetition matters.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{Ratio, Timestamp};
use crate::micros;

/// The latest value by (`at`, `id`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Latest<T> {
    /// When it became true.
    #[serde(rename = "t", with = "micros")]
    pub at: Timestamp,
    /// The event that said so.
    #[serde(rename = "i")]
    pub id: Uuid,
    /// What was said.
    #[serde(rename = "v")]
    pub value: T,
}

/// A yes or no over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    /// The latest word.
    #[serde(rename = "l")]
    pub latest: Latest<bool>,
    /// The earliest yes.
    #[serde(rename = "f", with = "micros::option", skip_serializing_if = "Option::is_none", default)]
    pub first_yes: Option<Timestamp>,
    /// The last yes.
    #[serde(rename = "y", with = "micros::option", skip_serializing_if = "Option::is_none", default)]
    pub last_yes: Option<Timestamp>,
    /// The last no.
    #[serde(rename = "n", with = "micros::option", skip_serializing_if = "Option::is_none", default)]
    pub last_no: Option<Timestamp>,
}

/// A number over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// The latest word.
    #[serde(rename = "l")]
    pub latest: Latest<Ratio>,
    /// The points that say when any height was first reached, last held, and last missed; ascending.
    #[serde(rename = "m")]
    points: Vec<Point>,
}

/// A value at a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Point(#[serde(with = "micros")] Timestamp, Ratio);

impl<T: PartialOrd> Latest<T> {
    /// Keeps the later one. Equal positions are the same event; should they differ, the greater value stays, in any order.
    pub(crate) fn fold(slot: &mut Option<Self>, at: Timestamp, id: Uuid, value: T) {
        match slot {
            Some(kept) => kept.keep_later(at, id, value),
            None => *slot = Some(Self { at, id, value }),
        }
    }

    fn keep_later(&mut self, at: Timestamp, id: Uuid, value: T) {
        let (new, kept) = ((at, id), (self.at, self.id));
        if new > kept || (new == kept && value > self.value) {
            *self = Self { at, id, value };
        }
    }
}

impl Flag {
    pub(crate) fn fold(slot: &mut Option<Self>, at: Timestamp, id: Uuid, value: bool) {
        let flag = slot.get_or_insert_with(|| Self {
            latest: Latest { at, id, value },
            first_yes: None,
            last_yes: None,
            last_no: None,
        });
        flag.latest.keep_later(at, id, value);
        if value {
            flag.first_yes = Some(flag.first_yes.map_or(at, |first| first.min(at)));
            flag.last_yes = flag.last_yes.max(Some(at));
        } else {
            flag.last_no = flag.last_no.max(Some(at));
        }
    }

    /// The earliest date that is still known.
    pub(crate) fn first_at(&self) -> Timestamp {
        [self.first_yes, self.last_no].into_iter().flatten().fold(self.latest.at, Timestamp::min)
    }
}

impl Measure {
    pub(crate) fn fold(slot: &mut Option<Self>, at: Timestamp, id: Uuid, value: Ratio) {
        let measure =
            slot.get_or_insert_with(|| Self { latest: Latest { at, id, value }, points: Vec::new() });
        measure.latest.keep_later(at, id, value);
        let point = Point(at, value);
        if let Err(place) = measure.points.binary_search(&point) {
            measure.points.insert(place, point);
            measure.prune();
        }
    }

    /// The date of the first word; its point is always needed.
    pub(crate) fn first_at(&self) -> Timestamp {
        self.points.first().map_or(self.latest.at, |point| point.0)
    }

    /// Drops each point that an earlier one as high, a later one as high, and a later one as low make needless.
    ///
    /// Each of the three is a partial order whose undominated points a join keeps, so what is left hangs on the set of
    /// facts alone.
    fn prune(&mut self) {
        let points = &mut self.points;
        let mut needed = vec![false; points.len()];
        let mut before = Extremes::default();
        for (at, point) in points.iter().enumerate() {
            before.pass(*point);
            needed[at] |= before.highest.is_none_or(|highest| highest < point.1);
        }
        let mut after = Extremes::default();
        for (at, point) in points.iter().enumerate().rev() {
            after.pass(*point);
            needed[at] |= after.highest.is_none_or(|highest| highest < point.1)
                || after.lowest.is_none_or(|lowest| lowest > point.1);
        }
        let mut needed = needed.into_iter();
        points.retain(|_| needed.next().unwrap_or(true));
    }

    /// When `threshold` was first reached.
    #[must_use]
    pub fn first_reached(&self, threshold: Ratio) -> Option<Timestamp> {
        self.points.iter().find(|point| point.1 >= threshold).map(|point| point.0)
    }

    /// When a value of `threshold` or more was last stated.
    #[must_use]
    pub fn last_reached(&self, threshold: Ratio) -> Option<Timestamp> {
        self.points.iter().rfind(|point| point.1 >= threshold).map(|point| point.0)
    }

    /// When a value below `threshold` was last stated.
    #[must_use]
    pub fn last_missed(&self, threshold: Ratio) -> Option<Timestamp> {
        self.points.iter().rfind(|point| point.1 < threshold).map(|point| point.0)
    }

    /// A value of `threshold` or more that was stated at that date.
    #[must_use]
    pub fn stated(&self, at: Timestamp, threshold: Ratio) -> Option<Ratio> {
        self.points.iter().find(|point| point.0 == at && point.1 >= threshold).map(|point| point.1)
    }

    /// The greatest value stated at or after `bound`, or ever.
    #[must_use]
    pub fn highest(&self, bound: Option<Timestamp>) -> Option<Ratio> {
        let counts = |point: &&Point| bound.is_none_or(|bound| point.0 >= bound);
        self.points.iter().filter(counts).map(|point| point.1).max()
    }
}

/// The extremes of all points strictly on one side of the point that was passed last: those of its own date aside.
#[derive(Default)]
struct Extremes {
    highest: Option<Ratio>,
    lowest: Option<Ratio>,
    date: Option<Timestamp>,
    highest_of_date: Option<Ratio>,
    lowest_of_date: Option<Ratio>,
}

impl Extremes {
    fn pass(&mut self, Point(at, value): Point) {
        if self.date != Some(at) {
            self.highest = self.highest.max(self.highest_of_date.take());
            let lowest_of_date = self.lowest_of_date.take();
            self.lowest = [self.lowest, lowest_of_date].into_iter().flatten().min();
            self.date = Some(at);
        }
        self.highest_of_date = self.highest_of_date.max(Some(value));
        self.lowest_of_date = Some(self.lowest_of_date.map_or(value, |lowest| lowest.min(value)));
    }
}
