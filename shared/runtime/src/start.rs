//! How the functions start, and the deadline of an invocation.

use crate::{
    aws::Aws,
    clock::Clock,
    environment::{self, DocumentLocation},
    pull::{Broker, Pull, Puller},
    queue::{Queue, SendTimeout},
    settings::{Refresh, documents::Documents},
    telemetry::Telemetry,
};
use lambda_runtime::{Context, Error, LambdaEvent, run, service_fn};
use serde::de::IgnoredAny;
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use thingrelay_core::config::{EdgeConfig, EdgeSource, ReadSource};

/// Connects to the staging queue and reads the settings of a function that stages messages, both at
/// the same time.
///
/// # Errors
/// The environment names no staging queue, or the settings cannot be read or parsed.
pub async fn staging<S>(
    documents: DocumentLocation,
    patience: SendTimeout,
) -> Result<(Queue, Arc<Refresh<S>>), Error>
where
    S: ReadSource + Send + Sync + 'static,
{
    let aws = Aws::in_lambda();
    let staging_url = environment::queue_url(environment::STAGING_QUEUE_URL)?;
    let staging = Queue::open(&aws, staging_url, patience).await;
    let documents = Documents::open(documents, &aws).await;
    let beginning = Refresh::begin(documents, Clock::system());
    let (refresh, ()) = tokio::join!(beginning, staging.connect());
    Ok((staging, Arc::new(refresh?)))
}

/// Serves a function that pulls: each invocation is a window of the pull.
///
/// # Errors
/// The same as those of [`staging`].
pub async fn serve_pull<B, P>(telemetry: &'static Telemetry, pulls: P) -> Result<(), Error>
where
    B: Broker + Send + 'static,
    B::Subscription: 'static,
    P: Fn(&EdgeConfig, &Clock) -> Vec<Pull<B>> + Send + Sync + 'static,
{
    let (staging, refresh) =
        staging::<EdgeSource>(environment::documents()?, SendTimeout::Background).await?;
    let clock = Clock::system();
    let pulls = move |config: &EdgeConfig| pulls(config, &clock);
    let puller = Arc::new(Puller::new(refresh.current_config(), staging, pulls));
    run(service_fn(move |event: LambdaEvent<IgnoredAny>| {
        let (refresh, puller) = (Arc::clone(&refresh), Arc::clone(&puller));
        async move {
            let id = event.context.request_id.as_str();
            let _counted = telemetry.invocation(id);
            refresh.renew().await;
            let deadline = deadline(&event.context, Duration::ZERO);
            Ok::<_, Error>(puller.handle(deadline, || telemetry.flush(id)).await)
        }
    }))
    .await
}

/// When an invocation has to be done, with `margin` reserved for the answer. An emulator may give a
/// deadline that is long past; then there is no deadline.
pub fn deadline(context: &Context, margin: Duration) -> Option<Instant> {
    let left = context.deadline().duration_since(SystemTime::now()).ok()?;
    Some(Instant::now() + left.saturating_sub(margin))
}
