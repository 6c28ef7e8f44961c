#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use super::*;
use crate::{arguments::time::time, recovery::selection::Selection};
use object_store::{ObjectStoreExt, memory::InMemory};

async fn bucket(objects: &[(&str, Vec<u8>)]) -> Arc<Bucket> {
    let store = InMemory::new();
    for (name, bytes) in objects {
        store
            .put(&Path::from(*name), bytes.clone().into())
            .await
            .unwrap();
    }
    Arc::new(Bucket {
        store: Box::new(store),
        name: "b".to_owned(),
        region: "eu-west-1".to_owned(),
    })
}

#[tokio::test]
async fn files_of_an_archive_are_found_by_prefix_and_hour() {
    let names = [
        "archive/homes/2026/11/21/09/x.jsonl.gz",
        "archive/meters/2026/11/21/03/x.jsonl.gz",
        "archive/meters/2026/11/21/09/x.jsonl.gz",
        "archive/meters/2026/11/21/09/y.jsonl",
        "archive/meters/2026/11/21/09/y.txt",
        "archive/meters2/2026/11/21/09/y.jsonl",
        "empty/x.jsonl",
    ];
    let objects = names.map(|name| {
        (
            name,
            if name.starts_with("empty") {
                vec![]
            } else {
                vec![1]
            },
        )
    });
    let bucket = bucket(&objects).await;
    let from = Selection {
        from: Some(time("2026-11-21T08:30:00Z").unwrap()),
        ..Selection::default()
    };
    let cases: [(&str, &Selection, Option<&[usize]>); 6] = [
        ("archive", &Selection::default(), Some(&[0, 1, 2, 3, 5])),
        ("archive/meters", &Selection::default(), Some(&[1, 2, 3])),
        ("archive/meters", &from, Some(&[2, 3])),
        ("archive/meters/2026/11/21/09/y.jsonl", &from, Some(&[3])),
        ("empty", &from, None),
        ("other", &from, None),
    ];
    for (prefix, selection, expected) in cases {
        let prefix = Path::from(prefix);
        let found = bucket.objects(&prefix, Hours::of(selection, None)).await;
        let Some(expected) = expected else {
            assert!(matches!(found, Err(BucketError::Empty)), "{prefix}");
            continue;
        };
        let found: Vec<String> = found.unwrap().iter().map(ToString::to_string).collect();
        let expected: Vec<String> = expected
            .iter()
            .filter_map(|index| names.get(*index))
            .map(|name| format!("s3://b/{name}"))
            .collect();
        assert_eq!(found, expected, "{prefix}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_read_in_ranges() {
    let range = usize::try_from(RANGE).unwrap();
    for length in [1, range - 1, range, range + 1, 2 * range, 2 * range + 7] {
        let bytes: Vec<u8> = (0..=250_u8).cycle().take(length).collect();
        let bucket = bucket(&[("x.jsonl", bytes.clone())]).await;
        let path = Path::from("x.jsonl");
        let objects = bucket.objects(&path, Hours::default()).await;
        let object = objects.unwrap().remove(0);
        let mut opened = object.open().await.unwrap();
        assert!(opened.bytes.len() <= range);
        let mut read = Vec::new();
        opened.read_to_end(&mut read).unwrap();
        assert!(read == bytes, "{length}");
    }
}
