//! Text from outside made safe to show, and made to fit.

use std::borrow::Cow;

/// Returns `text` as one line without anything that a terminal would obey: control characters, escape sequences and bidirectional marks
/// are shown as escapes. Names, tags, log lines and error messages come from files and from the network.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(active) { Cow::Owned(escape(text, |_| false)) } else { Cow::Borrowed(text) }
}

/// Cleans `text` as [`clean`] does, but line feeds stay, and tabs become spaces.
pub fn clean_lines(text: &str) -> Cow<'_, str> {
    if !text.contains(active) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(escape(&text.replace("\r\n", "\n").replace('\t', "    "), |c| c == '\n'))
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if active(c) && !keep(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// Tells whether a terminal does something else than show `c`.
pub(super) fn active(c: char) -> bool {
    // Direction marks, overrides and isolates can make a line read as something it is not; line and paragraph
    // separators break lines in some viewers.
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Returns `text`, or its beginning and `…`, in at most `columns`.
pub fn shorten(text: &str, columns: usize) -> Cow<'_, str> {
    console::truncate_str(text, columns.max(1), "…")
}

/// Fills `text` up with spaces to `columns`.
pub fn pad(text: &str, columns: usize) -> Cow<'_, str> {
    console::pad_str(text, columns, console::Alignment::Left, None)
}

/// Escapes what XML would read as something else than text.
pub fn xml_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Columns that `text` takes on a terminal.
pub fn width(text: &str) -> usize {
    console::measure_text_width(text)
}

/// Breaks `text` into lines between words where `columns` is given. A longer word stays whole, so that it can be copied.
pub fn wrap(text: &str, columns: Option<usize>) -> Vec<String> {
    let Some(columns) = columns else {
        return text.lines().map(str::to_owned).collect();
    };
    let options = textwrap::Options::new(columns.max(20))
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .word_separator(textwrap::WordSeparator::AsciiSpace);
    text.lines().flat_map(|line| textwrap::wrap(line, &options)).map(Cow::into_owned).collect()
}

/// Breaks `text` into lines between words as [`wrap`] does, every line but the first behind `indent` columns.
pub fn hanging(text: &str, columns: Option<usize>, indent: usize) -> String {
    let Some(columns) = columns else { return wrap(text, None).join("\n") };
    let mut lines = wrap(text, Some(columns));
    if lines.len() > 1 {
        let rest = text.strip_prefix(lines[0].as_str()).unwrap_or_default().trim_start();
        let below = wrap(rest, Some(columns.saturating_sub(indent)));
        lines.truncate(1);
        lines.extend(below.into_iter().map(|line| format!("{:indent$}{line}", "")));
    }
    lines.join("\n")
}

/// Breaks `text` into lines of at most `columns`, between words where that is possible and else within.
pub fn fold(text: &str, columns: usize) -> Vec<String> {
    let options = textwrap::Options::new(columns.max(1))
        .break_words(true)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .word_separator(textwrap::WordSeparator::AsciiSpace);
    text.lines().flat_map(|line| textwrap::wrap(line, &options)).map(Cow::into_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_that_it_would_obey() {
        for (text, shown) in [
            ("Orders", "Orders"),
            ("Bestellungen für Łódź ✓", "Bestellungen für Łódź ✓"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("a\rb\nc\td", "a\\rb\\nc\\td"),
            ("x\u{202e}cod.exe", "x\\u{202e}cod.exe"),
            ("\u{9b}31m", "\\u{9b}31m"),
        ] {
            assert_eq!(clean(text), shown);
        }
        assert_eq!(clean_lines("a\r\n\tb\u{7}"), "a\n    b\\u{7}");
    }

    proptest::proptest! {
        #[test]
        fn no_text_keeps_an_active_character(text: String) {
            assert!(!clean(&text).contains(active));
            assert!(!clean_lines(&text).replace('\n', "").contains(active));
        }
    }

    #[test]
    fn lines_hang_and_fold_within_their_columns() {
        assert_eq!(hanging("one two three four five six seven", Some(20), 4), "one two three four\n    five six seven");
        assert_eq!(hanging("one two", Some(20), 4), "one two");
        assert_eq!(hanging("one two three four five", None, 4), "one two three four five");
        assert_eq!(fold("source.expire-carts.queue.jobs of it", 12), ["source.expir", "e-carts.queu", "e.jobs of it"]);
    }

    #[test]
    fn words_are_kept_whole() {
        assert_eq!(wrap("one two three", None), ["one two three"]);
        assert_eq!(wrap("one two three four five six", Some(20)), ["one two three four", "five six"]);
        assert_eq!(
            wrap("see https://example.com/a-rather-long-path now", Some(20)),
            ["see", "https://example.com/a-rather-long-path", "now"]
        );
    }
}
