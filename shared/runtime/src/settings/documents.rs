//! Where the documents of the configuration are, and how they are read.

use crate::{
    aws::{Aws, CallError},
    environment::{self, DocumentLocation},
};
use aws_sdk_secretsmanager as secretsmanager;
use aws_sdk_ssm as ssm;
use aws_sdk_ssm::config::{retry::RetryConfig, timeout::TimeoutConfig};
use std::{future::Future, io, path::PathBuf, time::Duration};

/// How long reading one document may take, including all tries.
pub const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one try may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1500);

/// Reads the documents of a configuration.
pub trait ReadDocuments: Send + Sync + 'static {
    /// The documents' texts. Later ones are merged into earlier ones.
    fn read(&self) -> impl Future<Output = Result<Vec<String>, ReadError>> + Send;
}

/// Why a document cannot be read. A later try may succeed. The error holds nothing of the
/// document's content.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("{path} cannot be read: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{place} cannot be read: {source}")]
    Aws { place: String, source: CallError },
}

/// The documents of a function.
#[derive(Debug)]
pub enum Documents {
    /// All documents in one file.
    File(PathBuf),
    /// In AWS.
    Cloud {
        settings: Parameter,
        /// The secrets, for a reader that has any.
        secrets: Option<Secrets>,
    },
}

/// An SSM parameter.
#[derive(Debug)]
pub struct Parameter {
    client: ssm::Client,
    name: String,
}

/// An entry in Secrets Manager.
#[derive(Debug)]
pub struct Secrets {
    client: secretsmanager::Client,
    id: String,
}

impl Documents {
    /// Makes clients for the documents at that location. Reads nothing yet.
    pub async fn open(place: DocumentLocation, aws: &Aws) -> Documents {
        let (settings, secrets) = match place {
            DocumentLocation::File(path) => return Documents::File(path),
            DocumentLocation::Cloud { settings, secrets } => (settings, secrets),
        };
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(READ_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(3)
            .with_initial_backoff(Duration::from_millis(50));
        let shared = aws
            .environment()
            .await
            .to_builder()
            .timeout_config(timeouts)
            .retry_config(retries)
            .build();
        let mut ssm = ssm::config::Builder::from(&shared);
        if let Some(url) = environment::endpoint_url("SSM") {
            // The SDK refuses another variant of an endpoint that is set explicitly.
            ssm = ssm.endpoint_url(url).use_fips(false).use_dual_stack(false);
        }
        let mut secretsmanager = secretsmanager::config::Builder::from(&shared);
        if let Some(url) = environment::endpoint_url("SECRETS_MANAGER") {
            secretsmanager = secretsmanager
                .endpoint_url(url)
                .use_fips(false)
                .use_dual_stack(false);
        }
        Documents::Cloud {
            settings: Parameter {
                client: ssm::Client::from_conf(ssm.build()),
                name: settings,
            },
            secrets: secrets.map(|id| Secrets {
                client: secretsmanager::Client::from_conf(secretsmanager.build()),
                id,
            }),
        }
    }
}

impl ReadDocuments for Documents {
    async fn read(&self) -> Result<Vec<String>, ReadError> {
        match self {
            Documents::File(path) => {
                // The file has a few kilobytes, and nothing else waits meanwhile.
                let text = std::fs::read_to_string(path);
                text.map(|text| vec![text])
                    .map_err(|source| ReadError::File {
                        path: path.clone(),
                        source,
                    })
            }
            Documents::Cloud {
                settings,
                secrets: None,
            } => Ok(vec![settings.read().await?]),
            Documents::Cloud {
                settings,
                secrets: Some(secrets),
            } => {
                let (settings, secrets) = futures::try_join!(settings.read(), secrets.read())?;
                Ok(vec![settings, secrets])
            }
        }
    }
}

impl Parameter {
    async fn read(&self) -> Result<String, ReadError> {
        let failed = |source| ReadError::Aws {
            place: format!("the SSM parameter {}", self.name),
            source,
        };
        let call = self.client.get_parameter().name(&self.name);
        // Settings may be a SecureString. For a String, the flag changes nothing.
        let output = call
            .with_decryption(true)
            .send()
            .await
            .map_err(|error| failed(error.into()))?;
        output
            .parameter
            .and_then(|parameter| parameter.value)
            .ok_or_else(|| failed("the answer holds no value".into()))
    }
}

impl Secrets {
    async fn read(&self) -> Result<String, ReadError> {
        let failed = |source| ReadError::Aws {
            place: format!("the secret {}", self.id),
            source,
        };
        let call = self.client.get_secret_value().secret_id(&self.id);
        let output = call.send().await.map_err(|error| failed(error.into()))?;
        output
            .secret_string
            .ok_or_else(|| failed("it holds bytes, not text".into()))
    }
}

#[cfg(test)]
mod tests;
