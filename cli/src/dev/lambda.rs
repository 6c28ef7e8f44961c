//! The functions in `cargo lambda watch`: what stands around them instead of [`functions`].
//!
//! The emulator has the HTTP endpoint and no queues. `thingrelay dev --lambda` has the queues and
//! their event source, hands settings and queue URLs over in two files, and reads the events that
//! the consumer forwards from a queue of its own, which is its last target.
//!
//! [`functions`]: super::functions
//!
//! # Layout
//!
//! * [`url`]: where the emulator is.
//! * [`handover`]: the files by which its functions get settings and queue URLs.
//! * [`example`]: the source of the event files that the repository ships.
//! * [`client`]: invocations of a function.
//! * [`probe`]: whether the functions answer at all.
//! * [`consumer`]: the function behind the event source.
//! * [`forwarded`]: the events that came to the last target, printed.

pub(crate) mod client;
pub(crate) mod consumer;
pub(crate) mod example;
pub(crate) mod forwarded;
pub(crate) mod handover;
pub(crate) mod probe;
pub(crate) mod url;

pub(crate) use consumer::EmulatedConsumer;
pub(crate) use url::EmulatorUrl;
