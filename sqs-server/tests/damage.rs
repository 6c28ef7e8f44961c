//! The output of the process about a damaged store. It is a process of its own, as a process has
//! one hook for panics.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_credential_types::Credentials;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Region};
use sqs_server::{Options, Server, StartError};

async fn start(directory: &Path) -> Result<Server, StartError> {
    let options = Options {
        data: Some(directory.to_owned()),
        ..Options::default()
    };
    Server::start(options).await
}

#[tokio::test]
async fn panics_of_the_database_are_not_written() {
    let whole = tempfile::tempdir().unwrap();
    let server = start(whole.path()).await.unwrap();
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("a", "b", None, None, "test"))
        .endpoint_url(server.endpoint())
        .build();
    let created = Client::from_conf(config).create_queue().queue_name("q");
    created.send().await.unwrap();
    server.stop().await;

    let written = Arc::<AtomicUsize>::default();
    let counting = Arc::clone(&written);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        counting.fetch_add(1, Ordering::SeqCst);
        before(info);
    }));
    let mut panicked = 0;
    let database = fs::read(whole.path().join("queues.redb")).unwrap();
    // In the pages of the database, a flip now and then makes it panic.
    let places = (4096..database.len()).filter(|place| database[*place] != 0);
    for place in places.step_by(7) {
        if panicked == 3 {
            break;
        }
        let directory = tempfile::tempdir().unwrap();
        let mut damaged = database.clone();
        damaged[place] ^= 1 << (place % 8);
        fs::write(directory.path().join("queues.redb"), damaged).unwrap();
        let commit = "queues.commit";
        fs::copy(whole.path().join(commit), directory.path().join(commit)).unwrap();
        if let Err(StartError::DataCorrupt { source, .. }) = start(directory.path()).await {
            panicked += usize::from(source.to_string().contains("contradicts itself"));
        }
    }
    assert_eq!(panicked, 3, "the database does not panic");
    assert_eq!(written.load(Ordering::SeqCst), 0);
}
