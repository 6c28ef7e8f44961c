//! Work whose panics are expected and write nothing.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// The hook belongs to the process: one at a time may exchange it.
static EXCHANGE: Mutex<()> = Mutex::new(());

/// Does the work and catches its panic without a word to the process's hook: the caller has an error
/// of its own to report. Panics of other threads are reported as always.
pub(super) fn quietly<T>(work: impl FnOnce() -> T) -> thread::Result<T> {
    let _exchange = EXCHANGE.lock().unwrap_or_else(PoisonError::into_inner);
    let before: Arc<Hook> = Arc::new(panic::take_hook());
    let others = Arc::clone(&before);
    panic::set_hook(Box::new(move |info| {
        if !IS_QUIET.get() {
            others(info);
        }
    }));
    IS_QUIET.set(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    IS_QUIET.set(false);
    drop(panic::take_hook());
    panic::set_hook(match Arc::try_unwrap(before) {
        Ok(hook) => hook,
        Err(shared) => Box::new(move |info| shared(info)),
    });
    done
}
