/**
 * @file libvm/host/context_config.hpp
 * Part of <libvm.hpp>: the configuration of contexts, and logs.
 */
#ifndef LIBVM_HOST_CONTEXT_CONFIG_HPP
#define LIBVM_HOST_CONTEXT_CONFIG_HPP

#include <libvm/host/plugins.hpp>

namespace vm {
inline namespace VM_CPP_STYLE {
namespace host_detail {

/** The callback of a log: `function(VM_LogLevel, std::string_view source, std::string_view text)`. */
template <class F> void VM_CALL call_log(void *user, VM_LogLevel level, const char *source, const char *text)
{
    quietly([&] { Boxed<F>::of(user)(level, view_of(source), view_of(text)); });
}

} // namespace host_detail

/** The log of the process: calls `function(VM_LogLevel, std::string_view source, std::string_view text)`; what it throws is dropped. */
template <class F> host_detail::Returns<void> set_log_callback(VM_LogLevel level, F function)
{
    using Box = host_detail::Boxed<F>;
    return host_detail::run(VM_LogSetCallback, level, host_detail::call_log<F>, Box::make(std::move(function)), Box::free);
}
/** Ends the log of the process. */
inline host_detail::Returns<void> reset_log_callback() { return host_detail::run(VM_LogSetCallback, VM_LOG_ERROR, nullptr, nullptr, nullptr); }

/** The configuration of contexts. */
class ContextConfig : public host_detail::Builder<ContextConfig, VM_ContextConfig> {
public:
    /** The defaults. */
    ContextConfig() : Builder(nullptr) { start(VM_ContextConfigCreate); }
    /** Takes ownership of a C object. */
    explicit ContextConfig(VM_ContextConfig *raw) : Builder(raw) {}
    /** Sets the name, for the log. */
    ContextConfig &set_name(const Text &name) { return set(VM_ContextConfigSetName, name); }
    /** Sets whether calls of imports that nothing provides trap, instead of refusing the module. */
    ContextConfig &set_unknown_imports_trap(bool trap) { return set(VM_ContextConfigSetUnknownImportsTrap, trap); }
    /** Sets whether blocking calls may wait for suspended functions of the host. */
    ContextConfig &set_may_block(bool may_block) { return set(VM_ContextConfigSetMayBlock, may_block); }
    /** Limits the bytes of all memories together. */
    ContextConfig &set_memory_limit(uint64_t bytes) { return set(VM_ContextConfigSetMemoryLimit, bytes); }
    /** Limits the bytes of a memory. */
    ContextConfig &set_memory_size_limit(uint64_t bytes) { return set(VM_ContextConfigSetMemorySizeLimit, bytes); }
    /** Limits the elements of all tables together. */
    ContextConfig &set_table_limit(uint64_t elements) { return set(VM_ContextConfigSetTableLimit, elements); }
    /** Limits the number of instances, of memories and of tables. */
    ContextConfig &set_instance_limit(size_t count) { return set(VM_ContextConfigSetInstanceLimit, count); }
    /** Limits how deeply calls between host and guests are nested. */
    ContextConfig &set_call_depth_limit(size_t calls) { return set(VM_ContextConfigSetCallDepthLimit, calls); }
    /** Limits the number of externrefs. */
    ContextConfig &set_reference_limit(uint64_t count) { return set(VM_ContextConfigSetReferenceLimit, count); }
    /** Limits the open files of WASI. */
    ContextConfig &set_open_file_limit(size_t count) { return set(VM_ContextConfigSetOpenFileLimit, count); }
    /** Limits how often hooks may ask for a retry. */
    ContextConfig &set_hook_retry_limit(uint32_t limit) { return set(VM_ContextConfigSetHookRetryLimit, limit); }
    /** Sets `uint64_t function(const VM_LimitRequest &)`, which is called at a limit and returns the new one. An exception leaves the limit as it is. */
    template <class F> ContextConfig &set_limit_callback(F function)
    {
        using Box = host_detail::Boxed<F>;
        VM_LimitCallback callback = [](void *user, const VM_LimitRequest *request) {
            uint64_t limit = request->limit;
            host_detail::quietly([&] { limit = Box::of(user)(*request); });
            return limit;
        };
        return set(VM_ContextConfigSetLimitCallback, callback, Box::make(std::move(function)), Box::free);
    }
    /** Sets whether calls are counted. */
    ContextConfig &set_statistics(bool count) { return set(VM_ContextConfigSetStatistics, count); }
    /** Calls `function(const VM_TraceEvent &)` for each call between host and guests; what it throws is dropped. */
    template <class F> ContextConfig &set_trace(F function)
    {
        using Box = host_detail::Boxed<F>;
        VM_TraceCallback callback = [](void *user, const VM_TraceEvent *event) { host_detail::quietly([&] { Box::of(user)(*event); }); };
        return set(VM_ContextConfigSetTrace, callback, Box::make(std::move(function)), Box::free);
    }
    /** Applies the limits of contexts in a configuration. */
    ContextConfig &apply(const Config &config)
    {
        VM_Error *error = nullptr;
        VM_Status status = VM_ConfigApplyToContextConfig(config.get(), get(), &error);
        return note(status, error);
    }
};

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
