//! A terminal that is drawn on so that its window may change its width meanwhile.

use indicatif::TermLike;
use std::fmt::{Debug, Formatter};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fmt, io};

/// Draws on a terminal without filling lines with blanks to its edge, as indicatif does: a narrower window would break such lines in two, and
/// what is cleared afterwards would be half of them.
pub struct FluidCanvas {
    terminal: Box<dyn TermLike>,
    drawn: Mutex<DrawnLines>,
}

/// What stands on the terminal, as far as it matters.
#[derive(Debug, Default)]
struct DrawnLines {
    /// Widths of the lines of the last drawing, and of this one so far.
    widths: Vec<usize>,
    /// Columns of the window when they were drawn.
    columns: usize,
    /// Whether a drawing goes on.
    is_drawing: bool,
    /// Whether a line stands there and what fills it up is awaited.
    is_filling: bool,
    /// Whether the next line begins with a line feed.
    is_broken: bool,
}

impl FluidCanvas {
    /// Makes a canvas on a terminal.
    pub fn new(terminal: Box<dyn TermLike>) -> Self {
        Self { terminal, drawn: Mutex::default() }
    }

    fn drawn(&self) -> MutexGuard<'_, DrawnLines> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DrawnLines {
    /// Returns how many more rows the last `lines` lines take in a window of `columns` than they took when they were drawn.
    fn more_rows(&self, lines: usize, columns: usize) -> usize {
        let rows = |width: &usize, columns: usize| width.div_ceil(columns.max(1)).max(1);
        let last = || self.widths.iter().rev().take(lines);
        let (now, then): (usize, usize) =
            (last().map(|width| rows(width, columns)).sum(), last().map(|width| rows(width, self.columns)).sum());
        now.saturating_sub(then)
    }
}

impl TermLike for FluidCanvas {
    fn width(&self) -> u16 {
        self.terminal.width()
    }

    fn height(&self) -> u16 {
        self.terminal.height()
    }

    /// Goes up; at the beginning of a drawing, to its first row, where the lines take more rows than before.
    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        let columns = usize::from(self.width());
        let mut drawn = self.drawn();
        let more = if drawn.is_drawing || columns >= drawn.columns { 0 } else { drawn.more_rows(n + 1, columns) };
        if more > 0 {
            // Once: it is asked for again when all is cleared.
            drawn.columns = columns;
            self.terminal.move_cursor_up(n + more)?;
            // To the end of the screen.
            return self.terminal.write_str("\r\u{1b}[J");
        }
        self.terminal.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.terminal.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.terminal.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.terminal.move_cursor_left(n)
    }

    fn write_line(&self, s: &str) -> io::Result<()> {
        self.terminal.write_line(s)
    }

    /// Writes a line, and at the next call nothing: that is what fills it up.
    fn write_str(&self, s: &str) -> io::Result<()> {
        let mut drawn = self.drawn();
        if drawn.is_filling {
            drawn.is_filling = false;
            drawn.is_broken = true;
            return Ok(());
        }
        if !drawn.is_drawing {
            *drawn = DrawnLines { is_drawing: true, columns: usize::from(self.width()), ..DrawnLines::default() };
        }
        drawn.widths.push(console::measure_text_width(s));
        drawn.is_filling = true;
        if std::mem::take(&mut drawn.is_broken) {
            self.terminal.write_str("\r\n")?;
        }
        self.terminal.write_str(s)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.terminal.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        let mut drawn = self.drawn();
        if drawn.is_drawing {
            (drawn.is_drawing, drawn.is_filling, drawn.is_broken) = (false, false, false);
        } else {
            // A drawing of nothing.
            drawn.widths.clear();
        }
        self.terminal.flush()
    }
}

impl Debug for FluidCanvas {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("FluidCanvas").field("drawn", &self.drawn).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::{InMemoryTerm, ProgressBar, ProgressDrawTarget};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU16, Ordering};

    /// A terminal that notes what is written, in a window whose width changes.
    #[derive(Debug, Clone)]
    struct WindowTape {
        columns: Arc<AtomicU16>,
        tape: Arc<Mutex<String>>,
    }

    impl WindowTape {
        fn note(&self, text: &str) -> io::Result<()> {
            self.tape.lock().unwrap().push_str(text);
            Ok(())
        }
    }

    impl TermLike for WindowTape {
        fn width(&self) -> u16 {
            self.columns.load(Ordering::Relaxed)
        }
        fn move_cursor_up(&self, n: usize) -> io::Result<()> {
            self.note(&format!("<up {n}>"))
        }
        fn move_cursor_down(&self, n: usize) -> io::Result<()> {
            self.note(&format!("<down {n}>"))
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, s: &str) -> io::Result<()> {
            self.note(&format!("{s}\n"))
        }
        fn write_str(&self, s: &str) -> io::Result<()> {
            self.note(s)
        }
        fn clear_line(&self) -> io::Result<()> {
            self.note("<clear>")
        }
        fn flush(&self) -> io::Result<()> {
            self.note("<end>")
        }
    }

    #[test]
    fn lines_are_not_filled_up_and_a_narrower_window_is_cleared_as_a_whole() {
        let window = WindowTape { columns: Arc::new(AtomicU16::new(60)), tape: Arc::default() };
        let canvas = FluidCanvas::new(Box::new(window.clone()));
        let draw = |lines: &[&str], before: usize| {
            // indicatif goes up, clears line by line on the way down, and goes up again.
            canvas.move_cursor_up(before).unwrap();
            canvas.move_cursor_up(before).unwrap();
            for line in lines {
                canvas.write_str(line).unwrap();
                canvas.write_str(&" ".repeat(60 - line.len())).unwrap();
            }
            canvas.flush().unwrap();
            std::mem::take(&mut *window.tape.lock().unwrap())
        };
        let long = "a line of more than thirty columns";
        assert_eq!(draw(&[long, "", "c"], 0), format!("<up 0><up 0>{long}\r\n\r\nc<end>"));
        assert_eq!(draw(&["a"], 2), "<up 2><up 2>a<end>");
        draw(&[long, "b", long], 0);
        window.columns.store(30, Ordering::Relaxed);
        // Five rows are there where three lines were drawn.
        assert_eq!(draw(&["a"], 2), "<up 4>\r\u{1b}[J<up 2>a<end>");
        assert_eq!(draw(&["a"], 0), "<up 0><up 0>a<end>");
    }

    #[test]
    fn indicatif_draws_the_same_on_it() {
        let shown = |fluid: bool| {
            let screen = InMemoryTerm::new(10, 20);
            let terminal: Box<dyn TermLike> = Box::new(screen.clone());
            let canvas = if fluid { Box::new(FluidCanvas::new(terminal)) } else { terminal };
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::term_like(canvas));
            bar.set_style(indicatif::ProgressStyle::with_template("{msg}").unwrap());
            bar.set_message("one\ntwo\nexactly 20 columns..\nfour");
            bar.tick();
            bar.println("above\n\nand a line that is broken");
            bar.set_message("five");
            bar.tick();
            let during = screen.contents();
            bar.finish_and_clear();
            (during, screen.contents())
        };
        assert_eq!(shown(true), shown(false));
    }
}
