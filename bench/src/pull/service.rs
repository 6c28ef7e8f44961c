use anyhow::Result;

use crate::resources::cpu_time_of_descendants;

/// The program that runs a broker.
const PROGRAM: &str = "java";

/// The number of messages that are made before they are sent.
pub(super) const CHUNK: usize = 5_000;

/// The service from which messages are pulled.
pub(super) trait Service {
    /// The address on which the service listens.
    fn address(&self) -> String;

    /// Creates a project with messages.
    async fn project(&mut self, reports: &Reports) -> Result<Project>;

    /// The number of unacknowledged messages of a project.
    async fn backlog(&self, project: &Project) -> Result<u64>;

    /// How many messages of a project were delivered; a message that was delivered twice counts
    /// twice. `None` if the broker does not count deliveries.
    async fn handed_out(&self, project: &Project) -> Result<Option<u64>>;

    /// The CPU time that the broker has taken so far.
    fn cpu_time(&self) -> Result<std::time::Duration> {
        cpu_time_of_descendants(std::process::id(), PROGRAM)
    }
}

/// Reports of several devices in turn.
pub(super) struct Reports {
    pub(super) messages: usize,
    pub(super) devices: usize,
    /// The approximate length of each envelope.
    pub(super) bytes: usize,
}

/// Messages at the service, and the credentials to pull them.
pub(super) struct Project {
    pub(super) name: String,
    pub(super) user: String,
    pub(super) password: String,
}
