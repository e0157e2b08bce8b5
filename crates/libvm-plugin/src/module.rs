//! The wasm modules that a plug-in provides.
use crate::bound::{Bind, Bound};
use crate::data::{Compiled, Kind};
use crate::error::c_string;
use crate::function::{HostFunction, callback};
use libvm_abi as abi;
use std::ffi::CString;

/// A wasm module that a plug-in provides, with its functions.
pub struct Module<T> {
    pub(crate) name: CString,
    description: CString,
    pub(crate) functions: Vec<Function>,
    marker: std::marker::PhantomData<fn(T)>,
}

/// A function of a module.
pub(crate) struct Function {
    pub name: CString,
    pub signature: CString,
    pub callback: abi::Callback,
    pub flags: u32,
    pub permission: Option<CString>,
    pub description: CString,
    pub exclusive: bool,
    parameters: Vec<Option<Compiled>>,
    pub data: Box<dyn Bind>,
}

impl Function {
    pub fn new<T: 'static, F: HostFunction<T, M>, M: 'static>(name: &str, function: F) -> Self {
        Self {
            name: c_string(name),
            signature: c_string(&F::signature()),
            callback: callback::<T, F, M>,
            flags: F::FLAGS,
            permission: None,
            description: CString::default(),
            exclusive: F::EXCLUSIVE,
            parameters: F::compiled(),
            data: Box::new(Bound::new(function)),
        }
    }

    /// Finds the compilers of its parameters.
    pub(crate) fn bind(&mut self, kinds: &[Kind]) -> Result<(), String> {
        self.data.bind(&self.name.to_string_lossy(), &self.parameters, kinds)
    }
}

impl<T: 'static> Module<T> {
    /// Creates a module without functions.
    pub fn new(name: &str) -> Self {
        Self { name: c_string(name), description: CString::default(), functions: Vec::new(), marker: std::marker::PhantomData }
    }

    /// Adds a function or closure: it takes `&mut self` or `&self`, then [parameters](crate::Param), and returns [`Results`](crate::Results).
    ///
    /// The types of the parameters of a closure must be written: `|_: &mut Self, a: i32| a`.
    #[must_use]
    pub fn function<F: HostFunction<T, M>, M: 'static>(mut self, name: &str, function: F) -> Self {
        self.functions.push(Function::new(name, function));
        self
    }

    fn last(mut self, change: impl FnOnce(&mut Function)) -> Self {
        if let Some(function) = self.functions.last_mut() {
            change(function);
        }
        self
    }

    /// Describes the function that was added last, or the module if there is none yet, in one line.
    #[must_use]
    pub fn describe(mut self, text: &str) -> Self {
        match self.functions.last_mut() {
            Some(function) => function.description = c_string(text),
            None => self.description = c_string(text),
        }
        self
    }

    /// Sets the permission that calls of the function that was added last require.
    #[must_use]
    pub fn permission(self, permission: &str) -> Self {
        self.last(|function| function.permission = Some(c_string(permission)))
    }

    /// Marks the function that was added last as pure: its result depends on the arguments only, and it changes nothing.
    #[must_use]
    pub fn pure(self) -> Self {
        self.last(|function| function.flags |= abi::FUNCTION_PURE)
    }

    /// Marks the function that was added last as one that may wait for something outside of the process.
    #[must_use]
    pub fn may_block(self) -> Self {
        self.last(|function| function.flags |= abi::FUNCTION_MAY_BLOCK)
    }

    /// Has the function that was added last always run on the stack of the thread. Otherwise it has 256 KiB of another stack in a started
    /// execution of compiled code, and using more of that ends the process.
    #[must_use]
    pub fn thread_stack(self) -> Self {
        self.last(|function| function.flags |= abi::FUNCTION_THREAD_STACK)
    }

    pub(crate) fn descriptors(&self) -> Vec<abi::FunctionDescriptor> {
        let pointer = |text: &Option<CString>| text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr());
        let describe = |function: &Function| abi::FunctionDescriptor {
            flags: function.flags,
            reserved: 0,
            name: function.name.as_ptr(),
            signature: function.signature.as_ptr(),
            callback: Some(function.callback),
            data: function.data.address(),
            permission: pointer(&function.permission),
            description: function.description.as_ptr(),
        };
        self.functions.iter().map(describe).collect()
    }

    pub(crate) fn descriptor(&self, functions: &[abi::FunctionDescriptor]) -> abi::ModuleDescriptor {
        abi::ModuleDescriptor {
            flags: 0,
            reserved: 0,
            name: self.name.as_ptr(),
            description: self.description.as_ptr(),
            functions: crate::entry::table(functions),
        }
    }
}
