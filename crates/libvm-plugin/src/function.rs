//! Host functions from Rust functions and closures.
use crate::bound::Bound;
use crate::call::Guest;
use crate::data::Compiled;
use crate::instance::Instance;
use crate::param::{Access, Param, Place};
use crate::results::{Results, fail};
use crate::{Error, error};
use libvm_abi::{self as abi, Status, Value};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A function that takes `&mut self`.
pub struct ByMut;
/// A function that takes `&self`.
pub struct ByRef;

/// A function or closure that guests can call: it takes `&mut self` or `&self` and up to eight [parameters](Param), and returns
/// [`Results`]. `M` stands for its type.
pub trait HostFunction<T, M>: Send + Sync + 'static {
    /// Whether no other function of the instance may run meanwhile.
    const EXCLUSIVE: bool;
    /// The flags of its descriptor.
    const FLAGS: u32;

    /// Returns the signature string.
    fn signature() -> String;

    /// Returns the compiled types of its parameters.
    fn compiled() -> Vec<Option<Compiled>>;

    /// Calls it.
    ///
    /// # Safety
    /// The arguments and the room for results are those of the signature, and the guest's call is not used by anything else. The
    /// compilers are those of the parameters.
    unsafe fn call(
        &self,
        instance: &Instance<T>,
        guest: &mut Guest<'_>,
        compilers: &[u32; 8],
        args: *const Value,
        results: *mut Value,
    ) -> Status;
}

/// What the parameters of a function do with the guest.
struct Accesses {
    writes: bool,
    buffers: usize,
    guest: bool,
}

const fn accesses(all: &[Access]) -> Accesses {
    let (mut writes, mut buffers, mut guests, mut calls) = (false, 0, 0, 0);
    let mut index = 0;
    while index < all.len() {
        match all[index] {
            Access::None => {}
            Access::Read => buffers += 1,
            Access::Write => {
                buffers += 1;
                writes = true;
            }
            Access::Call => calls += 1,
            Access::Guest => guests += 1,
        }
        index += 1;
    }
    assert!(guests <= 1, "a host function has one `&mut Guest` at most");
    assert!(
        guests == 0 || buffers + calls == 0,
        "a host function with `&mut Guest` has no parts of its memory, nor `&Call`, as parameters"
    );
    Accesses { writes, buffers, guest: guests > 0 }
}

/// Refuses buffers that overlap, if one of them may be written.
#[cold]
fn overlaps(ranges: &[(Access, (usize, usize))]) -> bool {
    let is_buffer = |access| matches!(access, Access::Read | Access::Write);
    ranges.iter().enumerate().any(|(index, (access, (start, end)))| {
        let later = ranges[index + 1..].iter().filter(|(other, _)| is_buffer(*other));
        is_buffer(*access)
            && start < end
            && later
                .filter(|(other, _)| *access == Access::Write || *other == Access::Write)
                .any(|(_, (from, to))| from < to && from < end && start < to)
    })
}

fn refuse_overlap(guest: &Guest<'_>) -> Status {
    fail(guest, &Error::new("two buffers overlap, one of which is written"))
}

macro_rules! function {
    ($borrow:ident, $exclusive:literal, $marker:ident, {$($mutable:tt)*}, $($param:ident)*) => {
        impl<T, F, R, $($param),*> HostFunction<T, ($marker, R, $($param,)*)> for F
        where
            T: 'static,
            F: Fn(&$($mutable)* T, $($param),*) -> R + Send + Sync + 'static,
            F: for<'m, 'a> Fn(&'m $($mutable)* T, $($param::Item<'a>),*) -> R,
            R: Results,
            $($param: Param,)*
        {
            const EXCLUSIVE: bool = $exclusive;
            const FLAGS: u32 = R::FLAGS | if const { accesses(&[$($param::ACCESS),*]) }.guest { abi::FUNCTION_REENTERS } else { 0 };

            fn signature() -> String {
                let params: &[&str] = &[$($param::SIGNATURE),*];
                format!("({}){}", params.concat(), R::signature())
            }

            fn compiled() -> Vec<Option<Compiled>> {
                vec![$($param::compiled()),*]
            }

            #[inline(always)]
            #[allow(non_snake_case, unused_variables, unused_mut, unused_assignments, clippy::too_many_arguments)]
            unsafe fn call(
                &self,
                instance: &Instance<T>,
                guest: &mut Guest<'_>,
                compilers: &[u32; 8],
                args: *const Value,
                results: *mut Value,
            ) -> Status {
                fn apply<'m, T, R, $($param),*>(f: impl Fn(&'m $($mutable)* T, $($param),*) -> R, me: &'m $($mutable)* T, $($param: $param),*) -> R {
                    f(me, $($param),*)
                }
                let Some(mut me) = instance.$borrow() else { return fail(guest, &Instance::<T>::in_use()) };
                let (mut next, mut position) = (args, 0);
                let accesses = const { accesses(&[$($param::ACCESS),*]) };
                $(
                    let $param = (next, compilers[position]);
                    position += 1;
                    if !$param::SIGNATURE.is_empty() {
                        // SAFETY: the signature has it.
                        next = unsafe { next.add(1) };
                    }
                )*
                if accesses.writes && accesses.buffers > 1 {
                    // SAFETY: the arguments of the signature.
                    if overlaps(&[$(($param::ACCESS, unsafe { $param::range($param.0) })),*]) {
                        return refuse_overlap(guest);
                    }
                }
                let place = Place::new(guest, instance.parameters());
                let got = {
                    $(
                        // SAFETY: the arguments of the signature; buffers that are written do not overlap others; `accesses` has
                        // refused a guest beside other uses of the call.
                        let $param = match unsafe { $param::get(place.with($param.1), $param.0) } {
                            Ok(value) => value,
                            Err(error) => return fail(guest, &error),
                        };
                    )*
                    apply(self, &$($mutable)* *me, $($param),*)
                };
                // SAFETY: promised by the caller.
                unsafe { got.put(guest, results) }
            }
        }
    };
}

macro_rules! functions {
    ($(($($param:ident)*))*) => {$(
        function!(borrow_mut, true, ByMut, {mut}, $($param)*);
        function!(borrow, false, ByRef, {}, $($param)*);
    )*};
}

functions! {
    ()
    (A)
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E G)
    (A B C D E G H)
    (A B C D E G H I)
}

/// The callback of a function.
///
/// # Safety
/// libvm calls it: `instance` is an [`Instance`], and `caller->data` a [`Bound`] function of this type.
pub(crate) unsafe extern "C-unwind" fn callback<T: 'static, F: HostFunction<T, M>, M>(
    instance: *mut c_void,
    caller: *mut abi::Caller,
    args: *const Value,
    results: *mut Value,
) -> Status {
    // SAFETY: promised by the caller.
    let (instance, bound) = unsafe { (&*instance.cast::<Instance<T>>(), &*(*caller).data.cast::<Bound<F>>()) };
    // SAFETY: the caller is valid during the call, and the host as long as the instance.
    let mut guest = unsafe { Guest::new(caller, instance.host()) };
    #[cfg(feature = "log")]
    let _current = crate::log::enter(guest.services());
    // SAFETY: libvm has checked the arguments by the signature. A panic leaves the instance as a panicking method leaves it, as with
    // every value behind a lock that does not poison.
    let called =
        catch_unwind(AssertUnwindSafe(|| unsafe { bound.function.call(instance, &mut guest, &bound.compilers, args, results) }));
    called.unwrap_or_else(|panic| fail(&guest, &error::of_panic(&*panic)))
}
