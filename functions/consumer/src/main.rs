//! The binary of the function `consumer`.

use aws_lambda_events::sqs::SqsEvent;
use consumer::{Consumer, Targets};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use thingrelay::{
    clock::Clock,
    config::{Live, Reader, environment},
    queue::{Patience, Queue},
    telemetry,
};

/// Kept back from the time that an invocation has, to answer in.
const MARGIN: Duration = Duration::from_secs(2);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init_for_lambda(&environment::log_level());
    let config = environment::config(Reader::Consumer)?;
    let quarantine_url = environment::queue_url(environment::QUARANTINE_QUEUE_URL)?;
    let quarantine = Queue::open(quarantine_url, Patience::Background).await;
    let targets = Targets::open(&config).await;
    let config = Arc::new(Live::new(config));
    let consumer = Arc::new(Consumer::new(config, targets, quarantine, Clock::system()));
    run(service_fn(move |event: LambdaEvent<SqsEvent>| {
        let consumer = Arc::clone(&consumer);
        async move {
            // An emulator may give a deadline that is long past: then there is none.
            let left = event
                .context
                .deadline()
                .duration_since(std::time::SystemTime::now())
                .ok();
            let deadline = left.map(|left| Instant::now() + left.saturating_sub(MARGIN));
            consumer
                .handle(event.payload, deadline)
                .await
                .map_err(Error::from)
        }
    }))
    .await
}
