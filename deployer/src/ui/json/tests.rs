//! The lines of JSON that programs read.

use super::*;
use crate::ui::human::script;
use std::io;
use std::io::Write;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<u8>>>);

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_run_as_lines_of_json() {
    let tape = Tape::default();
    let mut json = JsonReporter::new(OutputPipe::new(tape.clone()));
    for (_, event) in script::run() {
        json.event(&event);
    }
    assert_eq!(json.finish(&script::end()), Ok(()));
    let text = String::from_utf8(tape.0.lock().unwrap().clone()).unwrap();
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(value["event"].is_string(), "{line}");
    }
    assert!(!text.contains("-secret"), "secrets are hidden");
    insta::assert_snapshot!("json", text);
}

#[test]
fn a_reader_that_goes_away_stops_nothing() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut json = JsonReporter::new(OutputPipe::new(Gone));
    json.event(&script::target());
    assert_eq!(json.finish(&script::end()), Ok(()));
}
