//! The engine: the state that all its stores and modules share.
#![forbid(unsafe_code)]

use super::error;
use super::shard::Shards;
use crate::engine::config::{Compilation, EngineConfig, Proposal};
use crate::limits;
use crate::status::Result;
use std::sync::Arc;

/// Compiles and runs modules; shared by any number of threads.
#[derive(Clone)]
pub struct Engine {
    pub(super) shards: Arc<Shards>,
    /// Validates modules, if those that are rewritten need proposals that are off.
    validator: Option<wasmi::Engine>,
    config: Arc<EngineConfig>,
}

impl Engine {
    /// Creates an engine.
    pub fn new(config: Arc<EngineConfig>) -> Self {
        let mut options = to_wasmi(&config);
        let lacks = |proposals: &[Proposal]| proposals.iter().any(|proposal| !config.proposal(*proposal));
        let lacks_some =
            lacks(&[Proposal::BulkMemory]) || config.backtraces() && lacks(&[Proposal::MultiMemory, Proposal::MutableGlobals]);
        let validator = lacks_some.then(|| wasmi::Engine::new(&options));
        if lacks_some {
            options.wasm_bulk_memory(true).wasm_multi_memory(true).wasm_mutable_global(true);
        }
        let shards = Shards::new(options, config.concurrency());
        Self { shards: Arc::new(shards), validator, config }
    }

    /// Returns whether it would load modules that need proposals which are off: they have to be validated before.
    pub(super) fn is_lenient(&self) -> bool {
        self.validator.is_some()
    }

    /// Validates a module as it is, before it is rewritten.
    ///
    /// # Errors
    /// `STATUS_BAD_MODULE`, `STATUS_LIMIT`.
    pub fn validate(&self, bytes: &[u8]) -> Result<()> {
        let validator = self.validator.as_ref().unwrap_or_else(|| self.shards.engine(0));
        wasmi::Module::validate(validator, bytes).map_err(|error| error::of_load(&error))
    }

    /// Returns its configuration.
    pub fn config(&self) -> &Arc<EngineConfig> {
        &self.config
    }
}

fn to_wasmi(options: &EngineConfig) -> wasmi::Config {
    let mut config = wasmi::Config::default();
    config
        .set_max_stack_height(options.stack_size())
        .set_max_recursion_depth(options.recursion_depth())
        .set_max_cached_stacks(limits::CACHED_STACKS)
        .consume_fuel(options.is_metered())
        .compilation_mode(match options.compilation() {
            Compilation::Lazy => wasmi::CompilationMode::LazyTranslation,
            Compilation::Eager => wasmi::CompilationMode::Eager,
        });
    for proposal in Proposal::ALL {
        let on = options.proposal(proposal);
        match proposal {
            Proposal::MutableGlobals => config.wasm_mutable_global(on),
            Proposal::SignExtension => config.wasm_sign_extension(on),
            Proposal::SaturatingFloatToInt => config.wasm_saturating_float_to_int(on),
            Proposal::MultiValue => config.wasm_multi_value(on),
            Proposal::MultiMemory => config.wasm_multi_memory(on),
            Proposal::BulkMemory => config.wasm_bulk_memory(on),
            Proposal::ReferenceTypes => config.wasm_reference_types(on),
            Proposal::TailCall => config.wasm_tail_call(on),
            Proposal::ExtendedConst => config.wasm_extended_const(on),
            Proposal::CustomPageSizes => config.wasm_custom_page_sizes(on),
            Proposal::Memory64 => config.wasm_memory64(on),
            Proposal::WideArithmetic => config.wasm_wide_arithmetic(on),
            #[cfg(feature = "simd")]
            Proposal::Simd => config.wasm_simd(on),
            #[cfg(feature = "simd")]
            Proposal::RelaxedSimd => config.wasm_relaxed_simd(on),
            #[cfg(not(feature = "simd"))]
            Proposal::Simd | Proposal::RelaxedSimd => &mut config,
            Proposal::Floats => config.floats(on),
        };
    }
    config
}
