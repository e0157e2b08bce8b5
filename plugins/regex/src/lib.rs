//! The plug-in `regex`: regular expressions for guests, in the syntax of the crate `regex`. Patterns are parameters of the kind `regex`,
//! compiled once for a module; the module `regex` has these functions:
//!
//! | function | signature | |
//! | --- | --- | --- |
//! | `is_match` | `(i<~)i` | id of a pattern, text: 1 if the pattern matches somewhere in the text, else 0 |
//! | `find` | `(i<~i*~)i` | id, text, position to begin at, buffer: the number of groups of the first match, else 0; the buffer receives begin and end of each as far as it has room, as pairs of u32, those of groups that did not take part as 0xffffffff |
//! | `is_match_once` | `(<~<~)i` | pattern, text: as `is_match`, but compiles the pattern in each call |
//!
//! Group 0 is the whole match. Texts are bytes; positions are in bytes. The time of a search is linear in the size of the text.

#![forbid(unsafe_code)]

mod pattern;

use libvm_plugin::{
    Compiler, Compilers, Create, Error, Module, Myself, Parameter, ParameterError, Plugin, Result, Shared, libvm_plugin, status,
};
use pattern::{Budget, Pattern, Refusal};
use std::sync::Arc;

/// The plug-in in a context.
pub struct Expressions {
    budget: Arc<Budget>,
}

impl Shared for Expressions {
    type Data = Budget;

    fn share() -> Result<Budget> {
        Ok(Budget::default())
    }
}

impl Create for Expressions {
    type Options = ();

    fn create(myself: Myself, (): ()) -> Result<Self> {
        Ok(Self { budget: myself.shared::<Self>()? })
    }
}

impl From<Refusal> for ParameterError {
    fn from(refusal: Refusal) -> Self {
        match refusal.position {
            Some(position) => Self::at(position, refusal.text),
            None => Self::new(refusal.text),
        }
    }
}

impl Compilers for Expressions {
    fn compilers() -> Vec<Compiler<Self>> {
        vec![Compiler::sharing("regex", Budget::compile).describe("A regular expression, UTF-8")]
    }
}

fn is_match(_: &Expressions, pattern: Parameter<'_, Pattern>, text: &[u8]) -> bool {
    pattern.regex.is_match(text)
}

/// Writes the place of a group, if the buffer has room for it.
fn write(out: &mut [u8], index: usize, found: Option<(usize, usize)>) {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX).to_le_bytes();
    let (from, to) = found.map_or(([0xff; 4], [0xff; 4]), |(from, to)| (place(from), place(to)));
    if let Some(pair) = out.get_mut(8 * index..8 * index + 8) {
        pair.copy_from_slice([from, to].as_flattened());
    }
}

fn find(_: &Expressions, pattern: Parameter<'_, Pattern>, text: &[u8], start: u32, out: &mut [u8]) -> Result<u32> {
    let (regex, start, room) = (&pattern.regex, start as usize, out.len() / 8);
    if start > text.len() {
        let what = format!("the search begins at {start}, but the text has {} bytes", text.len());
        return Err(Error::with_status(status::OUT_OF_BOUNDS, what));
    }
    // Finding the groups takes several times as long as finding the match.
    if room <= 1 {
        let Some(found) = regex.find_at(text, start) else { return Ok(0) };
        write(out, 0, Some((found.start(), found.end())));
        return Ok(regex.captures_len() as u32);
    }
    let mut places = regex.capture_locations();
    if regex.captures_read_at(&mut places, text, start).is_none() {
        return Ok(0);
    }
    (0..room.min(places.len())).for_each(|index| write(out, index, places.get(index)));
    Ok(places.len() as u32)
}

impl Expressions {
    fn is_match_once(&self, pattern: &[u8], text: &[u8]) -> Result<bool> {
        let pattern = self.budget.compile(pattern).map_err(|refusal| {
            let place = refusal.position.map_or_else(String::new, |position| format!(" at byte {position}"));
            Error::with_status(status::INVALID_ARGUMENT, format!("the pattern does not compile: {}{place}", refusal.text))
        })?;
        Ok(pattern.regex.is_match(text))
    }
}

impl Plugin for Expressions {
    const DESCRIPTION: &'static str = "Regular expressions, compiled once for a module";

    fn modules() -> Vec<Module<Self>> {
        let module = Module::new("regex")
            .describe("Regular expressions")
            .function("is_match", is_match)
            .describe("Returns whether the pattern with an id matches in a text")
            .pure()
            .function("find", find)
            .describe("Finds the first match and its groups")
            .pure()
            .function("is_match_once", Self::is_match_once)
            .describe("Returns whether a pattern, compiled in this call, matches in a text")
            .pure();
        vec![module]
    }
}

libvm_plugin!(Expressions: compilers, shared);
