//! The central directory of a zip archive.
//!
//! Source: <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, 4.3.12 and 4.3.16.

use anyhow::{Context, Result, ensure};

/// A file in an archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The path in the archive.
    pub(super) name: String,
    /// The permissions on Unix.
    pub(super) mode: u32,
    /// The length of the unpacked file, in bytes.
    pub(super) size: u64,
}

const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const ENTRY_BYTES: usize = 46;

/// The files of an archive, in the order of its directory.
pub(super) fn entries(archive: &[u8]) -> Result<Vec<Entry>> {
    let end = archive
        .windows(END.len())
        .rposition(|window| window == END)
        .context("it is no zip archive")?;
    let count = number(archive, end + 10, 2)?;
    let mut at = usize::try_from(number(archive, end + 16, 4)?)?;
    let mut entries = Vec::new();
    for _ in 0..count {
        ensure!(
            archive.get(at..at + ENTRY.len()) == Some(ENTRY),
            "its directory is broken"
        );
        let length =
            |offset| -> Result<usize> { Ok(usize::try_from(number(archive, at + offset, 2)?)?) };
        let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
        let name_at = at + ENTRY_BYTES;
        let text = archive
            .get(name_at..name_at + name)
            .context("a name is cut short")?;
        entries.push(Entry {
            name: String::from_utf8_lossy(text).into_owned(),
            mode: u32::try_from(number(archive, at + 38, 4)? >> 16)?,
            size: number(archive, at + 24, 4)?,
        });
        at = name_at + name + extra + comment;
    }
    Ok(entries)
}

/// A little-endian number of this many bytes.
fn number(archive: &[u8], at: usize, bytes: usize) -> Result<u64> {
    let bytes = archive.get(at..at + bytes).context("it is cut short")?;
    let digits = bytes.iter().rev();
    Ok(digits.fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The output of `zipfile.ZipFile.writestr` for a file `bootstrap` with mode 0755 and the
    /// content `hello`.
    const PACKAGE: &str = "504b03041400000000000000210086a61036050000000500000009000000626f6f7473747261\
        7068656c6c6f504b010214031400000000000000210086a61036050000000500000009000000\
        0000000000000000ed8100000000626f6f747374726170504b05060000000001000100370000\
        002c0000000000";

    #[test]
    fn the_files_of_an_archive_are_found() -> Result<()> {
        let expected = Entry {
            name: "bootstrap".to_owned(),
            mode: 0o100_755,
            size: 5,
        };
        assert_eq!(entries(&hex::decode(PACKAGE)?)?, [expected]);
        Ok(())
    }

    #[test]
    fn what_is_no_archive_is_none() -> Result<()> {
        let package = hex::decode(PACKAGE)?;
        for cut in 0..package.len() - 6 {
            assert!(entries(&package[..cut]).is_err(), "{cut}");
        }
        let mut broken = package.clone();
        broken[44] = b'Q';
        assert!(entries(&broken).is_err());
        Ok(())
    }
}
