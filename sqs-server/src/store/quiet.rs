//! Work whose panics are expected and must not be reported.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// The process has one hook, so only one thread at a time may replace it.
static EXCHANGE: Mutex<()> = Mutex::new(());

/// Does the work and catches its panic, without calling the process's hook: the caller reports its
/// own error. Panics of other threads are reported as always.
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
