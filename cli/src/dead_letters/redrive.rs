//! Stages messages again: one device as a probe, then all.

use super::{args, taking::take, tell};
use crate::{
    progress::Progress,
    recovery::{
        asking::{Consent, ask},
        journal::Journal,
        kept::Form,
        plan::Plan,
        run::{Run, new_id},
        stager::{Counts, Progressed, Stager},
    },
    signals::Signals,
};
use anyhow::{Context, bail};
use std::{collections::BTreeSet, process::ExitCode, time::Duration};
use thingrelay::{
    aws::Aws,
    queue::{Queue, SendTimeout},
};
use thingrelay_core::queue_url::QueueUrl;
use tokio::time::{Instant, sleep};

/// How often the probe looks at the staging queue.
const LOOK: Duration = Duration::from_millis(500);

/// Redrives the chosen messages, or continues the run that was interrupted.
///
/// # Errors
/// The run cannot go on; the same command continues it.
pub(super) async fn redrive(
    journal: &Journal,
    queues: &[Queue],
    args: &args::Redrive,
    signals: &mut Signals,
) -> anyhow::Result<ExitCode> {
    let url = args.staging_queue();
    let url = url.context("no staging queue: give it with --staging-queue or --endpoint")?;
    let selection = format!("{:?} {:?}", args.chosen.selection, args.chosen.reason);
    let (run, question) = match journal.unfinished()? {
        Some(run) => {
            let pending = journal.pending()?;
            tell(&format!(
                "run       {}, not finished\nmessages  {pending} of {}\n",
                run.id, run.messages
            ));
            if run.selection != selection {
                tell("The run has its own choice of messages; yours is for the next one.\n");
            }
            (run, format!("Continue, and stage {pending} messages?"))
        }
        None => {
            let plan = Plan::make(journal, args.rate, |mut facts| {
                if !args.chosen.takes(&facts) {
                    return None;
                }
                if facts.form == Form::Event && args.webhook_queue.is_none() {
                    facts.obstacle = Some("an event of a webhook: see --webhook-queue".to_owned());
                }
                Some(facts)
            })?;
            tell(&plan.to_string());
            if plan.is_empty() {
                tell(&format!("in the journal  {}\n", journal.len()?));
                return Ok(ExitCode::SUCCESS);
            }
            let messages = plan.places.len() as u64;
            let question = format!("Stage {messages} messages again?");
            match ask(args.yes, &question, signals).await {
                Consent::Yes => {}
                consent => return Ok(refused(consent)),
            }
            let run = Run {
                id: new_id(),
                target: None,
                archived: false,
                messages,
                is_probed: args.no_probe,
                selection,
            };
            journal.begin(&run, &plan.places)?;
            tell(&format!("run       {}\n", run.id));
            return continued(journal, queues, args, run, url, signals).await;
        }
    };
    match ask(args.yes, &question, signals).await {
        Consent::Yes => continued(journal, queues, args, run, url, signals).await,
        consent => Ok(refused(consent)),
    }
}

fn refused(consent: Consent) -> ExitCode {
    if consent == Consent::Unasked {
        tell("Nothing was staged. Add --yes to stage the messages.\n");
    }
    ExitCode::SUCCESS
}

async fn continued(
    journal: &Journal,
    queues: &[Queue],
    args: &args::Redrive,
    mut run: Run,
    url: &QueueUrl,
    signals: &mut Signals,
) -> anyhow::Result<ExitCode> {
    let aws = Aws::anywhere();
    let staging = Queue::open(&aws, url.clone(), SendTimeout::Background).await;
    let webhook = match &args.webhook_queue {
        Some(url) => Some(Queue::open(&aws, url.clone(), SendTimeout::Background).await),
        None => None,
    };
    let stager = Stager {
        journal,
        staging: &staging,
        webhook: webhook.as_ref(),
        rate: args.rate,
        progress: Progress::new(journal.pending()?),
    };
    let mut counts = Counts::default();
    let staged = async {
        if !run.is_probed && !args.no_probe {
            let probe = Probe {
                stager: &stager,
                queues,
                args,
            };
            if probe.make(&run, &mut counts, signals).await? == Progressed::Interrupted {
                return Ok(Progressed::Interrupted);
            }
            run.is_probed = true;
            journal.update(&run)?;
        }
        let staged = stager.stage(&run, None, &mut counts, signals).await;
        anyhow::Ok(staged?)
    }
    .await;
    stager.progress.finish();
    tell(&counts.to_string());
    if staged? == Progressed::Interrupted {
        tell("Interrupted. The same command continues the run.\n");
        return Ok(ExitCode::FAILURE);
    }
    journal.end()?;
    tell(&format!("in the journal  {}\n", journal.len()?));
    Ok(match counts.left.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The messages of one device, before all others.
struct Probe<'a> {
    stager: &'a Stager<'a, Queue>,
    queues: &'a [Queue],
    args: &'a args::Redrive,
}

impl Probe<'_> {
    /// Stages the messages of the first device, and looks whether they come back.
    ///
    /// # Errors
    /// They came back.
    async fn make(
        &self,
        run: &Run,
        counts: &mut Counts,
        signals: &mut Signals,
    ) -> anyhow::Result<Progressed> {
        let journal = self.stager.journal;
        let first = journal.next(None, 1, 0)?;
        let Some((_, facts, _)) = first.first() else {
            return Ok(Progressed::Through);
        };
        let before = counts.staged;
        let staged = self
            .stager
            .stage(run, Some(&facts.group), counts, signals)
            .await?;
        if staged == Progressed::Interrupted {
            return Ok(staged);
        }
        let until = Instant::now() + Duration::from_secs(self.args.probe_seconds);
        loop {
            let mut left = 0;
            for queue in [self.stager.staging].into_iter().chain(self.stager.webhook) {
                let depth = queue.depth().await?;
                left += depth.waiting + depth.in_flight;
            }
            if left == 0 || Instant::now() >= until {
                break;
            }
            tokio::select! {
                () = sleep(LOOK) => {}
                _ = signals.next() => return Ok(Progressed::Interrupted),
            }
        }
        let (mut back, mut reasons) = (0_u64, BTreeSet::new());
        let taken = take(journal, self.queues, Duration::ZERO, signals, |facts| {
            if facts.run.as_deref() == Some(run.id.as_str()) {
                back += 1;
                reasons.insert(facts.reason.clone());
            }
        });
        taken.await?;
        let staged = counts.staged - before;
        if back > 0 {
            let reasons = Vec::from_iter(reasons).join(", ");
            bail!(
                "the probe failed: of {staged} messages of one device, {back} came back ({reasons}); no others were staged. \
                 Fix the cause, and run the same command again: it continues with another device"
            );
        }
        self.stager.progress.tell(&format!(
            "The probe: {staged} messages of one device, and none came back."
        ));
        Ok(Progressed::Through)
    }
}
