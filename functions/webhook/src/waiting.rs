//! Why an event waits in the webhook's queue.

/// Why an event waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitReason {
    /// The receiver did not take it for now.
    Retry,
    /// The circuit is open: the receiver fails for several devices.
    CircuitOpen,
    /// The invocation had no time left.
    Deadline,
    /// The dead letters did not take it.
    DeadLettersUnavailable,
    /// The settings or secrets of the webhook are wrong.
    Misconfigured,
    /// The function has started, and cannot read its settings.
    SettingsUnavailable,
}

impl WaitReason {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            WaitReason::Retry => "retry",
            WaitReason::CircuitOpen => "circuit_open",
            WaitReason::Deadline => "deadline",
            WaitReason::DeadLettersUnavailable => "dead_letters_unavailable",
            WaitReason::Misconfigured => "misconfigured",
            WaitReason::SettingsUnavailable => "settings_unavailable",
        }
    }
}
