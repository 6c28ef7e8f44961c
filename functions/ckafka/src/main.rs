//! The binary of the function `ckafka`.

use ckafka::{Ckafka, KafkaEvent};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use thingrelay::{
    aws::Aws,
    clock::Clock,
    environment,
    queue::{Patience, Queue},
    settings::{Refresh, documents::Documents},
    telemetry::{self, Telemetry},
};
use thingrelay_core::config::Reader;

/// Kept back from the time that an invocation has, to answer and to count in.
const MARGIN: Duration = Duration::from_secs(2);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let telemetry = telemetry::init_for_lambda(environment::telemetry());
    telemetry.ended(serve(telemetry).await)
}

async fn serve(telemetry: &'static Telemetry) -> Result<(), Error> {
    let aws = Aws::in_lambda();
    let staging_url = environment::queue_url(environment::STAGING_QUEUE_URL)?;
    let staging = Queue::open(&aws, staging_url, Patience::Background).await;
    let documents = Documents::open(environment::documents()?.settings_alone(), &aws).await;
    let beginning = Refresh::begin(documents, Reader::EventSource, Clock::system());
    let (refresh, ()) = tokio::join!(beginning, staging.connect());
    let refresh = Arc::new(refresh?);
    let ckafka = Arc::new(Ckafka::new(refresh.live(), staging, Clock::system()));
    run(service_fn(move |event: LambdaEvent<KafkaEvent>| {
        let (refresh, ckafka) = (Arc::clone(&refresh), Arc::clone(&ckafka));
        async move {
            let _counted = telemetry.invocation(&event.context.request_id);
            refresh.refresh().await;
            // An emulator may give a deadline that is long past: then there is none.
            let left = event.context.deadline().duration_since(SystemTime::now());
            let deadline = left
                .ok()
                .map(|left| Instant::now() + left.saturating_sub(MARGIN));
            let handled = ckafka.handle(&event.payload, deadline).await;
            handled.map_err(Error::from)
        }
    }))
    .await
}
