//! Where a command acts.

use super::look::{TerminalLook, TextTone};
use super::text;
use crate::engine::event::RunTarget;

/// Renders `orders (prod) → account 000000000000, ap-south-1`, with the caller below when `verbose`. Ends with a line feed.
pub fn render(target: &RunTarget, verbose: bool, look: &TerminalLook) -> String {
    let RunTarget { stack, stage, account, region, endpoint, local, caller } = target;
    let place = match (endpoint, local) {
        (Some(endpoint), true) => format!(", embedded cloud at {endpoint}"),
        (None, true) => ", embedded cloud".to_owned(),
        (Some(endpoint), false) => format!(", at {endpoint}"),
        (None, false) => String::new(),
    };
    let stack = look.paint(TextTone::Strong, text::clean(&format!("{stack} ({stage})")));
    let line = format!("{stack} → {}", text::clean(&format!("account {account}, {region}{place}")));
    let mut out = text::hanging(&line, look.width, 2);
    out.push('\n');
    if verbose {
        out.push_str(&look.paint(TextTone::Dim, text::clean(&format!("  as {caller}"))));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_acts() {
        let target = |endpoint: Option<&str>, local| RunTarget {
            stack: "orders".into(),
            stage: "prod".into(),
            account: "000000000000".into(),
            region: "ap-south-1".into(),
            endpoint: endpoint.map(Into::into),
            local,
            caller: "arn:aws:iam::000000000000:user/ana".into(),
        };
        for (target, shown) in [
            (target(None, false), "orders (prod) → account 000000000000, ap-south-1\n"),
            (
                target(Some("http://127.0.0.1:4588"), true),
                "orders (prod) → account 000000000000, ap-south-1, embedded cloud at http://127.0.0.1:4588\n",
            ),
            (
                target(Some("http://localhost:4566"), false),
                "orders (prod) → account 000000000000, ap-south-1, at http://localhost:4566\n",
            ),
        ] {
            assert_eq!(render(&target, false, &TerminalLook::PLAIN), shown);
        }
        let narrow = TerminalLook { color: false, width: Some(60) };
        assert_eq!(
            render(&target(Some("http://127.0.0.1:4588"), true), false, &narrow),
            "orders (prod) → account 000000000000, ap-south-1, embedded\n  cloud at http://127.0.0.1:4588\n"
        );
        for line in
            render(&target(Some("http://127.0.0.1:4588"), true), false, &TerminalLook { width: Some(40), ..narrow })
                .lines()
        {
            assert!(text::width(line) <= 40, "{line}");
        }
        assert_eq!(
            render(&target(None, false), true, &TerminalLook::PLAIN),
            "orders (prod) → account 000000000000, ap-south-1\n  as arn:aws:iam::000000000000:user/ana\n"
        );
    }
}
