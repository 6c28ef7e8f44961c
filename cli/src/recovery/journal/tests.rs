use super::*;
use std::os::unix::fs::PermissionsExt;

fn arrival(key: &str, sequence: &str, body: &str) -> Arrival {
    Arrival {
        key: key.to_owned(),
        kept: Kept {
            origin: "http://127.0.0.1/0/quarantine".to_owned(),
            group: None,
            sequence: Some(sequence.to_owned()),
            sent: 7,
            attributes: [].into(),
            body: body.to_owned(),
        },
    }
}

fn bodies(journal: &Journal) -> Vec<String> {
    let mut places = Vec::new();
    journal.each(|place, _| places.push(place)).unwrap();
    let kept = places.iter().map(|place| journal.message(*place).unwrap());
    kept.map(|kept| kept.unwrap().body).collect()
}

#[test]
fn what_was_taken_is_there_after_a_restart_in_order_and_not_taken_twice() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let arrivals = [arrival("a", "10", "x"), arrival("b", "9", "y")];
    {
        let journal = Journal::open(&path).unwrap();
        assert_eq!(journal.take(&arrivals, |_| true).unwrap().len(), 2);
        let locked = Journal::open(&path);
        assert!(matches!(locked, Err(JournalError::Locked(_))), "{locked:?}");
    }
    let journal = Journal::open(&path).unwrap();
    assert_eq!(journal.take(&arrivals, |_| true).unwrap().len(), 0);
    assert_eq!(bodies(&journal), ["y", "x"]);
    let mut places = Vec::new();
    journal.each(|place, _| places.push(place)).unwrap();
    journal.settle(&places[..1], &[]).unwrap();
    // What is done is known, too.
    assert_eq!(journal.take(&arrivals, |_| true).unwrap().len(), 0);
    assert_eq!(bodies(&journal), ["x"]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&path.join(FILE))), (0o700, 0o600));
}

#[test]
fn no_more_is_read_at_a_time_than_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let body = "x".repeat(1000);
    let arrivals: Vec<Arrival> = (0..20)
        .map(|number| arrival(&number.to_string(), &number.to_string(), &body))
        .collect();
    journal.take(&arrivals, |_| true).unwrap();
    let mut places = Vec::new();
    journal.each(|place, _| places.push(place)).unwrap();
    let run = Run {
        id: crate::recovery::run::new_id(),
        target: None,
        archived: false,
        messages: 20,
        is_probed: true,
        selection: String::new(),
    };
    journal.begin(&run, &places).unwrap();
    for (most, bytes, expected) in [
        (3, 1 << 20, 3),
        (100, 5000, 4),
        (100, 0, 1),
        (100, 1 << 20, 20),
    ] {
        let next = journal.next(None, most, bytes).unwrap();
        assert_eq!(next.len(), expected, "{most} {bytes}");
    }
    journal.settle(&places[..5], &places[5..6]).unwrap();
    assert_eq!(
        (journal.pending().unwrap(), journal.len().unwrap()),
        (14, 15)
    );
}
