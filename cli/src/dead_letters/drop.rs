//! Writes messages to a file and forgets them.

use super::{args, tell};
use crate::{
    recovery::{
        asking::{Consent, ask},
        journal::{Journal, Place},
    },
    signals::Signals,
};
use anyhow::Context;
use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::ExitCode,
};

/// How many messages are written before the file is synced.
const TOGETHER: usize = 100;

/// Drops the chosen messages.
///
/// # Errors
/// The file or the journal cannot be written. A message that is not in the file is in the journal.
pub(super) async fn drop_all(
    journal: &Journal,
    args: &args::Drop,
    signals: &mut Signals,
) -> anyhow::Result<ExitCode> {
    let mut places: Vec<Place> = Vec::new();
    journal.each(|place, facts| {
        if args.chosen.takes(&facts) {
            places.push(place);
        }
    })?;
    tell(&format!(
        "messages  {}\nfile      {}\n",
        places.len(),
        args.file.display()
    ));
    match ask(args.yes, "Drop them?", signals).await {
        Consent::Yes => {}
        Consent::No => return Ok(ExitCode::SUCCESS),
        Consent::Unasked => {
            tell("Nothing was dropped. Add --yes to drop the messages.\n");
            return Ok(ExitCode::SUCCESS);
        }
    }
    let mut file = open(&args.file)?;
    for places in places.chunks(TOGETHER) {
        write(journal, &mut file, places)
            .with_context(|| format!("cannot write {}", args.file.display()))?;
        journal.settle(places, &[])?;
    }
    if journal.pending()? == 0 {
        journal.end()?;
    }
    tell(&format!("in the journal  {}\n", journal.len()?));
    Ok(ExitCode::SUCCESS)
}

/// Only the owner can read a file that is made here.
fn open(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    let options = options.read(true).append(true).create(true).mode(0o600);
    let opened = options.open(path).and_then(|mut file| {
        end_the_last_line(&mut file)?;
        Ok(file)
    });
    opened.with_context(|| format!("cannot open {}", path.display()))
}

/// A command that was killed may have left a part of a line, whose message is still in the journal.
fn end_the_last_line(file: &mut File) -> io::Result<()> {
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last != [b'\n'] {
        file.write_all(b"\n")?;
    }
    Ok(())
}

fn write(journal: &Journal, file: &mut File, places: &[Place]) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for place in places {
        if let Some(kept) = journal.message(*place)? {
            serde_json::to_writer(&mut lines, &kept)?;
            lines.push(b'\n');
        }
    }
    file.write_all(&lines)?;
    file.sync_all()?;
    Ok(())
}
