use super::*;
use std::time::Duration;
use thingrelay::{normalize, source::Decoding, staged::Staged};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(20);

/// Keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(lock(&self.0).clone()).unwrap()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A pipe whose reader has gone.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn event(id: &str) -> OutgoingEvent {
    let line = format!(
        r#"{{"v":1,"id":"{}","source":"meters","platform":"tencent-iot-hub","channel":"http","received":1,"encoding":"text"}}"#,
        "0".repeat(64)
    );
    let body = format!("{line}\n17");
    let staged = Staged::from_body(&body).unwrap();
    let mut event = normalize::normalize(&staged, Decoding::default())
        .unwrap()
        .pop()
        .unwrap();
    event.id = id.to_owned();
    event.json = format!(r#"{{"id":"{id}"}}"#);
    event
}

#[tokio::test]
async fn each_event_is_one_line_however_often_it_is_forwarded() {
    let out = Kept::default();
    let broken = CancellationToken::new();
    let printer = Printer::start(out.clone(), Style::Json, broken.clone()).unwrap();
    for id in ["a-0", "a-1", "a-0", "b-0", "a-1"] {
        printer.forwarded(&event(id));
    }
    timeout(LIMIT, printer.finish()).await.unwrap();
    assert_eq!(
        out.text(),
        "{\"id\":\"a-0\"}\n{\"id\":\"a-1\"}\n{\"id\":\"b-0\"}\n"
    );
    assert!(!broken.is_cancelled());
}

#[tokio::test]
async fn a_reader_that_has_gone_is_told_of_and_blocks_nothing() {
    let broken = CancellationToken::new();
    let printer = Printer::start(Broken, Style::Json, broken.clone()).unwrap();
    printer.forwarded(&event("first"));
    timeout(LIMIT, broken.cancelled()).await.unwrap();
    for number in 0..2 * MAX_BACKLOG {
        printer.forwarded(&event(&number.to_string()));
    }
    timeout(LIMIT, printer.ready()).await.unwrap();
    timeout(LIMIT, printer.finish()).await.unwrap();
}

/// Writes when it is let.
struct Stalled {
    let_go: mpsc::Receiver<()>,
    out: Kept,
}

impl Write for Stalled {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // An error means that it is let for good.
        let _ = self.let_go.recv();
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn when_too_much_waits_to_be_written_no_more_is_taken() {
    let out = Kept::default();
    let (stalling, let_go) = mpsc::channel();
    let stalled = Stalled {
        let_go,
        out: out.clone(),
    };
    let printer = Arc::new(Printer::start(stalled, Style::Json, CancellationToken::new()).unwrap());
    // The buffers take some of it.
    for number in 0..3 * MAX_BACKLOG {
        printer.forwarded(&event(&number.to_string()));
    }
    let ready = tokio::spawn({
        let printer = Arc::clone(&printer);
        async move { printer.ready().await }
    });
    tokio::task::yield_now().await;
    assert!(!ready.is_finished());
    drop(stalling);
    timeout(LIMIT, ready).await.unwrap().unwrap();
    timeout(LIMIT, printer.finish()).await.unwrap();
    assert_eq!(out.text().lines().count(), 3 * MAX_BACKLOG);
}
