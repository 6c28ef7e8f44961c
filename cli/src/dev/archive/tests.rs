use super::*;
use flate2::read::MultiGzDecoder;
use std::{fs, os::unix::fs::PermissionsExt};
use thingrelay_core::timestamp::Timestamp;

fn archive(folder: &Path) -> FolderArchive {
    let clock = Clock::from_fn(|| Timestamp::from_unix_millis(1_795_233_600_250));
    FolderArchive::start(folder.to_owned(), clock).unwrap()
}

fn line(body: &str) -> Line<'_> {
    Line::new(None, None, body)
}

fn only_entry(directory: &Path) -> PathBuf {
    let mut entries = fs::read_dir(directory).unwrap();
    let entry = entries.next().unwrap().unwrap().path();
    assert!(entries.next().is_none());
    entry
}

#[tokio::test]
async fn what_is_kept_is_in_a_private_file_of_its_hour() {
    let directory = tempfile::tempdir().unwrap();
    let archive = archive(directory.path());
    let kept = archive.keep(vec![line("a"), line("b")]).await;
    assert_eq!(kept, [Ok(()), Ok(())]);
    assert_eq!(archive.keep(vec![line("c")]).await, [Ok(())]);
    let hour = directory.path().join("_unreadable/2026/11/21/04");
    let file = only_entry(&hour);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&hour), mode(&file)), (0o700, 0o600));
    let text = io::read_to_string(MultiGzDecoder::new(File::open(&file).unwrap())).unwrap();
    let bodies: Vec<String> = text
        .lines()
        .map(|line| {
            serde_json::from_str::<Line<'_>>(line)
                .unwrap()
                .body
                .into_owned()
        })
        .collect();
    assert_eq!(bodies, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let kept = archive(&file).keep(vec![line("a")]).await;
    let error = kept.into_iter().next().unwrap().unwrap_err();
    assert!(error.contains("cannot write to"), "{error}");
}
