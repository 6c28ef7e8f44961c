use super::*;
use flate2::{Compression, write::GzEncoder};
use std::{fs, io::Write};

fn member(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn read(path: &Path) -> (Vec<String>, u64) {
    let mut bodies = Vec::new();
    let file = OpenFile::local(path).unwrap();
    let unread = file.each_batch(&mut Parts::default(), |arrivals| {
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
