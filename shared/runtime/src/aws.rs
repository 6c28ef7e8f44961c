//! The region, credentials and connections that all AWS clients share.

mod call_error;

pub use call_error::CallError;

use crate::{environment, send_timeout::SendTimeout};
use aws_config::{
    BehaviorVersion, Region, SdkConfig,
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    meta::region::ProvideRegion,
};
use aws_credential_types::{Credentials, provider::ProvideCredentials};
use aws_sdk_sqs::config::{
    HttpClient, RuntimeComponents, SharedCredentialsProvider, SharedHttpClient,
    StalledStreamProtectionConfig, http::HttpRequest,
};
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorSettings, SharedHttpConnector,
};
use futures::future::BoxFuture;
use http_body_util::BodyExt;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::sync::OnceCell;

/// How long connecting may take, including TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1200);
/// How long connecting ahead of the first call may delay the work that waits for it. Together with
/// the time that an edge waits for its queue, it is less than the three seconds that a platform
/// waits for its answer.
const WARM_LIMIT: Duration = Duration::from_millis(400);

/// The shared parts of all clients. With one handle, a process reads its environment once, parses
/// the certificates of the system once, and connects to a host once.
#[derive(Debug, Clone)]
pub struct Aws {
    connections: Connections,
    environment: Arc<OnceCell<SdkConfig>>,
    load: Load,
}

type Load = fn(SharedHttpClient) -> BoxFuture<'static, SdkConfig>;

impl Aws {
    /// Takes region and credentials from where any AWS SDK finds them: variables and profiles, or
    /// the role of a container or machine. Reads and connects nothing yet.
    pub fn anywhere() -> Self {
        Aws::loading(|http| {
            let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
            Box::pin(loader.load())
        })
    }

    /// Takes region and credentials only from the variables that Lambda sets. A package without the
    /// other ways is smaller and starts sooner. Reads and connects nothing yet.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.
    pub fn in_lambda() -> Self {
        Aws::loading(|http| {
            Box::pin(async {
                SdkConfig::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .http_client(http)
                    .region(EnvironmentVariableRegionProvider::new().region().await)
                    .credentials_provider(SharedCredentialsProvider::new(
                        EnvironmentVariableCredentialsProvider::new(),
                    ))
                    .use_fips(environment::use_fips())
                    .use_dual_stack(environment::use_dual_stack())
                    .build()
            })
        })
    }

    fn loading(load: Load) -> Self {
        Aws {
            connections: Connections::default(),
            environment: Arc::default(),
            load,
        }
    }

    /// An environment with a connector in place of the network: every call goes through it.
    pub fn through(connector: SharedHttpConnector, environment: SdkConfig) -> Self {
        let aws = Aws::in_lambda();
        let _ = aws.connections.0.set(connector);
        let _ = aws.environment.set(environment);
        aws
    }

    /// In such an environment, over real connections.
    #[cfg(test)]
    pub(crate) fn within(environment: SdkConfig) -> Self {
        let aws = Aws::in_lambda();
        let _ = aws.environment.set(environment);
        aws
    }

    /// The credentials, which may expire. Without them, no call leaves this machine.
    ///
    /// # Errors
    /// There are no credentials.
    pub async fn credentials(&self) -> Result<Credentials, CallError> {
        let environment = self.environment().await;
        let Some(provider) = environment.credentials_provider() else {
            return Err("no provider of credentials".into());
        };
        let found = provider.provide_credentials().await;
        found.map_err(|error| CallError::Credentials(Arc::new(error)))
    }

    /// The region, if there is one.
    pub async fn region(&self) -> Option<String> {
        let region = self.environment().await.region();
        region.map(|region| region.as_ref().to_owned())
    }

    pub(crate) async fn environment(&self) -> &SdkConfig {
        self.environment
            .get_or_init(|| (self.load)(self.http_client()))
            .await
    }

    /// The settings of a client that sends in the background to a region, else to that of the
    /// environment.
    pub async fn sending_to(&self, region: Option<&str>) -> SdkConfig {
        let environment = self.environment().await;
        let region = region.map(|region| Region::new(region.to_owned()));
        let mut settings = environment.clone().into_builder();
        settings.set_region(region.or_else(|| environment.region().cloned()));
        settings
            .http_client(self.http_client())
            .timeout_config(SendTimeout::Background.config())
            .retry_config(SendTimeout::retries())
            // It watches streams of bytes, of which these calls have none.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build()
    }

    pub(crate) fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.connections.clone())
    }

    /// Connects to `origin` (`https://sqs.eu-west-1.amazonaws.com`), so that the first call need
    /// not connect. That takes 0.4 s at most. If it fails, the first call reports the failure.
    pub(crate) async fn connect(&self, origin: &str) {
        let Ok(request) = HttpRequest::get(origin) else {
            return;
        };
        let asked = async {
            let response = self.connections.connector().call(request).await.ok()?;
            // A connection is reused only after its answer was read.
            response.into_body().collect().await.ok()
        };
        if tokio::time::timeout(WARM_LIMIT, asked).await.is_err() {
            tracing::debug!(origin, "not connected in time");
        }
    }
}

/// One pool of connections for the clients of all services.
#[derive(Debug, Clone, Default)]
struct Connections(Arc<OnceLock<SharedHttpConnector>>);

impl Connections {
    fn connector(&self) -> SharedHttpConnector {
        let connector = self.0.get_or_init(|| {
            let settings = HttpConnectorSettings::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .build();
            let connector = Connector::builder()
                .connector_settings(settings)
                .proxy_config(ProxyConfig::from_env())
                .tls_provider(Provider::rustls(CryptoMode::AwsLc))
                .build();
            SharedHttpConnector::new(connector)
        });
        connector.clone()
    }
}

impl HttpClient for Connections {
    /// The settings of a client are those of all clients. A call is bounded by its own time-out.
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.connector()
    }
}
