//! What changes generated code, or decides whether it can be loaded.

/// Address space that is reserved for a memory: all that 32-bit addresses reach, so that no access needs a bounds check.
pub const MEMORY_RESERVATION: u64 = 1 << 32;

/// Size of the inaccessible pages in front of and behind a memory: constant offsets of accesses are mostly smaller.
pub const MEMORY_GUARD: u64 = 32 << 20;

/// The processors that can run the code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cpu {
    /// Those that have all instructions of the processor that compiles.
    #[default]
    Host,
    /// All of the architecture.
    Baseline,
}

/// Everything that changes generated code, or decides whether it can be loaded. Code that was compiled with some settings is loaded by an
/// engine with equal settings.
///
/// WebAssembly proposals are no setting: all that libvm has are on, and libvm refuses modules that use others before they are compiled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// Whether code counts fuel.
    pub fuel: bool,
    /// Whether code can be interrupted: at each loop and function it compares the epoch with its deadline.
    pub interruption: bool,
    /// Whether traps may be raised by the processor and arrive as signals. Without it, code checks before each instruction that can trap.
    pub signals: bool,
    /// Whether each NaN that an instruction computes has the same bits on all machines.
    pub canonical_nans: bool,
    /// Whether code comes with a table from its addresses to those in the module, which offsets in backtraces need.
    pub address_map: bool,
    /// Whether code comes with a symbol for each function, which profilers read.
    pub symbols: bool,
    /// The processors that can run the code.
    pub cpu: Cpu,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            fuel: false,
            interruption: false,
            signals: true,
            canonical_nans: false,
            address_map: true,
            symbols: false,
            cpu: Cpu::Host,
        }
    }
}

#[cfg(feature = "config")]
impl Settings {
    /// Returns the configuration of wasmtime of both sides. The compiler adds what only a compiler can be told (`canonical_nans` and
    /// `cpu`); libvm adds what does not concern code, such as stacks and pools.
    pub fn config(&self) -> wasmtime::Config {
        let mut config = wasmtime::Config::new();
        config
            .consume_fuel(self.fuel)
            .epoch_interruption(self.interruption)
            .signals_based_traps(self.signals)
            .generate_address_map(self.address_map)
            .debug_symbols(self.symbols)
            .memory_reservation(MEMORY_RESERVATION)
            .memory_guard_size(MEMORY_GUARD)
            .collector(wasmtime::Collector::Null)
            .concurrency_support(false)
            // Its default depends on an environment variable, which is not the host's to set.
            .wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Disable)
            // Frames are found by their frame pointers. Windows needs the information all the same.
            .native_unwind_info(cfg!(windows));
        config
            .wasm_simd(true)
            .wasm_relaxed_simd(true)
            .wasm_bulk_memory(true)
            .wasm_multi_value(true)
            .wasm_multi_memory(true)
            .wasm_reference_types(true)
            .wasm_tail_call(true)
            .wasm_extended_const(true)
            .wasm_custom_page_sizes(true)
            .wasm_memory64(true)
            .wasm_wide_arithmetic(true);
        config.wasm_function_references(false).wasm_gc(false).wasm_exceptions(false);
        config
    }
}
