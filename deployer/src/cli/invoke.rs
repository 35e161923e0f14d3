//! `deployer invoke`: calls a function and prints its answer.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::target::StartPolicy;
use super::value::EventPayload;
use super::{candidates, target, value};
use crate::aws::op;
use crate::error::Error;
use crate::kinds::{FunctionBlock, RunSession};
use crate::millis;
use crate::ui::{Screen, json_text, text};
use aws_sdk_lambda::operation::invoke::{InvokeError, InvokeOutput};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Concurrency, LogType};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueHint};
use clap_complete::ArgValueCandidates;
use serde_json::{Value, json};
use std::io::Read;
use std::time::Instant;

/// `deployer invoke`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer invoke api --payload '{\"body\": \"{\\\"item\\\": \\\"Laptop\\\", \\\"quantity\\\": 2}\"}'
  deployer invoke api --payload @event.json
  jq . event.json | deployer invoke api --payload -")]
pub struct InvokeArgs {
    /// Function of the stack
    #[arg(value_name = "FUNCTION", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::functions))]
    pub function: String,
    /// Event: JSON, @FILE, or - for stdin
    #[arg(long, short, value_name = "JSON", default_value_t, allow_hyphen_values = true, value_hint = ValueHint::FilePath, value_parser = value::payload)]
    pub payload: EventPayload,
}

/// What Lambda says of a program that ended by itself.
const ENDED: &str = "Runtime.ExitError";

/// What is most often the reason where that happened before the first event.
const NO_RUNTIME: &str = "the program ended before it asked for an event: a function runs `lambda_http` or `lambda_runtime`, which ask, and never ends";

/// Runs the command: the answer on stdout, log tail and duration on stderr; 1 when the function failed.
pub async fn run(global: &GlobalArgs, args: &InvokeArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let name = stack.pick::<FunctionBlock>(&args.function)?.name;
    let payload = payload(&args.payload)?;
    let session = target::session(global, stack, StartPolicy::No).await?;
    let started = Instant::now();
    let answer = invoke(&session, &name, payload).await?;
    let took = started.elapsed();
    let error = answer.function_error().map(str::to_owned);
    let text = answer.payload().map(|blob| String::from_utf8_lossy(blob.as_ref()).into_owned()).unwrap_or_default();
    let log = answer
        .log_result()
        .and_then(|log| BASE64_STANDARD.decode(log).ok())
        .map(|log| String::from_utf8_lossy(&log).into_owned())
        .unwrap_or_default();
    let value: Value = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.clone()));
    let exit_code = if error.is_some() { exit_code::FAILED } else { exit_code::DONE };
    screen.answer(
        |_| {
            if !log.trim().is_empty() {
                screen.say(&format!("{}\n", text::clean_lines(log.trim_end())));
            }
            match &error {
                Some(error) => screen.say(&format!("{name} failed ({error}) after {} ms\n", took.as_millis())),
                None => screen.say(&format!("{name} answered after {} ms\n", took.as_millis())),
            }
            if value["errorType"] == ENDED && log.contains("Phase: init") {
                screen.note(NO_RUNTIME);
            }
            format!("{}\n", json_text::indented(&value).unwrap_or_else(|_| text.clone()))
        },
        || {
            let lines: Vec<_> = log.lines().collect();
            json!({"function": name, "result": value, "error": error, "log": lines, "took_ms": millis::of(took), "exit_code": exit_code})
        },
    )?;
    Ok(exit_code)
}

async fn invoke(session: &RunSession, name: &str, payload: Vec<u8>) -> Result<InvokeOutput, CommandFailure> {
    let lambda = &session.aws.connection.clients.lambda;
    let caller = &session.aws.caller;
    // Lambda throttles a function that may not run at all as one that is busy: the second passes, the first does not.
    let switched_off = || async {
        let function =
            caller.call(&op::GET_FUNCTION, &|_| (), || lambda.get_function().function_name(name).send()).await;
        function.is_ok_and(|f| f.concurrency().and_then(Concurrency::reserved_concurrent_executions) == Some(0))
    };
    let send = || async {
        let invoke = lambda.invoke().function_name(name).log_type(LogType::Tail).payload(Blob::new(payload.clone()));
        match invoke.send().await {
            Err(error) if error.as_service_error().is_some_and(InvokeError::is_too_many_requests_exception) => {
                if switched_off().await {
                    Ok(None)
                } else {
                    Err(error)
                }
            }
            sent => sent.map(Some),
        }
    };
    match caller.call(&op::INVOKE, &|_| (), send).await {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(Error::refused(format!("{name} is switched off: its reserved concurrency is 0"))
            .hint("Set `reserved_concurrency` above 0 in the stack description, or take the line out, and run `deployer up`.")
            .into()),
        Err(error) => {
            let missing = error.is_not_found();
            let error = Error::from(error).fact("function", name);
            Err(if missing { error.hint("Bring the stack up first: `deployer up`.") } else { error }.into())
        }
    }
}

fn payload(payload: &EventPayload) -> Result<Vec<u8>, CommandFailure> {
    let (bytes, from) = match payload {
        EventPayload::Inline(text) => (text.clone().into_bytes(), "--payload".to_owned()),
        EventPayload::File(path) => (
            std::fs::read(path)
                .map_err(|e| Error::io(format!("the payload {} cannot be read: {e}", path.display())))?,
            path.display().to_string(),
        ),
        EventPayload::Stdin => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .read_to_end(&mut bytes)
                .map_err(|e| Error::io(format!("the payload cannot be read from stdin: {e}")))?;
            (bytes, "stdin".to_owned())
        }
    };
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(_) => Ok(bytes),
        Err(e) => Err(Error::usage(format!("the payload from {from} is not JSON: {e}"))
            .hint("Lambda takes JSON only, such as {\"key\": \"value\"}.")
            .into()),
    }
}
