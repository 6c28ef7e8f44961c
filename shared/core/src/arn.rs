//! Names of AWS resources: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.

/// The parts of an ARN that differ among the resources of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    pub(crate) region: &'a str,
    pub(crate) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts, if the text is an ARN of that service with a region and an account.
    pub(crate) fn of(service: &str, text: &'a str) -> Option<Arn<'a>> {
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next();
        let (prefix, partition, named) = (next()?, next()?, next()?);
        let (region, account, resource) = (next()?, next()?, next()?);
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let is_partition =
            partition == "aws" || partition.starts_with("aws-") && is_lower_case(partition);
        (prefix == "arn" && is_partition && named == service && is_region(region) && is_account)
            .then_some(Arn { region, resource })
    }
}

/// Whether the text has the form of a region's name, such as `eu-west-1`.
pub(crate) fn is_region(text: &str) -> bool {
    text.contains('-') && is_lower_case(text)
}

fn is_lower_case(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.bytes().all(is_allowed)
}
