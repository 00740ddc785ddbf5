//! Which place in a list the next credential gets.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::index::StatusIndex;

/// Halves of the 18 bits that are mixed: one more than the 17 of a place, so that the halves are equal.
const HALF_BITS: u32 = 9;
const HALF: u32 = (1 << HALF_BITS) - 1;
/// As many as format-preserving encryption (NIST SP 800-38G, FF1) takes.
const ROUNDS: u8 = 10;

/// The places of a list in an order that looks random: neither age nor number of credentials shows.
///
/// A permutation of all places, made by a Feistel network whose rounds are HMAC-SHA-256: each number gets a place of its
/// own, and nothing needs to be remembered but the next number. Making it costs some milliseconds, asking it nothing.
#[derive(Clone)]
pub struct Places {
    /// What each round makes of each half.
    rounds: Vec<Vec<u32>>,
}

impl Places {
    /// Of the list of this name, under this secret. Neither may change while the list lives.
    #[must_use]
    pub fn new(secret: &[u8; 32], list: &str) -> Self {
        let list = keyed(secret).chain_update(list);
        let round = |round: u8| (0..=HALF).map(|half| mixed(&list, round, half)).collect();
        Self { rounds: (0..ROUNDS).map(round).collect() }
    }

    /// The place of the `number`th credential, from 0; `None` when the list is full.
    #[must_use]
    pub fn place(&self, number: u32) -> Option<StatusIndex> {
        StatusIndex::try_from(number).ok()?;
        // Walks on until it is back among the places; it comes there, since `number` is one of them and lies on the circle.
        let mut mixed = self.mix(number);
        loop {
            match StatusIndex::try_from(mixed) {
                Ok(place) => return Some(place),
                Err(_) => mixed = self.mix(mixed),
            }
        }
    }

    /// A permutation of 0 to 2^18 - 1.
    fn mix(&self, number: u32) -> u32 {
        let halves = (number >> HALF_BITS, number & HALF);
        let (left, right) =
            self.rounds.iter().fold(halves, |(left, right), round| (right, left ^ round[right as usize]));
        left << HALF_BITS | right
    }
}

fn mixed(list: &Hmac<Sha256>, round: u8, half: u32) -> u32 {
    let hash = list.clone().chain_update([0, round]).chain_update(half.to_be_bytes()).finalize().into_bytes();
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) & HALF
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104, section 2)")]
fn keyed(secret: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).expect("a key of any length")
}

/// Tells nothing of the order.
impl std::fmt::Debug for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Places")
    }
}

#[cfg(test)]
mod tests {
    use super::super::index::LIST_LENGTH;
    use super::*;

    fn places(secret: u8, list: &str, count: u32) -> Vec<u32> {
        let places = Places::new(&[secret; 32], list);
        (0..count).map(|number| places.place(number).unwrap().get()).collect()
    }

    #[test]
    fn each_number_has_a_place_of_its_own_and_a_full_list_no_more() {
        let mut all = places(1, "revocation/1", LIST_LENGTH);
        all.sort_unstable();
        assert!(all.into_iter().eq(0..LIST_LENGTH));
        assert_eq!(Places::new(&[1; 32], "revocation/1").place(LIST_LENGTH), None);
        assert_eq!(Places::new(&[1; 32], "revocation/1").place(u32::MAX), None);
    }

    #[test]
    fn places_stay_where_they_were() {
        assert_eq!(places(1, "revocation/1", 4), [57_555, 77_042, 19_398, 86_012]);
    }

    #[test]
    fn another_secret_or_list_has_another_order() {
        let order = places(1, "revocation/1", 100);
        for other in [places(2, "revocation/1", 100), places(1, "revocation/2", 100)] {
            assert!(order.iter().zip(&other).filter(|(a, b)| a == b).count() < 5);
        }
    }

    #[test]
    fn neighbours_lie_far_apart() {
        // 64 buckets, 2,000 places: 31 each on average. Chi-squared of 63 degrees is above 120 once in 20,000 orders.
        let order = places(1, "revocation/1", 2_000);
        let mut buckets = [0_i32; 64];
        for place in &order {
            buckets[*place as usize / 2_048] += 1;
        }
        let chi: f64 = buckets.iter().map(|count| (f64::from(*count) - 31.25).powi(2) / 31.25).sum();
        assert!((20.0..120.0).contains(&chi), "{chi}");
        let rising = order.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((850..1_150).contains(&rising), "{rising}");
    }
}
