use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Ends the process without any clean-up (`SIGABRT`) when `LP_FAILPOINT` names this point: `name`, or `name:n` for the
/// n-th passage. The fault tests kill the service at exact moments this way; unset, it costs one load.
pub fn failpoint(name: &str) {
    static ARMED: OnceLock<Option<(String, AtomicU64)>> = OnceLock::new();
    let armed = ARMED.get_or_init(|| {
        let wanted = std::env::var("LP_FAILPOINT").ok()?;
        let (name, nth) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        Some((name.to_owned(), AtomicU64::new(nth.parse().unwrap_or(1))))
    });
    if let Some((wanted, left)) = armed
        && wanted == name
        && left.fetch_sub(1, Ordering::Relaxed) == 1
    {
        std::process::abort();
    }
}
