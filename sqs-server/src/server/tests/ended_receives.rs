//! Receives that ended before the process did count after a restart.

use std::fs;
use std::path::Path;

use super::*;

const TRIES: usize = 3;

async fn count(server: &Server, url: &str) -> Option<String> {
    let messages = receive(server, url, 0).await;
    let count = messages.first()?["Attributes"]["ApproximateReceiveCount"].as_str()?;
    Some(count.to_owned())
}

/// The receive counts of each queue after a start on the files, including this receive.
async fn counts(directory: &Path, urls: &[String; 2]) -> Option<[Option<String>; 2]> {
    let options = Options {
        data: Some(directory.to_owned()),
        ..Options::default()
    };
    let server = Server::start(options).await.ok()?;
    let [asked, timed_out] = urls;
    let counts = [count(&server, asked).await, count(&server, timed_out).await];
    server.stop().await;
    Some(counts)
}

/// A copy of the files of a running server is what a kill would leave.
fn image(directory: &Path) -> tempfile::TempDir {
    let image = tempfile::tempdir().unwrap();
    for file in ["queues.commit", "queues.redb"] {
        fs::copy(directory.join(file), image.path().join(file)).unwrap();
    }
    image
}

/// A server on the directory, and two queues. Every receive of the first ended with a request.
/// Every receive of the second ended with its timeout, and nothing has looked at the queue since
/// the last.
async fn tried(directory: &Path) -> (Server, [String; 2]) {
    let clock = Clock::default();
    let options = Options {
        data: Some(directory.to_owned()),
        clock: clock.clone(),
        ..Options::default()
    };
    let server = Server::start(options).await.unwrap();
    let asked = create(&server, "a", json!({})).await;
    let timed_out = create(&server, "b", json!({"VisibilityTimeout": "1"})).await;
    for url in [&asked, &timed_out] {
        let message = json!({"QueueUrl": url, "MessageBody": "m"});
        assert_eq!(call(&server, "SendMessage", message).await.status, 200);
    }
    for _ in 0..TRIES {
        assert_eq!(receive(&server, &timed_out, 0).await.len(), 1);
        clock.advance(Duration::from_secs(2));
    }
    for _ in 0..TRIES {
        let received = receive(&server, &asked, 0).await;
        let end = json!({"QueueUrl": asked, "ReceiptHandle": received[0]["ReceiptHandle"],
            "VisibilityTimeout": 0});
        let ended = call(&server, "ChangeMessageVisibility", end).await;
        assert_eq!(ended.status, 200, "{}", ended.body);
    }
    (server, [asked, timed_out])
}

fn all_counted() -> Option<[Option<String>; 2]> {
    let all = Some((TRIES + 1).to_string());
    Some([all.clone(), all])
}

#[tokio::test]
async fn receives_that_ended_count_after_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let (_server, urls) = tried(directory.path()).await;
    let deadline = Instant::now() + DEADLINE;
    loop {
        // A write may be under way during the copy; then the copy does not open.
        let found = counts(image(directory.path()).path(), &urls).await;
        if found == all_counted() {
            return;
        }
        assert!(Instant::now() < deadline, "{found:?}");
    }
}

#[tokio::test]
async fn receives_that_ended_count_after_a_stop() {
    let directory = tempfile::tempdir().unwrap();
    let (server, urls) = tried(directory.path()).await;
    server.stop().await;
    assert_eq!(counts(directory.path(), &urls).await, all_counted());
}
