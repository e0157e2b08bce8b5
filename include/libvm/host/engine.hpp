/**
 * @file libvm/host/engine.hpp
 * Part of <libvm.hpp>: engines, modules, types of functions.
 */
#ifndef LIBVM_HOST_ENGINE_HPP
#define LIBVM_HOST_ENGINE_HPP

#include <libvm/host/value.hpp>

namespace vm {
inline namespace VM_CPP_STYLE {

class Config;

/** The configuration of an engine. */
class EngineConfig : public host_detail::Builder<EngineConfig, VM_EngineConfig> {
public:
    /** The defaults. */
    EngineConfig() : Builder(nullptr) { start(VM_EngineConfigCreate); }
    /** Takes ownership of a C object. */
    explicit EngineConfig(VM_EngineConfig *raw) : Builder(raw) {}
    /** Enables or disables a proposal: VM_PROPOSAL_*. */
    EngineConfig &set_proposal(VM_Proposal proposal, bool enabled) { return set(VM_EngineConfigSetProposal, proposal, enabled); }
    /** Sets when functions are translated: VM_COMPILATION_*. */
    EngineConfig &set_compilation(VM_Compilation compilation) { return set(VM_EngineConfigSetCompilation, compilation); }
    /** Sets whether guests are interpreted or compiled: VM_TIER_*. */
    EngineConfig &set_tier(VM_Tier tier) { return set(VM_EngineConfigSetTier, tier); }
    /** Sets whether computed NaNs have the same bits everywhere, which needs VM_TIER_COMPILED. */
    EngineConfig &set_canonical_nans(bool canonical) { return set(VM_EngineConfigSetCanonicalNaNs, canonical); }
    /** Sets whether signal handlers are installed for traps of compiled guests. */
    EngineConfig &set_signal_handlers(bool enabled) { return set(VM_EngineConfigSetSignalHandlers, enabled); }
    /** Sets what is told to profilers about machine code: VM_PROFILER_*. */
    EngineConfig &set_profiler(VM_Profiler profiler) { return set(VM_EngineConfigSetProfiler, profiler); }
    /** Sets the directory of compiled code; empty for none. */
    EngineConfig &set_cache_directory(const Text &directory) { return set(VM_EngineConfigSetCacheDirectory, directory); }
    /** Limits the bytes of compiled code that are kept. */
    EngineConfig &set_cache_size(uint64_t bytes) { return set(VM_EngineConfigSetCacheSize, bytes); }
    /** Reserves room for instances of compiled modules, and the bytes of each of their memories; 0 for none, and for 4 GiB. */
    EngineConfig &set_pooling(size_t instances, uint64_t memory_bytes = 0) { return set(VM_EngineConfigSetPooling, instances, memory_bytes); }
    /** Sets the bytes of the stack of values. */
    EngineConfig &set_stack_size(size_t bytes) { return set(VM_EngineConfigSetStackSize, bytes); }
    /** Limits how deeply calls in guests are nested. */
    EngineConfig &set_recursion_depth(size_t calls) { return set(VM_EngineConfigSetRecursionDepth, calls); }
    /** Sets how many threads run guests at the same time. */
    EngineConfig &set_concurrency(size_t threads) { return set(VM_EngineConfigSetConcurrency, threads); }
    /** Limits how deeply blocks in functions are nested. */
    EngineConfig &set_nesting_limit(size_t depth) { return set(VM_EngineConfigSetNestingLimit, depth); }
    /** Limits the locals of a function. */
    EngineConfig &set_local_limit(size_t count) { return set(VM_EngineConfigSetLocalLimit, count); }
    /** Limits the bytes of a function. */
    EngineConfig &set_body_size_limit(size_t bytes) { return set(VM_EngineConfigSetBodySizeLimit, bytes); }
    /** Limits the functions of a module. */
    EngineConfig &set_function_limit(size_t count) { return set(VM_EngineConfigSetFunctionLimit, count); }
    /** Limits the imports of a module. */
    EngineConfig &set_import_limit(size_t count) { return set(VM_EngineConfigSetImportLimit, count); }
    /** Sets whether errors have the calls that had not returned. */
    EngineConfig &set_backtraces(bool backtraces) { return set(VM_EngineConfigSetBacktraces, backtraces); }
    /** Sets whether guests that compute can be interrupted. */
    EngineConfig &set_interruptible(bool interruptible) { return set(VM_EngineConfigSetInterruptible, interruptible); }
    /** Sets whether guests use fuel. */
    EngineConfig &set_fuel_metering(bool metering) { return set(VM_EngineConfigSetFuelMetering, metering); }
    /** Applies the limits of engines in a configuration. */
    EngineConfig &apply(const Config &config);
};

/** An engine: compiles and runs modules. */
class Engine : public host_detail::Handle<VM_Engine> {
public:
    /** Takes ownership of a C object. */
    explicit Engine(VM_Engine *raw) : Handle(raw) {}
    /** Creates an engine with the defaults. */
    static host_detail::Returns<Engine> create() { return create_with(nullptr); }
    /** Creates an engine. */
    static host_detail::Returns<Engine> create(const EngineConfig &config)
    {
        if (config.failure())
            return host_detail::fail<Engine>(*config.failure());
        return create_with(config.get());
    }
#ifndef VM_CPP_RESULTS
    /** Creates an engine with the defaults. */
    Engine() : Handle(create()) {}
    /** Creates an engine. */
    explicit Engine(const EngineConfig &config) : Handle(create(config)) {}
#endif
    /** What it has compiled, and what its cache has done. */
    host_detail::Returns<VM_EngineStatistics> statistics() const
    {
        VM_EngineStatistics statistics = VM_ENGINESTATISTICS_INIT;
        VM_Error *error = nullptr;
        VM_Status status = VM_EngineGetStatistics(get(), &statistics, &error);
        return host_detail::answer<VM_EngineStatistics>(status, error, [&] { return statistics; });
    }
    /** Checks whether bytes are a valid module for this engine. */
    host_detail::Returns<void> validate(std::string_view bytes) const
    {
        return host_detail::run(VM_ModuleValidate, static_cast<const VM_Engine *>(get()), host_detail::bytes_of(bytes), bytes.size());
    }

private:
    static host_detail::Returns<Engine> create_with(const VM_EngineConfig *config)
    {
        if (std::optional<Error> error = version_error())
            return host_detail::fail<Engine>(*error);
        return host_detail::make<Engine>(VM_EngineCreate, config);
    }
};

/** The type of a function. */
class FuncType : public host_detail::Handle<VM_FuncType> {
public:
    /** Takes ownership of a C object. */
    explicit FuncType(VM_FuncType *raw) : Handle(raw) {}
    /** Creates a type: VM_VALTYPE_*. */
    static host_detail::Returns<FuncType> create(const std::vector<VM_ValType> &params, const std::vector<VM_ValType> &results)
    {
        return host_detail::make<FuncType>(VM_FuncTypeCreate, params.data(), params.size(), results.data(), results.size());
    }
    /** Its parameters. */
    std::vector<VM_ValType> params() const
    {
        size_t count = 0;
        const VM_ValType *types = VM_FuncTypeGetParams(get(), &count);
        return { types, types + count };
    }
    /** Its results. */
    std::vector<VM_ValType> results() const
    {
        size_t count = 0;
        const VM_ValType *types = VM_FuncTypeGetResults(get(), &count);
        return { types, types + count };
    }
};

namespace host_detail {

/** The items of a C object with a count and a getter, which are valid as long as the object. */
template <class Item, class Object, class Count, class Get> std::vector<const Item *> list(const Object *object, Count count, Get get)
{
    std::vector<const Item *> items(count(object));
    for (size_t i = 0; i < items.size(); i++)
        items[i] = get(object, i);
    return items;
}

/** The same for strings. */
template <class Object, class Count, class Get> std::vector<std::string_view> list_texts(const Object *object, Count count, Get get)
{
    std::vector<std::string_view> items(count(object));
    for (size_t i = 0; i < items.size(); i++)
        items[i] = view_of(get(object, i));
    return items;
}

} // namespace host_detail

/** A compiled module. What its getters return is valid as long as the module. */
class Module : public host_detail::Handle<VM_Module> {
public:
    /** Takes ownership of a C object. */
    explicit Module(VM_Module *raw) : Handle(raw) {}
    /** Loads a module from a file: the binary format, and in builds that have it the text format. */
    static host_detail::Returns<Module> load_from_file(const Engine &engine, const Text &path)
    {
        return host_detail::make<Module>(VM_ModuleLoadFromFile, engine.get(), path);
    }
    /** Loads a module from bytes, or from text in builds that read the text format. */
    static host_detail::Returns<Module> load_from_buffer(const Engine &engine, std::string_view bytes)
    {
        return host_detail::make<Module>(VM_ModuleLoadFromBuffer, engine.get(), host_detail::bytes_of(bytes), bytes.size());
    }
    /** The same. */
    static host_detail::Returns<Module> load_from_buffer(const Engine &engine, Span<const uint8_t> bytes)
    {
        return host_detail::make<Module>(VM_ModuleLoadFromBuffer, engine.get(), bytes.data(), bytes.size());
    }
#ifndef VM_CPP_RESULTS
    /** Loads a module from a file. */
    Module(const Engine &engine, const Text &path) : Handle(load_from_file(engine, path)) {}
#endif
    /** Loads a module whose machine code save_compiled has written. Loading the file is running it: it must be as trusted as the program. */
    static host_detail::Returns<Module> load_compiled(const Engine &engine, std::string_view bytes, const Text &path)
    {
        return host_detail::make<Module>(VM_ModuleLoadCompiled, engine.get(), host_detail::bytes_of(bytes), bytes.size(), path);
    }
    /** Writes its machine code to a file. */
    host_detail::Returns<void> save_compiled(const Text &path) const { return host_detail::run(VM_ModuleSaveCompiled, get(), path); }
    /** What it imports. */
    std::vector<const VM_Import *> imports() const { return host_detail::list<VM_Import>(get(), VM_ModuleGetImportCount, VM_ModuleGetImport); }
    /** What it exports. */
    std::vector<const VM_Export *> exports() const { return host_detail::list<VM_Export>(get(), VM_ModuleGetExportCount, VM_ModuleGetExport); }
    /** Its custom sections. */
    std::vector<const VM_CustomSection *> custom_sections() const
    {
        return host_detail::list<VM_CustomSection>(get(), VM_ModuleGetCustomSectionCount, VM_ModuleGetCustomSection);
    }
};

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
