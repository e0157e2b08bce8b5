package libvm

// #include "shim.h"
import "C"

import (
	"time"
	"unsafe"
)

// Proposal is a WebAssembly proposal that an engine can enable or disable, the VM_PROPOSAL_* of the C API.
type Proposal uint32

// The proposals.
const (
	MutableGlobals       Proposal = 0
	SignExtension        Proposal = 1
	SaturatingFloatToInt Proposal = 2
	MultiValue           Proposal = 3
	MultiMemory          Proposal = 4
	BulkMemory           Proposal = 5
	ReferenceTypes       Proposal = 6
	TailCall             Proposal = 7
	ExtendedConst        Proposal = 8
	CustomPageSizes      Proposal = 9
	Memory64             Proposal = 10
	WideArithmetic       Proposal = 11
	SIMD                 Proposal = 12
	RelaxedSIMD          Proposal = 13
	Floats               Proposal = 14
)

// Tier is how an engine runs guests, the VM_TIER_* of the C API.
type Tier uint32

// The tiers. TierDefault is what the environment variable LIBVM_TIER says, and TierInterpreter without it.
const (
	TierDefault     Tier = 0
	TierInterpreter Tier = 1
	TierCompiled    Tier = 2
	TierAuto        Tier = 3
)

var tierNames = [...]string{"default", "interpreter", "compiled", "auto"}

// String returns the name of the tier, as in LIBVM_TIER.
func (t Tier) String() string {
	if int(t) < len(tierNames) {
		return tierNames[t]
	}
	return "unknown"
}

// EngineConfig configures an engine. A field that is zero leaves the default.
type EngineConfig struct {
	// Interruptible lets a running guest be stopped, by a timeout or a context.Context. Guests run more slowly then.
	Interruptible bool
	// FuelMetering makes guests use up fuel: see Context.SetFuel.
	FuelMetering bool
	// Backtraces has errors name all functions of guests. Without it they name those that the host called. It makes interpreted guests
	// slower.
	Backtraces bool
	// EagerCompilation translates modules when they are loaded, rather than functions when they are first called.
	EagerCompilation bool
	// Tier chooses between the interpreter and machine code.
	Tier Tier
	// CacheDirectory is where machine code is kept.
	CacheDirectory string
	// NoCache keeps no machine code.
	NoCache bool
	// CacheSize is the size of all files with machine code in bytes.
	CacheSize uint64
	// PoolInstances is the number of instances for which room is reserved in engines that run machine code.
	PoolInstances int
	// PoolMemory is how large each memory of these instances can become, in bytes; 0 for 4 GiB.
	PoolMemory uint64
	// NoSignalHandlers has the traps of guests that run machine code found without signals, which makes them slower. Handlers for
	// signals pass on those of Go's runtime.
	NoSignalHandlers bool
	// StackSize is the size of a guest's stack in bytes.
	StackSize int
	// RecursionDepth is the number of nested calls of a guest.
	RecursionDepth int
	// Concurrency is the number of threads that run guests of the engine without waiting for each other.
	Concurrency int
	// Proposals enables or disables proposals.
	Proposals map[Proposal]bool
	// Limits of modules: the depth of nested blocks, and the numbers of locals of a function, bytes of a function, functions and
	// imports.
	NestingLimit, LocalLimit, BodySizeLimit, FunctionLimit, ImportLimit int
	// File is a configuration file whose limits hold where no other field sets them.
	File *Config
}

// Engine compiles and runs modules.
type Engine struct {
	handle
	interruptible bool
}

// NewEngine creates an engine; a nil config leaves all defaults.
func NewEngine(config *EngineConfig) (*Engine, error) {
	if err := checkVersion(); err != nil {
		return nil, err
	}
	var raw *C.VM_EngineConfig
	if config != nil {
		var failed *C.VM_Error
		if err := check(C.VM_EngineConfigCreate(&raw, &failed), failed); err != nil {
			return nil, err
		}
		defer C.VM_EngineConfigDelete(raw)
		if err := config.apply(raw); err != nil {
			return nil, err
		}
	}
	var engine *C.VM_Engine
	var failed *C.VM_Error
	if err := check(C.VM_EngineCreate(raw, &engine, &failed), failed); err != nil {
		return nil, err
	}
	made := &Engine{interruptible: config != nil && config.Interruptible}
	made.owner = newOwner(unsafe.Pointer(engine), freeEngine)
	return made, nil
}

func (c *EngineConfig) apply(raw *C.VM_EngineConfig) error {
	var failed *C.VM_Error
	set := func(status C.VM_Status) error {
		err := check(status, failed)
		failed = nil
		return err
	}
	if c.File != nil {
		err := c.File.use(func(file unsafe.Pointer) error {
			return set(C.VM_ConfigApplyToEngineConfig((*C.VM_Config)(file), raw, &failed))
		})
		if err != nil {
			return err
		}
	}
	for _, size := range []struct {
		value int
		set   func(C.size_t) C.VM_Status
	}{
		{c.StackSize, func(n C.size_t) C.VM_Status { return C.VM_EngineConfigSetStackSize(raw, n, &failed) }},
		{c.RecursionDepth, func(n C.size_t) C.VM_Status { return C.VM_EngineConfigSetRecursionDepth(raw, n, &failed) }},
		{c.Concurrency, func(n C.size_t) C.VM_Status { return C.VM_EngineConfigSetConcurrency(raw, n, &failed) }},
		{c.NestingLimit, func(n C.size_t) C.VM_Status { return C.VM_EngineConfigSetNestingLimit(raw, n, &failed) }},
		{c.LocalLimit, func(n C.size_t) C.VM_Status { return C.VM_EngineConfigSetLocalLimit(raw, n, &failed) }},
		{c.BodySizeLimit, func(n C.size_t) C.VM_Status { return C.VM_EngineConfigSetBodySizeLimit(raw, n, &failed) }},
		{c.FunctionLimit, func(n C.size_t) C.VM_Status { return C.VM_EngineConfigSetFunctionLimit(raw, n, &failed) }},
		{c.ImportLimit, func(n C.size_t) C.VM_Status { return C.VM_EngineConfigSetImportLimit(raw, n, &failed) }},
	} {
		if size.value < 0 {
			return failure(StatusInvalidArgument, "a number of the EngineConfig is negative")
		}
		if size.value > 0 {
			if err := set(size.set(C.size_t(size.value))); err != nil {
				return err
			}
		}
	}
	for proposal, enabled := range c.Proposals {
		if err := set(C.VM_EngineConfigSetProposal(raw, C.VM_Proposal(proposal), C.bool(enabled), &failed)); err != nil {
			return err
		}
	}
	if c.EagerCompilation {
		if err := set(C.VM_EngineConfigSetCompilation(raw, C.VM_COMPILATION_EAGER, &failed)); err != nil {
			return err
		}
	}
	if c.NoCache || c.CacheDirectory != "" {
		directory := c.CacheDirectory
		if c.NoCache {
			directory = ""
		}
		err := withText(directory, func(directory *C.char) error {
			return set(C.VM_EngineConfigSetCacheDirectory(raw, directory, &failed))
		})
		if err != nil {
			return err
		}
	}
	if c.CacheSize > 0 {
		if err := set(C.VM_EngineConfigSetCacheSize(raw, C.uint64_t(c.CacheSize), &failed)); err != nil {
			return err
		}
	}
	if c.PoolInstances != 0 {
		err := set(C.VM_EngineConfigSetPooling(raw, C.size_t(c.PoolInstances), C.uint64_t(c.PoolMemory), &failed))
		if err != nil {
			return err
		}
	}
	if c.Tier != TierDefault {
		if err := set(C.VM_EngineConfigSetTier(raw, C.VM_Tier(c.Tier)-1, &failed)); err != nil {
			return err
		}
	}
	if c.NoSignalHandlers {
		if err := set(C.VM_EngineConfigSetSignalHandlers(raw, false, &failed)); err != nil {
			return err
		}
	}
	if err := set(C.VM_EngineConfigSetBacktraces(raw, C.bool(c.Backtraces), &failed)); err != nil {
		return err
	}
	if err := set(C.VM_EngineConfigSetInterruptible(raw, C.bool(c.Interruptible), &failed)); err != nil {
		return err
	}
	return set(C.VM_EngineConfigSetFuelMetering(raw, C.bool(c.FuelMetering), &failed))
}

// EngineStatistics counts what an engine has compiled, and what its cache has done.
type EngineStatistics struct {
	Compilations                                                                  uint64
	CompileTime                                                                   time.Duration
	CacheHits, CacheMisses, CacheRefused, CacheStored, CacheNotStored, CacheBytes uint64
}

// Statistics returns the statistics.
func (e *Engine) Statistics() (EngineStatistics, error) {
	raw := C.VM_EngineStatistics{size: C.uint32_t(unsafe.Sizeof(C.VM_EngineStatistics{}))}
	err := e.use(func(engine unsafe.Pointer) error {
		var failed *C.VM_Error
		return check(C.VM_EngineGetStatistics((*C.VM_Engine)(engine), &raw, &failed), failed)
	})
	return EngineStatistics{
		Compilations: uint64(raw.compilations), CompileTime: time.Duration(raw.compile_nanoseconds),
		CacheHits: uint64(raw.cache_hits), CacheMisses: uint64(raw.cache_misses), CacheRefused: uint64(raw.cache_refused),
		CacheStored: uint64(raw.cache_stored), CacheNotStored: uint64(raw.cache_not_stored), CacheBytes: uint64(raw.cache_bytes),
	}, err
}

// Close frees the engine. Modules and contexts of it can still be used.
func (e *Engine) Close() { e.close() }

func freeEngine(raw unsafe.Pointer) { C.VM_EngineDelete((*C.VM_Engine)(raw)) }
