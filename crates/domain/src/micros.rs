//! Instants as whole microseconds since 1970, where they are stored many times over.

use chrono::DateTime;
use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

use crate::ids::Timestamp;

fn read<E: serde::de::Error>(micros: i64) -> Result<Timestamp, E> {
    let instant = DateTime::from_timestamp_micros(micros).ok_or_else(|| E::custom("no instant"))?;
    Timestamp::try_from(instant).map_err(E::custom)
}

pub(crate) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    at.get().timestamp_micros().serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    read(i64::deserialize(deserializer)?)
}

pub(crate) mod option {
    use super::*;

    #[expect(clippy::ref_option, reason = "serde asks for this shape")]
    pub(crate) fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        at.map(|at| at.get().timestamp_micros()).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        Option::<i64>::deserialize(deserializer)?.map(read).transpose()
    }
}

pub(crate) mod map {
    use std::collections::BTreeMap;

    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        dates: &BTreeMap<String, Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(dates.iter().map(|(name, at)| (name, at.get().timestamp_micros())))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, Timestamp>, D::Error> {
        let dates = BTreeMap::<String, i64>::deserialize(deserializer)?;
        dates
            .into_iter()
            .map(|(name, at)| Ok((name, read(at)?)))
            .collect::<Result<_, D::Error>>()
            .map_err(D::Error::custom)
    }
}
