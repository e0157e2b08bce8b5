//! Tables, as seen by the host.
#![forbid(unsafe_code)]

use super::access::{Access, TableOf};
use super::bounds::{self, no_element};
use super::handles::Handle;
use super::operand::Operand;
use crate::status::{Result, counted};
use crate::value::TableType;
use libvm_abi::Value;

/// Returns the size of a table in elements.
///
/// # Errors
/// Those of an invalid handle.
pub fn size(store: &mut impl Access, table: Handle) -> Result<u64> {
    let table = store.state().handles.table(table)?;
    Ok(store.table_size(table))
}

/// Returns the type of a table, with the minimum that it was created with.
///
/// # Errors
/// Those of an invalid handle.
pub fn ty(store: &mut impl Access, table: Handle) -> Result<TableType> {
    let table = store.state().handles.table(table)?;
    Ok(store.table_type(table))
}

/// Returns an element of a table; the host must release a reference.
///
/// # Errors
/// `STATUS_OUT_OF_BOUNDS`, and those of an invalid handle.
pub fn get(store: &mut impl Access, table: Handle, index: u64) -> Result<Value> {
    let table = store.state().handles.table(table)?;
    let element = store.table_get(table, index).ok_or_else(|| no_element(store.table_size(table), index))?;
    Ok(element.give(&mut store.state_mut().handles))
}

/// Sets an element of a table.
///
/// # Errors
/// `STATUS_OUT_OF_BOUNDS`, `STATUS_WRONG_TYPE`, and those of an invalid handle.
pub fn set(store: &mut impl Access, table: Handle, index: u64, value: &Value) -> Result<()> {
    let (table, element) = resolve(store, table, value)?;
    store.table_set(table, index, element).ok_or_else(|| no_element(store.table_size(table), index))
}

/// Grows a table by a number of elements, and returns the previous number.
///
/// # Errors
/// `STATUS_LIMIT`, `STATUS_OUT_OF_MEMORY`, `STATUS_WRONG_TYPE`, and those of an invalid handle.
pub fn grow(store: &mut impl Access, table: Handle, elements: u64, value: &Value) -> Result<u64> {
    let (table, element) = resolve(store, table, value)?;
    store.state_mut().budgets.forget_refusal();
    store.grow_table(table, elements, element).ok_or_else(|| {
        let what = format!("the table of {} cannot grow by {elements}", counted(store.table_size(table), "element"));
        let most = store.table_type(table).maximum.unwrap_or(u64::from(u32::MAX));
        store.state().budgets.refused(&what).unwrap_or_else(|| bounds::of_type(&what, &counted(most, "element")))
    })
}

/// Returns a table, and a value as an element for it.
fn resolve<A: Access>(store: &mut A, table: Handle, value: &Value) -> Result<(TableOf<A>, Operand<A::Backend>)> {
    let table = store.state().handles.table(table)?;
    let element = store.table_type(table).element;
    Ok((table, Operand::new(&store.state().handles, value, element, || "the element".to_owned())?))
}
