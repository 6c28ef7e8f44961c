//! The messages of a file.

use super::parts::Parts;
use crate::recovery::{journal::Arrival, kept::Kept};
use flate2::bufread::MultiGzDecoder;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};
use thingrelay_core::{archive::Line, staged::Staged};

/// How many messages are handed on together.
const TOGETHER: usize = 500;
/// The most bytes of messages that are handed on together, unless one has more.
const BYTES: usize = 16 * 1024 * 1024;
/// The longest line that is read: a message whose every byte needs an escape.
const LONGEST: u64 = 8 * 1024 * 1024;

/// A file of an archive that is open.
pub(crate) struct OpenFile {
    name: String,
    bytes: Box<dyn BufRead + Send>,
}

impl OpenFile {
    pub(crate) fn new(name: String, bytes: Box<dyn BufRead + Send>) -> OpenFile {
        OpenFile { name, bytes }
    }

    /// # Errors
    /// The file cannot be read.
    pub(crate) fn local(path: &Path) -> io::Result<OpenFile> {
        let file = BufReader::new(File::open(path)?);
        Ok(OpenFile::new(path.display().to_string(), Box::new(file)))
    }

    /// The path or URL.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Calls the function with the messages of a file, some at a time. Returns the number of lines that
    /// cannot be read. A member of a gzip file that ends too early, as a killed process leaves it, ends
    /// the file.
    ///
    /// # Errors
    /// The file cannot be read, or the function fails.
    pub(crate) fn each_batch(
        self,
        parts: &mut Parts,
        mut take: impl FnMut(&[Arrival]) -> anyhow::Result<()>,
    ) -> anyhow::Result<u64> {
        let OpenFile {
            name: origin,
            bytes: mut file,
        } = self;
        let is_compressed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        let mut lines: Box<dyn BufRead> = match is_compressed {
            true => Box::new(BufReader::new(MultiGzDecoder::new(file))),
            false => file,
        };
        let (mut arrivals, mut length, mut unread, mut number) = (Vec::new(), 0, 0, 0_u64);
        loop {
            let mut line = Vec::new();
            match lines.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => {}
                // The message was not done, so it is elsewhere, too.
                Err(error) if is_compressed && error.kind() == io::ErrorKind::UnexpectedEof => {
                    break;
                }
                Err(error) => return Err(error.into()),
            }
            number += 1;
            if line.trim_ascii().is_empty() {
                continue;
            }
            let Ok(read) = serde_json::from_slice(&line) else {
                unread += 1;
                continue;
            };
            let Some(whole) = parts.join(read) else {
                continue;
            };
            let arrival = arrival(whole, &origin, number);
            length += arrival.kept.body.len();
            arrivals.push(arrival);
            if arrivals.len() >= TOGETHER || length >= BYTES {
                take(&arrivals)?;
                arrivals.clear();
                length = 0;
            }
        }
        take(&arrivals)?;
        Ok(unread)
    }
}

/// The message of a line. A message that the files have twice has one key.
fn arrival(line: Line<'_>, origin: &str, number: u64) -> Arrival {
    let kept = Kept {
        origin: origin.to_owned(),
        group: line.group.map(Into::into),
        sequence: line.sequence.map(Into::into),
        sent: 0,
        attributes: BTreeMap::new(),
        body: line.body.into(),
    };
    let staged = Staged::from_body(kept.parts().record).ok();
    let key = staged.map(|staged| staged.id.to_string());
    Arrival {
        key: key.unwrap_or_else(|| format!("{origin}:{number}")),
        kept,
    }
}

#[cfg(test)]
mod tests;
