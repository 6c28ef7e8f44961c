use anyhow::Result;

use crate::resources::cpu_time_of_descendants;

/// What a broker runs in.
const PROGRAM: &str = "java";

/// How many messages are made before they are sent.
pub(super) const CHUNK: usize = 5_000;

/// What messages are pulled from.
pub(super) trait Service {
    /// Where it listens.
    fn address(&self) -> String;

    /// Makes messages of their own.
    async fn project(&mut self, reports: &Reports) -> Result<Project>;

    /// How many messages of a project are not acknowledged.
    async fn backlog(&self, project: &Project) -> Result<u64>;

    /// How many messages of a project were handed out, one that went out twice counts twice;
    /// `None` of a broker that does not count them.
    async fn handed_out(&self, project: &Project) -> Result<Option<u64>>;

    /// The CPU time that the broker has taken so far.
    fn cpu_time(&self) -> Result<std::time::Duration> {
        cpu_time_of_descendants(std::process::id(), PROGRAM)
    }
}

/// Reports of some devices by turns.
pub(super) struct Reports {
    pub(super) messages: usize,
    pub(super) devices: usize,
    /// Of each envelope, about.
    pub(super) bytes: usize,
}

/// Messages at the service, and who may pull them.
pub(super) struct Project {
    pub(super) name: String,
    pub(super) user: String,
    pub(super) password: String,
}
