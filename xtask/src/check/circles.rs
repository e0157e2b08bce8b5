//! Circles: modules that import from each other, in src/ and in each of its folders.
use super::imports::{self, Import};
use super::{files, short};
use crate::{Result, read};
use std::collections::{BTreeMap, BTreeSet};

/// The files of a crate, by the path of their module: `["plugin", "file", "elf"]`; the crate's own has none.
#[derive(Default)]
pub struct Sources {
    files: BTreeMap<Vec<String>, File>,
}

struct File {
    /// Its path, for messages.
    shown: String,
    imports: Vec<Import>,
}

/// An import from one file by another: their modules and the imported items.
type Arrow<'a> = (&'a [String], &'a [String], String);

impl Sources {
    /// Reads src/.
    pub fn of_library() -> Result<Self> {
        let mut made = Self::default();
        for path in files(&["src"], ".rs") {
            made.add(&short(&path), &read(&path)?)?;
        }
        Ok(made)
    }

    /// Adds a file below src/, except those of tests.
    pub fn add(&mut self, shown: &str, source: &str) -> Result<()> {
        let inside = shown.trim_start_matches("src/").trim_end_matches(".rs");
        let mut module: Vec<String> = inside.split('/').map(str::to_owned).collect();
        if module.iter().any(|part| part == "tests") {
            return Ok(());
        }
        if module.last().is_some_and(|last| last == "mod" || last == "lib") {
            module.pop();
        }
        let tokens = source.parse().map_err(|error| format!("cannot read {shown}: {error}"))?;
        self.files.insert(module, File { shown: shown.to_owned(), imports: imports::of(tokens) });
        Ok(())
    }

    /// Returns the circles of all folders, each with the imports that cause it.
    pub fn circles(&self) -> Vec<String> {
        let arrows = self.arrows();
        let mut folders: BTreeSet<&[String]> = BTreeSet::new();
        for module in self.files.keys().filter(|module| !module.is_empty()) {
            folders.extend((0..module.len()).map(|depth| &module[..depth]));
        }
        folders.into_iter().flat_map(|folder| self.circles_in(folder, &arrows)).collect()
    }

    fn circles_in(&self, folder: &[String], arrows: &[Arrow<'_>]) -> Vec<String> {
        // A module of the folder: a file or folder in it, or its own file, which has no name there.
        let room = |module: &[String]| module.starts_with(folder).then(|| module.get(folder.len()).cloned().unwrap_or_default());
        let mut ties: BTreeMap<(String, String), Vec<&Arrow<'_>>> = BTreeMap::new();
        for arrow in arrows {
            if let (Some(from), Some(to)) = (room(arrow.0), room(arrow.1)) {
                if from != to {
                    ties.entry((from, to)).or_default().push(arrow);
                }
            }
        }
        let reached = |from: &String| {
            let mut reached = BTreeSet::new();
            let mut open = vec![from];
            while let Some(room) = open.pop() {
                for (_, to) in ties.keys().filter(|(from, _)| from == room) {
                    if reached.insert(to) {
                        open.push(to);
                    }
                }
            }
            reached
        };
        let reach: BTreeMap<&String, BTreeSet<&String>> = ties.keys().map(|(from, _)| (from, reached(from))).collect();
        let mut told: BTreeSet<&String> = BTreeSet::new();
        let mut circles = Vec::new();
        for (room, others) in &reach {
            if !others.contains(*room) || told.contains(*room) {
                continue;
            }
            let circle: BTreeSet<&String> =
                others.iter().copied().filter(|other| reach.get(*other).is_some_and(|back| back.contains(*room))).collect();
            let shown: Vec<_> = circle.iter().map(|room| self.shown(folder, room)).collect();
            let mut message = format!("a circle of {}: {}", circle.len(), shown.join(", "));
            for ((_, _), arrows) in ties.iter().filter(|((from, to), _)| circle.contains(from) && circle.contains(to)) {
                for (from, to, what) in arrows {
                    message.push_str(&format!("\n  {} imports {what} from {}", self.files[*from].shown, self.files[*to].shown));
                }
            }
            told.extend(circle);
            circles.push(message);
        }
        circles
    }

    fn shown(&self, folder: &[String], room: &str) -> String {
        let mut module = folder.to_vec();
        if !room.is_empty() {
            module.push(room.to_owned());
        }
        let is_folder = self.files.keys().any(|other| other.starts_with(&module) && other.len() > module.len());
        match self.files.get(&module) {
            Some(file) if room.is_empty() || !is_folder => file.shown.clone(),
            _ => format!("src/{}/", module.join("/")),
        }
    }

    /// Returns the imports between files, once for each item.
    fn arrows(&self) -> Vec<Arrow<'_>> {
        let mut arrows = BTreeSet::new();
        for (module, file) in &self.files {
            for import in file.imports.iter().filter(|import| !import.shared) {
                let Some(path) = self.whole(module, import) else { continue };
                let (home, rest) = self.home(&path, 0);
                if home != module {
                    let what = if rest.is_empty() { "the module".to_owned() } else { rest.join("::") };
                    arrows.insert((module.as_slice(), home, what));
                }
            }
        }
        arrows.into_iter().collect()
    }

    /// Returns the path from the crate's root; `None` if it is not of this crate, or stays in the file.
    fn whole(&self, module: &[String], import: &Import) -> Option<Vec<String>> {
        let path = &import.path;
        let supers = path.iter().take_while(|part| *part == "super").count();
        let (start, rest) = match path.first()?.as_str() {
            "crate" => (&[][..], &path[1..]),
            "self" if import.depth == 0 => (module, &path[1..]),
            "super" if supers >= import.depth => {
                let up = supers - import.depth;
                (module.get(..module.len().checked_sub(up)?)?, &path[supers..])
            }
            first => {
                let child = [module, &[first.to_owned()]].concat();
                if import.depth > 0 || !self.files.contains_key(&child) {
                    return None;
                }
                (module, &path[..])
            }
        };
        Some([start, rest].concat())
    }

    /// Returns the file that defines what a path names, and the rest of the path there; a re-exported item counts as imported
    /// from where it is defined.
    fn home(&self, path: &[String], turns: usize) -> (&[String], Vec<String>) {
        let length = (0..=path.len()).rev().find(|length| self.files.contains_key(&path[..*length])).unwrap_or_default();
        let Some((module, file)) = self.files.get_key_value(&path[..length]) else { return (&[], path.to_vec()) };
        let rest = &path[length..];
        let passed_on = |name: &String| {
            let import = file.imports.iter().find(|import| import.shared && import.name == *name)?;
            Some([self.whole(module, import)?, rest[1..].to_vec()].concat())
        };
        match rest.first().and_then(passed_on) {
            // A file may re-export what another one re-exports to it; doing so in a circle does not compile.
            Some(path) if turns < 10 => self.home(&path, turns + 1),
            _ => (module, rest.to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sources;

    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let mut sources = Sources::default();
        files.iter().for_each(|(path, source)| sources.add(path, source).unwrap());
        sources.circles()
    }

    #[test]
    fn files_that_import_from_each_other_are_named_with_what_they_take() {
        let found = circles(&[
            ("src/lib.rs", "mod a; mod b; mod c;"),
            ("src/a.rs", "use crate::b::{B, C};"),
            ("src/b.rs", "fn f() { super::c::g() }"),
            ("src/c.rs", "use crate::a::A; use crate::d::D;"),
            ("src/d.rs", "use std::fmt; // crate::a::A"),
        ]);
        let expected = "a circle of 3: src/a.rs, src/b.rs, src/c.rs\n  src/a.rs imports B from src/b.rs\n  src/a.rs imports C from \
                        src/b.rs\n  src/b.rs imports g from src/c.rs\n  src/c.rs imports A from src/a.rs";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn folders_are_rooms_whichever_of_their_files_import() {
        let found = circles(&[
            ("src/p/mod.rs", "mod x; mod y;"),
            ("src/p/x/mod.rs", "mod one; mod two;"),
            ("src/p/x/one.rs", "use crate::p::y::Y;"),
            ("src/p/x/two.rs", "struct X;"),
            ("src/p/y.rs", "use super::x::two::X;"),
        ]);
        let expected = "a circle of 2: src/p/x/, src/p/y.rs\n  src/p/x/one.rs imports Y from src/p/y.rs\n  src/p/y.rs imports X from src/p/x/two.rs";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn what_a_folder_passes_on_is_taken_from_where_it_stands() {
        let passed_on = ("src/p/mod.rs", "mod x; mod y; pub use x::X; pub use y::Z as Y;");
        let uses = [passed_on, ("src/p/x.rs", "struct X;"), ("src/p/y.rs", "use crate::p::X;")];
        assert!(circles(&uses).is_empty());
        let circle = [passed_on, ("src/p/x.rs", "use super::Y;"), ("src/p/y.rs", "use crate::p::X;")];
        assert!(circles(&circle)[0].starts_with("a circle of 2: src/p/x.rs, src/p/y.rs\n"));
        // Items and imports of the folder's own file belong to it.
        let own = [("src/p/mod.rs", "mod x; use x::X; struct P;"), ("src/p/x.rs", "use super::P; struct X;")];
        assert!(circles(&own)[0].starts_with("a circle of 2: src/p/mod.rs, src/p/x.rs\n"), "{:?}", circles(&own));
    }

    #[test]
    fn tests_may_import_what_they_test() {
        let found = circles(&[
            ("src/a.rs", "use crate::b::B;"),
            ("src/b.rs", "struct B; #[cfg(test)] mod tests { use crate::a::A; use super::*; }"),
            ("src/b/tests.rs", "use crate::a::A;"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }
}
