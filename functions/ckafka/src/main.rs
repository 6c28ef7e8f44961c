//! The binary of the function `ckafka`.

use ckafka::{Ckafka, KafkaEvent};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use std::{process::ExitCode, sync::Arc};
use thingrelay::{
    aws::Aws,
    clock::Clock,
    config::{Reader, Refresh, environment},
    documents::Documents,
    queue::{Patience, Queue},
    telemetry::{self, Telemetry},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let telemetry = telemetry::init_for_lambda(environment::telemetry());
    telemetry.ended(serve(telemetry).await)
}

async fn serve(telemetry: &'static Telemetry) -> Result<(), Error> {
    let aws = Aws::in_lambda();
    let staging_url = environment::queue_url(environment::STAGING_QUEUE_URL)?;
    let staging = Queue::open(&aws, staging_url, Patience::Background).await;
    let documents = Documents::open(environment::documents()?, &aws).await;
    let beginning = Refresh::begin(documents, Reader::Edge, Clock::system());
    let (refresh, ()) = tokio::join!(beginning, staging.connect());
    let refresh = Arc::new(refresh?);
    let ckafka = Arc::new(Ckafka::new(refresh.live(), staging, Clock::system()));
    run(service_fn(move |event: LambdaEvent<KafkaEvent>| {
        let (refresh, ckafka) = (Arc::clone(&refresh), Arc::clone(&ckafka));
        async move {
            let _counted = telemetry.invocation(&event.context.request_id);
            refresh.refresh().await;
            ckafka.handle(&event.payload).await.map_err(Error::from)
        }
    }))
    .await
}
