//! A function that builds an SQS client, as the SDK's guide does, and does not use it.

use aws_sdk_sqs::Client;
use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let client = Client::new(&config);
    run(service_fn(|request| handle(&client, request))).await
}

async fn handle(_: &Client, _: Request) -> Result<Response<Body>, Error> {
    Ok(Response::new(Body::Empty))
}
