//! Questions before something is changed.

use super::look::{TerminalLook, TextTone};
use super::text;
use std::io;
use std::io::{BufRead, Read, Write};

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmAnswer {
    /// Go on.
    Yes,
    /// Do not.
    No,
    /// There is nobody to ask.
    NotATerminal,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmQuestion<'a> {
    /// Answered by `y` or `yes`; anything else, the empty line too, is no: `Apply these changes?`.
    YesNo(&'a str),
    /// Answered by typing a name exactly, for what cannot be taken back.
    Name {
        /// What happens: `This deletes the table Orders and every item in it.`
        about: &'a str,
        /// The name to type.
        name: &'a str,
        /// What typing it means: `go on`.
        then: &'a str,
    },
}

/// Longest line that is read.
const LINE: u64 = 4096;

/// Asks on `output` and reads one line from `input`. An input that ends is a no.
pub fn ask(
    question: ConfirmQuestion<'_>,
    input: &mut impl BufRead,
    output: &mut impl Write,
    look: &TerminalLook,
) -> ConfirmAnswer {
    let prompt = match question {
        ConfirmQuestion::YesNo(question) => {
            format!("{} {} ", look.paint(TextTone::Strong, text::clean(question)), look.paint(TextTone::Dim, "[y/N]"))
        }
        ConfirmQuestion::Name { about, name, then } => format!(
            "{}\nType {} to {}: ",
            look.paint(TextTone::Warning, text::clean(about)),
            look.paint(TextTone::Strong, text::clean(name)),
            text::clean(then),
        ),
    };
    let line = match read(&prompt, input, output) {
        Ok(line) if line.ends_with('\n') => line,
        // The input ended: a line feed so that what follows does not stand behind the question.
        Ok(_) | Err(_) => {
            let _ = writeln!(output);
            return ConfirmAnswer::No;
        }
    };
    let line = line.trim();
    let yes = match question {
        ConfirmQuestion::YesNo(_) => line.eq_ignore_ascii_case("y") || line.eq_ignore_ascii_case("yes"),
        ConfirmQuestion::Name { name, .. } => line == name,
    };
    if yes { ConfirmAnswer::Yes } else { ConfirmAnswer::No }
}

/// Asks on `output` which of several is meant and reads its number or its name from `input`. Anything else is none of them.
pub fn choose(
    about: &str,
    names: &[&str],
    input: &mut impl BufRead,
    output: &mut impl Write,
    look: &TerminalLook,
) -> Option<usize> {
    let mut prompt = format!("{}\n", look.paint(TextTone::Strong, text::clean(about)));
    for (number, name) in (1..).zip(names) {
        prompt.push_str(&format!("  {number}  {}\n", text::clean(name)));
    }
    prompt.push_str("Number or name: ");
    let line = read(&prompt, input, output).ok()?;
    let typed = line.trim();
    let by_number = typed.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    names.iter().position(|name| *name == typed).or(by_number.filter(|chosen| *chosen < names.len()))
}

fn read(prompt: &str, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<String> {
    output.write_all(prompt.as_bytes())?;
    output.flush()?;
    let mut line = Vec::new();
    input.take(LINE).read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(question: ConfirmQuestion<'_>, typed: &[u8]) -> (ConfirmAnswer, String) {
        let mut output = Vec::new();
        let answer = ask(question, &mut &typed[..], &mut output, &TerminalLook::PLAIN);
        (answer, String::from_utf8(output).unwrap())
    }

    #[test]
    fn only_a_clear_yes_is_a_yes() {
        for (typed, expected) in [
            (&b"y\n"[..], ConfirmAnswer::Yes),
            (b"YES\r\n", ConfirmAnswer::Yes),
            (b" yes \n", ConfirmAnswer::Yes),
            (b"\n", ConfirmAnswer::No),
            (b"n\n", ConfirmAnswer::No),
            (b"yeah\n", ConfirmAnswer::No),
            (b"\xff\n", ConfirmAnswer::No),
            (b"y", ConfirmAnswer::No),
            (b"", ConfirmAnswer::No),
        ] {
            assert_eq!(answer(ConfirmQuestion::YesNo("Apply these changes?"), typed).0, expected, "{typed:?}");
        }
        assert_eq!(answer(ConfirmQuestion::YesNo("Apply these changes?"), b"y\n").1, "Apply these changes? [y/N] ");
        assert_eq!(answer(ConfirmQuestion::YesNo("Apply?"), &[b'y'; 10_000]).0, ConfirmAnswer::No);
    }

    #[test]
    fn one_of_several_is_chosen_by_number_or_name() {
        let names = ["api", "nightly", "1x"];
        for (typed, expected) in [
            ("1\n", Some(0)),
            (" 3 \n", Some(2)),
            ("nightly\n", Some(1)),
            ("1x\n", Some(2)),
            ("0\n", None),
            ("4\n", None),
            ("night\n", None),
            ("\n", None),
            ("", None),
        ] {
            let mut output = Vec::new();
            let chosen = choose("Which?", &names, &mut typed.as_bytes(), &mut output, &TerminalLook::PLAIN);
            assert_eq!(chosen, expected, "{typed:?}");
            assert_eq!(output, b"Which?\n  1  api\n  2  nightly\n  3  1x\nNumber or name: ");
        }
    }

    #[test]
    fn a_name_is_typed_exactly() {
        let about = "This deletes the table Orders and every item in it.";
        let question = ConfirmQuestion::Name { about, name: "Orders", then: "go on" };
        for (typed, expected) in [
            (&b"Orders\n"[..], ConfirmAnswer::Yes),
            (b"orders\n", ConfirmAnswer::No),
            (b"y\n", ConfirmAnswer::No),
            (b"\n", ConfirmAnswer::No),
        ] {
            assert_eq!(answer(question, typed).0, expected, "{typed:?}");
        }
        insta::assert_snapshot!(answer(question, b"").1, @"
        This deletes the table Orders and every item in it.
        Type Orders to go on:
        ");
    }
}
