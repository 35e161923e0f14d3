//! What came of requests over time: lines of blocks for a terminal, an image for elsewhere.

use super::look::{TerminalLook, TextTone};
use super::text;
use crate::engine::history::{FigureSeries, ResourceHistory, TrafficHistory};
use std::borrow::Cow;
use std::fmt::Write;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const MINUTE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]");
/// Eighths of a line's height.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Columns of a figure's name.
const NAME: usize = 13;
/// Most steps that become one for a narrow terminal.
const MOST_JOINED: usize = 6;
/// Size of a figure in an image.
const WIDTH: usize = 600;
const HEIGHT: usize = 60;
/// Room for names left of a figure, and around everything.
const LEFT: usize = 220;
const GAP: usize = 16;

/// Renders a line for each figure of each resource, of as many steps as the terminal is wide enough for.
pub fn render(history: &TrafficHistory, look: &TerminalLook) -> String {
    let history = &*fitted(history, look);
    let mut out = format!("{} UTC, {} min a step\n", span(history), history.step_s / 60);
    for resource in &history.resources {
        let id = text::clean(&resource.place.id.to_string()).into_owned();
        let _ = write!(out, "\n{}\n", look.paint(TextTone::Strong, id));
        for figure in &resource.figures {
            let line = line(figure);
            let tone = if is_bad(figure) { TextTone::Bad } else { TextTone::Dim };
            let _ = writeln!(out, "{}", look.paint(tone, look.fit(&line)));
        }
    }
    out
}

fn line(figure: &FigureSeries) -> String {
    format!("  {} {}  {}", text::pad(figure.name, NAME), blocks(figure), summary(figure))
}

/// Joins as many steps as it takes that no line is cut: at its end is the number that matters most.
fn fitted<'a>(history: &'a TrafficHistory, look: &TerminalLook) -> Cow<'a, TrafficHistory> {
    let fits = |history: &TrafficHistory| {
        let mut figures = history.resources.iter().flat_map(|resource| &resource.figures);
        look.width.is_none() || figures.all(|figure| text::width(&line(figure)) <= look.columns())
    };
    let mut found = Cow::Borrowed(history);
    for joined in 2..=MOST_JOINED {
        if fits(&found) {
            break;
        }
        found = Cow::Owned(coarser(history, joined));
    }
    found
}

/// Joins every so many steps into one, from the last on, so that the newest one is whole.
fn coarser(history: &TrafficHistory, joined: usize) -> TrafficHistory {
    let join = |is_time: bool, values: &[Option<f64>]| {
        let both = |a: f64, b: f64| if is_time { a.max(b) } else { a + b };
        values.iter().copied().flatten().reduce(both)
    };
    let figure = |figure: &FigureSeries| {
        let mut values: Vec<_> = figure.values.rchunks(joined).map(|it| join(is_time(figure), it)).collect();
        values.reverse();
        FigureSeries { name: figure.name, values }
    };
    let resource = |resource: &ResourceHistory| ResourceHistory {
        place: resource.place.clone(),
        figures: resource.figures.iter().map(figure).collect(),
    };
    TrafficHistory {
        from: history.from,
        until: history.until,
        step_s: history.step_s * joined as u64,
        resources: history.resources.iter().map(resource).collect(),
    }
}

/// Renders an image.
pub fn svg(history: &TrafficHistory) -> String {
    let rows: usize = history.resources.iter().map(|resource| resource.figures.len() + 1).sum();
    let (width, height) = (LEFT + WIDTH + 2 * GAP, (rows + 1) * (HEIGHT + GAP));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#1f2328\">\n<title>Requests over time</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\" />\n<text x=\"{GAP}\" y=\"30\">{} UTC</text>\n",
        span(history)
    );
    let mut y = GAP + 30;
    for resource in &history.resources {
        let id = text::xml_escaped(&text::clean(&resource.place.id.to_string()));
        let _ = writeln!(
            out,
            "<text x=\"{GAP}\" y=\"{}\" font-size=\"15\" font-weight=\"600\">{id}</text>",
            y + HEIGHT / 2
        );
        y += HEIGHT / 2 + GAP;
        for figure in &resource.figures {
            let color = if is_bad(figure) { "#cf222e" } else { "#0969da" };
            let _ = writeln!(
                out,
                "<text x=\"{GAP}\" y=\"{}\">{}</text>\n<text x=\"{GAP}\" y=\"{}\" fill=\"#57606a\">{}</text>\n\
                 <path d=\"M{LEFT} {}h{WIDTH}\" stroke=\"#d0d7de\" />\n<path d=\"{}\" fill=\"{color}\" />",
                y + 20,
                figure.name,
                y + 38,
                summary(figure),
                y + HEIGHT,
                bars(figure, y),
            );
            y += HEIGHT + GAP;
        }
    }
    out.push_str("</svg>\n");
    out
}

fn span(history: &TrafficHistory) -> String {
    let told = |at: time::OffsetDateTime| at.format(MINUTE).unwrap_or_default();
    format!("{} to {}", told(history.from), told(history.until))
}

/// Tells whether a figure counts what should not be, and there is some.
fn is_bad(figure: &FigureSeries) -> bool {
    ["errors", "throttles"].contains(&figure.name) && largest(figure) > 0.0
}

/// Tells whether a figure is a time: the longest one counts, not the sum.
fn is_time(figure: &FigureSeries) -> bool {
    figure.name.ends_with("_ms")
}

fn largest(figure: &FigureSeries) -> f64 {
    figure.values.iter().flatten().copied().fold(0.0, f64::max)
}

fn blocks(figure: &FigureSeries) -> String {
    let largest = largest(figure);
    let block = |value: &Option<f64>| match value {
        Some(value) if *value > 0.0 => {
            // At least the lowest one, at most the highest.
            let eighth = (value / largest * 8.0).ceil().clamp(1.0, 8.0) as usize;
            BLOCKS[eighth - 1]
        }
        Some(_) => '·',
        None => ' ',
    };
    figure.values.iter().map(block).collect()
}

/// Words a figure: how many altogether, or the longest time.
fn summary(figure: &FigureSeries) -> String {
    let sum: f64 = figure.values.iter().flatten().sum();
    match is_time(figure) {
        true if figure.values.iter().all(Option::is_none) => "none measured".to_owned(),
        true => format!("{:.1} ms at most", largest(figure)),
        false => format!("{}, {} a step at most", amount(sum), amount(largest(figure))),
    }
}

/// Writes a count without a fraction; capacity comes in halves.
fn amount(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.1}") }
}

/// Draws a bar for each step.
fn bars(figure: &FigureSeries, top: usize) -> String {
    let (largest, count) = (largest(figure), figure.values.len().max(1));
    let mut out = String::new();
    for (at, value) in figure.values.iter().enumerate() {
        let Some(value) = value.filter(|value| *value > 0.0) else { continue };
        let height = (value / largest * HEIGHT as f64).max(1.0);
        let (x, width) = (LEFT + at * WIDTH / count, (WIDTH / count).max(2) - 1);
        let _ = write!(out, "M{x} {}v-{height:.1}h{width}v{height:.1}z", top + HEIGHT);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{ResourceId, ResourceRef};
    use time::OffsetDateTime;

    fn history() -> TrafficHistory {
        let figure = |name, values: &[f64]| FigureSeries { name, values: values.iter().copied().map(Some).collect() };
        let place = ResourceRef { id: ResourceId::new("function", "api"), name: "shop-dev-api".to_owned() };
        let times = FigureSeries { name: "p99_ms", values: vec![None, Some(1.25), None, Some(80.0)] };
        let figures = vec![figure("requests", &[0.0, 1.0, 4.0, 8.0]), figure("errors", &[0.0; 4]), times];
        let figures = [figures, vec![figure("throttles", &[0.0, 0.0, 0.001, 1e18])]].concat();
        TrafficHistory {
            from: OffsetDateTime::UNIX_EPOCH,
            until: OffsetDateTime::UNIX_EPOCH + time::Duration::minutes(8),
            step_s: 120,
            resources: vec![ResourceHistory { place, figures }],
        }
    }

    #[test]
    fn figures_are_lines_of_blocks() {
        insta::assert_snapshot!(render(&history(), &TerminalLook::PLAIN), @"
        1970-01-01 00:00 to 1970-01-01 00:08 UTC, 2 min a step

        function.api
          requests      ·▁▄█  13, 8 a step at most
          errors        ····  0, 0 a step at most
          p99_ms         ▁ █  80.0 ms at most
          throttles     ··▁█  1000000000000000000, 1000000000000000000 a step at most
        ");
    }

    #[test]
    fn a_narrow_terminal_has_fewer_steps_and_every_number() {
        let mut history = history();
        for figure in history.resources.iter_mut().flat_map(|resource| &mut resource.figures) {
            // The first of the joined steps has fewer of them.
            figure.values = figure.values.iter().copied().cycle().take(59).collect();
        }
        history.resources[0].figures.truncate(3);
        let look = |columns| TerminalLook { width: Some(columns), ..TerminalLook::PLAIN };
        let steps = |columns| render(&history, &look(columns)).lines().next().map(str::to_owned);
        assert_eq!(steps(120), steps(200));
        insta::assert_snapshot!(render(&history, &look(80)), @"
        1970-01-01 00:00 to 1970-01-01 00:08 UTC, 4 min a step

        function.api
          requests      ·▅█▅█▅█▅█▅█▅█▅█▅█▅█▅█▅█▅█▅█▅█▅  187, 8 a step at most
          errors        ······························  0, 0 a step at most
          p99_ms         ▁█▁█▁█▁█▁█▁█▁█▁█▁█▁█▁█▁█▁█▁█▁  80.0 ms at most
        ");
        for columns in [50, 60, 80, 120] {
            let text = render(&history, &look(columns));
            let mut below_heading = text.lines().skip(1);
            assert!(below_heading.all(|line| text::width(line) <= columns && !line.contains('…')), "{columns}: {text}");
            assert!(text.contains("  187, ") && text.contains("  80.0 ms at most"), "{columns}: {text}");
        }
    }

    #[test]
    fn figures_are_bars_of_an_image() {
        let image = svg(&history());
        assert!(image.starts_with("<svg ") && image.ends_with("</svg>\n"), "{image}");
        assert_eq!(image.matches("h149").count(), 3 + 2 + 2, "a bar for each step that has some: {image}");
        assert!(!image.contains("NaN") && !image.contains("inf"), "{image}");
    }
}
