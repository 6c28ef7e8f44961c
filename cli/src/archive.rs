//! Reads archives: files with lines of messages, in folders or in buckets of S3.
//!
//! # Layout
//!
//! * [`place`]: where an archive is, and its files.
//! * [`hours`]: which files are read, by the hours of their folders.
//! * [`folder`]: finds the files in a folder.
//! * [`bucket`]: finds the objects in a bucket, and reads them.
//! * [`bucket_url`]: the URL of a place in a bucket.
//! * [`bucket_error`]: why a bucket cannot be read.
//! * [`credentials`]: the AWS SDK's credentials for the client of buckets.
//! * [`messages`]: the messages of a file.
//! * [`parts`]: joins the lines of messages that the archive has in parts.

mod bucket;
mod bucket_error;
mod bucket_url;
mod credentials;
pub(crate) mod folder;
pub(crate) mod hours;
pub(crate) mod messages;
pub(crate) mod parts;
pub(crate) mod place;

/// The ends of the names of an archive's files.
const ENDINGS: [&str; 2] = [".jsonl", ".jsonl.gz"];

fn has_ending(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}
