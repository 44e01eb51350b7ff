//! Taking a foreign value over, within bounds.
//!
//! The tree that is being built lives in the [`Capture`], as a stack of open lists and maps, and not in the results that
//! its serializer hands back. So whatever ends the visit (an error, a panic, a spent budget), what came before is kept, and
//! one note says at the innermost open place what happened.

use std::borrow::Cow;
use std::fmt::{self, Display, Write};
use std::mem;

use serde::{Serialize, ser};

use super::Context;
use super::guard::guard;
use super::text::{Text, fit_counted, floor, grouped, keep, within};
use super::value::{ENTRY, ITEM, Value, unwrap_private};

/// How many values may be visited inside each other; wrappers (`Some`, newtypes) use no depth, but stack.
const MAX_VISITS: usize = 2 * Context::MAX_DEPTH;

/// How much of an error's text is kept.
const MESSAGE: Text = Text::chars(200);

/// The key of a note inside a map.
pub(super) const NOTE: &str = "…";

/// Takes a value over, in at most so many bytes (the note may come on top). Runs foreign code; never panics.
pub(super) fn capture<T: Serialize + ?Sized>(value: &T, bytes: usize) -> Value {
    let mut place = Value::Null;
    capture_at(&mut place, value, bytes);
    place
}

/// Takes a value over to where it is to stay. For a number, moving it there afterwards would cost more than all the rest.
#[inline]
pub(super) fn capture_at<T: Serialize + ?Sized>(place: &mut Value, value: &T, bytes: usize) {
    let mut capture = Capture::new(place, bytes);
    let result = guard(|| value.serialize(&mut capture));
    if !matches!(result, Ok(Ok(()))) || capture.note.is_some() || !capture.frames.is_empty() {
        capture.end(result);
    }
}

/// The state of one capture; `&mut Capture` is the serializer.
#[derive(Debug)]
pub(super) struct Capture<'p> {
    root: &'p mut Value,
    frames: Vec<Frame>,
    bytes: usize,
    entries: usize,
    visits: usize,
    /// Set when a limit ended the visit; from then on everything is refused.
    note: Option<Cow<'static, str>>,
}

/// A list or map that is not complete yet.
#[derive(Debug)]
struct Frame {
    open: Open,
    /// How many elements were announced, if at all.
    announced: Option<usize>,
}

#[derive(Debug)]
enum Open {
    List(Vec<Value>),
    Map(Vec<(Cow<'static, str>, Value)>, Option<Cow<'static, str>>),
}

impl<'p> Capture<'p> {
    #[inline]
    fn new(root: &'p mut Value, bytes: usize) -> Capture<'p> {
        Capture {
            root,
            frames: Vec::new(),
            bytes,
            entries: Context::MAX_NESTED,
            visits: 0,
            note: None,
        }
    }

    /// Puts a complete value where the next one belongs.
    #[inline]
    pub(super) fn put(&mut self, value: Value) {
        if self.frames.is_empty() && matches!(self.root, Value::Null) {
            // What stood there owns nothing; dropping it would cost more than all the rest for a number.
            mem::forget(mem::replace(self.root, value));
        } else {
            self.put_inside(value);
        }
    }

    fn put_inside(&mut self, value: Value) {
        match self.frames.last_mut().map(|frame| &mut frame.open) {
            None => *self.root = value,
            Some(Open::List(items)) => items.push(value),
            Some(Open::Map(entries, key)) => {
                entries.push((key.take().unwrap_or_default(), value));
            }
        }
    }

    #[inline]
    pub(super) fn put_text(&mut self, text: &str) {
        let kept = within(text, self.bytes);
        self.bytes = self.bytes.saturating_sub(kept.len());
        self.put(Value::Text(Cow::Owned(kept.into_owned())));
    }

    /// Puts what a `Display` writes, and stops it when the bytes are spent.
    pub(super) fn put_display<T: Display + ?Sized>(&mut self, text: &T) -> Result<(), Halt> {
        let mut bounded = Bounded::new(self.bytes);
        let written = write!(bounded, "{text}");
        if bounded.full {
            bounded.text.push_str("[… the rest cut …]");
        } else if written.is_err() {
            return Err(ser::Error::custom("a Display gave an error"));
        }
        self.bytes = self.bytes.saturating_sub(bounded.text.len());
        self.put(Value::Text(Cow::Owned(bounded.text)));
        Ok(())
    }

    /// Visits a value inside another; below the deepest level a mark stands for it.
    pub(super) fn visit<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
        if self.visits == MAX_VISITS {
            self.put(Value::too_deep());
            return Ok(());
        }
        self.visits += 1;
        let result = value.serialize(&mut *self);
        self.visits -= 1;
        result
    }

    /// Opens a list; `None` if it is too deep, and its elements are to be skipped.
    pub(super) fn open_list(&mut self, announced: Option<usize>) -> Option<usize> {
        let room = self.room(announced);
        self.open(announced, || Open::List(Vec::with_capacity(room)))
    }

    /// Opens a map; `None` if it is too deep, and its entries are to be skipped.
    pub(super) fn open_map(&mut self, announced: Option<usize>) -> Option<usize> {
        let room = self.room(announced);
        self.open(announced, || Open::Map(Vec::with_capacity(room), None))
    }

    /// An announced length is foreign: it reserves a little, and the rest has to come true.
    fn room(&self, announced: Option<usize>) -> usize {
        announced.unwrap_or(0).min(self.entries).min(32)
    }

    fn open(&mut self, announced: Option<usize>, open: impl FnOnce() -> Open) -> Option<usize> {
        if self.frames.len() >= Context::MAX_DEPTH {
            self.put(Value::too_deep());
            return None;
        }
        let open = open();
        self.frames.push(Frame { open, announced });
        Some(self.frames.len())
    }

    /// Takes the room of one more element of the list at this level.
    pub(super) fn item(&mut self, level: usize) -> Result<(), Halt> {
        self.close_above(level);
        self.entry()?;
        self.charge(ITEM)
    }

    /// Takes the room of one more entry of the map at this level; the next value put there gets this key.
    pub(super) fn key(&mut self, level: usize, key: Cow<'static, str>) -> Result<(), Halt> {
        self.close_above(level);
        self.entry()?;
        let key = keep(key, Context::MAX_KEY);
        self.charge(ENTRY + key.len())?;
        if let Some(Open::Map(_, next)) = self.frames.last_mut().map(|frame| &mut frame.open) {
            *next = Some(key);
        }
        Ok(())
    }

    /// Makes sure that the next value has a key: values without one must be counted too.
    pub(super) fn await_key(&mut self, level: usize) -> Result<(), Halt> {
        self.close_above(level);
        match self.frames.last().map(|frame| &frame.open) {
            Some(Open::Map(_, Some(_))) => Ok(()),
            _ => self.key(level, Cow::Borrowed("")),
        }
    }

    /// The text of a foreign key, taken over within the same bounds as a value.
    pub(super) fn key_text<T: Serialize + ?Sized>(
        &mut self,
        key: &T,
    ) -> Result<Cow<'static, str>, Halt> {
        let mut text = Value::Null;
        let mut inner = Capture {
            entries: self.entries,
            visits: self.visits,
            ..Capture::new(&mut text, Context::MAX_KEY)
        };
        let result = inner.visit(key);
        self.entries = inner.entries;
        if inner.note.is_none() {
            result?;
        }
        inner.end(Ok(Ok(())));
        Ok(match text {
            Value::Text(text) => text,
            other => Cow::Owned(other.to_string()),
        })
    }

    /// Counts one more entry, also one that is skipped: an endless iterator below the depth limit must end too.
    pub(super) fn entry(&mut self) -> Result<(), Halt> {
        if self.note.is_some() {
            return Err(Halt(None));
        }
        match self.entries.checked_sub(1) {
            Some(left) => self.entries = left,
            None => return Err(self.halt(self.more_entries())),
        }
        Ok(())
    }

    fn charge(&mut self, bytes: usize) -> Result<(), Halt> {
        match self.bytes.checked_sub(bytes) {
            Some(left) => self.bytes = left,
            None => return Err(self.halt(self.more_entries())),
        }
        Ok(())
    }

    /// How many entries the innermost open place will miss, if they were announced.
    fn more_entries(&self) -> Cow<'static, str> {
        let missing = self.frames.last().and_then(|frame| {
            let taken = match &frame.open {
                Open::List(items) => items.len(),
                Open::Map(entries, _) => entries.len(),
            };
            frame.announced?.checked_sub(taken).filter(|n| *n > 0)
        });
        match missing {
            Some(1) => Cow::Borrowed("[… 1 more entry cut …]"),
            Some(n) => Cow::Owned(format!("[… {} more entries cut …]", grouped(n))),
            None => Cow::Borrowed("[… more entries cut …]"),
        }
    }

    fn halt(&mut self, note: Cow<'static, str>) -> Halt {
        self.note = Some(note);
        Halt(None)
    }

    /// Closes what a visit left open below this level because its error was swallowed.
    fn close_above(&mut self, level: usize) {
        while self.frames.len() > level {
            self.close();
        }
    }

    /// Closes this level and puts what it holds where it belongs.
    pub(super) fn close_level(&mut self, level: usize) {
        self.close_above(level.saturating_sub(1));
    }

    fn close(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.put(match frame.open {
                Open::List(items) => Value::List(items),
                Open::Map(entries, _) => unwrap_private(Value::Map(entries)),
            });
        }
    }

    /// Ends the capture: says at the innermost open place what went wrong, then closes all.
    #[cold]
    fn end(mut self, result: Result<Result<(), Halt>, String>) {
        let note = match result {
            Err(panic) => Some(Cow::Owned(format!("[… panicked: {panic} …]"))),
            Ok(Err(Halt(Some(error)))) if self.note.is_none() => {
                Some(Cow::Owned(format!("[… failed: {error} …]")))
            }
            Ok(_) => self.note.take(),
        };
        if let Some(note) = note {
            self.say(Value::Text(note));
        }
        self.close_above(0);
    }

    fn say(&mut self, note: Value) {
        match self.frames.last_mut().map(|frame| &mut frame.open) {
            Some(Open::List(items)) => items.push(note),
            // A key without a value is the one whose value failed.
            Some(Open::Map(entries, key)) => {
                entries.push((key.take().unwrap_or(Cow::Borrowed(NOTE)), note));
            }
            None if *self.root == Value::Null => *self.root = note,
            None => *self.root = Value::List(vec![mem::take(self.root), note]),
        }
    }
}

/// Why a visit ends early: a limit (the note is in the capture), or an error of the value's own.
#[derive(Debug)]
pub(super) struct Halt(Option<String>);

impl Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or("a limit was reached"))
    }
}

impl std::error::Error for Halt {}

impl ser::Error for Halt {
    fn custom<T: Display>(message: T) -> Halt {
        // Four times the characters that are kept, in bytes; what an endless Display writes after that is not taken.
        let mut bounded = Bounded::new(MESSAGE.max * 4);
        let _ = write!(bounded, "{message}");
        Halt(Some(fit_counted(&bounded.text, MESSAGE).into_owned()))
    }
}

/// A text that refuses what is over its limit.
struct Bounded {
    text: String,
    left: usize,
    full: bool,
}

impl Bounded {
    fn new(left: usize) -> Bounded {
        let (text, full) = (String::new(), false);
        Bounded { text, left, full }
    }
}

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let fits = floor(more, self.left);
        self.text.push_str(&more[..fits]);
        self.left -= fits;
        if fits < more.len() {
            // A narrower character must not slip into the room that a wider one did not find.
            (self.left, self.full) = (0, true);
            return Err(fmt::Error);
        }
        Ok(())
    }
}
