//! The tests of the configuration's documents in SSM and Secrets Manager, with the functions' real
//! programs. The server that stands in for both is a parameter.

use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_ssm::config::{BehaviorVersion, Region};
use aws_sdk_ssm::primitives::Blob;
use aws_sdk_ssm::types::ParameterType;
use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use crate::cloud::request;
use crate::config::{HOMES_TOKEN, METERS_TOKEN};
use crate::lambda::Function;
use crate::process::program;
use crate::queue::Queues;
use crate::searched::{output_soon, remember_document};

const REGION: &str = "us-east-1";

/// Settings without secrets, in TOML as a person writes them.
const SETTINGS: &str = "[sources.meters]\nplatform = \"tencent-iot-hub\"\n\
    [sources.homes]\nplatform = \"tencent-iot-explorer\"\n";

/// A place in which documents are stored.
struct Store {
    endpoint: String,
    parameters: aws_sdk_ssm::Client,
    secrets: aws_sdk_secretsmanager::Client,
    number: usize,
}

impl Store {
    fn at(endpoint: &str) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let credentials = Credentials::new("test", "test", None, None, "tests");
        let region = Region::new(REGION);
        let parameters = aws_sdk_ssm::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region.clone())
            .credentials_provider(credentials.clone())
            .endpoint_url(endpoint)
            .build();
        let secrets = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region)
            .credentials_provider(credentials)
            .endpoint_url(endpoint)
            .build();
        Store {
            endpoint: endpoint.to_owned(),
            parameters: aws_sdk_ssm::Client::from_conf(parameters),
            secrets: aws_sdk_secretsmanager::Client::from_conf(secrets),
            number: NUMBER.fetch_add(1, Ordering::SeqCst),
        }
    }

    fn parameter(&self) -> String {
        format!(
            "/thingrelay-{}/{}/settings",
            std::process::id(),
            self.number
        )
    }

    fn secret(&self) -> String {
        format!("thingrelay-{}-{}", std::process::id(), self.number)
    }

    async fn put_settings(&self, text: &str, kind: ParameterType) {
        let put = self.parameters.put_parameter().name(self.parameter());
        let put = put.value(text).r#type(kind).overwrite(true).send().await;
        put.expect("a parameter is put");
    }

    /// Stores a secret. Returns its ARN, which a template passes to a function.
    async fn put_secret(&self, text: &str) -> String {
        remember_document(text);
        let put = self.secrets.create_secret().name(self.secret());
        let put = put.secret_string(text).send().await;
        let arn = put.expect("a secret is put").arn;
        arn.expect("it has an ARN")
    }

    async fn put_binary_secret(&self, bytes: &[u8]) -> String {
        let put = self.secrets.create_secret().name(self.secret());
        let put = put.secret_binary(Blob::new(bytes)).send().await;
        let arn = put.expect("a secret is put").arn;
        arn.expect("it has an ARN")
    }

    fn environment<'a>(&'a self, parameter: &'a str, secrets: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL_SSM", &self.endpoint),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.endpoint),
            ("THINGRELAY_SETTINGS_PARAMETER", parameter),
            ("THINGRELAY_SECRETS", secrets),
        ]
    }
}

fn tokens() -> String {
    format!(
        r#"{{"sources":{{"meters":{{"tokens":["{METERS_TOKEN}"]}},"homes":{{"tokens":["{HOMES_TOKEN}"]}}}}}}"#
    )
}

/// The settings of one place and the tokens of another form one configuration for `verify` and for
/// `push`. The consumer needs only the settings.
///
/// # Panics
///
/// If the functions do not behave so.
pub async fn settings_and_secrets_are_one_configuration(endpoint: &str) {
    for kind in [ParameterType::String, ParameterType::SecureString] {
        let store = Store::at(endpoint);
        store.put_settings(SETTINGS, kind).await;
        let (parameter, secret) = (store.parameter(), store.put_secret(&tokens()).await);
        let environment = store.environment(&parameter, &secret);
        let verify = Function::start("verify", &environment, 1).await;
        for (source, token) in [("meters", METERS_TOKEN), ("homes", HOMES_TOKEN)] {
            let echostr = [("echostr", "UPWIAFASvDUFcTEE")];
            let answer = request(&verify, "GET", source, &echostr, token, b"").await;
            assert_eq!((answer.status, &*answer.body), (200, "UPWIAFASvDUFcTEE"));
            let answer = request(&verify, "GET", source, &echostr, "another", b"").await;
            assert_eq!(answer.status, 401, "{answer:?}");
        }
    }
    let queues = Queues::at(endpoint);
    let staging = queues.create_fifo("staging").await;
    let events = queues.create_fifo("events").await;
    let quarantine = queues.create_standard("quarantine").await;
    let store = Store::at(endpoint);
    store.put_settings(SETTINGS, ParameterType::String).await;
    let (parameter, secret) = (store.parameter(), store.put_secret(&tokens()).await);
    let mut environment = store.environment(&parameter, &secret);
    environment.push(("THINGRELAY_STAGING_QUEUE_URL", &staging));
    let push = Function::start("push", &environment, 1).await;
    let body = crate::message::report("meter-7", 1, 1, 1);
    let answer = request(&push, "POST", "meters", &[], METERS_TOKEN, &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");

    // The environment names the events queue, as the settings name no target.
    let mut environment = store.environment(&parameter, "");
    environment.push(("THINGRELAY_STAGING_QUEUE_URL", &staging));
    environment.push(("THINGRELAY_QUARANTINE_QUEUE_URL", &quarantine));
    environment.push(("THINGRELAY_EVENTS_QUEUE_URL", &events));
    let consumer = Function::start("consumer", &environment, 1).await;
    crate::cloud::consume(&queues, &staging, &consumer, 1, Duration::from_secs(30)).await;
    let received = queues.drain(&events).await;
    assert_eq!(received.len(), 1, "{received:?}");
    let event: Value = serde_json::from_str(&received[0].body).expect("an event");
    assert_eq!(event["source"], "/tencent-iot-hub/meters", "{event}");
}

/// A function that cannot read or parse its documents does not start: it reports the problem, and
/// no secret.
///
/// # Panics
///
/// If the function does not behave so.
pub async fn a_function_without_documents_says_why(endpoint: &str) {
    const BARE: &str = "a-token-without-quotes";
    let store = Store::at(endpoint);
    let (parameter, secret) = (store.parameter(), store.secret());
    let environment = store.environment(&parameter, &secret);
    let text = ends(&environment).await;
    assert!(text.contains("ParameterNotFound"), "{text}");
    assert!(text.contains(&parameter), "{text}");

    store.put_settings(SETTINGS, ParameterType::String).await;
    let text = ends(&environment).await;
    assert!(text.contains("ResourceNotFoundException"), "{text}");
    assert!(text.contains(&secret), "{text}");

    let arn = store
        .put_secret(&tokens().replace(&format!("\"{METERS_TOKEN}\""), BARE))
        .await;
    let text = ends(&store.environment(&parameter, &arn)).await;
    assert!(text.contains("line 1, column "), "{text}");
    for secret in [BARE, HOMES_TOKEN] {
        assert!(!text.contains(secret), "{text}");
    }

    // Nothing listens there.
    let mut environment = store.environment(&parameter, &arn);
    environment.push(("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:9"));
    let text = ends(&environment).await;
    assert!(text.contains("cannot be read: dispatch failure"), "{text}");

    let binary = Store::at(endpoint);
    let parameter = binary.parameter();
    binary.put_settings(SETTINGS, ParameterType::String).await;
    let arn = binary.put_binary_secret(b"\x00\x01").await;
    let text = ends(&binary.environment(&parameter, &arn)).await;
    assert!(text.contains("bytes, not text"), "{text}");
}

/// The output of `verify` before it ends by itself.
async fn ends(environment: &[(&str, &str)]) -> String {
    let mut program = Command::new(program("verify"));
    program
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9")
        .env("AWS_LAMBDA_FUNCTION_NAME", "verify")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = timeout(Duration::from_secs(20), output_soon(&mut program))
        .await
        .expect("it ends")
        .expect("it runs");
    assert!(!output.status.success(), "{output:?}");
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    text
}
