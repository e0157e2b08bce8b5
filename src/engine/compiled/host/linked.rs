//! Modules whose imports are linked once for all contexts: neither functions nor lists of them are created for each one.
//!
//! Such a function belongs to no store. It finds the host function by its place in the context that calls, without a check that there is one
//! (`place::bound`), and reads values as the first context's function has them. Both hold in every context that uses the code:
//!
//! - The n-th host function among the imports is looked up at place n - 1. `find` returns the code only for imports that were bound in this
//!   store at just these places, and no place is freed before the store is.
//! - The functions get into a store by an instantiation with this code only, and functions of a store are called in that store.
//! - The host function at a place has the type of the import, with which imports were compared when they were resolved, and an update of a
//!   plug-in keeps it (`HostCall::exchange`).
//!
//! `Kind::Host::is_raw` decides about time only: either form of a function calls every host function of its type.

use super::place::{Place, Raw, Work};
use super::{Imported, create, is_raw};
use crate::engine::bound::Slot;
use crate::engine::compiled::code::Code;
use crate::engine::compiled::convert;
use crate::engine::compiled::state::State;
#[cfg(feature = "wasi")]
use crate::engine::compiled::wasi;
use crate::value::{ExternType, FuncType};
use wasmtime::{AsContextMut, Caller, ImportType, InstancePre, Linker, Store};

/// A module with the functions that it imports.
pub struct Linked {
    kinds: Box<[Kind]>,
    inner: InstancePre<State>,
}

/// Which function an import needs, besides its type, which is that of the import.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Host {
        is_raw: bool,
    },
    #[cfg(feature = "wasi")]
    Wasi,
}

impl Linked {
    /// Returns the code linked with these imports, which have been bound in this store. `None` if they are not the first ones of their
    /// context, or have to be items of the store.
    pub fn find<'a>(store: &Store<State>, code: &'a Code, imports: &[Imported]) -> Option<&'a InstancePre<State>> {
        let mut next = Slot(0);
        let mut kind = |import: &Imported| match *import {
            Imported::Bound(slot) if slot == next => {
                next.0 += 1;
                Some(Kind::Host { is_raw: is_raw(&store.data().frames.at(slot).call) })
            }
            Imported::Bound(_) | Imported::Item(_) => None,
            #[cfg(feature = "wasi")]
            Imported::Wasi => Some(Kind::Wasi),
        };
        if imports.is_empty() {
            return None;
        }
        let kinds: Box<[_]> = imports.iter().map(&mut kind).collect::<Option<_>>()?;
        let linked = code.linked(|| Self::new(store, code, &kinds))?;
        debug_assert!(have_types_of_imports(store, code, imports), "imports were compared when they were resolved");
        (linked.kinds == kinds).then_some(&linked.inner)
    }

    fn new(store: &Store<State>, code: &Code, kinds: &[Kind]) -> Option<Self> {
        let module = code.inner();
        let mut linker = Linker::new(module.engine());
        let mut next = Slot(0);
        for (import, kind) in module.imports().zip(kinds) {
            match kind {
                Kind::Host { .. } => {
                    let bound = store.data().frames.at(next);
                    create(&mut Definition { linker: &mut linker, import }, &bound.call, next)?;
                    next.0 += 1;
                }
                #[cfg(feature = "wasi")]
                Kind::Wasi => wasi::define(&mut linker, import.name())?,
            }
        }
        let inner = linker.instantiate_pre(module).ok()?;
        Some(Self { kinds: kinds.into(), inner })
    }
}

/// Returns whether the host functions among the imports have the types of these.
fn have_types_of_imports(store: &Store<State>, code: &Code, imports: &[Imported]) -> bool {
    code.inner().imports().zip(imports).all(|(import, bound)| match bound {
        Imported::Bound(slot) => {
            convert::extern_type(&import.ty()) == ExternType::Func(store.data().frames.at(*slot).call.ty.clone())
        }
        _ => true,
    })
}

/// An import that is to be defined for all contexts.
struct Definition<'a, 'b> {
    linker: &'a mut Linker<State>,
    import: ImportType<'b>,
}

impl Place for Definition<'_, '_> {
    /// `None` if it is defined already: it may be imported twice.
    type Made = Option<()>;

    unsafe fn create(&mut self, ty: &FuncType, work: impl Work) -> Option<()> {
        let ty = convert::to_wasmtime_func_type(self.linker.engine(), ty);
        let work = move |mut caller: Caller<'_, State>, raw: Raw<'_>| work.run(caller.as_context_mut(), raw);
        // SAFETY: promised by the caller.
        let made = unsafe { self.linker.func_new_unchecked(self.import.module(), self.import.name(), ty, work) };
        made.ok().map(drop)
    }
}
