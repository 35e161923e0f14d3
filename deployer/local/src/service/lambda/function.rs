//! Creating, reading and deleting functions.

use super::check::{self, Environment, LoggingConfig, Storage, Tracing};
use super::{conflict, function, invalid_parameter, name, view};
use crate::context::Context;
use crate::front::json::Fault;
use crate::store::StoredCode;
use crate::store::function::FunctionRecord;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Create {
    function_name: String,
    runtime: Option<String>,
    role: String,
    handler: Option<String>,
    code: Code,
    description: Option<String>,
    timeout: Option<u32>,
    memory_size: Option<u32>,
    publish: Option<bool>,
    environment: Option<Environment>,
    tracing_config: Option<Tracing>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    architectures: Option<Vec<String>>,
    ephemeral_storage: Option<Storage>,
    logging_config: Option<LoggingConfig>,
    package_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Code {
    zip_file: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Named {
    function_name: String,
    qualifier: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    marker: Option<String>,
    max_items: Option<usize>,
}

pub(super) async fn create(cx: &Arc<Context>, region: &str, input: Create) -> Result<Value, Fault> {
    let name = name::resolve(region, &input.function_name)?;
    check::role_arn(&input.role)?;
    if let Some(other) = input.package_type.filter(|kind| kind != "Zip") {
        return Err(Fault::not_implemented(format!("the embedded cloud does not model PackageType {other}, only Zip")));
    }
    unpublished(input.publish)?;
    let missing = |member: &str| {
        invalid_parameter(format!("{member} is mandatory for functions created with deployment packages of type Zip."))
    };
    let now = cx.clock.now();
    let faults = cx.faults.settings();
    let mut record = FunctionRecord {
        arn: name::arn(region, &name),
        region: region.to_owned(),
        runtime: check::runtime(input.runtime.ok_or_else(|| missing("Runtime"))?)?,
        handler: check::handler(input.handler.ok_or_else(|| missing("Handler"))?)?,
        description: check::description(input.description.unwrap_or_default())?,
        memory_mb: check::memory(input.memory_size.unwrap_or(128))?,
        timeout_s: check::timeout(input.timeout.unwrap_or(3))?,
        ephemeral_storage_mb: input.ephemeral_storage.map_or(Ok(512), |storage| check::storage(&storage))?,
        environment: input.environment.map(check::environment).transpose()?.unwrap_or_default(),
        architecture: check::architecture(&input.architectures.unwrap_or_else(|| vec!["x86_64".to_owned()]))?,
        tracing_mode: check::tracing(input.tracing_config.unwrap_or(Tracing { mode: None }))?,
        logging: check::logging(&name, input.logging_config)?,
        tags: check::tags(input.tags)?,
        role: input.role,
        name,
        code_sha256: String::new(),
        code_size: 0,
        revision: uuid::Uuid::new_v4().to_string(),
        reserved_concurrency: None,
        policy: Vec::new(),
        policy_revision: String::new(),
        modified: now,
        pending_until: faults.function_pending().map(|pending| now + pending),
        updating_until: None,
    };
    // Cheap refusals first: the code is unpacked only for a function that can be made.
    cx.store.read(|document| check_new(cx, document, &record))?;
    let code = store_code(cx, input.code.zip_file).await?;
    (record.code_sha256, record.code_size) = (code.sha256, code.size);
    cx.store.write(|document| {
        check_new(cx, document, &record)?;
        let view = view::configuration(cx, &record);
        document.region_mut(region).functions.insert(record.name.clone(), record);
        Ok(view)
    })
}

fn check_new(cx: &Context, document: &crate::store::Document, record: &FunctionRecord) -> Result<(), Fault> {
    if document.region(&record.region).functions.contains_key(&record.name) {
        return Err(conflict(format!("Function already exist: {}", record.name)));
    }
    check::assumable(cx, document, &record.role)
}

/// Versions are not modelled.
pub(super) fn unpublished(publish: Option<bool>) -> Result<(), Fault> {
    match publish {
        Some(true) => Err(Fault::not_implemented("the embedded cloud does not model Publish: there is only $LATEST")),
        _ => Ok(()),
    }
}

/// Unpacks an upload, off the threads that answer requests.
pub(super) async fn store_code(cx: &Arc<Context>, zip: Option<String>) -> Result<StoredCode, Fault> {
    let zip = zip.ok_or_else(|| invalid_parameter("Please provide a source for function code."))?;
    let zip = STANDARD
        .decode(zip)
        .map_err(|error| Fault::new(400, "SerializationException", format!("ZipFile is not base64: {error}")))?;
    if zip.is_empty() {
        return Err(invalid_parameter("Uploaded file must be a non-empty zip"));
    }
    let store = Arc::clone(&cx.store);
    tokio::task::spawn_blocking(move || store.code().put(&zip)).await.map_err(Fault::internal)?.map_err(|error| {
        match error {
            crate::store::CodeError::Io(error) => Fault::internal(error),
            link @ crate::store::CodeError::Symlink(_) => Fault::not_implemented(link.to_string()),
            refused => invalid_parameter(refused.to_string()),
        }
    })
}

pub(super) fn get(cx: &Arc<Context>, region: &str, input: &Named) -> Result<Value, Fault> {
    let name = input.resolve(region)?;
    cx.store.read(|document| {
        let function = function(document, region, &name)?;
        let location = cx.store.code().zip(&function.code_sha256);
        let mut view = json!({
            "Configuration": view::configuration(cx, function),
            "Code": {
                "RepositoryType": "S3",
                "Location": location.map(|path| format!("file://{}", path.display())),
            },
        });
        if !function.tags.is_empty() {
            view["Tags"] = json!(function.tags);
        }
        if let Some(reserved) = function.reserved_concurrency {
            view["Concurrency"] = json!({"ReservedConcurrentExecutions": reserved});
        }
        Ok(view)
    })
}

pub(super) fn get_configuration(cx: &Arc<Context>, region: &str, input: &Named) -> Result<Value, Fault> {
    let name = input.resolve(region)?;
    cx.store.read(|document| Ok(view::configuration(cx, function(document, region, &name)?)))
}

pub(super) fn list(cx: &Arc<Context>, region: &str, input: &List) -> Result<Value, Fault> {
    let limit = input.max_items.unwrap_or(50).min(50);
    cx.store.read(|document| {
        let functions = document.region(region).functions.values();
        let page = crate::control::page::cut(functions, |f| &f.name, input.marker.as_deref(), limit)
            .map_err(|_| invalid_parameter("Invalid Marker"))?;
        let mut view = json!({"Functions": page.items.into_iter().map(view::summary).collect::<Vec<_>>()});
        if let Some(next) = page.next {
            view["NextMarker"] = json!(next);
        }
        Ok(view)
    })
}

pub(super) async fn delete(cx: &Arc<Context>, region: &str, input: &Named) -> Result<Value, Fault> {
    let name = name::resolve(region, &input.function_name)?;
    if input.qualifier.is_some() {
        return Err(Fault::not_implemented("the embedded cloud does not model Qualifier of DeleteFunction"));
    }
    cx.store.write(|document| {
        super::update::settled(cx, function(document, region, &name)?, true)?;
        document.region_mut(region).functions.remove(&name);
        Ok(())
    })?;
    cx.runtime.retire(&name::arn(region, &name));
    Ok(Value::Null)
}

impl Named {
    fn resolve(&self, region: &str) -> Result<String, Fault> {
        let name = name::resolve(region, &self.function_name)?;
        name::check_qualifier(region, &name, self.qualifier.as_deref())?;
        Ok(name)
    }
}
