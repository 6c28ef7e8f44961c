//! The text of a document, from a file or from standard input.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};
use thingrelay_core::config::Problem;

/// The most bytes of a document: more than any place for a document accepts.
const MOST_BYTES: u64 = 1024 * 1024;

pub(crate) struct Input {
    /// The name that the user gave.
    pub(crate) name: String,
    /// The content, which may hold secrets.
    pub(crate) text: String,
}

impl Input {
    /// Reads a file, or standard input for `-`.
    ///
    /// # Errors
    /// The document cannot be read, is not text, or is empty.
    pub(crate) fn read(path: &Path) -> Result<Input, Problem> {
        let standard_input = path == Path::new("-");
        let name = if standard_input {
            "standard input".to_owned()
        } else {
            path.display().to_string()
        };
        let bytes = if standard_input {
            read(io::stdin().lock())
        } else {
            File::open(path).and_then(read)
        };
        let bytes =
            bytes.map_err(|error| Problem::new(&name, format!("cannot be read: {error}")))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(Problem::new(
                name,
                "has more than 1 MiB, which is too much for a configuration",
            ));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| Problem::new(&name, "is not UTF-8 text: save it as UTF-8"))?;
        if text.trim_start_matches('\u{feff}').trim().is_empty() {
            return Err(Problem::new(
                name,
                "is empty: a configuration has at least one source, [sources.NAME]",
            ));
        }
        Ok(Input { name, text })
    }
}

fn read(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
