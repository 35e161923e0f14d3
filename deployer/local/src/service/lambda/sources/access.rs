//! What Lambda may do with a source on behalf of a function: what the function's role allows.

use crate::policy::function_may as may;
use crate::store::CloudDocument;
use crate::store::function::FunctionRecord;

/// What polling a queue takes ("Configuring execution role permissions" of SQS).
const QUEUE: [&str; 3] = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
/// What reading a stream takes.
const STREAM: [&str; 3] = ["GetRecords", "GetShardIterator", "DescribeStream"];

/// Checks that the role of a function may poll a source; what it lacks is told in Lambda's words.
pub(super) fn check_source(document: &CloudDocument, function: &FunctionRecord, source: &str) -> Result<(), String> {
    if source.contains(":sqs:") {
        let lacks = QUEUE.iter().find(|action| !may(document, function, &format!("sqs:{action}"), source));
        return lacks.map_or(Ok(()), |action| {
            Err(format!("The provided execution role does not have permissions to call {action} on SQS"))
        });
    }
    if STREAM.iter().all(|action| may(document, function, &format!("dynamodb:{action}"), source)) {
        return Ok(());
    }
    Err(format!(
        "Cannot access stream {source}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
    ))
}

/// Checks that the role of a function may send to a queue.
pub(in crate::service::lambda) fn check_destination(
    document: &CloudDocument,
    function: &FunctionRecord,
    queue: &str,
) -> Result<(), String> {
    if may(document, function, "sqs:SendMessage", queue) {
        return Ok(());
    }
    Err("The provided execution role does not have permissions to call SendMessage on SQS".to_owned())
}
