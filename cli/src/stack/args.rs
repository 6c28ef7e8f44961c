//! The arguments that say which stacks.

use super::{Stack, clients::Clients, error::StackError, found};

/// Which stacks.
#[derive(Debug, clap::Args)]
pub(crate) struct Stacks {
    /// A stack. Stacks of pulls and webhooks that import from it are included.
    #[arg(required = true, value_name = "STACK")]
    stacks: Vec<String>,

    /// The region, if it is not that of the environment or the profile.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

impl Stacks {
    /// Finds them, with the credentials that the AWS CLI finds.
    ///
    /// # Errors
    /// There are no credentials, there is no region or no such stack, or AWS does not say.
    pub(crate) async fn find(&self) -> Result<(Clients, Vec<Stack>), StackError> {
        let clients = Clients::open(self.region.as_deref()).await?;
        let stacks = found::stacks(&clients, &self.stacks).await?;
        Ok((clients, stacks))
    }
}
