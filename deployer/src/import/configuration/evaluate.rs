//! Working out a value from the files alone.

use super::policy_document;
use super::repeated_key::unmarked;
use super::scope::{InstanceKey, ModuleScope, POLICY_DOCUMENT, entries};
use crate::import::resource::reference;
use hcl_edit::expr::{BinaryOperator, Expression, FuncCall, ObjectKey, Traversal, TraversalOperator, UnaryOperator};
use hcl_edit::structure::Block;
use hcl_edit::template::{Element, Template};
use serde_json::{Map, Value, json};

/// A value, or why it is not known.
pub type KnownValue = Result<Value, String>;

/// Longest text in bytes that is put together.
const LONGEST: usize = 64 * 1024;

/// Works out values for one instance of a module's resource.
pub struct ValueEvaluation<'a> {
    module: &'a ModuleScope<'a>,
    instance: InstanceKey,
}

impl<'a> ValueEvaluation<'a> {
    /// Makes an evaluation that has followed no reference yet.
    pub fn new(module: &'a ModuleScope<'a>, instance: InstanceKey) -> Self {
        ValueEvaluation { module, instance }
    }

    /// Returns the same module for another instance.
    fn of(&self, instance: InstanceKey) -> Self {
        ValueEvaluation { module: self.module, instance }
    }

    /// Returns the value of an expression.
    pub fn value(&self, expression: &Expression) -> KnownValue {
        let _step = self.module.steps.enter()?;
        match expression {
            Expression::Null(_) => Ok(Value::Null),
            Expression::Bool(bool) => Ok(Value::Bool(*bool.value())),
            Expression::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Ok(json!(whole)),
                (None, float) => Ok(json!(float)),
            },
            Expression::String(text) => {
                self.module.steps.spend(text.len())?;
                Ok(Value::String(text.value().clone()))
            }
            Expression::Array(array) => array.iter().map(|element| self.value(element)).collect(),
            Expression::Object(object) => {
                let mut out = Map::new();
                for (key, value) in object.iter() {
                    let key = match key {
                        ObjectKey::Ident(ident) => ident.to_string(),
                        ObjectKey::Expression(expression) => text(&self.value(expression)?)?,
                    };
                    out.insert(unmarked(&key).to_owned(), self.value(value.expr())?);
                }
                Ok(Value::Object(out))
            }
            Expression::StringTemplate(template) => self.template(template),
            // The parser has taken the indent away where `<<-` says so.
            Expression::HeredocTemplate(heredoc) => self.template(&heredoc.template),
            Expression::Parenthesis(inner) => self.value(inner.inner()),
            Expression::Conditional(choice) => match self.value(&choice.cond_expr)? {
                Value::Bool(true) => self.value(&choice.true_expr),
                Value::Bool(false) => self.value(&choice.false_expr),
                other => Err(format!("a condition is {other}, neither true nor false")),
            },
            Expression::FuncCall(call) => self.call(call),
            Expression::Traversal(traversal) => self.traversal(traversal),
            Expression::Variable(name) => Err(format!("`{}` alone stands for nothing", name.as_str())),
            Expression::UnaryOp(operation) => match (*operation.operator.value(), self.value(&operation.expr)?) {
                (UnaryOperator::Not, Value::Bool(bool)) => Ok(Value::Bool(!bool)),
                (UnaryOperator::Neg, Value::Number(number)) => {
                    let whole = number.as_i64().and_then(i64::checked_neg).map(|n| json!(n));
                    whole.or_else(|| Some(json!(-number.as_f64()?))).ok_or_else(|| "a number is too large".to_owned())
                }
                _ => Err("an operator is applied to what it does not fit".to_owned()),
            },
            Expression::BinaryOp(operation) => {
                let equal = || Ok::<bool, String>(self.value(&operation.lhs_expr)? == self.value(&operation.rhs_expr)?);
                match operation.operator.value() {
                    BinaryOperator::Eq => Ok(Value::Bool(equal()?)),
                    BinaryOperator::NotEq => Ok(Value::Bool(!equal()?)),
                    other => Err(format!("the operator {} is not worked out here", other.as_str())),
                }
            }
            Expression::ForExpr(_) => Err("a `for` expression makes it".to_owned()),
        }
    }

    /// Evaluates a text with what it interpolates. One that is nothing but an interpolation is that value, whatever its type.
    fn template(&self, template: &Template) -> KnownValue {
        if let Some(Element::Interpolation(only)) = template.as_single_element() {
            return self.value(&only.expr);
        }
        let mut out = String::new();
        for element in template.iter() {
            match element {
                Element::Literal(literal) => out.push_str(literal),
                Element::Interpolation(interpolation) => out.push_str(&text(&self.value(&interpolation.expr)?)?),
                Element::Directive(_) => return Err("a template directive makes it".to_owned()),
            }
            if out.len() > LONGEST {
                return Err(format!("it is longer than {LONGEST} bytes"));
            }
        }
        self.module.steps.spend(out.len())?;
        Ok(Value::String(out))
    }

    /// Returns the few functions that change nothing about what a value says.
    fn call(&self, call: &FuncCall) -> KnownValue {
        let name = call.name.name.as_str();
        let mut arguments = call.args.iter();
        match (name, arguments.next(), arguments.next()) {
            ("toset" | "tolist" | "tomap" | "tostring" | "nonsensitive", Some(only), None) => self.value(only),
            ("jsonencode", Some(only), None) => Ok(Value::String(self.value(only)?.to_string())),
            ("sensitive", ..) => Err("it is marked as sensitive".to_owned()),
            _ => Err(format!("the function `{name}` makes it, which Terraform alone works out")),
        }
    }

    fn traversal(&self, traversal: &Traversal) -> KnownValue {
        let Expression::Variable(root) = &traversal.expr else {
            return steps(self.value(&traversal.expr)?, self, traversal.operators.iter().map(|o| o.value()));
        };
        let mut operators = traversal.operators.iter().map(|operator| operator.value());
        let attribute = |operator: Option<&TraversalOperator>| match operator {
            Some(TraversalOperator::GetAttr(name)) => Ok(name.to_string()),
            _ => Err(format!("`{}` is not followed by a name", root.as_str())),
        };
        let first = attribute(operators.next())?;
        let start = match root.as_str() {
            "var" => self.module.variable(&first, &self.of(InstanceKey::Only))?,
            "local" => self.of(InstanceKey::Only).value(self.module.local(&first)?)?,
            "each" => match (&self.instance, first.as_str()) {
                (InstanceKey::Each(key, _), "key") => Value::String(key.clone()),
                (InstanceKey::Each(_, value), "value") => value.clone(),
                _ => return Err("`each` is used outside of a `for_each`".to_owned()),
            },
            "count" => match self.instance {
                InstanceKey::Counted(index) if first == "index" => json!(index),
                _ => return Err("`count` is used outside of a `count`".to_owned()),
            },
            "terraform" => {
                let workspace = self.module.steps.workspace.clone().filter(|_| first == "workspace");
                workspace
                    .map(Value::String)
                    .ok_or("the workspace is known to Terraform alone: `--workspace NAME` tells it")?
            }
            "path" => return Err("a path on the machine that runs Terraform is part of it".to_owned()),
            "data" if first == POLICY_DOCUMENT => return self.policy_document(operators),
            "data" => return Err(format!("`data.{first}` is looked up on AWS")),
            "module" => return Err(format!("it is an output of module.{first}")),
            "self" => return Err("it refers to itself".to_owned()),
            kind => return self.resource(kind, &first, operators),
        };
        steps(start, self, operators)
    }

    /// Returns the JSON of a policy that is written as blocks.
    fn policy_document<'o>(&self, mut rest: impl Iterator<Item = &'o TraversalOperator>) -> KnownValue {
        let (label, attribute) = (rest.next(), rest.next());
        let (Some(TraversalOperator::GetAttr(label)), Some(TraversalOperator::GetAttr(attribute))) = (label, attribute)
        else {
            return Err(format!("an instance of `data.{POLICY_DOCUMENT}` makes it"));
        };
        let document = self.module.policy_document(label.as_str());
        let document = document.ok_or_else(|| format!("data.{POLICY_DOCUMENT}.{} is not declared", label.as_str()))?;
        if document.body.get_attribute("count").or_else(|| document.body.get_attribute("for_each")).is_some() {
            return Err(format!("an instance of `data.{POLICY_DOCUMENT}` makes it"));
        }
        match attribute.as_str() {
            "json" | "minified_json" => policy_document::json_of(document, &self.of(InstanceKey::Only)),
            other => Err(format!("`{other}` of a policy document is not worked out here")),
        }
    }

    /// Returns an attribute of another resource: as written, else a reference that stands for it.
    fn resource<'o>(
        &self,
        kind: &str,
        label: &str,
        mut rest: impl Iterator<Item = &'o TraversalOperator>,
    ) -> KnownValue {
        let Some(block) = self.module.resource(kind, label) else {
            return Err(format!("{kind}.{label} is not declared"));
        };
        let mut next = rest.next();
        let index = match next {
            Some(TraversalOperator::Index(index)) => Some(self.value(index)?),
            Some(TraversalOperator::LegacyIndex(index)) => Some(json!(index.value())),
            _ => None,
        };
        if index.is_some() {
            next = rest.next();
        }
        let Some(TraversalOperator::GetAttr(name)) = next else {
            return Err(format!("`{kind}.{label}` is used as a whole"));
        };
        let instance = index.as_ref().map_or(Ok(InstanceKey::Only), |index| self.instance_of(block, index))?;
        match block.body.get_attribute(name.as_str()) {
            Some(written) => steps(self.of(instance).value(&written.value)?, self, rest),
            None if rest.next().is_some() => Err(format!("`{kind}.{label}.{}` is not a plain value", name.as_str())),
            None => {
                let index = index.map(|index| format!("[{index}]")).unwrap_or_default();
                let address = format!("{}{kind}.{label}{index}", self.module.prefix());
                Ok(Value::String(reference(&address, name.as_str())))
            }
        }
    }

    /// Returns the instance of a resource that an index means.
    fn instance_of(&self, block: &Block, index: &Value) -> Result<InstanceKey, String> {
        if let Some(position) = index.as_u64().and_then(|n| usize::try_from(n).ok()) {
            return Ok(InstanceKey::Counted(position));
        }
        let key = text(index)?;
        let each = block.body.get_attribute("for_each").ok_or_else(|| format!("there is no instance {index}"))?;
        let all = entries(&self.of(InstanceKey::Only).value(&each.value)?)?;
        let found = all.into_iter().find(|(name, _)| *name == key);
        found.map(|(key, value)| InstanceKey::Each(key, value)).ok_or_else(|| format!("there is no instance {index}"))
    }
}

/// Follows names and indexes into a value.
fn steps<'o>(
    start: Value,
    scope: &ValueEvaluation<'_>,
    rest: impl Iterator<Item = &'o TraversalOperator>,
) -> KnownValue {
    let mut value = start;
    for operator in rest {
        let next = match operator {
            TraversalOperator::GetAttr(name) => value.get(name.as_str()).cloned(),
            TraversalOperator::LegacyIndex(index) => {
                usize::try_from(*index.value()).ok().and_then(|i| value.get(i).cloned())
            }
            TraversalOperator::Index(index) => match scope.value(index)? {
                Value::String(key) => value.get(&key).cloned(),
                index => index.as_u64().and_then(|i| usize::try_from(i).ok()).and_then(|i| value.get(i).cloned()),
            },
            TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                return Err("a splat `[*]` makes it".to_owned());
            }
        };
        value = next.ok_or_else(|| "it has no such member".to_owned())?;
    }
    Ok(value)
}

/// Writes a value inside a text.
fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(bool) => Ok(bool.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err("a list or a map stands in a text".to_owned()),
    }
}
