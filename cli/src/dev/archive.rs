//! The archive in a folder: compressed lines of JSON, by source and hour.
//!
//! Each batch of lines is a member of a gzip file of its own. A thread writes them, and syncs a file
//! once for all batches that wait. A file belongs to one run, so a part of a member that a killed
//! process left is at the end of its file.

use consumer::archive::Archive;
use flate2::{Compression, write::GzEncoder};
use futures::future::BoxFuture;
use std::{
    collections::BTreeMap,
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};
use thingrelay::clock::Clock;
use thingrelay_core::archive::Line;
use tokio::sync::oneshot;

/// The folder in the data directory.
pub(crate) const FOLDER: &str = "archive";

/// An archive in a folder.
#[derive(Debug)]
pub(crate) struct FolderArchive {
    requests: mpsc::Sender<Request>,
    clock: Clock,
}

/// Lines by the folder that they belong to.
#[derive(Debug)]
struct Request {
    lines: BTreeMap<String, String>,
    kept: oneshot::Sender<Result<(), String>>,
}

impl FolderArchive {
    /// An archive in this folder, for this run.
    ///
    /// # Errors
    /// The system starts no thread.
    pub(crate) fn start(folder: PathBuf, clock: Clock) -> io::Result<FolderArchive> {
        let (requests, received) = mpsc::channel();
        let name = clock.now().to_string().replace([':', '.'], "-");
        let name = format!("{name}-{}.jsonl.gz", std::process::id());
        let writer = move || {
            while let Ok(first) = received.recv() {
                write_all(
                    &folder,
                    &name,
                    [first].into_iter().chain(received.try_iter()),
                );
            }
        };
        thread::Builder::new()
            .name("archive".to_owned())
            .spawn(writer)?;
        Ok(FolderArchive { requests, clock })
    }
}

impl Archive for FolderArchive {
    fn keep<'a>(&'a self, lines: Vec<Line<'a>>) -> BoxFuture<'a, Vec<Result<(), String>>> {
        let count = lines.len();
        let mut by_folder: BTreeMap<String, String> = BTreeMap::new();
        for line in lines {
            let text = by_folder.entry(line.folder(self.clock.now())).or_default();
            text.push_str(&line.to_text());
        }
        let (kept, answer) = oneshot::channel();
        let request = Request {
            lines: by_folder,
            kept,
        };
        let is_asked = self.requests.send(request).is_ok();
        Box::pin(async move {
            let kept = match answer.await {
                Ok(answer) if is_asked => answer,
                _ => Err("the archive has ended".to_owned()),
            };
            vec![kept; count]
        })
    }
}

/// Writes the lines of all requests, and answers them.
fn write_all(archive: &Path, name: &str, requests: impl Iterator<Item = Request>) {
    let mut lines: BTreeMap<String, String> = BTreeMap::new();
    let mut waiting = Vec::new();
    for request in requests {
        for (folder, text) in request.lines {
            lines.entry(folder).or_default().push_str(&text);
        }
        waiting.push(request.kept);
    }
    let written = lines.iter().try_for_each(|(folder, text)| {
        let directory = archive.join(folder);
        append(&directory, name, text)
            .map_err(|error| format!("cannot write to {}: {error}", directory.display()))
    });
    for kept in waiting {
        // A caller that does not wait any more hands its records back.
        let _ = kept.send(written.clone());
    }
}

/// Appends a member to a file, which only its owner can read, and syncs it.
fn append(directory: &Path, name: &str, text: &str) -> io::Result<()> {
    let path = directory.join(name);
    let mut options = OpenOptions::new();
    let options = options.append(true).create(true).mode(0o600);
    let mut file = match options.open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(directory)?;
            options.open(&path)?
        }
        opened => opened?,
    };
    let before = file.metadata()?.len();
    let written = write_member(&mut file, text);
    if written.is_err() {
        // A part of a member would hide the members behind it.
        file.set_len(before)?;
    } else if before == 0 {
        // The names of new files and folders have to be on disk, too.
        for directory in directory.ancestors().take(6) {
            File::open(directory)?.sync_all()?;
        }
    }
    written
}

fn write_member(file: &mut File, text: &str) -> io::Result<()> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes())?;
    file.write_all(&encoder.finish()?)?;
    file.sync_data()
}

#[cfg(test)]
mod tests;
