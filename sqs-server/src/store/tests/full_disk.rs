//! A full disk: nothing is acknowledged, and everything works again once there is space.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::StorageBackend;
use redb::backends::FileBackend;

use super::*;
use crate::error::SqsError;
use crate::protocol::{Service, queues};
use crate::server::Monitor;

/// A file on a disk that may be full.
#[derive(Debug)]
struct OnDisk {
    file: FileBackend,
    full: Arc<AtomicBool>,
}

impl OnDisk {
    fn space(&self) -> io::Result<()> {
        if self.full.load(Ordering::SeqCst) {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }
}

impl StorageBackend for OnDisk {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.space()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.space()?;
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }
}

fn store(directory: &Path, clock: &Clock, full: &Arc<AtomicBool>) -> Store {
    let full = Arc::clone(full);
    let opener = move |path: &Path| {
        let mut options = fs::OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false);
        let file = FileBackend::new(file.open(path)?)?;
        let full = Arc::clone(&full);
        Database::builder().create_with_backend(OnDisk { file, full })
    };
    Store {
        opener: Arc::new(opener),
        ..Store::new(directory.to_owned(), identity(), clock.clone())
    }
}

async fn send(broker: &Broker, id: &str) -> Result<(), ErrorCode> {
    let sent = broker.change(|registry, now| registry.send("a.fifo", message("g", id), None, now));
    let code = |error: SqsError| error.code;
    sent.await.map_err(code)?.map(|_| ()).map_err(code)
}

async fn receive(broker: &Broker, max: usize) -> Result<Vec<(String, Receipt)>, ErrorCode> {
    let request = ReceiveRequest { max, ..ten() };
    let received = broker
        .receive("a.fifo", &request, 0, std::future::pending())
        .await;
    let deliveries = received.map_err(|error| error.code)?;
    let handed = deliveries.into_iter().map(|one| {
        let handed = Receipt {
            sequence: one.sequence,
            receipt: one.receives.receipt,
        };
        (one.message.body.clone(), handed)
    });
    Ok(handed.collect())
}

fn held(broker: &Broker) -> usize {
    let depth =
        |registry: &mut Registry, now| Ok::<_, SqsError>(registry.queue("a.fifo", now)?.depth());
    // While the disk is full, the store may not even open; then the count is that of the memory.
    let depth = broker.look_now(depth).and_then(|depth| depth).unwrap();
    depth.visible + depth.in_flight
}

#[tokio::test]
async fn the_store_works_again_once_there_is_space() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::default();
    let full = Arc::new(AtomicBool::new(false));
    let store = store(directory.path(), &clock, &full);
    let (registry, writer) = store.open().unwrap();
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let broker = Broker::new(registry, Some((store, writer)), clock.clone(), stopped);
    let broker = Arc::new(broker);
    let service = Service {
        broker: Arc::clone(&broker),
        endpoint: String::new(),
    };
    let attributes = fifo();
    let create =
        |registry: &mut Registry, now| registry.create("a.fifo", &attributes, BTreeMap::new(), now);
    broker.change(create).await.unwrap().unwrap();
    for id in ["1", "2", "3"] {
        assert_eq!(send(&broker, id).await, Ok(()));
    }
    let first = receive(&broker, 1).await.unwrap();

    full.store(true, Ordering::SeqCst);
    for id in ["lost", "lost too"] {
        assert_eq!(send(&broker, id).await, Err(ErrorCode::InternalFailure));
    }
    let delete = |registry: &mut Registry, now| registry.delete("a.fifo", first[0].1, now);
    let refused = broker.change(delete).await.map_err(|error| error.code);
    assert_eq!(refused, Err(ErrorCode::InternalFailure));

    let wanted = json!({"QueueUrl": "http://x/0/a.fifo", "AttributeNames": ["FifoQueue"]});
    let answer = queues::attributes(&service, &serde_json::from_value(wanted).unwrap());
    let shown = serde_json::to_value(answer.map_err(|error| error.code).unwrap()).unwrap();
    assert_eq!(
        shown,
        json!({"Attributes": {"FifoQueue": "true"}}),
        "reads go on"
    );

    full.store(false, Ordering::SeqCst);
    clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(held(&broker), 3, "those alone that were stored");
    assert_eq!(receive(&broker, 10).await, Ok(Vec::new()), "1 is in flight");
    broker.change(delete).await.unwrap().unwrap();
    assert_eq!(send(&broker, "4").await, Ok(()));
    let sent = Monitor::of(Arc::clone(&broker)).sent("a.fifo");
    assert_eq!(sent, Some(4), "not those that were refused");
    let rest = receive(&broker, 10).await.unwrap();
    let rest: Vec<_> = rest.iter().map(|(body, _)| body.as_str()).collect();
    assert_eq!(rest, ["2", "3", "4"]);
    broker.close();

    let (mut kept, _writer, clock) = open_at(directory.path(), WALL).unwrap();
    assert_eq!(bodies(&mut kept, "a.fifo", clock.now()), ["2", "3", "4"]);
}
