//! The binary of the function `consumer`.

use aws_lambda_events::sqs::SqsEvent;
use consumer::{Consumer, Queues, Targets};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use std::{process::ExitCode, sync::Arc, time::Duration};
use thingrelay::{
    aws::Aws,
    clock::Clock,
    environment,
    queue::{Queue, SendTimeout},
    settings::{Refresh, documents::Documents},
    start::deadline,
    stream::Stream,
    telemetry::{self, Telemetry},
};

/// The part of an invocation's time that is reserved for answering.
const MARGIN: Duration = Duration::from_secs(2);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let telemetry = telemetry::init_for_lambda(environment::telemetry());
    telemetry.ended(serve(telemetry).await)
}

async fn serve(telemetry: &'static Telemetry) -> Result<(), Error> {
    let aws = Aws::in_lambda();
    let quarantine_url = environment::queue_url(environment::QUARANTINE_QUEUE_URL)?;
    let events_url = environment::optional_queue_url(environment::EVENTS_QUEUE_URL)?;
    let quarantine = Queue::open(&aws, quarantine_url, SendTimeout::Background).await;
    let staging_url = environment::queue_url(environment::STAGING_QUEUE_URL)?;
    let staging = Queue::open(&aws, staging_url, SendTimeout::Edge).await;
    let documents = Documents::open(environment::documents()?, &aws).await;
    // If the function did not start, its records would come again after the queue's own time, and
    // each receive would count.
    let beginning = Refresh::begin_or_wait(documents, Clock::system());
    let (refresh, ()) = tokio::join!(beginning, quarantine.connect());
    let refresh = Arc::new(refresh);
    let queues = Queues {
        staging,
        targets: Targets::open(&aws, events_url),
        quarantine,
    };
    let mut consumer = Consumer::new(refresh.current_config(), queues, Clock::system());
    if let Some(stream) = environment::optional_text(environment::ARCHIVE_STREAM) {
        consumer = consumer.with_archive(Arc::new(Stream::open(&aws, stream).await));
    }
    let consumer = Arc::new(consumer);
    run(service_fn(move |event: LambdaEvent<SqsEvent>| {
        let (refresh, consumer) = (Arc::clone(&refresh), Arc::clone(&consumer));
        async move {
            let _counted = telemetry.invocation(&event.context.request_id);
            refresh.refresh().await;
            if !refresh.has_begun() {
                let handed_back = consumer.hand_back(event.payload, "settings_unavailable");
                return handed_back.await.map_err(Error::from);
            }
            let deadline = deadline(&event.context, MARGIN);
            consumer
                .handle(event.payload, deadline)
                .await
                .map_err(Error::from)
        }
    }))
    .await
}
