//! A damaged store gives every message or is refused. It never panics, and it never loses a message
//! silently.

use super::*;

/// The messages in the store of the test.
const HELD: [&str; 3] = ["1", "2", "3"];

/// The files of a store: the database and the number of its last write.
#[derive(Clone)]
struct Files {
    database: Vec<u8>,
    ledger: Vec<u8>,
}

impl Files {
    fn read(directory: &Path) -> Files {
        Files {
            database: fs::read(directory.join(FILE)).unwrap(),
            ledger: fs::read(directory.join(LEDGER)).unwrap(),
        }
    }

    /// Whether the store is refused. If it is not, it must give every message.
    fn are_refused(&self) -> Result<bool, String> {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(FILE), &self.database).unwrap();
        fs::write(directory.path().join(LEDGER), &self.ledger).unwrap();
        match open_at(directory.path(), WALL) {
            Ok((mut registry, _writer, clock)) => {
                let found = registry
                    .receive("a.fifo", &ten(), clock.now())
                    .map_err(|error| error.to_string())?;
                let bodies: Vec<_> = found.iter().map(|one| one.message.body.clone()).collect();
                if bodies == HELD {
                    Ok(false)
                } else {
                    Err(format!("it gives {bodies:?}"))
                }
            }
            Err(OpenError::Corrupt { .. }) => Ok(true),
            Err(other) => Err(other.to_string()),
        }
    }
}

const LEDGER: &str = "queues.commit";

/// The files of a store that was closed, and of one whose process was killed.
fn stores() -> [(&'static str, Files); 2] {
    let directory = tempfile::tempdir().unwrap();
    let (mut registry, writer, clock) = open_at(directory.path(), WALL).unwrap();
    let (journal, thread) = writer.split();
    let keep = |registry: &mut Registry| {
        let kept = journal.keep(registry.take_effects().changes);
        assert_eq!(kept.blocking_recv(), Ok(Ok(())));
    };
    registry
        .create("a.fifo", &fifo(), BTreeMap::new(), clock.now())
        .unwrap();
    keep(&mut registry);
    // One write each, so that only the last may be damaged.
    for id in HELD {
        registry
            .send("a.fifo", message("g", id), None, clock.now())
            .unwrap();
        keep(&mut registry);
    }
    let killed = Files::read(directory.path());
    drop(journal);
    thread.join().unwrap();
    [
        ("closed", Files::read(directory.path())),
        ("killed", killed),
    ]
}

/// Where bytes are flipped: everywhere in the head of the file, and in all data so densely that no
/// page is left out.
fn places(file: &[u8]) -> Vec<usize> {
    let head = 0..320;
    let content = (320..file.len()).filter(|place| file[*place] != 0);
    head.chain(content.step_by(499)).collect()
}

#[test]
fn a_flipped_byte_is_found_or_does_no_harm() {
    for (name, files) in stores() {
        assert_eq!(files.are_refused(), Ok(false), "{name}");
        let mut refused = 0;
        let places = places(&files.database);
        for place in &places {
            let mut damaged = files.clone();
            damaged.database[*place] ^= 1 << (place % 8);
            match damaged.are_refused() {
                Ok(yes) => refused += usize::from(yes),
                Err(wrong) => panic!("{name}, byte {place}: {wrong}"),
            }
        }
        assert!(refused > 0, "{name}: {} flips did nothing", places.len());
        for place in 0..files.ledger.len() {
            let mut damaged = files.clone();
            damaged.ledger[place] ^= 1;
            assert_eq!(damaged.are_refused(), Ok(true), "{name}, ledger, {place}");
        }
    }
}

#[test]
fn a_shortened_file_is_refused_unless_only_free_space_is_gone() {
    for (name, files) in stores() {
        for parts in 0..16 {
            let mut damaged = files.clone();
            damaged.database.truncate(files.database.len() * parts / 16);
            let refused = damaged.are_refused();
            // The end of the file may be free space, which a crash leaves.
            let may_be_whole = name == "killed" && parts > 0 && refused == Ok(false);
            assert!(
                refused == Ok(true) || may_be_whole,
                "{name}, {parts} of 16: {refused:?}"
            );
        }
        let mut damaged = files.clone();
        damaged.database.pop();
        assert_eq!(damaged.are_refused(), Ok(true), "{name}");
    }
}

/// The database goes back to the last complete write, which is right after a power failure.
#[test]
fn a_store_without_its_newest_write_is_refused() {
    let [(_, files), _] = stores();
    let directory = tempfile::tempdir().unwrap();
    let write = |files: &Files| {
        fs::write(directory.path().join(FILE), &files.database).unwrap();
        fs::write(directory.path().join(LEDGER), &files.ledger).unwrap();
    };
    write(&files);
    session(directory.path(), |registry, now| {
        let newest = message("g", "newest");
        registry.send("a.fifo", newest, None, now).unwrap();
    });
    let ledger = fs::read(directory.path().join(LEDGER)).unwrap();
    write(&Files { ledger, ..files });
    let refused = open_at(directory.path(), WALL).map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("newest"), "{refused}");
}

#[test]
fn a_file_that_has_vanished_is_not_replaced_by_an_empty_store() {
    let directory = tempfile::tempdir().unwrap();
    // A kill while a store is created leaves the number 0.
    Ledger::make(directory.path(), 0).unwrap();
    session(directory.path(), |registry, now| {
        registry
            .create("a.fifo", &fifo(), BTreeMap::new(), now)
            .unwrap();
    });
    fs::remove_file(directory.path().join(FILE)).unwrap();
    for _ in 0..2 {
        let refused = open_at(directory.path(), WALL).map(|_| ()).unwrap_err();
        assert!(matches!(refused, OpenError::Corrupt { .. }), "{refused}");
        let refused = crate::server::StartError::from(refused);
        let advice = refused.to_string();
        for part in ["queues.redb and queues.commit", "move both away"] {
            assert!(advice.contains(part), "{part}: {advice}");
        }
        let cause = refused.source().unwrap().to_string();
        assert!(cause.contains("it is missing"), "{cause}");
    }
    assert!(!fs::exists(directory.path().join(FILE)).unwrap());
    fs::remove_file(directory.path().join(LEDGER)).unwrap();
    open_at(directory.path(), WALL).unwrap();
}

#[test]
fn an_empty_file_is_no_new_store() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(FILE), "").unwrap();
    for _ in 0..2 {
        let refused = open_at(directory.path(), WALL).map(|_| ()).unwrap_err();
        assert!(refused.to_string().contains("empty"), "{refused}");
    }
    let length = fs::metadata(directory.path().join(FILE)).unwrap().len();
    assert_eq!(length, 0, "it is left as it is");
}
