//! Host modules: named functions, memories, tables and globals that a host or a plug-in offers to wasm; signature strings.
#![forbid(unsafe_code)]

use crate::engine::{HostFunction, NO_MEMORY, RawFunction, Receiver, check_memory_type, check_table_type};
use crate::similar;
use crate::status::{Error, Result, counted};
use crate::text;
use crate::user_data::UserData;
use crate::value::{ExternType, FuncType, GlobalType, MemoryType, PAGE_SIZE, Param, Signature, TableType, ValType};
use libvm_abi as abi;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// An item of a host module.
pub enum Item {
    /// A function.
    Function(Arc<HostFunction>),
    /// A memory, created in each context.
    Memory(MemoryType),
    /// A table of null references, created in each context.
    Table(TableType),
    /// A global with its initial value, created in each context.
    Global(GlobalType, abi::Value),
}

impl Item {
    /// Returns its type; addresses of guest memory are 32-bit.
    pub fn extern_type(&self) -> ExternType {
        match self {
            Self::Function(function) => ExternType::Func(function.signature.func_type(false)),
            Self::Memory(ty) => ExternType::Memory(*ty),
            Self::Table(ty) => ExternType::Table(*ty),
            Self::Global(ty, _) => ExternType::Global(*ty),
        }
    }
}

/// A module of host functions and other items that wasm can import. Registering it seals it.
pub struct HostModule {
    name: String,
    items: Vec<(String, Item)>,
    by_name: HashMap<String, usize>,
    /// The permissions that calls of its functions require, by index of the item; those of plug-ins are the plug-in's.
    permissions: HashMap<usize, String>,
    sealed: AtomicBool,
}

impl HostModule {
    /// Creates an empty module with the module name `name`.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            items: Vec::new(),
            by_name: HashMap::new(),
            permissions: HashMap::new(),
            sealed: AtomicBool::new(false),
        }
    }

    /// Returns the module name that imports use.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds an item.
    ///
    /// # Errors
    /// Those of `check_new`.
    pub fn add(&mut self, name: &str, item: Item) -> Result<()> {
        self.check_new(name, &item)?;
        self.by_name.insert(name.to_owned(), self.items.len());
        self.items.push((name.to_owned(), item));
        Ok(())
    }

    /// Checks that an item can be added.
    ///
    /// # Errors
    /// `STATUS_SEALED` if the module is registered, `STATUS_ALREADY_EXISTS` if the name is taken, `STATUS_INVALID_ARGUMENT` for an
    /// invalid page size.
    pub fn check_new(&self, name: &str, item: &Item) -> Result<()> {
        if self.sealed.load(Ordering::Acquire) {
            return Err(self.sealed_error(&format!("add `{}`", text::name(name))));
        }
        if let Item::Memory(ty) = item
            && ![1, PAGE_SIZE].contains(&ty.page_size)
        {
            let message = format!(
                "the memory `{}` cannot have pages of {}: a page has 65536 bytes or 1 byte",
                text::name(name),
                counted(ty.page_size, "byte")
            );
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        match item {
            Item::Memory(ty) => check_memory_type(*ty),
            Item::Table(ty) => check_table_type(*ty),
            Item::Function(_) | Item::Global(..) => Ok(()),
        }
        .map_err(|error| error.in_function(&self.name, name))?;
        if self.by_name.contains_key(name) {
            let (module, item) = (text::name(&self.name), text::name(name));
            let message = format!("host module `{module}` already has an item `{item}`; choose another name");
            return Err(Error::new(abi::STATUS_ALREADY_EXISTS, message).in_function(&self.name, name));
        }
        Ok(())
    }

    /// Sets the flags of a function.
    ///
    /// # Errors
    /// Those of `function`, `STATUS_UNSUPPORTED` for a function of numbers without types that is to suspend.
    pub fn set_flags(&mut self, name: &str, flags: u32) -> Result<()> {
        let index = self.function(name, "flags")?;
        let Item::Function(function) = &mut self.items[index].1 else { unreachable!("`function` found one") };
        if flags & abi::FUNCTION_MAY_SUSPEND != 0 && matches!(function.receiver, Receiver::Raw(_)) {
            let message = format!(
                "function `{}` cannot have the flag VM_FUNCTION_MAY_SUSPEND: a function of numbers without types never suspends \
                 (VM_HostModuleAddFunctionRaw); add it with VM_HostModuleAddFunction",
                text::name(name)
            );
            return Err(Error::new(abi::STATUS_UNSUPPORTED, message).in_function(&self.name, name));
        }
        // Nobody shares it before the module is registered.
        Arc::get_mut(function).expect("the module is not registered").flags = flags;
        Ok(())
    }

    /// Sets whether a function always runs on the stack of the thread; its other flags stay.
    ///
    /// # Errors
    /// Those of `function`.
    pub fn set_thread_stack(&mut self, name: &str, wanted: bool) -> Result<()> {
        let index = self.function(name, "flags")?;
        let Item::Function(function) = &self.items[index].1 else { unreachable!("`function` found one") };
        let others = function.flags & !abi::FUNCTION_THREAD_STACK;
        self.set_flags(name, if wanted { others | abi::FUNCTION_THREAD_STACK } else { others })
    }

    /// Sets the permission that calls of a function require; `None` for none.
    ///
    /// # Errors
    /// Those of `function`, `STATUS_INVALID_ARGUMENT` for an invalid permission.
    pub fn set_permission(&mut self, name: &str, permission: Option<&str>) -> Result<()> {
        let index = self.function(name, "permission")?;
        match permission {
            Some(permission) => self.permissions.insert(index, permission.to_owned()),
            None => self.permissions.remove(&index),
        };
        Ok(())
    }

    /// Returns the index of a function of which something is to be set.
    ///
    /// # Errors
    /// `STATUS_SEALED`, `STATUS_NOT_FOUND`, `STATUS_WRONG_TYPE` for an item that is not a function.
    fn function(&self, name: &str, what: &str) -> Result<usize> {
        let (module, function) = (text::name(&self.name), text::name(name));
        if self.sealed.load(Ordering::Acquire) {
            return Err(self.sealed_error(&format!("set the {what} of `{function}`")));
        }
        let wrong = |status, why: String| Err(Error::new(status, why).in_function(&self.name, name));
        let Some(index) = self.find(name) else {
            let known = similar::listed(name, self.items().map(|(name, _)| name));
            return wrong(
                abi::STATUS_NOT_FOUND,
                format!("host module `{module}` has no function `{function}` whose {what} could be set; its items: {known}"),
            );
        };
        match self.item(index) {
            Item::Function(_) => Ok(index),
            item => {
                let ty = item.extern_type();
                wrong(abi::STATUS_WRONG_TYPE, format!("`{module}.{function}` has no {what}: it is a {ty}, not a function"))
            }
        }
    }

    /// Creates the error of changing a registered module; `change` is what to do earlier.
    pub fn sealed_error(&self, change: &str) -> Error {
        let module = text::name(&self.name);
        let message =
            format!("host module `{module}` is registered in a context and cannot be changed; {change} before registering it");
        Error::new(abi::STATUS_SEALED, message)
    }

    /// Prevents all further changes.
    pub fn seal(&self) {
        self.sealed.store(true, Ordering::Release);
    }

    /// Returns the permission that calls of the function at an index require.
    pub fn permission(&self, index: usize) -> Option<&str> {
        self.permissions.get(&index).map(String::as_str)
    }

    /// Returns whether calls of any of its functions require a permission.
    pub fn has_permissions(&self) -> bool {
        !self.permissions.is_empty()
    }

    /// Returns the items in the order in which they were added.
    pub fn items(&self) -> impl ExactSizeIterator<Item = (&str, &Item)> + Clone {
        self.items.iter().map(|(name, item)| (name.as_str(), item))
    }

    /// Returns the index of the item with a name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Returns the item at an index that `find` returned.
    pub fn item(&self, index: usize) -> &Item {
        &self.items[index].1
    }
}

/// Returns the receiver of a function of numbers without types.
///
/// # Errors
/// `STATUS_INVALID_ARGUMENT` if the signature has anything but numbers.
pub fn raw_receiver(
    (module, name): (&str, &str),
    signature: &Signature,
    callback: abi::RawCallback,
    user: UserData,
) -> Result<Receiver> {
    let refused = || {
        let (module, name) = (text::name(module), text::name(name));
        let message = format!(
            "function `{module}.{name}` cannot have raw values: its signature has references or guest memory, and raw values are numbers \
             (i I f F v); add it with VM_HostModuleAddFunction"
        );
        Error::new(abi::STATUS_INVALID_ARGUMENT, message)
    };
    RawFunction::new(signature, callback, user).map(Box::new).map(Receiver::Raw).ok_or_else(refused)
}

/// Parses a signature string such as `(iI<~)f`: parameters in parentheses, then results.
///
/// # Errors
/// `STATUS_BAD_SIGNATURE`, with the position of the invalid character.
pub fn parse_signature(text: &str) -> Result<Signature> {
    let bad = |position: usize, why: &str| {
        let message = format!("signature \"{}\" is invalid at character {}: {why}", text::name(text), position + 1);
        Error::new(abi::STATUS_BAD_SIGNATURE, message)
    };
    let mut letters = text.chars().enumerate().peekable();
    if letters.next_if(|(_, letter)| *letter == '(').is_none() {
        return Err(bad(0, "it must begin with `(`, as in \"(ii)i\""));
    }
    let (mut params, mut results, mut closed) = (Vec::new(), Vec::new(), false);
    while let Some((position, letter)) = letters.next() {
        match (letter, val_type(letter)) {
            (_, Some(ty)) if closed => results.push(ty),
            (_, Some(ty)) => params.push(Param::Value(ty)),
            (')', _) if !closed => closed = true,
            ('$', _) if !closed => params.push(Param::Text),
            ('<' | '>' | '*', _) if !closed => match letters.next() {
                Some((_, '~')) => params.push(Param::Buffer),
                _ => return Err(bad(position + 1, &format!("`{letter}` must be followed by `~`"))),
            },
            ('$' | '<' | '>' | '*', _) => {
                return Err(bad(position, "a result must be a number or a reference; guest memory is only for parameters"));
            }
            _ => {
                let why = format!(
                    "`{letter}` is not one of i I f F v r c (for i32 i64 f32 f64 v128 externref funcref), <~ >~ *~ (guest buffers), \
                     $ (guest string)"
                );
                return Err(bad(position, &why));
            }
        }
    }
    if !closed {
        return Err(bad(text.chars().count(), "the `)` that ends the parameters is missing"));
    }
    let signature = Signature { params: params.into(), results: results.into() };
    if signature.func_type(false).params.len() > 1000 || signature.results.len() > 1000 {
        return Err(bad(0, "wasm allows at most 1000 parameters and 1000 results"));
    }
    Ok(signature)
}

/// Checks that a function is of the type that an import requires; `is_64` is the kind of the guest's memory, if it has one. The error is
/// the reason.
pub fn check_function(provided: &Signature, is_64: Option<bool>, wanted: &ExternType) -> Result<(), String> {
    if provided.takes_memory() && is_64.is_none() {
        return Err(format!("it requires guest memory, but the module {NO_MEMORY}"));
    }
    let provided = ExternType::Func(provided.func_type(is_64.unwrap_or_default()));
    if provided == *wanted { Ok(()) } else { Err(format!("the provided item is a {provided}")) }
}

/// Returns the signature string of a wasm type, as in `(ii)i`.
pub fn signature_text(ty: &FuncType) -> String {
    let letter = |ty: &ValType| match ty {
        ValType::I32 => 'i',
        ValType::I64 => 'I',
        ValType::F32 => 'f',
        ValType::F64 => 'F',
        ValType::V128 => 'v',
        ValType::ExternRef => 'r',
        ValType::FuncRef => 'c',
    };
    let mut text = String::from("(");
    text.extend(ty.params.iter().map(letter));
    text.push(')');
    text.extend(ty.results.iter().map(letter));
    text
}

fn val_type(letter: char) -> Option<ValType> {
    Some(match letter {
        'i' => ValType::I32,
        'I' => ValType::I64,
        'f' => ValType::F32,
        'F' => ValType::F64,
        'v' => ValType::V128,
        'r' => ValType::ExternRef,
        'c' => ValType::FuncRef,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_read() {
        let ty = parse_signature("(iIfFvrc)iI").unwrap();
        let wasm = ty.func_type(false).to_string();
        assert_eq!(wasm, "(i32, i64, f32, f64, v128, externref, funcref) -> (i32, i64)");
        assert!(parse_signature("()").unwrap().params.is_empty());
        assert_eq!(signature_text(&parse_signature("(iIfFvrc)iI").unwrap().func_type(false)), "(iIfFvrc)iI");
    }

    #[test]
    fn guest_memory_is_two_parameters_or_one() {
        let signature = parse_signature("(<~>~f*~$)i").unwrap();
        let params = [Param::Buffer, Param::Buffer, Param::Value(ValType::F32), Param::Buffer, Param::Text];
        assert_eq!(*signature.params, params);
        let wasm = signature.func_type(false).to_string();
        assert_eq!(wasm, "(i32, i32, i32, i32, f32, i32, i32, i32) -> (i32)");
        let wasm = signature.func_type(true).to_string();
        assert_eq!(wasm, "(i64, i64, i64, i64, f32, i64, i64, i64) -> (i32)");
    }

    #[test]
    fn bad_signatures_name_the_position() {
        for (text, position) in [
            ("", 1),
            ("(<)", 3),
            ("(>i)", 3),
            ("(~)", 2),
            ("()$", 3),
            ("i", 1),
            ("(", 2),
            ("(i", 3),
            ("(x)i", 2),
            ("(i)i)", 5),
            ("(i)<", 4),
            ("()(", 3),
            ("(ü)", 2),
        ] {
            let error = parse_signature(text).unwrap_err();
            assert_eq!(error.status(), abi::STATUS_BAD_SIGNATURE);
            assert!(error.message().contains(&format!("at character {position}:")), "{}", error.message());
        }
        assert!(parse_signature(&format!("({})", "i".repeat(1001))).is_err());
    }
}
