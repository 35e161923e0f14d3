//! What an operation is, apart from how it is carried out.

/// Describes an operation: everything about it that is not code.
#[derive(Clone, Copy, Debug)]
pub struct OperationSpec {
    /// `CreateFunction`.
    pub name: &'static str,
    /// Whether it changes something.
    pub effect: CallEffect,
    /// Whether it administers resources or uses them.
    pub plane: CallPlane,
    /// Whether the body is not decoded before the handler sees it.
    pub blob: bool,
    /// Where it is, in the REST protocol.
    pub route: Option<RestRoute>,
    /// How fast AWS lets it be called, by a bucket of its own.
    pub rate: Option<PublishedRate>,
    /// Whether the rate of the whole service counts it.
    pub counted_by_service: bool,
}

/// Tells whether an operation changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEffect {
    /// It changes nothing.
    Read,
    /// It changes something, or may.
    Write,
}

/// Tells what an operation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallPlane {
    /// It administers resources.
    Control,
    /// It uses resources: applications call it all the time.
    Data,
}

/// Describes a token bucket of AWS's published request rates, per account and region.
///
/// Sources: "Amazon API Gateway quotas", "Lambda quotas", "CloudWatch Logs quotas", the DynamoDB and EventBridge models.
#[derive(Clone, Copy, Debug)]
pub struct PublishedRate {
    /// Names the bucket; operations that name the same one share it.
    pub bucket: &'static str,
    /// Calls per second.
    pub per_second: f64,
    /// Calls at once.
    pub burst: f64,
}

/// Describes method, path and query of an operation in the REST protocol.
#[derive(Clone, Copy, Debug)]
pub struct RestRoute {
    /// HTTP method.
    pub method: &'static str,
    /// `/2015-03-31/functions/{FunctionName}`: labels are members of the input.
    pub path: &'static str,
    /// HTTP status of success.
    pub status: u16,
    /// A pair that the query must hold (`mode=import`); it is not part of the input.
    pub when: Option<(&'static str, &'static str)>,
    /// Members of the input that come in the query.
    pub query: &'static [QueryParameter],
}

/// Describes a query parameter: its name on the wire and the member it fills.
#[derive(Clone, Copy, Debug)]
pub enum QueryParameter {
    /// One value.
    Text(&'static str, &'static str),
    /// One whole number.
    Number(&'static str, &'static str),
    /// `true` or `false`.
    Flag(&'static str, &'static str),
    /// May be repeated.
    List(&'static str, &'static str),
    /// Every parameter that has no line of its own, as a map.
    Others(&'static str),
}
