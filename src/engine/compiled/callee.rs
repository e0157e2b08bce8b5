//! Functions with their types, which are compared before each call.
#![forbid(unsafe_code)]

use crate::value::FuncType;
use libvm_abi::Value;
use std::collections::HashMap;
use wasmtime::Func;

/// A function.
#[derive(Clone, Copy)]
pub struct Callee {
    pub func: Func,
    /// Its type, once it was looked up.
    ty: Option<TypeIndex>,
}

impl From<Func> for Callee {
    fn from(func: Func) -> Self {
        Self { func, ty: None }
    }
}

impl Callee {
    /// Returns the index of its type, if it was looked up.
    #[inline]
    pub fn known_type(self) -> Option<TypeIndex> {
        self.ty
    }

    /// Returns the function with the index of its type.
    pub fn with_type(self, ty: TypeIndex) -> Self {
        Self { ty: Some(ty), ..self }
    }
}

/// The index of a type in `Types`.
#[derive(Clone, Copy)]
pub struct TypeIndex(u32);

type Known = HashMap<FuncType, TypeIndex>;

/// The types of the functions of a store, each once.
#[derive(Default)]
pub struct Types {
    all: Vec<Type>,
    known: Option<Box<Known>>,
}

/// A type, and what calls need to know of it.
pub struct Type {
    pub ty: FuncType,
    pub has_references: bool,
}

impl Type {
    /// Returns whether values have the types of the parameters, and there is as much room as there are results.
    #[inline]
    pub fn fits(&self, args: &[Value], results: &[Value]) -> bool {
        let mut types = args.iter().zip(&self.ty.params);
        args.len() == self.ty.params.len()
            && results.len() == self.ty.results.len()
            && types.all(|(arg, ty)| arg.kind == ty.to_abi())
    }
}

impl Types {
    /// Returns the index of a type.
    pub fn insert(&mut self, ty: FuncType) -> TypeIndex {
        let known = self.known.get_or_insert_default();
        if let Some(known) = known.get(&ty) {
            return *known;
        }
        let index = TypeIndex(self.all.len() as u32);
        known.insert(ty.clone(), index);
        self.all.push(Type { has_references: ty.has_references(), ty });
        index
    }

    /// Returns a type.
    #[inline]
    pub fn get(&self, index: TypeIndex) -> &Type {
        &self.all[index.0 as usize]
    }
}
