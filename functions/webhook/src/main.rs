//! The binary of the function `webhook`.

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use std::{process::ExitCode, sync::Arc, time::Duration};
use thingrelay::{
    aws::Aws,
    clock::Clock,
    environment,
    queue::{Queue, SendTimeout},
    settings::{Refresh, documents::Documents},
    start::deadline,
    telemetry::{self, Telemetry},
};
use webhook::{Queues, Webhook};

/// The part of an invocation's time that is reserved for answering.
const MARGIN: Duration = Duration::from_secs(3);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let telemetry = telemetry::init_for_lambda(environment::telemetry());
    telemetry.ended(serve(telemetry).await)
}

async fn serve(telemetry: &'static Telemetry) -> Result<(), Error> {
    let aws = Aws::in_lambda();
    let name = environment::text(environment::WEBHOOK_TARGET)?;
    let events_url = environment::queue_url(environment::WEBHOOK_QUEUE_URL)?;
    let dead_letters_url = environment::queue_url(environment::DEAD_LETTER_QUEUE_URL)?;
    let queues = Queues {
        events: Queue::open(&aws, events_url, SendTimeout::Edge).await,
        dead_letters: Queue::open(&aws, dead_letters_url, SendTimeout::Background).await,
    };
    let documents = Documents::open(environment::documents()?, &aws).await;
    // If the function did not start, its records would come again after the queue's own time, and
    // each receive would count.
    let refresh = Arc::new(Refresh::begin_or_wait(documents, Clock::system()).await);
    let webhook = Webhook::new(refresh.current_config(), name, queues, Clock::system());
    let webhook = Arc::new(webhook);
    run(service_fn(move |event: LambdaEvent<SqsEvent>| {
        let (refresh, webhook) = (Arc::clone(&refresh), Arc::clone(&webhook));
        async move {
            let _counted = telemetry.invocation(&event.context.request_id);
            refresh.refresh().await;
            if !refresh.has_begun() {
                return webhook.hand_back(event.payload).await.map_err(Error::from);
            }
            let deadline = deadline(&event.context, MARGIN);
            webhook
                .handle(event.payload, deadline)
                .await
                .map_err(Error::from)
        }
    }))
    .await
}
