//! Imports and exports of a module, independent of any engine.
#![forbid(unsafe_code)]

use crate::value::ExternType;
use std::sync::Arc;

/// An import of a module.
#[derive(Clone, Debug)]
pub struct Import {
    /// The module name.
    pub module: String,
    /// The name of the item.
    pub name: String,
    /// Its type.
    pub ty: ExternType,
}

/// An export of a module.
#[derive(Clone, Debug)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: ExternType,
}

/// The memories and tables that a module defines, with their initial sizes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Needs {
    pub memories: u64,
    /// Bytes of all memories.
    pub memory_bytes: u64,
    /// Bytes of the largest memory.
    pub largest_memory: u64,
    pub tables: u64,
    /// Elements of all tables.
    pub table_elements: u64,
    /// Elements of the largest table.
    #[cfg(feature = "compiled")]
    pub largest_table: u64,
}

/// Imports and exports of a module, in its order.
pub struct Interface {
    imports: Vec<Import>,
    exports: Vec<Export>,
    /// The indices of the exports, in the order of their names.
    by_name: Box<[usize]>,
    needs: Needs,
    memory: Option<(Arc<str>, bool)>,
}

impl Interface {
    /// Creates the interface of a module with these imports and exports.
    pub fn new(imports: Vec<Import>, exports: Vec<Export>, needs: Needs) -> Self {
        let mut by_name: Box<[usize]> = (0..exports.len()).collect();
        by_name.sort_unstable_by(|a, b| exports[*a].name.cmp(&exports[*b].name));
        let memory = visible_memory(&exports);
        Self { imports, exports, by_name, needs, memory }
    }

    /// Returns the imports, in the module's order.
    pub fn imports(&self) -> &[Import] {
        &self.imports
    }

    /// Returns the exports, in the module's order.
    pub fn exports(&self) -> &[Export] {
        &self.exports
    }

    /// Returns the export with a name.
    pub fn find_export(&self, name: &str) -> Option<&Export> {
        self.export_index(name).map(|index| &self.exports[index])
    }

    /// Returns the position of the export with a name.
    pub fn export_index(&self, name: &str) -> Option<usize> {
        let found = self.by_name.binary_search_by(|index| self.exports[*index].name.as_str().cmp(name)).ok()?;
        Some(self.by_name[found])
    }

    /// Returns what instantiation requires.
    pub fn needs(&self) -> Needs {
        self.needs
    }

    /// Returns whether the module is a reactor in terms of WASI: `_initialize`, without parameters and results, has to run once
    /// before anything else, and there is no `_start`, which would make it a command.
    pub fn is_reactor(&self) -> bool {
        let find = |name: &str| self.find_export(name).map(|export| &export.ty);
        let initializes = |ty: &ExternType| matches!(ty, ExternType::Func(ty) if ty.params.is_empty() && ty.results.is_empty());
        find("_initialize").is_some_and(initializes) && find("_start").is_none()
    }

    /// Returns the memory that its host functions see: the name of its export, and whether its addresses are 64-bit.
    pub fn memory(&self) -> Option<(&Arc<str>, bool)> {
        self.memory.as_ref().map(|(name, is_64)| (name, *is_64))
    }
}

/// Returns the export `memory`, else the only memory that is exported.
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
