//! Opens the page in a browser.

use std::process::{Command, Stdio};

/// The programs that open a URL in the user's browser: of Linux, of macOS.
const OPENERS: [&str; 2] = ["xdg-open", "open"];

/// Opens a URL, and warns if no program does.
pub(crate) fn open(url: &str) {
    let is_opened = OPENERS.iter().any(|program| {
        let mut command = Command::new(program);
        let command = command.arg(url).stdin(Stdio::null());
        let started = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        match started {
            Ok(mut child) => {
                // A thread waits, so that no dead process stays.
                std::thread::spawn(move || child.wait());
                true
            }
            Err(_) => false,
        }
    });
    if !is_opened {
        tracing::warn!(url, "no program opens a browser: xdg-open is not installed");
    }
}
