//! A disk that can be full, and lose what was not written to it for good.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{Database, DatabaseError, StorageBackend};

/// The disk. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    /// What was there before each write since the last that is on the disk for good, and the length.
    undo: Vec<Undo>,
    is_full: bool,
    /// How many processes had the file open: what an earlier one writes is lost.
    openings: u64,
}

#[derive(Debug)]
enum Undo {
    Bytes(usize, Vec<u8>),
    Length(usize),
}

/// The file as one process has it open.
#[derive(Debug)]
struct Open {
    disk: Disk,
    opening: u64,
}

impl Disk {
    /// Opens the database on it, or makes it.
    ///
    /// # Errors
    /// Those of the database.
    pub fn open(&self, path: &Path) -> Result<Database, DatabaseError> {
        let opening = {
            let mut content = self.lock();
            content.openings += 1;
            content.openings
        };
        // The server asks for the file, and moves it.
        let _ = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .and_then(|mut file| {
                use std::io::Write;
                file.write_all(b"elsewhere")
            });
        let disk = self.clone();
        Database::builder()
            .set_cache_size(1 << 20)
            .create_with_backend(Open { disk, opening })
    }

    /// Says whether there is no more room.
    pub fn set_full(&self, is_full: bool) {
        self.lock().is_full = is_full;
    }

    /// The process that has the file open ends. With the power, what it had not written for good is
    /// lost.
    pub fn process_ends(&self, power: bool) {
        let mut content = self.lock();
        content.openings += 1;
        content.is_full = false;
        let undo = std::mem::take(&mut content.undo);
        if power {
            for step in undo.into_iter().rev() {
                match step {
                    Undo::Bytes(at, before) => {
                        content.bytes[at..at + before.len()].copy_from_slice(&before)
                    }
                    Undo::Length(length) => content.bytes.resize(length, 0),
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn content(&self) -> io::Result<MutexGuard<'_, Content>> {
        let content = self.disk.lock();
        if content.openings == self.opening {
            Ok(content)
        } else {
            Err(io::Error::other("the process has ended"))
        }
    }

    fn writable(&self) -> io::Result<MutexGuard<'_, Content>> {
        let content = self.content()?;
        if content.is_full {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(content)
        }
    }
}

fn range(content: &Content, offset: u64, length: usize) -> io::Result<usize> {
    let at = usize::try_from(offset).map_err(io::Error::other)?;
    if at + length > content.bytes.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(at)
}

impl StorageBackend for Open {
    fn len(&self) -> io::Result<u64> {
        Ok(self.content()?.bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let content = self.content()?;
        let at = range(&content, offset, out.len())?;
        out.copy_from_slice(&content.bytes[at..at + out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut content = self.writable()?;
        let before = content.bytes.len();
        let length = usize::try_from(len).map_err(io::Error::other)?;
        if length < before {
            let cut = content.bytes.split_off(length);
            content.undo.push(Undo::Bytes(length, cut));
        }
        content.undo.push(Undo::Length(before));
        content.bytes.resize(length, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.content()?.undo.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut content = self.writable()?;
        let at = range(&content, offset, data.len())?;
        let before = content.bytes[at..at + data.len()].to_vec();
        content.undo.push(Undo::Bytes(at, before));
        content.bytes[at..at + data.len()].copy_from_slice(data);
        Ok(())
    }
}
