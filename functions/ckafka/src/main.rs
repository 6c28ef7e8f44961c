//! The binary of the function `ckafka`.

use ckafka::{Ckafka, KafkaEvent};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use std::{process::ExitCode, sync::Arc, time::Duration};
use thingrelay::{
    clock::Clock,
    environment,
    queue::SendTimeout,
    start::{deadline, staging},
    telemetry::{self, Telemetry},
};

/// The part of an invocation's time that is reserved for answering and counting.
const MARGIN: Duration = Duration::from_secs(2);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let telemetry = telemetry::init_for_lambda(environment::telemetry());
    telemetry.ended(serve(telemetry).await)
}

async fn serve(telemetry: &'static Telemetry) -> Result<(), Error> {
    let documents = environment::documents()?.settings_alone();
    let (staging, refresh) = staging(documents, SendTimeout::Background).await?;
    let ckafka = Arc::new(Ckafka::new(
        refresh.current_config(),
        staging,
        Clock::system(),
    ));
    run(service_fn(move |event: LambdaEvent<KafkaEvent>| {
        let (refresh, ckafka) = (Arc::clone(&refresh), Arc::clone(&ckafka));
        async move {
            let _counted = telemetry.invocation(&event.context.request_id);
            refresh.refresh().await;
            let deadline = deadline(&event.context, MARGIN);
            let handled = ckafka.handle(&event.payload, deadline).await;
            handled.map_err(Error::from)
        }
    }))
    .await
}
