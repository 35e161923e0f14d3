use super::super::look::TerminalLook;
use super::drawing::PictureEdge;
use super::*;
use crate::engine::status::{ResourceCondition, ResourceStatus, StatusReport};
use crate::kinds::{DeclaredResource, ResourceId, ResourceNeed, ResourceRef, StackLink, StepMilestone};

const HOSTILE: &str = "GET /a\"]; click n0 <script>alert(1)</script> `#|\u{202e}\n\\";

fn picture() -> StackPicture {
    let id = |kind, name: &str| ResourceId::new(kind, name);
    let place = |kind, name: &str| ResourceRef { id: id(kind, name), name: format!("shop-dev-{name}") };
    let resource = |place, condition| ResourceStatus { place, condition };
    let report = StatusReport {
        resources: vec![
            resource(place("table", "orders"), ResourceCondition::InSync),
            resource(place("function", "api"), ResourceCondition::Missing),
            resource(place("role", "api"), ResourceCondition::Settling { reason: "x".to_owned() }),
        ],
        ..StatusReport::default()
    };
    let link = |from, to, label: &str| StackLink { from, to, label: label.to_owned() };
    let links = vec![
        link(id("function", "api"), id("table", "orders"), HOSTILE),
        link(id("function", "api"), id("table", "gone"), "of nothing that is there"),
    ];
    let need = |id| ResourceNeed { id, milestone: StepMilestone::Exists };
    let needs = vec![need(id("role", "api")), need(id("table", "orders"))];
    let declared = [DeclaredResource { place: place("function", "api"), needs }];
    StackPicture::of_status(&report, links, &declared)
}

#[test]
fn two_resources_are_joined_once() {
    let picture = picture();
    let joined: Vec<_> = picture.edges.iter().map(|edge| format!("{} {}", edge.from, edge.to)).collect();
    assert_eq!(joined, ["function.api table.orders", "function.api role.api"]);
}

#[test]
fn nothing_in_a_name_is_obeyed() {
    let picture = picture();
    insta::assert_snapshot!("picture_mermaid", mermaid(&picture));
    insta::assert_snapshot!("picture_dot", dot(&picture));
    insta::assert_snapshot!("picture_text", render(&picture, &TerminalLook::PLAIN));
    let image = svg(&picture);
    assert!(!image.contains("<script") && !image.contains('\u{202e}'), "{image}");
    assert!(image.contains("&lt;script&gt;") && image.contains("shop-dev-orders (in sync)"), "{image}");
    let mut xml = quick_xml::Reader::from_str(&image);
    let mut events = 0;
    while !matches!(xml.read_event().expect("the image is XML"), quick_xml::events::Event::Eof) {
        events += 1;
    }
    assert!(events > 20, "{image}");
}

#[test]
fn an_empty_stack_has_a_picture() {
    let empty = StackPicture::default();
    assert_eq!(mermaid(&empty), "flowchart LR\n");
    assert!(svg(&empty).starts_with("<svg ") && svg(&empty).trim_end().ends_with("</svg>"));
}

/// Whatever joins what, every box is drawn once and in the picture.
#[test]
fn circles_and_long_ways_have_a_picture() {
    let mut picture = picture();
    let all = picture.nodes.iter().map(|node| node.id.clone()).collect::<Vec<_>>();
    picture.edges = all
        .iter()
        .flat_map(|from| all.iter().map(|to| PictureEdge { from: from.clone(), to: to.clone(), label: "x".to_owned() }))
        .collect();
    let image = svg(&picture);
    assert_eq!((image.matches("<rect").count(), image.matches("marker-end").count()), (1 + 3, 9), "{image}");
}
