//! The request at work.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The request at work, for lines of tasks that run outside its span. Lambda gives a process one
/// request at a time.
static REQUEST_AT_WORK: Mutex<Option<String>> = Mutex::new(None);

pub(super) fn request_at_work() -> MutexGuard<'static, Option<String>> {
    REQUEST_AT_WORK
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}
