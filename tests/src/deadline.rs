//! Waits for something that must happen soon.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

/// How often [`until`] calls `look`.
const POLL: Duration = Duration::from_millis(20);

/// The output of `future`, which must come within `limit`.
///
/// # Panics
///
/// If the output does not come in time; `what` says what the test waited for.
pub async fn within<F: Future>(limit: Duration, what: &str, future: F) -> F::Output {
    match timeout(limit, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what}: not within {limit:?}"),
    }
}

/// Calls `look` again and again until it returns a result.
///
/// # Panics
///
/// If there is no result within `limit`; `what` says what the test waited for.
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
