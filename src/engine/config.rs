//! The configuration of an engine.
#![forbid(unsafe_code)]

use super::caching::{CacheDirectory, Caching};
use super::pooling::Pooling;
use super::tier::{Choice, Tier};
use crate::limits;
use crate::status::{Error, Result};
use crate::{system, thread};
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
        let is_there = cfg!(feature = "simd") || !matches!(self, Self::Simd | Self::RelaxedSimd);
        is_there && !matches!(self, Self::CustomPageSizes | Self::WideArithmetic)
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

/// What is told to profilers about machine code. The numbers equal those of `VM_Profiler`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i32)]
pub enum Profiler {
    /// Nothing.
    #[default]
    None = 0,
    /// The addresses and names of functions, in a file that `perf` finds.
    PerfMap = 1,
    /// The addresses, names and code of functions, in a file for `perf inject`.
    JitDump = 2,
}

impl Profiler {
    /// Returns all, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::None, Self::PerfMap, Self::JitDump];

    /// Returns its name in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::PerfMap => "perf-map",
            Self::JitDump => "jitdump",
        }
    }
}

/// The configuration of an engine.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    proposals: [bool; Proposal::ALL.len()],
    compilation: Compilation,
    stack_size: Option<usize>,
    recursion_depth: usize,
    concurrency: Option<usize>,
    module: ModuleLimits,
    interruptible: bool,
    backtraces: bool,
    fuel_metering: bool,
    tier: Option<Tier>,
    canonical_nans: bool,
    signal_handlers: bool,
    profiler: Profiler,
    caching: Caching,
    pooling: Option<Pooling>,
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
            stack_size: None,
            recursion_depth: limits::DEFAULT_RECURSION_DEPTH,
            concurrency: None,
            module: ModuleLimits::default(),
            interruptible: false,
            backtraces: false,
            fuel_metering: false,
            tier: None,
            canonical_nans: false,
            signal_handlers: true,
            profiler: Profiler::None,
            caching: Caching::default(),
            pooling: None,
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

    /// Sets how guests run; without that, the environment decides when an engine is created.
    pub fn set_tier(&mut self, tier: Tier) {
        self.tier = Some(tier);
    }

    /// Returns how guests run: always decided in the configuration of an engine.
    pub fn tier(&self) -> Tier {
        self.tier.unwrap_or_default()
    }

    /// Sets whether each NaN that an instruction computes has the same bits on all machines.
    pub fn set_canonical_nans(&mut self, canonical: bool) {
        self.canonical_nans = canonical;
    }

    /// Returns whether each NaN that an instruction computes has the same bits on all machines.
    #[cfg(feature = "compiled")]
    pub(in crate::engine) fn canonical_nans(&self) -> bool {
        self.canonical_nans
    }

    /// Sets whether traps of compiled guests arrive as signals of the processor; without that, their code checks before each instruction that
    /// can trap. The interpreter ignores it.
    pub fn set_signal_handlers(&mut self, enabled: bool) {
        self.signal_handlers = enabled;
    }

    /// Returns whether traps of compiled guests arrive as signals.
    #[cfg(feature = "compiled")]
    pub(in crate::engine) fn signal_handlers(&self) -> bool {
        self.signal_handlers
    }

    /// Sets what is told to profilers.
    pub fn set_profiler(&mut self, profiler: Profiler) {
        self.profiler = profiler;
    }

    /// Returns what is told to profilers.
    #[cfg(feature = "compiled")]
    pub(in crate::engine) fn profiler(&self) -> Profiler {
        self.profiler
    }

    /// Sets the directory of compiled code.
    pub fn set_cache_directory(&mut self, directory: CacheDirectory) {
        self.caching.directory = directory;
    }

    /// Sets how many bytes of compiled code are kept.
    pub fn set_cache_size(&mut self, bytes: u64) {
        self.caching.size = bytes;
    }

    /// Sets for how many instances at the same time the engine reserves room, and how many bytes each of their memories can have; 0 for none,
    /// and for as many as 32-bit addresses reach. The interpreter ignores it.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for more than 10,000 instances, or 4 GiB.
    pub fn set_pooling(&mut self, instances: usize, memory: u64) -> Result<()> {
        self.pooling = Pooling::new(instances, memory)?;
        Ok(())
    }

    /// Returns the pool of an engine that runs machine code.
    pub(in crate::engine) fn pooling(&self) -> Option<Pooling> {
        self.pooling.filter(|_| self.tier() != Tier::Interpreter)
    }

    /// Returns what decides whether a module is valid, and how it is rewritten, as a text.
    #[cfg(feature = "compiled")]
    pub(in crate::engine) fn validation(&self) -> String {
        format!("{:?} {:?}", self.proposals, self.module)
    }

    /// Returns where compiled code is kept.
    #[cfg(feature = "compiled")]
    pub(in crate::engine) fn caching(&self) -> &Caching {
        &self.caching
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
        self.stack_size = Some(bytes);
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
        self.stack_size.unwrap_or(limits::DEFAULT_STACK_SIZE)
    }

    /// Returns the size of the stack that compiled guests have, in bytes: what the interpreter takes from the heap is more than the stacks of
    /// most threads have.
    #[cfg(feature = "compiled")]
    pub(in crate::engine) fn compiled_stack_size(&self) -> usize {
        self.stack_size.unwrap_or(limits::COMPILED_STACK)
    }

    /// Returns the maximum nesting depth of a guest's calls.
    pub fn recursion_depth(&self) -> usize {
        self.recursion_depth
    }

    /// Refuses contradictory options, and decides on the tier.
    pub(in crate::engine) fn check(&mut self) -> Result<Choice> {
        let needs = [(Proposal::RelaxedSimd, Proposal::Simd), (Proposal::ReferenceTypes, Proposal::BulkMemory)];
        for (proposal, needed) in needs {
            if self.proposal(proposal) && !self.proposal(needed) {
                let (proposal, needed) = (proposal.c_name(), needed.c_name());
                let message = format!("{proposal} is on, but {needed}, which it needs, is off; turn both on or both off");
                return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
            }
        }
        let choice = Choice::new(self.tier)?;
        if choice.tier == Tier::Auto && self.fuel_metering {
            let reason = "fuel needs an engine that always runs the same code; turn fuel metering off, or choose another tier";
            return Err(choice.refuse(abi::STATUS_INVALID_ARGUMENT, reason));
        }
        if self.canonical_nans && choice.tier != Tier::Compiled {
            let reason = "interpreted code does not have canonical NaNs; turn them off (VM_EngineConfigSetCanonicalNaNs), or choose \
                          VM_TIER_COMPILED";
            return Err(choice.refuse(abi::STATUS_UNSUPPORTED, reason));
        }
        if self.profiler != Profiler::None && choice.tier == Tier::Interpreter {
            let reason =
                "profilers see machine code only; set VM_PROFILER_NONE (VM_EngineConfigSetProfiler), or choose another tier";
            return Err(choice.refuse(abi::STATUS_UNSUPPORTED, reason));
        }
        if self.profiler != Profiler::None && system::is_privileged() {
            let message = "a process with more privileges than its user cannot write the names of functions for profilers: the name of \
                           the file is known, and others may have made a link there; set VM_PROFILER_NONE";
            return Err(Error::new(abi::STATUS_UNSUPPORTED, message));
        }
        choice.check_availability()?;
        self.tier = Some(choice.tier);
        Ok(choice)
    }
}
