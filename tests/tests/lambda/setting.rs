use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use thingrelay_tests::config::METERS_TOKEN;
use thingrelay_tests::deadline::until;
use thingrelay_tests::emulator::{Emulator, free_address};
use thingrelay_tests::platform::Platform;
use thingrelay_tests::process::{Launch, Process, Relay};

/// How long writing the files for the functions may take.
const LIMIT: Duration = Duration::from_secs(30);

/// A directory that `thingrelay dev --lambda` accepts as a workspace, and the two addresses.
pub(crate) struct Setting {
    directory: TempDir,
    emulator: SocketAddr,
    queues: SocketAddr,
}

impl Setting {
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("with a space ")
            .tempdir()
            .unwrap();
        File::create(directory.path().join("Cargo.lock")).unwrap();
        Setting {
            directory,
            emulator: free_address(),
            queues: free_address(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// How to start `thingrelay dev --lambda` in this directory.
    pub(crate) fn launch(&self) -> Launch {
        Launch::new()
            .around(self.emulator, self.path())
            .argument("--sqs-listen")
            .argument(&self.queues.to_string())
    }

    /// Starts the emulator. The file with the functions' environment must exist.
    pub(crate) fn emulator(&self) -> Emulator {
        Emulator::start(self.path(), self.emulator)
    }

    /// Waits for the file with the functions' environment.
    pub(crate) async fn handed_over(&self) {
        let file = self.path().join("target/thingrelay/lambda.env");
        until(LIMIT, "the functions' environment", || async {
            file.is_file().then_some(())
        })
        .await;
    }

    /// Starts both in the usual order: first `dev`, then the emulator.
    pub(crate) async fn start(&self, launch: Launch) -> (Emulator, Relay) {
        let process: Process = launch.spawn();
        self.handed_over().await;
        let emulator = self.emulator();
        let relay = process.serving().await;
        assert_eq!(relay.address, emulator.address());
        (emulator, relay)
    }

    /// The platform as it pushes to the source `meters`.
    pub(crate) fn meters(&self) -> Platform {
        Platform::new(self.emulator, "meters", METERS_TOKEN)
    }
}
