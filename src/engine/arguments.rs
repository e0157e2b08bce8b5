//! Arguments that the host passes to functions of guests.
#![forbid(unsafe_code)]

use super::backend::Backend;
use super::entity::Handles;
use super::operand::Operand;
use crate::status::{Error, Result, counted};
use crate::value::{self, FuncType, ValType};
use libvm_abi::{self as abi, Value};

/// Compares arguments with the type of a function.
///
/// # Errors
/// `STATUS_WRONG_COUNT`, `STATUS_WRONG_TYPE`.
pub fn check_args(ty: &FuncType, args: &[Value]) -> Result<()> {
    if args.len() != ty.params.len() {
        return Err(wrong_count(ty, args.len(), ty.results.len()));
    }
    for (index, (arg, expected)) in args.iter().zip(&ty.params).enumerate() {
        if arg.kind != expected.to_abi() {
            let found = value::type_name(arg.kind);
            let message = format!("argument {} is {found}, but the function {ty} takes {expected} there", index + 1);
            return Err(Error::new(abi::STATUS_WRONG_TYPE, message));
        }
    }
    Ok(())
}

/// Creates the error of a call with so many arguments, and room for so many results.
#[cold]
pub fn wrong_count(ty: &FuncType, args: usize, results: usize) -> Error {
    let message = format!(
        "the function {ty} takes {} and returns {}, but {} and room for {} were passed",
        counted(ty.params.len(), "argument"),
        counted(ty.results.len(), "result"),
        counted(args, "argument"),
        counted(results, "result")
    );
    Error::new(abi::STATUS_WRONG_COUNT, message)
}

/// Checks that arguments have types of wasm, and that their references are valid.
///
/// # Errors
/// Those of `resolve`.
pub fn check_references<B: Backend>(handles: &Handles<B>, args: &[Value]) -> Result<()> {
    args.iter().enumerate().try_for_each(|(index, arg)| resolve(handles, arg, index).map(drop))
}

/// Resolves the argument with this index, whose type is compared with the function's elsewhere.
///
/// # Errors
/// `STATUS_WRONG_TYPE` for a type that wasm does not have, and those of an invalid handle.
#[cold]
pub fn resolve<B: Backend>(handles: &Handles<B>, arg: &Value, index: usize) -> Result<Operand<B>> {
    let Some(ty) = ValType::from_abi(arg.kind) else {
        let found = value::type_name(arg.kind);
        return Err(Error::new(abi::STATUS_WRONG_TYPE, format!("argument {} is {found}, which no function takes", index + 1)));
    };
    Operand::new(handles, arg, ty, || format!("argument {}", index + 1))
}
