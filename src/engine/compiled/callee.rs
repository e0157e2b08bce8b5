//! Functions with their types, which are compared before each call.
#![forbid(unsafe_code)]

use crate::tight;
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

/// How many types are compared one after another.
const FEW: usize = 8;

type Known = HashMap<FuncType, TypeIndex>;

/// The types of the functions of a store, each once.
#[derive(Default)]
pub struct Types {
    all: Vec<Type>,
    /// Their indices, if there are many.
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
        let known = match &self.known {
            Some(known) => known.get(&ty).copied(),
            None => self.all.iter().position(|known| known.ty == ty).map(|place| TypeIndex(place as u32)),
        };
        known.unwrap_or_else(|| self.add(ty))
    }

    fn add(&mut self, ty: FuncType) -> TypeIndex {
        let index = TypeIndex(self.all.len() as u32);
        tight::push(&mut self.all, Type { has_references: ty.has_references(), ty });
        let new = match &self.known {
            Some(_) => self.all.len() - 1..self.all.len(),
            None => 0..self.all.len(),
        };
        if self.all.len() > FEW {
            let numbered = new.map(|place| (self.all[place].ty.clone(), TypeIndex(place as u32)));
            self.known.get_or_insert_default().extend(numbered);
        }
        index
    }

    /// Returns a type.
    #[inline]
    pub fn get(&self, index: TypeIndex) -> &Type {
        &self.all[index.0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::ValType;

    #[test]
    fn each_type_has_one_index_of_few_and_of_many() {
        let mut types = Types::default();
        let ty = |params: usize| FuncType::new(vec![ValType::I32; params], [ValType::F64]);
        for most in [1, FEW, FEW + 1, 5 * FEW] {
            for params in 0..most {
                assert_eq!(types.insert(ty(params)).0 as usize, params);
            }
            assert_eq!((types.all.len(), types.known.is_some()), (most, most > FEW));
        }
        assert_eq!(types.get(TypeIndex(7)).ty, ty(7));
    }
}
