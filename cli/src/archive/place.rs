//! Where an archive is.

use super::{
    bucket::{self, Object},
    bucket_url::{BucketUrl, BucketUrlError},
    folder,
    hours::Hours,
    messages::OpenFile,
};
use anyhow::Context;
use futures::{Stream, StreamExt, stream};
use std::{ffi::OsString, fmt, io::BufReader, path::PathBuf};

/// How many files are opened ahead of the one that is read.
const AHEAD: usize = 8;

/// A file or folder, or objects of a bucket.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Path(PathBuf),
    Bucket(BucketUrl),
}

/// A file of an archive.
#[derive(Debug)]
pub(crate) enum ArchiveFile {
    Local(PathBuf),
    Object(Object),
}

impl Place {
    /// Reads an argument.
    pub(crate) fn parse(text: OsString) -> Result<Place, BucketUrlError> {
        match text.to_str() {
            Some(url) if url.starts_with(BucketUrl::SCHEME) => url.parse().map(Place::Bucket),
            _ => Ok(Place::Path(text.into())),
        }
    }
}

/// The same text is the same choice, also later.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Path(path) => path.fmt(f),
            Place::Bucket(url) => write!(f, "{:?}", url.to_string()),
        }
    }
}

/// The files of these places that may hold messages of these hours.
///
/// # Errors
/// A place cannot be read.
pub(crate) async fn files(places: &[Place], hours: Hours) -> anyhow::Result<Vec<ArchiveFile>> {
    let mut files = Vec::new();
    for place in places {
        match place {
            Place::Path(path) => {
                let name = || format!("cannot read {}", path.display());
                let found = folder::files(path).with_context(name)?;
                let found = found.into_iter().filter(|path| hours.may_hold(path));
                files.extend(found.map(ArchiveFile::Local));
            }
            Place::Bucket(url) => {
                let found = bucket::objects(url, hours).await;
                let found = found.with_context(|| format!("cannot read {url}"))?;
                files.extend(found.into_iter().map(ArchiveFile::Object));
            }
        }
    }
    Ok(files)
}

/// Opens the files one after another, some ahead of the one that is read.
pub(crate) fn opened(
    files: Vec<ArchiveFile>,
) -> impl Stream<Item = anyhow::Result<OpenFile>> + Unpin {
    // Each is a task of its own: reading the messages of a file may take minutes.
    let opening = stream::iter(files).map(|file| tokio::spawn(file.open()));
    let opened = opening.buffered(AHEAD);
    opened.map(|opened| opened.map_err(anyhow::Error::from).flatten())
}

impl ArchiveFile {
    async fn open(self) -> anyhow::Result<OpenFile> {
        let name = self.to_string();
        let opened = async {
            Ok(match self {
                ArchiveFile::Local(path) => OpenFile::local(&path)?,
                ArchiveFile::Object(object) => {
                    let reader = BufReader::new(object.open().await?);
                    OpenFile::new(name.clone(), Box::new(reader))
                }
            })
        };
        let opened: anyhow::Result<OpenFile> = opened.await;
        opened.with_context(|| format!("cannot read {name}"))
    }
}

impl fmt::Display for ArchiveFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArchiveFile::Local(path) => path.display().fmt(f),
            ArchiveFile::Object(object) => object.fmt(f),
        }
    }
}
