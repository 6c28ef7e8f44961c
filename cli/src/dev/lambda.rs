//! The functions in `cargo lambda watch`, which replace [`functions`], and the parts around them.
//!
//! The emulator has the HTTP endpoint and no queues. `thingrelay dev --lambda` has the queues and
//! their event source. It passes settings and queue URLs on in two files. The consumer forwards
//! events to one more queue, its last target, from which this process reads them.
//!
//! [`functions`]: super::functions
//!
//! # Layout
//!
//! * [`url`]: the URL of the emulator.
//! * [`handover`]: the files that pass settings and queue URLs to its functions.
//! * [`example`]: the source of the event files that the repository ships.
//! * [`client`]: invocations of a function.
//! * [`probe`]: checks whether the functions answer.
//! * [`function`]: a function behind its event source.
//! * [`forwarded`]: prints the events on the last target.

pub(crate) mod client;
pub(crate) mod example;
pub(crate) mod forwarded;
pub(crate) mod function;
pub(crate) mod handover;
pub(crate) mod probe;
pub(crate) mod url;

pub(crate) use function::EmulatedFunction;
pub(crate) use url::EmulatorUrl;
