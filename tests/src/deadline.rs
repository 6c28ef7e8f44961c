//! Waiting for something that must happen soon.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

/// How often [`until`] looks.
const POLL: Duration = Duration::from_millis(20);

/// The output of `future`, which must come within `limit`.
///
/// # Panics
///
/// If it does not; `what` says what was waited for.
pub async fn within<F: Future>(limit: Duration, what: &str, future: F) -> F::Output {
    match timeout(limit, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what}: not within {limit:?}"),
    }
}

/// Looks again and again until `look` finds something.
///
/// # Panics
///
/// If it finds nothing within `limit`; `what` says what was waited for.
pub async fn until<T, F: Future<Output = Option<T>>>(
    limit: Duration,
    what: &str,
    mut look: impl FnMut() -> F,
) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within {limit:?}");
        sleep(POLL).await;
    }
}
