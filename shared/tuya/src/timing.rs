//! How long things may take.

use std::time::Duration;

/// The times of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From the look-up of the host's name to the WebSocket, all in all.
    pub connect: Duration,
    /// From one ping to the next.
    pub ping: Duration,
    /// A connection on which nothing came for so long, no answer to a ping either, is dead.
    pub dead: Duration,
    /// For the last acknowledgements to leave, and for the broker to say that it has closed: a
    /// pull gives it a second.
    pub close: Duration,
}

impl Default for Timing {
    /// Pings every 30 s, as Tuya's own clients send them; after 75 s two answers are missing.
    fn default() -> Self {
        Timing {
            connect: Duration::from_secs(10),
            ping: Duration::from_secs(30),
            dead: Duration::from_secs(75),
            close: Duration::from_millis(900),
        }
    }
}
