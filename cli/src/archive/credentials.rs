//! The AWS SDK's credentials for the client of buckets, which reads no profile itself.

use futures::future::BoxFuture;
use object_store::{CredentialProvider, Error, aws::AwsCredential};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use thingrelay::aws::Aws;
use tokio::sync::Mutex;

/// How long before their end credentials are replaced.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// The credentials that the AWS SDK finds. They are kept until they expire: finding them may take a
/// call, or a program of the user.
#[derive(Debug)]
pub(super) struct SdkCredentials {
    aws: Aws,
    found: Mutex<Option<Found>>,
}

#[derive(Debug)]
struct Found {
    credential: Arc<AwsCredential>,
    expiry: Option<SystemTime>,
}

impl SdkCredentials {
    pub(super) fn of(aws: &Aws) -> SdkCredentials {
        SdkCredentials {
            aws: aws.clone(),
            found: Mutex::default(),
        }
    }

    async fn get(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut kept = self.found.lock().await;
        let now = SystemTime::now();
        if let Some(found) = kept.as_ref()
            && found.expiry.is_none_or(|expiry| expiry > now + EARLY)
        {
            return Ok(Arc::clone(&found.credential));
        }
        let new = self.aws.credentials().await;
        let new = new.map_err(|error| Error::Generic {
            store: "S3",
            source: Box::new(error),
        })?;
        let credential = Arc::new(AwsCredential {
            key_id: new.access_key_id().to_owned(),
            secret_key: new.secret_access_key().to_owned(),
            token: new.session_token().map(str::to_owned),
        });
        *kept = Some(Found {
            credential: Arc::clone(&credential),
            expiry: new.expiry(),
        });
        Ok(credential)
    }
}

impl CredentialProvider for SdkCredentials {
    type Credential = AwsCredential;

    fn get_credential<'me, 'future>(
        &'me self,
    ) -> BoxFuture<'future, object_store::Result<Arc<AwsCredential>>>
    where
        'me: 'future,
        Self: 'future,
    {
        Box::pin(self.get())
    }
}
