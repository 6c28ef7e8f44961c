/// Why a suite or a benchmark has no results.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    /// This machine lacks a tool; the text names it.
    #[error("{0}")]
    MissingTool(String),
    /// Any other error.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}
