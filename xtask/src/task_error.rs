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

/// The tool, or the text of [`TaskError::MissingTool`] if something can be done without it.
pub(crate) fn available<T>(tool: Result<T, TaskError>) -> anyhow::Result<Result<T, String>> {
    match tool {
        Ok(tool) => Ok(Ok(tool)),
        Err(TaskError::MissingTool(reason)) => Ok(Err(reason)),
        Err(TaskError::Other(error)) => Err(error),
    }
}
