//! What is drawn: resources and arrows.

use super::super::look::TextTone;
use super::super::{status, text};
use crate::engine::plan::{Plan, PlanStep, StepAction};
use crate::engine::status::{ResourceStatus, StatusReport};
use crate::kinds::{DeclaredResource, ResourceId, StackLink};
use serde::Serialize;
use std::collections::BTreeSet;

/// Most characters of a label; what is longer is shortened.
const LONGEST_LABEL: usize = 60;

/// A picture that each renderer draws in its own language.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StackPicture {
    /// The resources, in the order of the registry.
    pub nodes: Vec<PictureNode>,
    /// Who calls, uses or needs whom.
    pub edges: Vec<PictureEdge>,
}

/// A resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PictureNode {
    /// Its id in the stack.
    pub id: ResourceId,
    /// What AWS calls it.
    pub name: String,
    /// How it is, or what would be done with it: `in sync`, `create`.
    pub state: &'static str,
    /// What that means.
    #[serde(skip)]
    pub tone: TextTone,
}

/// An arrow.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PictureEdge {
    /// Where it begins.
    pub from: ResourceId,
    /// Where it ends.
    pub to: ResourceId,
    /// How the one uses the other; empty where it only needs it to be there.
    pub label: String,
}

impl StackPicture {
    /// Draws what is there, compared with the description.
    pub fn of_status(report: &StatusReport, links: Vec<StackLink>, declared: &[DeclaredResource]) -> Self {
        let node = |resource: &ResourceStatus| {
            let (tone, _, state) = status::sort(&resource.condition);
            PictureNode { id: resource.place.id.clone(), name: resource.place.name.clone(), state, tone }
        };
        Self::new(report.resources.iter().map(node).collect(), links, declared)
    }

    /// Draws what a plan would do.
    pub fn of_plan(plan: &Plan, links: Vec<StackLink>, declared: &[DeclaredResource]) -> Self {
        let node = |step: &PlanStep| {
            let (state, tone) = match &step.action {
                StepAction::Keep => ("unchanged", TextTone::Dim),
                StepAction::Create { .. } => ("create", TextTone::Good),
                StepAction::Update { .. } => ("update", TextTone::Change),
                StepAction::Delete { .. } => ("delete", TextTone::Bad),
                StepAction::Retain { .. } => ("stays", TextTone::Warning),
            };
            PictureNode { id: step.place.id.clone(), name: step.place.name.clone(), state, tone }
        };
        Self::new(plan.steps.iter().map(node).collect(), links, declared)
    }

    fn new(nodes: Vec<PictureNode>, links: Vec<StackLink>, declared: &[DeclaredResource]) -> Self {
        let needs = declared.iter().flat_map(|resource| {
            let from = &resource.place.id;
            resource.needs.iter().map(move |need| (from.clone(), need.id.clone(), String::new()))
        });
        let all = links.into_iter().map(|link| (link.from, link.to, link.label)).chain(needs);
        let mut drawn = BTreeSet::new();
        let is_drawn = |id: &ResourceId| nodes.iter().any(|node| node.id == *id);
        let edges = all
            .filter(|(from, to, _)| is_drawn(from) && is_drawn(to) && drawn.insert((from.clone(), to.clone())))
            .map(|(from, to, label)| PictureEdge { from, to, label })
            .collect();
        Self { nodes, edges }
    }

    /// Returns the arrows with the numbers of the nodes that they join.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (usize, usize, &PictureEdge)> {
        let number = |id: &ResourceId| self.nodes.iter().position(|node| node.id == *id);
        self.edges.iter().filter_map(move |edge| Some((number(&edge.from)?, number(&edge.to)?, edge)))
    }
}

impl PictureNode {
    /// Returns the lines of its label.
    pub(super) fn lines(&self) -> [String; 2] {
        let line = |text: &str| text::shorten(&text::clean(text), LONGEST_LABEL).into_owned();
        [line(&self.id.to_string()), line(&format!("{} ({})", self.name, self.state))]
    }
}

impl PictureEdge {
    /// Returns its label in one line.
    pub(super) fn short_label(&self) -> String {
        text::shorten(&text::clean(&self.label), LONGEST_LABEL).into_owned()
    }
}

/// Returns the colours of a node: its background and its border. Dark text is read on all of them.
pub(super) fn colors(tone: TextTone) -> (&'static str, &'static str) {
    match tone {
        TextTone::Good => ("#d9f2e0", "#1a7f37"),
        TextTone::Change => ("#fff3cd", "#9a6700"),
        TextTone::Bad => ("#ffdcd9", "#cf222e"),
        TextTone::Warning => ("#ffe8d1", "#bc4c00"),
        TextTone::Hint => ("#ddf4ff", "#0969da"),
        TextTone::Strong | TextTone::Dim => ("#f1f3f5", "#6e7781"),
    }
}
