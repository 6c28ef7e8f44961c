//! `dead-letters redrive` and `replay` without arguments and without questions, as the fault model
//! runs them.

use crate::{
    archive::{folder, messages::OpenFile, parts::Parts},
    dead_letters::taking::take,
    pace::Rate,
    progress::Progress,
    recovery::{
        journal::{Journal, Place},
        plan::Plan,
        run::Run,
        stager::{Counts, Stager},
    },
    signals::Signals,
};
use anyhow::Context;
use std::{path::Path, time::Duration};
use thingrelay::{ordered::Sender, queue::Queue};
use thingrelay_core::replay::RunId;

/// A journal, and what is done with it. It may be dropped at any moment, and opened again.
#[derive(Debug)]
pub struct Unattended {
    journal: Journal,
    signals: Signals,
}

impl Unattended {
    /// Opens the journal in a directory.
    ///
    /// # Errors
    /// The journal cannot be used.
    pub fn open(directory: &Path) -> anyhow::Result<Unattended> {
        Ok(Unattended {
            journal: Journal::open(directory)?,
            signals: Signals::none(),
        })
    }

    /// Takes all messages out of the queues.
    ///
    /// # Errors
    /// A queue or the journal cannot be used.
    pub async fn take(&mut self, queues: &[Queue]) -> anyhow::Result<()> {
        let patience = Duration::from_secs(60);
        take(
            &self.journal,
            queues,
            patience,
            &mut self.signals,
            |_facts| {},
        )
        .await?;
        Ok(())
    }

    /// Copies the messages of an archive, unless a run is unfinished.
    ///
    /// # Errors
    /// A file or the journal cannot be used.
    pub fn read(&self, archive: &Path) -> anyhow::Result<()> {
        self.journal.clear()?;
        let mut parts = Parts::default();
        for file in folder::files(archive)? {
            OpenFile::local(&file)?.each_batch(&mut parts, |arrivals| {
                self.journal.take(arrivals, |_facts| true)?;
                anyhow::Ok(())
            })?;
        }
        Ok(())
    }

    /// Whether a run has begun and not ended.
    ///
    /// # Errors
    /// The journal cannot be used.
    pub fn is_unfinished(&self) -> anyhow::Result<bool> {
        Ok(self.journal.unfinished()?.is_some())
    }

    /// Begins a run with all messages of the journal that can be staged. Returns their bodies.
    ///
    /// # Errors
    /// The journal cannot be used.
    pub fn begin(
        &self,
        id: RunId,
        target: Option<String>,
        archived: bool,
    ) -> anyhow::Result<Vec<String>> {
        let plan = Plan::make(&self.journal, rate()?, Some)?;
        if !plan.is_empty() {
            let run = Run {
                id,
                target,
                archived,
                messages: plan.places.len() as u64,
                is_probed: true,
                selection: String::new(),
            };
            self.journal.begin(&run, &plan.places)?;
        }
        self.bodies_at(plan.places)
    }

    /// Stages what the unfinished run has still to stage, and ends the run.
    ///
    /// # Errors
    /// The run cannot go on, or cannot stage a message.
    pub async fn stage(&mut self, staging: &impl Sender) -> anyhow::Result<()> {
        let Some(run) = self.journal.unfinished()? else {
            return Ok(());
        };
        let stager = Stager {
            journal: &self.journal,
            staging,
            webhook: None,
            rate: rate()?,
            progress: Progress::none(),
        };
        let mut counts = Counts::default();
        stager
            .stage(&run, None, &mut counts, &mut self.signals)
            .await?;
        anyhow::ensure!(counts.left.is_empty(), "{counts}");
        Ok(self.journal.end()?)
    }

    /// The bodies of the messages in the journal.
    ///
    /// # Errors
    /// The journal cannot be used.
    pub fn bodies(&self) -> anyhow::Result<Vec<String>> {
        let mut places = Vec::new();
        self.journal.each(|place, _facts| places.push(place))?;
        self.bodies_at(places)
    }

    fn bodies_at(&self, places: Vec<Place>) -> anyhow::Result<Vec<String>> {
        let bodies = places.into_iter().map(|place| {
            let kept = self.journal.message(place)?;
            anyhow::Ok(kept.context("a message without its text")?.body)
        });
        bodies.collect()
    }
}

fn rate() -> anyhow::Result<Rate> {
    Ok("500/s".parse()?)
}
