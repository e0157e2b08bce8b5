/**
 * @file libvm/host/host_module.hpp
 * Part of <libvm.hpp>: functions, memories, tables and globals of the host. The types of a function are those of the lambda.
 */
#ifndef LIBVM_HOST_HOST_MODULE_HPP
#define LIBVM_HOST_HOST_MODULE_HPP

#include <libvm/host/caller.hpp>
#include <libvm/host/engine.hpp>

namespace vm {
inline namespace VM_CPP_STYLE {
namespace host_detail {

/** A parameter of a function of the host. */
template <class T, class = void> struct Parameter {
    static_assert(Convert<T>::exists, "a parameter is a number, vm::V128, vm::ExternRef, vm::FuncRef, std::string_view, vm::Span of bytes, "
                                      "const char *, or vm::Caller");
    static constexpr size_t count = 1;
    static constexpr const char *signature() { return Convert<T>::letter(); }
    static T get(Caller &, const VM_Value *args) { return Convert<T>::from(*args); }
};
template <> struct Parameter<std::string_view> {
    static constexpr size_t count = 1;
    static constexpr const char *signature() { return "<~"; }
    static std::string_view get(Caller &, const VM_Value *args) { return { reinterpret_cast<const char *>(args->of.buffer.data), args->of.buffer.size }; }
};
template <> struct Parameter<std::string> {
    static constexpr size_t count = 1;
    static constexpr const char *signature() { return "<~"; }
    static std::string get(Caller &caller, const VM_Value *args) { return std::string(Parameter<std::string_view>::get(caller, args)); }
};
template <class T> struct Parameter<Span<T>> {
    static constexpr size_t count = 1;
    static constexpr const char *signature() { return std::is_const<T>::value ? "<~" : "*~"; }
    static Span<T> get(Caller &, const VM_Value *args) { return { reinterpret_cast<T *>(args->of.buffer.data), args->of.buffer.size }; }
};
template <> struct Parameter<const char *> {
    static constexpr size_t count = 1;
    static constexpr const char *signature() { return "$"; }
    static const char *get(Caller &, const VM_Value *args) { return reinterpret_cast<const char *>(args->of.buffer.data); }
};
template <> struct Parameter<Caller> {
    static constexpr size_t count = 0;
    static constexpr const char *signature() { return ""; }
    static Caller &get(Caller &caller, const VM_Value *) { return caller; }
};
template <class T> using Plain = std::remove_cv_t<std::remove_reference_t<T>>;

/** What a function of the host returns. */
template <class R> struct Outcome {
    static_assert(Convert<R>::exists, "a function of the host returns nothing, a number, vm::V128, a reference, a std::tuple of them, a vm::Result "
                                      "of these, or vm::Suspended");
    static constexpr uint32_t flags = 0;
    static std::string signature() { return Convert<R>::letter(); }
    static VM_Status put(VM_Caller *, const R &result, VM_Value *results)
    {
        results[0] = Convert<R>::to(result);
        return VM_STATUS_OK;
    }
};
template <> struct Outcome<void> {
    static constexpr uint32_t flags = 0;
    static std::string signature() { return std::string(); }
};
template <class... R> struct Outcome<std::tuple<R...>> {
    static constexpr uint32_t flags = 0;
    static std::string signature() { return (std::string() + ... + Convert<R>::letter()); }
    static VM_Status put(VM_Caller *, const std::tuple<R...> &result, VM_Value *results)
    {
        std::apply([results](const R &...each) mutable { ((*results++ = Convert<R>::to(each)), ...); }, result);
        return VM_STATUS_OK;
    }
};
template <class R> struct Outcome<Suspended<R>> {
    static constexpr uint32_t flags = VM_FUNCTION_MAY_SUSPEND;
    static std::string signature() { return Outcome<R>::signature(); }
    static VM_Status put(VM_Caller *, const Suspended<R> &, VM_Value *) { return VM_STATUS_PENDING; }
};
template <class R> struct Outcome<Result<R>> {
    static constexpr uint32_t flags = Outcome<R>::flags;
    static std::string signature() { return Outcome<R>::signature(); }
    static VM_Status put(VM_Caller *caller, const Result<R> &result, VM_Value *results)
    {
        (void)results;
        if (!result.ok())
            return result.error().is_known() ? result.status() : VM_CallerFail(caller, result.status(), result.error().what());
        if constexpr (std::is_void<R>::value)
            return VM_STATUS_OK;
        else
            return Outcome<R>::put(caller, *result, results);
    }
};

/** @cond doxygen takes the base for the class itself */
/** The parts of the type of a function object. */
template <class F> struct Callable : Callable<decltype(&F::operator())> {};
/** @endcond */
template <class R, class... Args> struct Callable<R (*)(Args...)> {
    template <template <class, class, class...> class Template, class F> using Apply = Template<F, R, Args...>;
};
template <class R, class... Args> struct Callable<R (*)(Args...) noexcept> : Callable<R (*)(Args...)> {};
template <class C, class R, class... Args> struct Callable<R (C::*)(Args...)> : Callable<R (*)(Args...)> {};
template <class C, class R, class... Args> struct Callable<R (C::*)(Args...) const> : Callable<R (*)(Args...)> {};
template <class C, class R, class... Args> struct Callable<R (C::*)(Args...) noexcept> : Callable<R (*)(Args...)> {};
template <class C, class R, class... Args> struct Callable<R (C::*)(Args...) const noexcept> : Callable<R (*)(Args...)> {};

/** A function of the host with its callback. */
template <class F, class R, class... Args> struct HostFunction {
    static std::string signature() { return (std::string("(") + ... + Parameter<Plain<Args>>::signature()) + ")" + Outcome<R>::signature(); }
    static constexpr uint32_t flags = Outcome<R>::flags;

    /** Where the value of a parameter stands: not all have one. */
    static constexpr size_t place(size_t parameter)
    {
        constexpr size_t counts[] = { Parameter<Plain<Args>>::count..., 0 };
        size_t before = 0;
        for (size_t i = 0; i < parameter; i++)
            before += counts[i];
        return before;
    }
    template <size_t... I> static VM_Status run(F &function, VM_Caller *raw, const VM_Value *args, VM_Value *results, std::index_sequence<I...>)
    {
        Caller caller(raw);
        (void)args;
        (void)results;
        if constexpr (std::is_void<R>::value) {
            function(Parameter<Plain<Args>>::get(caller, args + std::integral_constant<size_t, place(I)>::value)...);
            return VM_STATUS_OK;
        } else {
            return Outcome<R>::put(raw, function(Parameter<Plain<Args>>::get(caller, args + std::integral_constant<size_t, place(I)>::value)...), results);
        }
    }
    /** Whether all values are numbers: they are passed without their types. */
    static constexpr bool numbers = (IsNumber<Plain<Args>>::value && ...) && IsNumber<R>::value;

    template <size_t... I> static void run_raw(F &function, VM_RawValue *values, std::index_sequence<I...>)
    {
        (void)values;
        if constexpr (std::is_void<R>::value)
            function(Raw<Plain<Args>>::from(values + I)...);
        else
            Raw<R>::put(values, function(Raw<Plain<Args>>::from(values + I)...));
    }
    static VM_Status VM_CALL call_raw(void *user, VM_Caller *caller, VM_RawValue *values)
    {
        return guarded([&] { return run_raw(Boxed<F>::of(user), values, std::index_sequence_for<Args...>()), VM_STATUS_OK; },
                       [caller](VM_Status status, const char *text) { return VM_CallerFail(caller, status, text); });
    }
    static VM_Status VM_CALL call(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
    {
        return guarded([&] { return run(Boxed<F>::of(user), caller, args, results, std::index_sequence_for<Args...>()); },
                       [caller](VM_Status status, const char *text) { return VM_CallerFail(caller, status, text); });
    }
};

} // namespace host_detail

/**
 * Functions, memories, tables and globals of the host, for any number of contexts. It can be changed until it is registered.
 *
 * A function is a lambda, a function or a function object, which may be called on any thread that uses a context. Its parameters and
 * result give its type: numbers; `std::string_view` and `vm::Span` of bytes, which are checked parts of the guest's memory and two
 * parameters in wasm; `const char *`, a NUL-terminated string of the guest; `vm::Caller &`, none in wasm. What it throws becomes a
 * failure of the guest's call: vm::Failure and vm::Error with their status, every other std::exception a trap with its text.
 */
class HostModule : public host_detail::Builder<HostModule, VM_HostModule> {
public:
    /** An empty module with the name that imports use. */
    explicit HostModule(const Text &name) : Builder(nullptr), name_(name.c_str()) { start(VM_HostModuleCreate, name); }
    /** Takes ownership of a C object. */
    explicit HostModule(VM_HostModule *raw) : Builder(raw) {}
    /** Its name; empty for one that was made of a C object. */
    const std::string &name() const noexcept { return name_; }

    /** Adds a function. One of numbers alone gets them without their types, which is the fastest. */
    template <class F> HostModule &function(const Text &name, F function)
    {
        using Host = typename host_detail::Callable<F>::template Apply<host_detail::HostFunction, F>;
        last_ = name.c_str();
        std::string signature = Host::signature();
        if constexpr (std::is_pointer<F>::value) {
            if (!function)
                return note(Error(VM_STATUS_NULL_ARGUMENT, "the function `" + last_ + "` is a null pointer"));
        }
        if constexpr (Host::numbers)
            return set(VM_HostModuleAddFunctionRaw, name, signature.c_str(), Host::call_raw, host_detail::Boxed<F>::user(std::move(function)),
                       host_detail::Boxed<F>::free);
        else
            set(VM_HostModuleAddFunction, name, signature.c_str(), Host::call, host_detail::Boxed<F>::user(std::move(function)),
                host_detail::Boxed<F>::free);
        return Host::flags ? flags(Host::flags) : *this;
    }
    /** Adds a function whose type is known at run time only. Its values are those of the call. */
    HostModule &function(const Text &name, const FuncType &type, std::function<VM_Status(Caller &, const VM_Value *, VM_Value *)> function)
    {
        using Box = host_detail::Boxed<std::function<VM_Status(Caller &, const VM_Value *, VM_Value *)>>;
        last_ = name.c_str();
        VM_Callback callback = [](void *user, VM_Caller *raw, const VM_Value *args, VM_Value *results) {
            Caller caller(raw);
            return host_detail::guarded([&] { return Box::of(user)(caller, args, results); },
                                        [raw](VM_Status status, const char *text) { return VM_CallerFail(raw, status, text); });
        };
        return set(VM_HostModuleAddFunctionWithType, name, type.get(), callback, Box::user(std::move(function)), Box::free);
    }
    /** Adds a C function of numbers that reads and writes them without their types, which is the fastest. */
    HostModule &raw_function(const Text &name, const Text &signature, VM_RawCallback callback, void *user = nullptr, VM_Free free_user = nullptr)
    {
        last_ = name.c_str();
        return set(VM_HostModuleAddFunctionRaw, name, signature, callback, user, free_user);
    }
    /** Sets the flags of the function that was added last: VM_FUNCTION_*. */
    HostModule &flags(uint32_t flags) { return set(VM_HostModuleSetFunctionFlags, last_.c_str(), flags); }
    /** Sets the permission that calls of the function that was added last require. */
    HostModule &permission(const Text &permission) { return set(VM_HostModuleSetFunctionPermission, last_.c_str(), permission); }
    /** Adds a memory, of which each context has its own: pages of 64 KiB. */
    HostModule &memory(const Text &name, uint64_t minimum, std::optional<uint64_t> maximum = std::nullopt)
    {
        VM_MemoryType type = VM_MEMORYTYPE_INIT;
        type.minimum = minimum;
        type.has_maximum = maximum.has_value();
        type.maximum = maximum.value_or(0);
        return memory(name, type);
    }
    /** The same with every property. */
    HostModule &memory(const Text &name, const VM_MemoryType &type) { return set(VM_HostModuleAddMemory, name, &type); }
    /** Adds a table, of which each context has its own. */
    HostModule &table(const Text &name, const VM_TableType &type) { return set(VM_HostModuleAddTable, name, &type); }
    /** Adds a global, of which each context has its own. */
    HostModule &global(const Text &name, const Value &value, bool is_mutable = false)
    {
        VM_GlobalType type = VM_GLOBALTYPE_INIT;
        type.content = value.type();
        type.is_mutable = is_mutable;
        return set(VM_HostModuleAddGlobal, name, &type, &value.raw());
    }

private:
    std::string name_, last_;
};

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
