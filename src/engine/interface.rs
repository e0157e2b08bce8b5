//! What a module imports and exports, apart from any engine.
#![forbid(unsafe_code)]

use crate::value::ExternType;
use std::sync::Arc;

/// Something a module wants.
#[derive(Clone, Debug)]
pub struct Import {
    /// The module that should have it.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// Its type.
    pub ty: ExternType,
}

/// Something a module offers.
#[derive(Clone, Debug)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: ExternType,
}

/// What the memories and tables that a module defines take to begin with.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    pub memory_bytes: u64,
    pub table_elements: u64,
}

/// What a module imports and exports, in its order.
pub struct Interface {
    imports: Vec<Import>,
    exports: Vec<Export>,
    /// The indices of the exports, in the order of their names.
    by_name: Box<[usize]>,
    needs: Needs,
    memory: Option<(Arc<str>, bool)>,
}

impl Interface {
    /// That of a module with these imports and exports.
    pub fn new(imports: Vec<Import>, exports: Vec<Export>, needs: Needs) -> Self {
        let mut by_name: Box<[usize]> = (0..exports.len()).collect();
        by_name.sort_unstable_by(|a, b| exports[*a].name.cmp(&exports[*b].name));
        let memory = visible_memory(&exports);
        Self { imports, exports, by_name, needs, memory }
    }

    /// What it wants, in its order.
    pub fn imports(&self) -> &[Import] {
        &self.imports
    }

    /// What it offers, in its order.
    pub fn exports(&self) -> &[Export] {
        &self.exports
    }

    /// What it offers under a name.
    pub fn find_export(&self, name: &str) -> Option<&Export> {
        let found = self.by_name.binary_search_by(|index| self.exports[*index].name.as_str().cmp(name)).ok()?;
        Some(&self.exports[self.by_name[found]])
    }

    /// What it takes to be instantiated.
    pub fn needs(&self) -> Needs {
        self.needs
    }

    /// Whether it is what WASI calls a reactor: `_initialize`, which takes and gives nothing, has to run once before anything
    /// else, and there is no `_start`, which would make it a command.
    pub fn is_reactor(&self) -> bool {
        let find = |name: &str| self.find_export(name).map(|export| &export.ty);
        let initializes = |ty: &ExternType| matches!(ty, ExternType::Func(ty) if ty.params.is_empty() && ty.results.is_empty());
        find("_initialize").is_some_and(initializes) && find("_start").is_none()
    }

    /// The memory that its host functions see: the name of its export, and whether its addresses are 64-bit.
    pub fn memory(&self) -> Option<(&Arc<str>, bool)> {
        self.memory.as_ref().map(|(name, is_64)| (name, *is_64))
    }
}

/// The export `memory`, else the only memory that is exported.
fn visible_memory(exports: &[Export]) -> Option<(Arc<str>, bool)> {
    let memories = exports.iter().filter_map(|export| match &export.ty {
        ExternType::Memory(ty) => Some((export.name.as_str(), ty.is_64)),
        _ => None,
    });
    let memories = memories.collect::<Vec<_>>();
    let (name, is_64) = match (memories.iter().find(|(name, _)| *name == "memory"), &memories[..]) {
        (Some(named), _) => *named,
        (None, [only]) => *only,
        _ => return None,
    };
    Some((Arc::from(name), is_64))
}
