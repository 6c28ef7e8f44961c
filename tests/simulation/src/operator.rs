//! The operator: takes dead letters and quarantine, and stages them again; stages messages of the
//! archive again. The tool may be killed at any moment, and is run again.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use futures::future::join_all;
use thingrelay::ordered::Sender;
use thingrelay::queue::{Queue, SendTimeout};
use thingrelay::send_error::SendError;
use thingrelay_cli::Unattended;
use thingrelay_core::archive::Line;
use thingrelay_core::message::Message;
use thingrelay_core::replay::RunId;
use tokio::time::{sleep, timeout};

use crate::choices::Chance;
use crate::fault::Party;
use crate::message::number_in;
use crate::planted::Planted;
use crate::world::{DEAD_LETTERS, QUARANTINE, STAGING, World};

/// How long the tool may need when nothing goes wrong.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// An operator, with two journals.
pub(crate) struct Operator {
    world: World,
    planted: Option<Planted>,
    directory: tempfile::TempDir,
}

/// The staging queue, as the tool sends to it.
struct Staging {
    queue: Queue,
    planted: Option<Planted>,
}

impl Operator {
    pub(crate) fn new(world: World, planted: Option<Planted>) -> anyhow::Result<Operator> {
        Ok(Operator {
            world,
            planted,
            directory: tempfile::tempdir()?,
        })
    }

    /// Works while there is traffic.
    pub(crate) async fn work(&self) {
        for _ in 0..self.world.temper().operations {
            let mut chance = self.world.chance("operator");
            sleep(Duration::from_millis(chance.rng.u64(..60_000))).await;
            let lives = Duration::from_millis(chance.of(&[20, 300, 3_000, 60_000]));
            let ended = if chance.happens(0.5) {
                timeout(lives, self.redrive()).await
            } else {
                timeout(lives, self.replay(&mut chance)).await
            };
            self.world.note(|| match ended {
                Ok(Ok(())) => "the operator is done".to_owned(),
                Ok(Err(error)) => {
                    // Two runs of a seed differ in the account of their queues.
                    let error = format!("{error:#}").replace(&self.world.url(""), "");
                    format!("the operator sees an error: {error}")
                }
                Err(_) => "the operator's tool is killed".to_owned(),
            });
        }
    }

    /// Finishes what was begun, when nothing goes wrong any more. Returns the bodies that stay in
    /// the journal, as they cannot be staged again.
    ///
    /// # Errors
    /// The tool does not come to its end.
    pub(crate) async fn finish(&self) -> anyhow::Result<Vec<String>> {
        if self.world.temper().operations == 0 {
            return Ok(Vec::new());
        }
        let mut replay = Unattended::open(&self.replays())?;
        timeout(LONGEST, replay.stage(&self.staging().await)).await??;
        // The first call may only finish a run, and leave what was taken since.
        for _ in 0..2 {
            timeout(LONGEST, self.redrive()).await??;
        }
        Unattended::open(&self.redrives())?.bodies()
    }

    async fn redrive(&self) -> anyhow::Result<()> {
        let mut tool = Unattended::open(&self.redrives())?;
        if !tool.is_unfinished()? {
            let aws = self.world.aws(Party::Operator);
            let open =
                |name| Queue::open(&aws, self.world.queue_url(name), SendTimeout::Background);
            let queues = join_all([DEAD_LETTERS, QUARANTINE].map(open)).await;
            tool.take(&queues).await?;
            let run = self.run();
            let messages = tool.begin(run.clone(), None, false)?;
            self.note_run(&run, &messages);
        }
        tool.stage(&self.staging().await).await
    }

    async fn replay(&self, chance: &mut Chance) -> anyhow::Result<()> {
        let mut tool = Unattended::open(&self.replays())?;
        if !tool.is_unfinished()? {
            tool.read(&self.archive(chance)?)?;
            let targets = self.world.targets();
            let target = chance
                .happens(0.3)
                .then(|| chance.rng.usize(..targets.len()));
            let target = target.map(|index| targets[index].name());
            let run = self.run();
            let messages = tool.begin(run.clone(), target, true)?;
            self.note_run(&run, &messages);
        }
        tool.stage(&self.staging().await).await
    }

    fn note_run(&self, run: &RunId, bodies: &[String]) {
        let numbers: BTreeSet<usize> = bodies.iter().filter_map(|body| number_in(body)).collect();
        self.world
            .note(|| format!("{run} begins, with {numbers:?}"));
        self.world.record().runs.insert(run.to_string(), numbers);
    }

    /// An archive of what the staging queue has accepted, or of a part of it.
    fn archive(&self, chance: &mut Chance) -> anyhow::Result<PathBuf> {
        let share = chance.of(&[0.1, 0.5, 1.0]);
        let lines: String = {
            let record = self.world.record();
            let chosen = record.staged.values().filter(|_| chance.happens(share));
            let lines = chosen.map(|staged| {
                let (group, sequence) = (Some(&*staged.group), Some(&*staged.sequence));
                Line::new(group, sequence, &staged.body).to_text()
            });
            lines.collect()
        };
        let archive = self.directory.path().join("archive.jsonl");
        fs::write(&archive, lines)?;
        Ok(archive)
    }

    async fn staging(&self) -> Staging {
        let aws = self.world.aws(Party::Operator);
        let url = self.world.queue_url(STAGING);
        Staging {
            queue: Queue::open(&aws, url, SendTimeout::Background).await,
            planted: self.planted,
        }
    }

    fn run(&self) -> RunId {
        let number = self.world.chance("operator.run").nth;
        #[expect(clippy::expect_used, reason = "the id is right by construction")]
        RunId::parse(&format!("r-{number}")).expect("an id")
    }

    fn redrives(&self) -> PathBuf {
        self.directory.path().join("redrives")
    }

    fn replays(&self) -> PathBuf {
        self.directory.path().join("replays")
    }
}

impl Sender for Staging {
    async fn send_batch(&self, messages: &[&Message]) -> Vec<Result<(), SendError>> {
        let mut sent: Vec<Message> = messages.iter().map(|message| (*message).clone()).collect();
        for fifo in sent.iter_mut().filter_map(|message| message.fifo.as_mut()) {
            let id = fifo.deduplication.split("-r-").next();
            match self.planted {
                Some(Planted::RedriveOfTheSameId) => {
                    fifo.deduplication = id.unwrap_or_default().to_owned();
                }
                Some(Planted::RedriveGroupOfItsOwn) => fifo.group.clone_from(&fifo.deduplication),
                _ => {}
            }
        }
        let sent: Vec<&Message> = sent.iter().collect();
        let results = self.queue.send_batch(&sent).await;
        if self.planted == Some(Planted::RedriveFailuresAreDone) {
            return vec![Ok(()); results.len()];
        }
        results
    }
}
