//! How a credential stands, from how its award does and what staff made of it.

use lp_domain::AwardState;

use crate::store::issuing::credentials::CredentialStatus;

/// How it stands. What was taken back is so whatever staff say; else the stricter of the two holds.
pub(super) fn standing(award: AwardState, by_hand: Option<CredentialStatus>) -> CredentialStatus {
    let of_award = match award {
        AwardState::Revoked => CredentialStatus::Revoked,
        AwardState::Grace | AwardState::UnderReview => CredentialStatus::Suspended,
        // Its dates are in it.
        AwardState::Valid | AwardState::NotYetValid | AwardState::Expired => CredentialStatus::Valid,
    };
    match (of_award, by_hand) {
        (CredentialStatus::Revoked, _) | (_, Some(CredentialStatus::Revoked)) => CredentialStatus::Revoked,
        (CredentialStatus::Suspended, _) | (_, Some(CredentialStatus::Suspended)) => {
            CredentialStatus::Suspended
        }
        (other, _) => other,
    }
}

/// Whether an award without a credential gets one: not what stands in doubt, and not what is over.
pub(super) fn is_issued(award: AwardState) -> bool {
    matches!(award, AwardState::Valid | AwardState::NotYetValid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_word_holds_and_what_is_taken_back_is_so_for_good() {
        use CredentialStatus::{Revoked, Suspended, Valid};
        for (award, by_hand, expected) in [
            (AwardState::Valid, None, Valid),
            (AwardState::NotYetValid, None, Valid),
            (AwardState::Expired, None, Valid),
            (AwardState::Grace, None, Suspended),
            (AwardState::UnderReview, None, Suspended),
            (AwardState::Revoked, None, Revoked),
            (AwardState::Valid, Some(Suspended), Suspended),
            (AwardState::Valid, Some(Revoked), Revoked),
            (AwardState::Grace, Some(Revoked), Revoked),
            (AwardState::Revoked, Some(Suspended), Revoked),
        ] {
            assert_eq!(standing(award, by_hand), expected, "{award:?} {by_hand:?}");
        }
        let issued = [AwardState::Valid, AwardState::NotYetValid];
        for state in [AwardState::Grace, AwardState::UnderReview, AwardState::Expired, AwardState::Revoked] {
            assert!(!is_issued(state), "{state:?}");
        }
        assert!(issued.into_iter().all(is_issued));
    }
}
