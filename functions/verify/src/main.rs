//! The binary of the function `verify`.

use lambda_http::{Error, LambdaEvent, lambda_runtime::run, service_fn};
use std::{convert::Infallible, process::ExitCode, sync::Arc};
use thingrelay::{
    aws::Aws,
    clock::Clock,
    endpoint::Event,
    environment,
    settings::{Refresh, documents::Documents},
    telemetry::{self, Telemetry},
};
use verify::Verify;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let telemetry = telemetry::init_for_lambda(environment::telemetry());
    telemetry.ended(serve(telemetry).await)
}

async fn serve(telemetry: &'static Telemetry) -> Result<(), Error> {
    let documents = Documents::open(environment::documents()?, &Aws::in_lambda()).await;
    let refresh = Arc::new(Refresh::begin(documents, Clock::system()).await?);
    let verify = Arc::new(Verify::new(refresh.current_config(), Clock::system()));
    run(service_fn(move |event: LambdaEvent<Event>| {
        let (refresh, verify) = (Arc::clone(&refresh), Arc::clone(&verify));
        async move {
            let _counted = telemetry.invocation(event.context.request_id);
            refresh.refresh().await;
            Ok::<_, Infallible>(verify.answer(event.payload).await)
        }
    }))
    .await
}
