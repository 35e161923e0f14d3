//! Compares an answer with AWS's, in which placeholders such as `<id:1>` stand for what is new each time.

use super::members::members;
use super::recording::RecordedCall;
use crate::wire::Reply;
use regex_lite::{Regex, escape};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The account of the recordings, and that of the embedded cloud.
const ACCOUNTS: (&str, &str) = ("111111111111", "000000000000");
/// What stands in the recordings where a time was.
const TIMES: [&str; 4] = ["date", "datetime", "timestamp", "time"];

/// A place at which an answer is not AWS's.
#[derive(Debug)]
pub struct AnswerDifference {
    /// The path of the member.
    pub at: String,
    /// AWS's value and ours; a side that has no such member has none.
    pub sides: (Option<Value>, Option<Value>),
}

/// Compares the answers of one recording: a placeholder stands for the same text in all of them.
#[derive(Debug)]
pub struct AnswerComparison {
    bound: BTreeMap<String, String>,
    placeholder: Regex,
}

impl AnswerComparison {
    pub fn new() -> Self {
        let placeholder = Regex::new(r"<[A-Za-z][A-Za-z0-9_:.-]*>").expect("a pattern");
        Self { bound: BTreeMap::from([("<partition>".to_owned(), "aws".to_owned())]), placeholder }
    }

    /// Lists where an answer is not AWS's.
    pub fn compare(&mut self, call: &RecordedCall, reply: &Reply) -> Vec<AnswerDifference> {
        self.bound.insert("<region>".to_owned(), call.region().to_owned());
        let mut found = Vec::new();
        let status = call.status.unwrap_or(200);
        if status != reply.status {
            found.push(different("status", json!(status), json!(reply.status)));
        }
        match &call.error {
            None => {
                let ours = members(&call.call, reply);
                self.value(call.answer.as_ref().unwrap_or(&json!({})), &ours, "", &mut found);
            }
            Some(_) if reply.status < 300 => found.push(different("error", json!(call.error), json!(reply.body))),
            Some(code) => self.error(code, call, reply, &mut found),
        }
        found
    }

    fn error(&mut self, code: &str, call: &RecordedCall, reply: &Reply, found: &mut Vec<AnswerDifference>) {
        self.value(&json!(code), &json!(reply.error().1), "error", found);
        if let Some(message) = &call.message {
            self.value(&json!(message), &json!(reply.message()), "message", found);
        }
        // SDKs read the members of those errors alone that their models have.
        if let Some(members) = &call.answer {
            let mut ours = serde_json::from_str(&reply.body).unwrap_or_else(|_| json!({}));
            if let (Some(ours), Some(members)) = (ours.as_object_mut(), members.as_object()) {
                ours.retain(|name, _| members.contains_key(name));
            }
            self.value(members, &ours, "", found);
        }
    }

    fn value(&mut self, aws: &Value, ours: &Value, at: &str, found: &mut Vec<AnswerDifference>) {
        match (aws, ours) {
            (Value::Object(aws), Value::Object(ours)) => {
                let aws = &self.named(aws, ours);
                for name in aws.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
                    let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                    match (present(aws.get(name)), present(ours.get(name))) {
                        (Some(aws), Some(ours)) => self.value(aws, ours, &at, found),
                        (None, None) => {}
                        (aws, ours) => found.push(AnswerDifference { at, sides: (aws.cloned(), ours.cloned()) }),
                    }
                }
            }
            (Value::Array(aws), Value::Array(ours)) if aws.len() == ours.len() => {
                for (index, (aws, ours)) in aws.iter().zip(ours).enumerate() {
                    self.value(aws, ours, &format!("{at}[{index}]"), found);
                }
            }
            (Value::String(text), ours) if self.stands_for(text, ours) => {}
            // Policies are texts, which the recordings show as what they say.
            (Value::Object(_), Value::String(text)) if text.starts_with('{') => {
                self.value(aws, &serde_json::from_str(text).unwrap_or_default(), at, found);
            }
            // XML has nothing but text, and no members where a list is empty.
            (aws, Value::String(ours)) if aws.is_number() || aws.is_boolean() => {
                if serde_json::from_str::<Value>(ours).ok().as_ref() != Some(aws) {
                    found.push(different(at, aws.clone(), json!(ours)));
                }
            }
            (Value::Array(aws), Value::String(ours)) if aws.is_empty() && ours.is_empty() => {}
            (Value::Object(aws), Value::String(ours)) if aws.is_empty() && ours.is_empty() => {}
            (Value::Number(aws), Value::Number(ours)) if aws.as_f64() == ours.as_f64() => {}
            (aws, ours) if aws == ours => {}
            (aws, ours) => found.push(different(at, aws.clone(), ours.clone())),
        }
    }

    /// Gives members of AWS's whose names are placeholders the names that they stand for here.
    fn named(&mut self, aws: &Map<String, Value>, ours: &Map<String, Value>) -> Map<String, Value> {
        let name_here = |comparison: &mut Self, name: &String| {
            let stands = comparison.placeholder.is_match(name) && !ours.contains_key(name);
            let mut free = ours.keys().filter(|ours| !aws.contains_key(*ours));
            let found = stands.then(|| free.find(|ours| comparison.stands_for(name, &json!(ours)))).flatten();
            found.unwrap_or(name).clone()
        };
        aws.iter().map(|(name, value)| (name_here(self, name), value.clone())).collect()
    }

    /// Tells whether AWS's text, with what its placeholders stand for, is a value.
    fn stands_for(&mut self, aws: &str, ours: &Value) -> bool {
        if TIMES.contains(&aws) {
            return ours.is_string() || ours.is_number();
        }
        let whole = self.placeholder.find(aws).is_some_and(|found| found.as_str() == aws);
        let ours = match ours {
            Value::String(text) => text.clone(),
            // A placeholder that is everything may stand for anything.
            other if whole => other.to_string(),
            _ => return false,
        };
        let aws = aws.replace(ACCOUNTS.0, ACCOUNTS.1);
        let (mut pattern, mut names, mut end) = ("^(?s)".to_owned(), Vec::new(), 0);
        for found in self.placeholder.find_iter(&aws) {
            pattern += &escape(&aws[end..found.start()]);
            match self.bound.get(found.as_str()) {
                Some(bound) => pattern += &escape(bound),
                None => {
                    pattern += "(.+?)";
                    names.push(found.as_str().to_owned());
                }
            }
            end = found.end();
        }
        pattern = pattern + &escape(&aws[end..]) + "$";
        let Some(captured) = Regex::new(&pattern).expect("a pattern").captures(&ours) else { return false };
        // Only a numbered placeholder is the same thing everywhere; where two stand together, the place of each is open.
        if let [name] = names.as_slice()
            && name.contains(':')
        {
            self.bound.insert(name.clone(), captured[1].to_owned());
        }
        true
    }
}

fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

fn different(at: &str, aws: Value, ours: Value) -> AnswerDifference {
    AnswerDifference { at: at.to_owned(), sides: (Some(aws), Some(ours)) }
}
