//! The configuration of an engine.
#![forbid(unsafe_code)]

use crate::limits;
use crate::status::{Error, Result};
use crate::thread;
use libvm_abi as abi;

/// A WebAssembly proposal that an engine can have on or off. The numbers equal those of `VM_Proposal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Proposal {
    /// Mutable globals can be imported and exported.
    MutableGlobals = 0,
    /// Sign-extension instructions.
    SignExtension = 1,
    /// Conversions of floats to integers that do not trap.
    SaturatingFloatToInt = 2,
    /// Multiple results of functions and blocks.
    MultiValue = 3,
    /// Multiple memories in a module.
    MultiMemory = 4,
    /// Bulk memory and table instructions.
    BulkMemory = 5,
    /// `externref` and tables of references.
    ReferenceTypes = 6,
    /// Tail calls.
    TailCall = 7,
    /// Arithmetic in constant expressions.
    ExtendedConst = 8,
    /// Memories with another page size.
    CustomPageSizes = 9,
    /// 64-bit memories and tables.
    Memory64 = 10,
    /// 128-bit arithmetic.
    WideArithmetic = 11,
    /// Vectors.
    Simd = 12,
    /// Relaxed vector instructions.
    RelaxedSimd = 13,
    /// Floating-point numbers.
    Floats = 14,
}

impl Proposal {
    /// Returns its C name.
    pub fn c_name(self) -> String {
        let letters = format!("{self:?}");
        let words = letters.char_indices().flat_map(|(at, letter)| {
            let gap = (at > 0 && letter.is_ascii_uppercase()).then_some('_');
            gap.into_iter().chain([letter.to_ascii_uppercase()])
        });
        format!("VM_PROPOSAL_{}", words.collect::<String>())
    }

    /// Returns all proposals, in the order of their numbers.
    pub const ALL: [Self; 15] = [
        Self::MutableGlobals,
        Self::SignExtension,
        Self::SaturatingFloatToInt,
        Self::MultiValue,
        Self::MultiMemory,
        Self::BulkMemory,
        Self::ReferenceTypes,
        Self::TailCall,
        Self::ExtendedConst,
        Self::CustomPageSizes,
        Self::Memory64,
        Self::WideArithmetic,
        Self::Simd,
        Self::RelaxedSimd,
        Self::Floats,
    ];

    fn is_on_by_default(self) -> bool {
        match self {
            Self::CustomPageSizes | Self::WideArithmetic => false,
            Self::Simd | Self::RelaxedSimd => cfg!(feature = "simd"),
            _ => true,
        }
    }
}

/// When functions are translated to the interpreter's code. In all modes the whole module is validated when it is loaded. The
/// numbers equal those of `VM_Compilation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Compilation {
    /// Each function on its first call.
    Lazy = 0,
    /// All functions on load.
    Eager = 1,
}

/// The configuration of an engine.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    proposals: [bool; Proposal::ALL.len()],
    compilation: Compilation,
    stack_size: usize,
    recursion_depth: usize,
    concurrency: Option<usize>,
    module: ModuleLimits,
    interruptible: bool,
    backtraces: bool,
    fuel_metering: bool,
}

/// Limits on modules, which bound the memory and time of their validation and translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModuleLimits {
    /// Maximum nesting depth of blocks in a function.
    pub nesting: usize,
    /// Maximum number of locals of a function, including its parameters.
    pub locals: usize,
    /// Maximum size of a function body in bytes.
    pub body_bytes: usize,
    /// Maximum number of functions that a module defines.
    pub functions: usize,
    /// Maximum number of items that a module imports.
    pub imports: usize,
}

impl Default for ModuleLimits {
    fn default() -> Self {
        Self {
            nesting: limits::DEFAULT_NESTING,
            locals: limits::MAX_LOCALS,
            body_bytes: limits::DEFAULT_BODY_BYTES,
            functions: limits::MAX_FUNCTIONS,
            imports: limits::DEFAULT_IMPORTS,
        }
    }
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            proposals: Proposal::ALL.map(Proposal::is_on_by_default),
            compilation: Compilation::Lazy,
            stack_size: limits::DEFAULT_STACK_SIZE,
            recursion_depth: limits::DEFAULT_RECURSION_DEPTH,
            concurrency: None,
            module: ModuleLimits::default(),
            interruptible: false,
            backtraces: false,
            fuel_metering: false,
        }
    }
}

impl EngineConfig {
    /// Turns a proposal on or off.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` for vectors in a build without SIMD.
    pub fn set_proposal(&mut self, proposal: Proposal, enabled: bool) -> Result<()> {
        if enabled && matches!(proposal, Proposal::Simd | Proposal::RelaxedSimd) && !cfg!(feature = "simd") {
            let message = "this build of libvm has no SIMD; build it with the cargo feature `simd`";
            return Err(Error::new(abi::STATUS_UNSUPPORTED, message));
        }
        self.proposals[proposal as usize] = enabled;
        Ok(())
    }

    /// Returns whether a proposal is on.
    pub fn proposal(&self, proposal: Proposal) -> bool {
        self.proposals[proposal as usize]
    }

    /// Sets when functions are translated.
    pub fn set_compilation(&mut self, compilation: Compilation) {
        self.compilation = compilation;
    }

    /// Returns when functions are translated: an interrupted function can be continued only if its module was translated eagerly.
    pub fn compilation(&self) -> Compilation {
        if self.is_metered() { Compilation::Eager } else { self.compilation }
    }

    /// Sets whether running guests can be interrupted: by deadlines, slices of time, and cancel.
    pub fn set_interruptible(&mut self, interruptible: bool) {
        self.interruptible = interruptible;
    }

    /// Returns whether running guests can be interrupted.
    pub fn interruptible(&self) -> bool {
        self.interruptible
    }

    /// Sets whether guests have a budget of fuel.
    pub fn set_fuel_metering(&mut self, metering: bool) {
        self.fuel_metering = metering;
    }

    /// Returns whether guests have a budget of fuel.
    pub fn fuel_metering(&self) -> bool {
        self.fuel_metering
    }

    /// Sets whether errors of guests have the frames of all functions.
    pub fn set_backtraces(&mut self, enabled: bool) {
        self.backtraces = enabled;
    }

    /// Returns whether errors of guests have the frames of all functions.
    pub fn backtraces(&self) -> bool {
        self.backtraces
    }

    /// Returns whether the engine counts what guests execute, which both options need.
    pub fn is_metered(&self) -> bool {
        self.interruptible || self.fuel_metering
    }

    /// Sets the maximum size of a value stack in bytes.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` outside of 4 KiB to 1 GiB.
    pub fn set_stack_size(&mut self, bytes: usize) -> Result<()> {
        if !limits::STACK_SIZES.contains(&bytes) {
            let message = format!("a value stack of {bytes} bytes is not possible; choose 4 KiB to 1 GiB");
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        self.stack_size = bytes;
        Ok(())
    }

    /// Sets the maximum nesting depth of a guest's calls.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` outside of 1 to 16,777,216.
    pub fn set_recursion_depth(&mut self, calls: usize) -> Result<()> {
        if !limits::RECURSION_DEPTHS.contains(&calls) {
            let message = format!("a recursion depth of {calls} calls is not possible; choose 1 to 16777216");
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        self.recursion_depth = calls;
        Ok(())
    }

    /// Sets how many threads can run guests at the same time without waiting for each other.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` outside of 1 to 256.
    pub fn set_concurrency(&mut self, threads: usize) -> Result<()> {
        if !limits::CONCURRENCIES.contains(&threads) {
            let message = format!("a concurrency of {threads} threads is not possible; choose 1 to 256");
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        self.concurrency = Some(threads);
        Ok(())
    }

    /// Returns how many threads can run guests at the same time without waiting for each other.
    pub fn concurrency(&self) -> usize {
        self.concurrency.unwrap_or_else(|| thread::processors().min(limits::MAX_DEFAULT_CONCURRENCY))
    }

    /// Sets the limits on modules.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for more locals, functions or imports than the interpreter supports, or a larger body than a module can have.
    pub fn set_module_limits(&mut self, module: ModuleLimits) -> Result<()> {
        for (name, value, most) in [
            ("nested blocks", module.nesting, limits::MAX_NESTING),
            ("locals of a function", module.locals, limits::MAX_LOCALS),
            ("bytes of a function's body", module.body_bytes, limits::MAX_WASM_FILE as usize),
            ("functions of a module", module.functions, limits::MAX_FUNCTIONS),
            ("imports of a module", module.imports, limits::MAX_IMPORTS),
        ] {
            if value > most {
                let message = format!("a limit of {value} {name} is not possible; choose 0 to {most}");
                return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
            }
        }
        self.module = module;
        Ok(())
    }

    /// Returns the limits on modules.
    pub fn module_limits(&self) -> ModuleLimits {
        self.module
    }

    /// Returns the maximum size of a value stack in bytes.
    pub fn stack_size(&self) -> usize {
        self.stack_size
    }

    /// Returns the maximum nesting depth of a guest's calls.
    pub fn recursion_depth(&self) -> usize {
        self.recursion_depth
    }

    /// Refuses contradictory options.
    pub(in crate::engine) fn check(&self) -> Result<()> {
        let needs = [(Proposal::RelaxedSimd, Proposal::Simd), (Proposal::ReferenceTypes, Proposal::BulkMemory)];
        for (proposal, needed) in needs {
            if self.proposal(proposal) && !self.proposal(needed) {
                let (proposal, needed) = (proposal.c_name(), needed.c_name());
                let message = format!("{proposal} is on, but {needed}, which it needs, is off; turn both on or both off");
                return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
            }
        }
        Ok(())
    }
}
