//! How long things may take.

use std::time::Duration;

/// The times of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From the look-up of the host's name to the WebSocket, in total.
    pub connect: Duration,
    /// From one ping to the next.
    pub ping: Duration,
    /// The connection is dead if nothing came for this long, not even an answer to a ping.
    pub dead: Duration,
    /// For the last acknowledgements to be sent, and for the broker to report that it has closed. A
    /// pull gives it a second.
    pub close: Duration,
}

impl Default for Timing {
    /// A ping every 30 s, as Tuya's own clients send them. After 75 s, two answers are missing.
    fn default() -> Self {
        Timing {
            connect: Duration::from_secs(10),
            ping: Duration::from_secs(30),
            dead: Duration::from_secs(75),
            close: Duration::from_millis(900),
        }
    }
}
