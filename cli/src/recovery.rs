//! Stages messages again: what `dead-letters` and `replay` share.
//!
//! Messages are first kept in a journal on disk. From there they are staged in order, at a rate,
//! under the id of a run. A run that was interrupted continues where it was.
//!
//! # Layout
//!
//! * [`kept`]: a message in the journal, and the facts about it.
//! * [`selection`]: which messages are meant.
//! * [`journal`]: the messages on disk, and the unfinished run.
//! * [`plan`]: the messages that a run would stage, counted.
//! * [`run`]: a run that has begun.
//! * [`stager`]: stages the messages of a run.
//! * [`asking`]: asks before something is sent.

pub(crate) mod asking;
pub(crate) mod journal;
pub(crate) mod kept;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod selection;
pub(crate) mod stager;
