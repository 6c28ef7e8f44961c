//! Reads the files of an archive.

use super::parts::Parts;
use crate::recovery::{journal::Arrival, kept::Kept};
use anyhow::Context;
use flate2::bufread::MultiGzDecoder;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};
use thingrelay_core::{archive::Line, staged::Staged, timestamp::Timestamp};

/// How many messages are handed on together.
const TOGETHER: usize = 500;
/// The most bytes of messages that are handed on together, unless one has more.
const BYTES: usize = 16 * 1024 * 1024;
/// The longest line that is read: a message whose every byte needs an escape.
const LONGEST: u64 = 8 * 1024 * 1024;

/// The files of these paths: the paths themselves, and what is below a directory.
///
/// # Errors
/// A path cannot be read.
pub(crate) fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        add(path, true, &mut files).with_context(|| format!("cannot read {}", path.display()))?;
    }
    Ok(files)
}

fn add(path: &Path, is_named: bool, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if fs::metadata(path)?.is_dir() {
        let entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path()));
        let mut entries: Vec<PathBuf> = entries.collect::<io::Result<_>>()?;
        entries.sort();
        return entries
            .iter()
            .try_for_each(|entry| add(entry, false, files));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if is_named || name.ends_with(".jsonl") || name.ends_with(".jsonl.gz") {
        files.push(path.to_owned());
    }
    Ok(())
}

/// The beginning of the hour in which the messages of a file were archived, in milliseconds since
/// 1970, if the file is in an archive's folders of year, month, day and hour.
pub(crate) fn hour(path: &Path) -> Option<i64> {
    let folders = path.parent()?.components().rev().take(4);
    let folders = folders.map(|folder| folder.as_os_str().to_str());
    let [hour, day, month, year] = folders.collect::<Option<Vec<_>>>()?.try_into().ok()?;
    let text = format!("{year}-{month}-{day}T{hour}:00:00Z");
    let begin = Timestamp::from_platform_text(&text, 0)?;
    Some(begin.unix_millis())
}

/// Calls the function with the messages of a file, some at a time. Returns the number of lines that
/// cannot be read. A member of a gzip file that ends too early, as a killed process leaves it, ends
/// the file.
///
/// # Errors
/// The file cannot be read, or the function fails.
pub(crate) fn each_batch(
    path: &Path,
    parts: &mut Parts,
    mut take: impl FnMut(&[Arrival]) -> anyhow::Result<()>,
) -> anyhow::Result<u64> {
    let mut file = BufReader::new(File::open(path)?);
    let is_compressed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let mut lines: Box<dyn BufRead> = match is_compressed {
        true => Box::new(BufReader::new(MultiGzDecoder::new(file))),
        false => Box::new(file),
    };
    let origin = path.display().to_string();
    let (mut arrivals, mut bytes, mut unread, mut number) = (Vec::new(), 0, 0, 0_u64);
    loop {
        let mut line = Vec::new();
        match lines.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => {}
            // The message was not done, so it is elsewhere, too.
            Err(error) if is_compressed && error.kind() == io::ErrorKind::UnexpectedEof => break,
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
        bytes += arrival.kept.body.len();
        arrivals.push(arrival);
        if arrivals.len() >= TOGETHER || bytes >= BYTES {
            take(&arrivals)?;
            arrivals.clear();
            bytes = 0;
        }
    }
    take(&arrivals)?;
    Ok(unread)
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
