/**
 * @file libvm/host/context.hpp
 * Part of <libvm.hpp>: contexts, and pools of them.
 */
#ifndef LIBVM_HOST_CONTEXT_HPP
#define LIBVM_HOST_CONTEXT_HPP

#include <libvm/host/context_config.hpp>
#include <libvm/host/event.hpp>
#include <libvm/host/instance.hpp>
#include <libvm/host/wasi.hpp>

namespace vm {
inline namespace VM_CPP_STYLE {

/** Cancels the execution of a number that Context::cancel_id has returned, on any thread. */
inline host_detail::Returns<void> cancel(uint64_t id) { return host_detail::run(VM_Cancel, id); }

/** A context that a thread has entered: see Context::enter. It is left when this is destroyed, on the same thread. */
class EnteredContext {
public:
    /** Leaves a context that was entered. */
    explicit EnteredContext(VM_Context *raw) noexcept : raw_(raw) {}
    /** Leaves the other one empty. */
    EnteredContext(EnteredContext &&other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
    /** Leaves the own context, and the other one empty. */
    EnteredContext &operator=(EnteredContext &&other) noexcept
    {
        if (this != &other) {
            leave();
            raw_ = std::exchange(other.raw_, nullptr);
        }
        return *this;
    }
    ~EnteredContext() { leave(); }
    /** Leaves the context now. */
    void leave() noexcept
    {
        if (VM_Context *raw = std::exchange(raw_, nullptr))
            VM_ContextLeave(raw, nullptr);
    }

private:
    VM_Context *raw_;
};

/** The running instances of modules, with what they import. One thread uses a context at a time. */
class Context {
public:
    /** The C type. */
    using Raw = VM_Context;
    /** Takes ownership of a C object, or borrows it. */
    explicit Context(VM_Context *raw, bool owned = true) : cell_(std::make_shared<host_detail::ContextCell>())
    {
        cell_->raw = raw;
        cell_->owned = owned;
    }
    /** Creates a context with the defaults. */
    static host_detail::Returns<Context> create(const Engine &engine) { return host_detail::make<Context>(VM_ContextCreate, engine.get(), nullptr); }
    /** Creates a context. */
    static host_detail::Returns<Context> create(const Engine &engine, const ContextConfig &config)
    {
        if (config.failure())
            return host_detail::fail<Context>(*config.failure());
        return host_detail::make<Context>(VM_ContextCreate, engine.get(), config.get());
    }
#ifndef VM_CPP_RESULTS
    /** Creates a context with the defaults. */
    explicit Context(const Engine &engine) : Context(create(engine)) {}
    /** Creates a context. */
    Context(const Engine &engine, const ContextConfig &config) : Context(create(engine, config)) {}
#endif
    /** Leaves the other one empty. */
    Context(Context &&other) noexcept = default;
    /** Closes the own context, and leaves the other one empty. */
    Context &operator=(Context &&other) noexcept
    {
        if (this != &other) {
            close();
            cell_ = std::move(other.cell_);
        }
        return *this;
    }
    ~Context() { close(); }
    /** The C object; NULL if this one is closed. Modules of module() are registered by the next use of this class: see flush(). */
    VM_Context *get() const noexcept { return cell_ ? cell_->raw : nullptr; }
    /** Returns the C object, which the caller owns from now on. */
    VM_Context *release() noexcept { return cell_ ? std::exchange(cell_->raw, nullptr) : nullptr; }
    /** Deletes the context. Its instances, functions, memories … fail from now on. */
    void close() noexcept
    {
        bool owned = cell_ && cell_->owned;
        VM_Context *raw = release();
        if (owned)
            VM_ContextDelete(raw);
    }
    /** Enters the context for many calls of this thread, which then take less time; others find it in use until the result is destroyed. */
    host_detail::Returns<EnteredContext> enter()
    {
        VM_Error *error = nullptr;
        VM_Status status = VM_ContextEnter(get(), &error);
        return host_detail::answer<EnteredContext>(status, error, [&] { return EnteredContext(get()); });
    }
    /** Its number in the process. */
    uint64_t id() const { return VM_ContextGetId(get()); }

    /** Attaches an object, which functions of the host get with Caller::data. */
    template <class T> host_detail::Returns<void> set_data(T object)
    {
        using Tagged = host_detail::Tagged<T>;
        return apply(VM_ContextSetData, Tagged::make(std::move(object)), Tagged::free);
    }
    /** The attached object; NULL if it is no T. */
    template <class T> T *data() const
    {
        void *data = nullptr;
        return VM_ContextGetData(get(), &data, nullptr) == VM_STATUS_OK ? host_detail::Tagged<T>::of(data) : nullptr;
    }
    /** Calls `function(VM_LogLevel, std::string_view source, std::string_view text)` for lines of this context; what it throws is dropped. */
    template <class F> host_detail::Returns<void> set_log_callback(VM_LogLevel level, F callback)
    {
        using Box = host_detail::Boxed<F>;
        return apply(VM_ContextSetLogCallback, level, host_detail::call_log<F>, Box::make(std::move(callback)), Box::free);
    }

    /**
     * A module of the host for this context alone, to add functions to: it is registered before the next module is instantiated, run or
     * examined. The reference is valid until then.
     */
    HostModule &module(const Text &name)
    {
        for (HostModule &module : cell()->pending)
            if (name.is_whole() && module.name() == name.c_str())
                return module;
        return cell()->pending.emplace_back(name);
    }
    /** Registers the modules of module(). */
    host_detail::Returns<void> flush()
    {
        std::optional<Error> error = cell()->flush();
        if (error)
            return host_detail::fail<void>(*error);
        return host_detail::Returns<void>();
    }
    /** Used by pools: the same, and returns the error. */
    std::optional<Error> flush_error() { return cell()->flush(); }
    /** Registers a module of the host, which can then no longer be changed. */
    host_detail::Returns<void> register_module(const HostModule &module)
    {
        if (module.failure())
            return host_detail::fail<void>(*module.failure());
        return apply(VM_ContextRegisterModule, module.get());
    }
    /** Instantiates a module, whose exports others can import by the name. */
    host_detail::Returns<Instance> register_wasm(const Text &name, const Module &module)
    {
        return flushed<Instance>([&] { return instance_by(VM_ContextRegisterWasm, name, static_cast<const VM_Module *>(module.get())); });
    }
    /** Makes the exports of an instance importable by the name. */
    host_detail::Returns<void> register_instance(const Text &name, const Instance &instance) { return apply(VM_ContextRegisterInstance, name, instance.get()); }
    /** Instantiates a module. */
    host_detail::Returns<Instance> instantiate(const Module &module)
    {
        return flushed<Instance>([&] { return instance_by(VM_ContextInstantiate, static_cast<const VM_Module *>(module.get())); });
    }
    /** Starts the instantiation of a module: see ExecutionRef::instance. */
    host_detail::Returns<Execution> start_instantiate(const Module &module, Queue *queue = nullptr)
    {
        return flushed<Execution>([&] {
            return host_detail::make<Execution>(VM_ContextStartInstantiate, get(), static_cast<const VM_Module *>(module.get()), queue ? queue->get() : nullptr);
        });
    }
    /** Loads a module from a file, instantiates it, and calls an export: as Func::call. */
    template <class R = void, class... Args> host_detail::Returns<R> run(const Text &path, const Text &name, const Args &...args)
    {
        if (std::optional<Error> refused = host_detail::refusal(path, name))
            return host_detail::fail<R>(*refused);
        return flushed<R>([&] {
            return host_detail::call_guest<R>([&](const VM_Value *values, size_t count, VM_Value *results, size_t wanted, VM_Error **error) {
                return VM_ContextRunWasmFromFile(get(), path.c_str(), name.c_str(), values, count, results, wanted, error);
            }, args...);
        });
    }
    /** The same for the bytes of a module. */
    template <class R = void, class... Args> host_detail::Returns<R> run_buffer(std::string_view bytes, const Text &name, const Args &...args)
    {
        if (std::optional<Error> refused = host_detail::refusal(name))
            return host_detail::fail<R>(*refused);
        return flushed<R>([&] {
            return host_detail::call_guest<R>([&](const VM_Value *values, size_t count, VM_Value *results, size_t wanted, VM_Error **error) {
                return VM_ContextRunWasmFromBuffer(get(), host_detail::bytes_of(bytes), bytes.size(), name.c_str(), values, count, results, wanted, error);
            }, args...);
        });
    }
    /** Number of instances. */
    size_t instance_count() const { return VM_ContextGetInstanceCount(get()); }
    /** An instance by its index. */
    host_detail::Returns<Instance> instance(size_t index) const { return instance_by(VM_ContextGetInstance, index); }
    /** An instance by its handle of the C API. */
    Instance instance(VM_Instance raw) const { return Instance(cell_, raw); }
    /** An instance by the name that it was registered with. */
    host_detail::Returns<Instance> find_instance(const Text &name) const { return instance_by(VM_ContextFindInstance, name); }
    /** Removes an instance. */
    host_detail::Returns<void> remove_instance(const Instance &instance) { return apply(VM_ContextRemoveInstance, instance.get()); }
    /** What guests can import. */
    host_detail::Returns<ImportList> imports()
    {
        return flushed<ImportList>([&] { return host_detail::make<ImportList>(VM_ContextListImports, get()); });
    }
    /** What a module imports, and what provides it. */
    host_detail::Returns<ImportList> examine_module(const Module &module)
    {
        return flushed<ImportList>([&] { return host_detail::make<ImportList>(VM_ContextExamineModule, get(), static_cast<const VM_Module *>(module.get())); });
    }
    /** Removes all instances, and frees what they had. */
    host_detail::Returns<void> reset() { return apply(VM_ContextReset); }

    /** Sets the time that each later call of a guest may take; 0 for any. */
    host_detail::Returns<void> set_timeout(std::chrono::milliseconds time) { return apply(VM_ContextSetTimeout, host_detail::limit_of(time)); }
    /** Sets the time that a guest may compute in each later call; 0 for any. */
    host_detail::Returns<void> set_compute_limit(std::chrono::milliseconds time) { return apply(VM_ContextSetComputeLimit, host_detail::limit_of(time)); }
    /** Sets the slice of started executions; 0 for none. */
    host_detail::Returns<void> set_slice(std::chrono::microseconds time) { return apply(VM_ContextSetSlice, time.count() < 0 ? uint64_t(0) : static_cast<uint64_t>(time.count())); }
    /** Sets the fuel. */
    host_detail::Returns<void> set_fuel(uint64_t units) { return apply(VM_ContextSetFuel, units); }
    /** Adds fuel. */
    host_detail::Returns<void> add_fuel(uint64_t units) { return apply(VM_ContextAddFuel, units); }
    /** The fuel that is left. */
    host_detail::Returns<uint64_t> fuel() const { return host_detail::read<uint64_t>(VM_ContextGetFuel, static_cast<const VM_Context *>(get())); }
    /** The number by which vm::cancel cancels the running execution, or the next one. */
    host_detail::Returns<uint64_t> cancel_id() const { return host_detail::read<uint64_t>(VM_ContextGetCancelId, get()); }
    /** The counters. */
    host_detail::Returns<VM_Statistics> statistics() const
    {
        VM_Statistics statistics = VM_STATISTICS_INIT;
        VM_Error *error = nullptr;
        VM_Status status = VM_ContextGetStatistics(get(), &statistics, &error);
        return host_detail::answer<VM_Statistics>(status, error, [&] { return statistics; });
    }
    /** How its guests run: VM_TIER_INTERPRETER or VM_TIER_COMPILED. */
    host_detail::Returns<VM_Tier> tier() const { return host_detail::read<VM_Tier>(VM_ContextGetTier, static_cast<const VM_Context *>(get())); }
    /** The counters of a plug-in. */
    host_detail::Returns<VM_PluginStatistics> plugin_statistics(const Text &name) const
    {
        if (std::optional<Error> refused = host_detail::refusal(name))
            return host_detail::fail<VM_PluginStatistics>(*refused);
        VM_PluginStatistics statistics = VM_PLUGINSTATISTICS_INIT;
        VM_Error *error = nullptr;
        VM_Status status = VM_ContextGetPluginStatistics(get(), name.c_str(), &statistics, &error);
        return host_detail::answer<VM_PluginStatistics>(status, error, [&] { return statistics; });
    }

    /** A reference to an object of the host, which the context deletes when nothing refers to it any more. */
    template <class T> host_detail::Returns<OwnedRef> make_extern(T object)
    {
        using Tagged = host_detail::Tagged<T>;
        VM_Error *error = nullptr;
        VM_Ref ref = {};
        VM_Status status = VM_RefCreateExtern(get(), Tagged::make(std::move(object)), Tagged::free, &ref, &error);
        return host_detail::answer<OwnedRef>(status, error, [&] { return OwnedRef(VM_VALTYPE_EXTERNREF, ref); });
    }
    /** The object of a reference; fails if it is no T. */
    template <class T> host_detail::Returns<T *> extern_value(ExternRef ref) const
    {
        VM_Error *error = nullptr;
        void *pointer = nullptr;
        VM_Status status = VM_RefGetExtern(get(), ref.raw, &pointer, &error);
        T *object = status == VM_STATUS_OK ? host_detail::Tagged<T>::of(pointer) : nullptr;
        if (status == VM_STATUS_OK && !object)
            return host_detail::fail<T *>(Error(VM_STATUS_WRONG_TYPE, "the reference is null, or refers to an object of another type"));
        return host_detail::answer<T *>(status, error, [&] { return object; });
    }
    /** Another share of a reference. */
    host_detail::Returns<OwnedRef> retain(const OwnedRef &ref)
    {
        VM_Error *error = nullptr;
        VM_Status status = VM_RefRetain(get(), ref.get(), &error);
        return host_detail::answer<OwnedRef>(status, error, [&] { return OwnedRef(ref.type(), ref.get()); });
    }
    /** The function that a reference refers to, valid as long as that. */
    Func function(FuncRef ref) const { return Func(cell_, VM_FuncFromRef(ref.raw)); }

    /** Registers WASI. */
    host_detail::Returns<void> register_wasi(const Wasi &wasi)
    {
        if (wasi.failure())
            return host_detail::fail<void>(*wasi.failure());
        return apply(VM_ContextRegisterWasi, wasi.get());
    }
    /** Loads a WASI command from a file and runs it; returns its exit code. */
    host_detail::Returns<int32_t> run_wasi(const Text &path)
    {
        return flushed<int32_t>([&] { return host_detail::read<int32_t>(VM_ContextRunWasiFromFile, get(), path); });
    }
    /** The same for the bytes of a module. */
    host_detail::Returns<int32_t> run_wasi_buffer(std::string_view bytes)
    {
        return flushed<int32_t>([&] { return host_detail::read<int32_t>(VM_ContextRunWasiFromBuffer, get(), host_detail::bytes_of(bytes), bytes.size()); });
    }

    /** Registers all plug-ins of a registry. */
    host_detail::Returns<void> register_plugins(const PluginRegistry &registry) { return apply(VM_ContextRegisterPlugins, registry.get()); }
    /** Registers a plug-in. */
    host_detail::Returns<void> register_plugin(const LoadedPlugin &plugin) { return apply(VM_ContextRegisterPlugin, plugin.get()); }
    /** Moves to another version of a plug-in. */
    host_detail::Returns<void> update_plugin(const LoadedPlugin &plugin) { return apply(VM_ContextUpdatePlugin, plugin.get()); }
    /** Registers plug-ins of a registry as modules ask for them. */
    host_detail::Returns<void> set_module_plugins(const PluginRegistry &registry) { return apply(VM_ContextSetModulePlugins, registry.get()); }
    /** Grants a permission to a plug-in. */
    host_detail::Returns<void> grant_permission(const Text &plugin, const Text &permission) { return apply(VM_ContextGrantPermission, plugin, permission); }
    /** Sets an option of a plug-in: bool, integer, floating-point number, string, or std::vector of strings. */
    template <class T> host_detail::Returns<void> set_plugin_option(const Text &plugin, const Text &key, const T &value)
    {
        if constexpr (std::is_same<T, bool>::value) {
            return apply(VM_ContextSetPluginOptionBool, plugin, key, value);
        } else if constexpr (std::is_integral<T>::value) {
            return apply(VM_ContextSetPluginOptionInteger, plugin, key, static_cast<int64_t>(value));
        } else if constexpr (std::is_floating_point<T>::value) {
            return apply(VM_ContextSetPluginOptionFloat, plugin, key, static_cast<double>(value));
        } else if constexpr (std::is_same<T, std::vector<std::string>>::value) {
            const host_detail::Texts items(value);
            if (std::optional<Error> refused = host_detail::refusal(items))
                return host_detail::fail<void>(*refused);
            return apply(VM_ContextSetPluginOptionList, plugin, key, items.data(), items.size());
        } else {
            return apply(VM_ContextSetPluginOption, plugin, key, Text(value));
        }
    }

    /** Adds a hook: a function that takes a `vm::HostEvent &`, and returns nothing, a vm::Answer, or a vm::Result of it. */
    template <class F> host_detail::Returns<void> add_hook(const Text &point, VM_HookPosition position, F callback)
    {
        using Box = host_detail::Boxed<F>;
        return apply(VM_ContextAddHook, point, position, host_detail::call_hook<F>, Box::user(std::move(callback)), Box::free);
    }
    /** Calls the hooks at an event's point: vm::Answer::Complete if one has decided. */
    host_detail::Returns<Answer> invoke_hooks(HostEvent &event)
    {
        VM_Error *error = nullptr;
        VM_Status found = VM_STATUS_OK;
        VM_Status status = VM_ContextInvokeHooks(get(), event.get(), &found, &error);
        return host_detail::answer<Answer>(status, error, [&] { return static_cast<Answer>(found); });
    }
    /** Starts to call them: see ExecutionRef::answer. */
    host_detail::Returns<Execution> start_hooks(HostEvent &event, Queue *queue = nullptr)
    {
        return host_detail::make<Execution>(VM_ContextStartHooks, get(), event.get(), queue ? queue->get() : nullptr);
    }
    /** Sets the time for the hooks of an event; 0 for any. */
    host_detail::Returns<void> set_hook_timeout(std::chrono::milliseconds time) { return apply(VM_ContextSetHookTimeout, host_detail::limit_of(time)); }
    /** Registers the functions with which guests are stages of streams. */
    host_detail::Returns<void> register_stream_module() { return apply(VM_ContextRegisterStreamModule); }

    /** Records calls to a file. */
    host_detail::Returns<void> record_to_file(const Text &file) { return apply(VM_ContextRecordToFile, file); }
    /** Records calls, and passes the bytes to `function(std::string_view)`. */
    template <class F> host_detail::Returns<void> record(F callback)
    {
        using Box = host_detail::Boxed<F>;
        VM_RecordCallback write = [](void *user, const uint8_t *data, size_t size) {
            return host_detail::guarded([&]() -> VM_Status { return Box::of(user)(host_detail::view_of(VM_Bytes{ data, size })), VM_STATUS_OK; },
                                        [](VM_Status status, const char *) { return status; });
        };
        return apply(VM_ContextRecordToCallback, write, Box::make(std::move(callback)), Box::free);
    }
    /** Replays a recording. */
    host_detail::Returns<void> replay_from_file(const Text &file) { return apply(VM_ContextReplayFromFile, file); }
    /** Replays a recording. */
    host_detail::Returns<void> replay(std::string_view bytes) { return apply(VM_ContextReplayFromBuffer, host_detail::bytes_of(bytes), bytes.size()); }
    /** Ends a recording or a replay. */
    host_detail::Returns<void> stop_recording() { return apply(VM_ContextStopRecording); }

private:
    template <class Function, class... Args> host_detail::Returns<void> apply(Function given, const Args &...args) const
    {
        return host_detail::run(given, get(), args...);
    }
    template <class Function, class... Args> host_detail::Returns<Instance> instance_by(Function given, const Args &...args) const
    {
        if (std::optional<Error> refused = host_detail::refusal(args...))
            return host_detail::fail<Instance>(*refused);
        VM_Error *error = nullptr;
        VM_Instance found = {};
        VM_Status status = given(get(), host_detail::pass(args)..., &found, &error);
        return host_detail::answer<Instance>(status, error, [&] { return Instance(cell_, found); });
    }
    template <class T, class Next> host_detail::Returns<T> flushed(Next next)
    {
        if (!cell()->pending.empty()) {
            std::optional<Error> error = cell_->flush();
            if (error)
                return host_detail::fail<T>(*error);
        }
        return next();
    }
    const host_detail::Cell &cell()
    {
        if (!cell_)
            cell_ = std::make_shared<host_detail::ContextCell>();
        return cell_;
    }
    host_detail::Cell cell_;
};

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
