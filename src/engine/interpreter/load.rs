//! Loading the code of modules: what wasmi is given, and what it tells about it.
#![forbid(unsafe_code)]

use super::code::{Code, Modules};
use super::convert;
use super::engine::Engine;
use crate::engine::config::Compilation;
use crate::engine::interface::{Export, Import, Interface};
use crate::engine::program::{HiddenExports, disagree};
use crate::engine::rewrite::{self, Plan, Record, Recorded, Rewritten};
use crate::engine::scan::{ImportKind, Scan};
use crate::engine::source::Kept;
use crate::status::Result;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

impl Code {
    /// Validates a module, and loads what the engine needs it to be rewritten to. It is to be followed by `keep`.
    ///
    /// # Errors
    /// `STATUS_BAD_MODULE`, `STATUS_LIMIT`.
    pub(in crate::engine) fn load(
        engine: &Engine,
        bytes: &[u8],
        scan: &Scan<'_>,
        hidden: &HiddenExports,
    ) -> Result<(Self, Interface)> {
        let (modules, recorded) = load(engine, bytes, hidden)?;
        let inner = modules.first();
        let import = |import: wasmi::ImportType<'_>| Import {
            module: import.module().to_owned(),
            name: import.name().to_owned(),
            ty: convert::extern_type(import.ty()),
        };
        let mut grouped: Vec<_> = inner.imports().map(|found| Some(import(found))).collect();
        let mut kinds = scan.imports.clone();
        if let Some(recorded) = &recorded {
            kinds.extend(recorded.memories.iter().map(|_| ImportKind::Memory));
            kinds.extend([ImportKind::Memory, ImportKind::Global, ImportKind::Global]);
        }
        let import_places = places(&kinds);
        let visible = import_places.iter().take(scan.imports.len());
        let imports = visible.map(|place| grouped.get_mut(*place).and_then(Option::take)).collect::<Option<Vec<_>>>();
        let export = |name: &&str| Some(Export { name: (*name).to_owned(), ty: convert::extern_type(&inner.get_export(name)?) });
        let exports = scan.exports.iter().map(export).collect::<Option<Vec<_>>>();
        let (Some(imports), Some(exports)) = (imports.filter(|_| kinds.len() == grouped.len()), exports) else {
            return Err(disagree(()));
        };
        let interface = Interface::new(imports, exports, scan.needs);
        Ok((Self { modules, import_places, recorded }, interface))
    }

    /// Keeps the bytes of the module, if they are needed.
    pub(in crate::engine) fn keep(&mut self, bytes: impl FnOnce() -> Kept) {
        self.modules.keep(bytes);
    }
}

/// The number of the next module that records positions.
static NEXT: AtomicU32 = AtomicU32::new(1);

fn load(engine: &Engine, bytes: &[u8], hidden: &HiddenExports) -> Result<(Modules, Option<Recorded>)> {
    let config = engine.config();
    let record = config.backtraces().then(|| Record { module: NEXT.fetch_add(1, Relaxed), metered: config.is_metered() });
    let plan = hidden.plan(config.is_metered(), record);
    // In eager mode wasmi translates each instruction as soon as it is valid by itself, and an assertion of its translator
    // fails for instructions after the end of a function, which are refused only when all were read. A module that is
    // rewritten is validated as it is.
    if config.compilation() == Compilation::Eager || plan.changes() || engine.is_lenient() {
        engine.validate(bytes)?;
    }
    let load = |plan: &Plan<'_>| {
        let rewritten = if plan.changes() { rewrite::rewrite(bytes, plan).map_err(disagree)? } else { None };
        let Some(Rewritten { wasm, recorded }) = rewritten else { return Ok((Modules::new(&engine.shards, bytes)?, None)) };
        let mut modules = Modules::new(&engine.shards, &wasm)?;
        modules.keep(|| Kept::new(wasm));
        Ok((modules, recorded))
    };
    match load(&plan) {
        // With what records positions it is more than the interpreter can load.
        Err(_) if record.is_some() => load(&Plan { record: None, ..plan }),
        loaded => loaded,
    }
}

/// Computes the positions in wasmi of imports of these kinds: functions, tables, memories, then globals, each kind in the
/// module's order.
fn places(kinds: &[ImportKind]) -> Box<[usize]> {
    let mut next = [0; 4];
    for kind in kinds {
        next[*kind as usize + 1..].iter_mut().for_each(|first| *first += 1);
    }
    let place = |kind: &ImportKind| {
        let next = &mut next[*kind as usize];
        *next += 1;
        *next - 1
    };
    kinds.iter().map(place).collect()
}
