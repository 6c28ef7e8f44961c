//! Finds the files of an archive in a folder.

use super::has_ending;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The file, or the archive's files below a directory, sorted.
///
/// # Errors
/// The path cannot be read.
pub(crate) fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    add(path, true, &mut files)?;
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
    if is_named || has_ending(&name) {
        files.push(path.to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_a_directory_only_files_of_an_archive_count() {
        let directory = tempfile::tempdir().unwrap();
        let below = directory.path().join("meters/2026");
        fs::create_dir_all(&below).unwrap();
        for name in ["b.jsonl.gz", "a.jsonl", "notes.txt"] {
            fs::write(below.join(name), "").unwrap();
        }
        let found = files(directory.path()).unwrap();
        assert_eq!(
            found,
            ["a.jsonl", "b.jsonl.gz"].map(|name| below.join(name))
        );
        let named = below.join("notes.txt");
        assert_eq!(files(&named).unwrap(), [named]);
        assert!(files(&directory.path().join("none")).is_err());
    }
}
