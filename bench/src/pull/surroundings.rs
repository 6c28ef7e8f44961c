use std::path::Path;

use super::service::Project;

/// The surroundings of a program.
pub(super) struct Surroundings<'a> {
    /// The address of the service.
    pub(super) service: &'a str,
    pub(super) project: &'a Project,
    /// The endpoint of the queue server.
    pub(super) queues: &'a str,
    /// The URL of the staging queue.
    pub(super) staging: &'a str,
    /// A directory for files.
    pub(super) directory: &'a Path,
}
