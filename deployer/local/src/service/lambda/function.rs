//! Creating, reading and deleting functions.

use super::lookup::{conflict, function, invalid_parameter, latest};
use super::name::{LATEST, NamedFunction};
use super::settings::FunctionSettingsInput;
use super::update::check_settled;
use super::{check, name, view};
use crate::arn::function_arn;
use crate::context::Context;
use crate::store::function::FunctionRecord;
use crate::store::{CloudDocument, CodeError, StoredCode};
use crate::wire::{Call, ServiceError, ServiceResult, TagMap, page};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateFunctionInput {
    function_name: String,
    code: FunctionCodeInput,
    publish: Option<bool>,
    #[serde(default)]
    tags: TagMap,
    architectures: Option<Vec<String>>,
    package_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FunctionCodeInput {
    zip_file: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FunctionNameInput {
    function_name: String,
    qualifier: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListFunctionsInput {
    marker: Option<String>,
    max_items: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListVersionsInput {
    function_name: String,
    marker: Option<String>,
    // There is one version, and so one page whatever its size.
    #[serde(rename = "MaxItems")]
    _max_items: Option<usize>,
}

pub(super) fn create_function(cx: &Context, call: &Call) -> ServiceResult {
    let (input, settings): (CreateFunctionInput, FunctionSettingsInput) = call.inputs()?;
    let region = call.region.as_str();
    let name = name::resolve_new(region, &input.function_name)?;
    if let Some(other) = input.package_type.filter(|kind| kind != "Zip") {
        return Err(ServiceError::not_modelled(format_args!("PackageType {other}, only Zip")));
    }
    unpublished(input.publish)?;
    check::tags(&input.tags)?;
    let missing = |member: &str| {
        invalid_parameter(format!("{member} is mandatory for functions created with deployment packages of type Zip."))
    };
    settings.runtime.as_ref().ok_or_else(|| missing("Runtime"))?;
    settings.handler.as_ref().ok_or_else(|| missing("Handler"))?;
    settings.role.as_ref().ok_or_else(|| missing("Role"))?;
    let mut record = FunctionRecord::new(function_arn(region, &name), region, &name, cx.clock.now());
    settings.check(&name)?.apply(&mut record);
    if let Some(architectures) = &input.architectures {
        record.architecture = check::architecture(architectures)?;
    }
    record.tags = input.tags;
    record.pending_until = cx.unsettled_until(|faults| faults.function_pending_ms);
    // Cheap refusals first: the code is unpacked only for a function that can be made.
    cx.store.read(|document| check_new(cx, document, &record))?;
    let code = store_code(cx, input.code.zip_file)?;
    (record.code_sha256, record.code_size) = (code.sha256, code.size);
    cx.store.write(|document| {
        check_new(cx, document, &record)?;
        let view = view::configuration(cx, &record);
        document.region_mut(region).functions.insert(record.name.clone(), record);
        Ok(view)
    })
}

fn check_new(cx: &Context, document: &CloudDocument, record: &FunctionRecord) -> ServiceResult<()> {
    if document.region(&record.region).functions.contains_key(&record.name) {
        return Err(conflict(format!("Function already exist: {}", record.name)));
    }
    check::assumable(cx, document, &record.role)
}

/// Refuses to publish a version: versions are not modelled.
pub(super) fn unpublished(publish: Option<bool>) -> ServiceResult<()> {
    match publish {
        Some(true) => Err(ServiceError::not_modelled("Publish: there is only $LATEST")),
        _ => Ok(()),
    }
}

/// Unpacks an upload. Blocks.
pub(super) fn store_code(cx: &Context, zip: Option<String>) -> ServiceResult<StoredCode> {
    let zip = zip.ok_or_else(|| invalid_parameter("Please provide a source for function code."))?;
    let zip = STANDARD
        .decode(zip)
        .map_err(|error| ServiceError::new(400, "SerializationException", format!("ZipFile is not base64: {error}")))?;
    if zip.is_empty() {
        return Err(invalid_parameter("Uploaded file must be a non-empty zip"));
    }
    cx.store.code().put(&zip).map_err(|error| match error {
        CodeError::Io(error) => ServiceError::internal(error),
        link @ CodeError::Symlink(_) => ServiceError::not_implemented(link.to_string()),
        refused => invalid_parameter(refused.to_string()),
    })
}

pub(super) fn get_function(cx: &Context, call: &Call) -> ServiceResult {
    let input: FunctionNameInput = call.input()?;
    let named = input.resolve(&call.region)?;
    cx.store.read(|document| {
        let function = named.find(document, &call.region)?;
        let location = cx.store.code().zip(&function.code_sha256);
        let mut view = json!({
            "Configuration": named.show(view::configuration(cx, function)),
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

pub(super) fn get_function_configuration(cx: &Context, call: &Call) -> ServiceResult {
    let input: FunctionNameInput = call.input()?;
    let named = input.resolve(&call.region)?;
    cx.store.read(|document| Ok(named.show(view::configuration(cx, named.find(document, &call.region)?))))
}

pub(super) fn list_functions(cx: &Context, call: &Call) -> ServiceResult {
    let input: ListFunctionsInput = call.input()?;
    let limit = input.max_items.unwrap_or(50).min(50);
    cx.store.read(|document| {
        let functions = document.region(&call.region).functions.values();
        let page = page::cut(functions, |function| &function.name, input.marker.as_deref(), limit)
            .map_err(|_| invalid_parameter("Invalid Marker"))?;
        Ok(page::view(page, "Functions", "NextMarker", view::summary))
    })
}

/// Lists the versions of a function: there is `$LATEST` alone, for none is published here.
pub(super) fn list_versions_by_function(cx: &Context, call: &Call) -> ServiceResult {
    let input: ListVersionsInput = call.input()?;
    let name = name::resolve(&call.region, &input.function_name)?;
    if input.marker.is_some() {
        return Err(invalid_parameter("Invalid Marker"));
    }
    cx.store.read(|document| {
        let only = view::summary(function(document, &call.region, &name)?);
        let named = NamedFunction { name, versioned: true };
        Ok(json!({"Versions": [named.show(only)]}))
    })
}

/// Tells which code signing configuration a function has: none, for they are not modelled.
pub(super) fn get_function_code_signing_config(cx: &Context, call: &Call) -> ServiceResult {
    let [function_name] = call.texts(["FunctionName"])?;
    let name = name::resolve(&call.region, function_name)?;
    cx.store.read(|document| {
        function(document, &call.region, &name)?;
        Ok(json!({"FunctionName": name}))
    })
}

pub(super) fn delete_function(cx: &Context, call: &Call) -> ServiceResult {
    let input: FunctionNameInput = call.input()?;
    let region = call.region.as_str();
    let NamedFunction { name, versioned } = input.resolve(region)?;
    if versioned {
        return Err(invalid_parameter(format!("{LATEST} version cannot be deleted without deleting the function.")));
    }
    cx.store.write(|document| {
        check_settled(cx, function(document, region, &name)?, true)?;
        document.region_mut(region).functions.remove(&name);
        Ok(())
    })?;
    cx.runtime.retire(&function_arn(region, &name));
    Ok(Value::Null)
}

impl FunctionNameInput {
    fn resolve(&self, region: &str) -> ServiceResult<NamedFunction> {
        name::resolve_version(region, &self.function_name, self.qualifier.as_deref())
    }
}

impl NamedFunction {
    fn find<'a>(&self, document: &'a CloudDocument, region: &str) -> ServiceResult<&'a FunctionRecord> {
        if self.versioned { latest(document, region, &self.name) } else { function(document, region, &self.name) }
    }

    /// Shows a function by the ARN of what the call names.
    fn show(&self, mut view: Value) -> Value {
        if self.versioned
            && let Some(arn) = view["FunctionArn"].as_str().map(|arn| format!("{arn}:{LATEST}"))
        {
            view["FunctionArn"] = json!(arn);
        }
        view
    }
}

/// Replaces the tags in the answer of `GetFunction` by what a caller who may not see them is told.
pub(super) fn redact_tags(answer: &mut Value, refusal: &str) {
    if let Some(members) = answer.as_object_mut() {
        members.remove("Tags");
        members.insert("TagsError".to_owned(), json!({"ErrorCode": "AccessDeniedException", "Message": refusal}));
    }
}
