//! Questions before something is changed.

use super::look::{Look, Tone};
use super::text;
use std::io;
use std::io::{BufRead, Read, Write};

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    Yes,
    /// Do not.
    No,
    /// There is nobody to ask.
    NotATerminal,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question<'a> {
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
pub fn ask(question: Question<'_>, input: &mut impl BufRead, output: &mut impl Write, look: &Look) -> Answer {
    let prompt = match question {
        Question::YesNo(question) => {
            format!("{} {} ", look.paint(Tone::Strong, text::clean(question)), look.paint(Tone::Dim, "[y/N]"))
        }
        Question::Name { about, name, then } => format!(
            "{}\nType {} to {}: ",
            look.paint(Tone::Warning, text::clean(about)),
            look.paint(Tone::Strong, text::clean(name)),
            text::clean(then),
        ),
    };
    let line = match read(&prompt, input, output) {
        Ok(line) if line.ends_with('\n') => line,
        // The input ended: a line feed so that what follows does not stand behind the question.
        Ok(_) | Err(_) => {
            let _ = writeln!(output);
            return Answer::No;
        }
    };
    let line = line.trim();
    let yes = match question {
        Question::YesNo(_) => line.eq_ignore_ascii_case("y") || line.eq_ignore_ascii_case("yes"),
        Question::Name { name, .. } => line == name,
    };
    if yes { Answer::Yes } else { Answer::No }
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

    fn answer(question: Question<'_>, typed: &[u8]) -> (Answer, String) {
        let mut output = Vec::new();
        let answer = ask(question, &mut &typed[..], &mut output, &Look::PLAIN);
        (answer, String::from_utf8(output).unwrap())
    }

    #[test]
    fn only_a_clear_yes_is_a_yes() {
        for (typed, expected) in [
            (&b"y\n"[..], Answer::Yes),
            (b"YES\r\n", Answer::Yes),
            (b" yes \n", Answer::Yes),
            (b"\n", Answer::No),
            (b"n\n", Answer::No),
            (b"yeah\n", Answer::No),
            (b"\xff\n", Answer::No),
            (b"y", Answer::No),
            (b"", Answer::No),
        ] {
            assert_eq!(answer(Question::YesNo("Apply these changes?"), typed).0, expected, "{typed:?}");
        }
        assert_eq!(answer(Question::YesNo("Apply these changes?"), b"y\n").1, "Apply these changes? [y/N] ");
        assert_eq!(answer(Question::YesNo("Apply?"), &[b'y'; 10_000]).0, Answer::No);
    }

    #[test]
    fn a_name_is_typed_exactly() {
        let about = "This deletes the table Orders and every item in it.";
        let question = Question::Name { about, name: "Orders", then: "go on" };
        for (typed, expected) in
            [(&b"Orders\n"[..], Answer::Yes), (b"orders\n", Answer::No), (b"y\n", Answer::No), (b"\n", Answer::No)]
        {
            assert_eq!(answer(question, typed).0, expected, "{typed:?}");
        }
        insta::assert_snapshot!(answer(question, b"").1, @"
        This deletes the table Orders and every item in it.
        Type Orders to go on:
        ");
    }
}
