use super::*;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

fn member(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn read(path: &Path) -> (Vec<String>, u64) {
    let mut bodies = Vec::new();
    let unread = each_batch(path, &mut Parts::default(), |arrivals| {
        bodies.extend(arrivals.iter().map(|arrival| arrival.kept.body.clone()));
        Ok(())
    });
    (bodies, unread.unwrap())
}

#[test]
fn lines_are_read_up_to_the_part_that_a_killed_process_left() {
    let lines = |bodies: &[&str]| -> String {
        let lines = bodies
            .iter()
            .map(|body| format!("{{\"body\":\"{body}\"}}\n"));
        lines.collect()
    };
    let torn = |text: &str| {
        let whole = member(text);
        whole[..whole.len() / 2].to_vec()
    };
    let two = [member(&lines(&["a", "b"])), member(&lines(&["c"]))].concat();
    let cases: [(Vec<u8>, &[&str], u64); 7] = [
        (lines(&["a"]).into_bytes(), &["a"], 0),
        (two.clone(), &["a", "b", "c"], 0),
        (
            [two.clone(), torn(&lines(&["d"]))].concat(),
            &["a", "b", "c"],
            0,
        ),
        (format!("{}{{\"bo", lines(&["a"])).into_bytes(), &["a"], 1),
        (format!("\n[]\n{}", lines(&["a"])).into_bytes(), &["a"], 1),
        (member("\n17\n"), &[], 1),
        (Vec::new(), &[], 0),
    ];
    let directory = tempfile::tempdir().unwrap();
    for (index, (bytes, bodies, unread)) in cases.into_iter().enumerate() {
        let path = directory.path().join(index.to_string());
        fs::write(&path, bytes).unwrap();
        let (found, found_unread) = read(&path);
        assert_eq!(found, bodies, "{index}");
        assert_eq!(found_unread, unread, "{index}");
    }
}

#[test]
fn below_a_directory_only_files_of_an_archive_count() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("meters/2026");
    fs::create_dir_all(&below).unwrap();
    for name in ["b.jsonl.gz", "a.jsonl", "notes.txt"] {
        fs::write(below.join(name), "").unwrap();
    }
    let found = files(&[directory.path().to_owned(), below.join("notes.txt")]).unwrap();
    let names = ["a.jsonl", "b.jsonl.gz", "notes.txt"].map(|name| below.join(name));
    assert_eq!(found, names);
    assert!(files(&[directory.path().join("none")]).is_err());
}

#[test]
fn the_hour_of_a_file_is_in_its_path() {
    let cases = [
        ("a/meters/2026/11/21/04/x.jsonl.gz", Some(1_795_233_600_000)),
        ("2026/11/21/04/x.jsonl", Some(1_795_233_600_000)),
        ("11/21/04/x.jsonl", None),
        ("meters/2026/13/21/04/x.jsonl", None),
        ("dropped.jsonl", None),
        ("a/b/c/d/x.jsonl", None),
    ];
    for (path, expected) in cases {
        assert_eq!(hour(Path::new(path)), expected, "{path}");
    }
}
