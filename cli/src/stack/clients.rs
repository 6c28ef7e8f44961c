//! The clients of AWS's services, in one region.

use super::error::StackError;
use thingrelay::aws::Aws;

/// Clients with the credentials of this machine.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    pub(crate) region: String,
    pub(crate) cloudformation: aws_sdk_cloudformation::Client,
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
}

impl Clients {
    /// Takes credentials and, unless it is given, the region from where the AWS CLI takes them.
    ///
    /// # Errors
    /// There is no region, or there are no credentials.
    pub(crate) async fn open(region: Option<&str>) -> Result<Clients, StackError> {
        let aws = Aws::anywhere();
        let config = aws.sending_to(region).await;
        let region = config.region().ok_or(StackError::NoRegion)?;
        let region = region.as_ref().to_owned();
        let credentials = aws.credentials().await;
        credentials.map_err(StackError::NoCredentials)?;
        Ok(Clients {
            region,
            cloudformation: aws_sdk_cloudformation::Client::new(&config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
        })
    }
}
