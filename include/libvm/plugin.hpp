/**
 * @file libvm/plugin.hpp
 * Write plug-ins for libvm in C++17: a class, whose objects are the instances of the plug-in, and one macro.
 *
 *     class Calc : public vm::Plugin {
 *     public:
 *         int32_t add(int32_t a, int32_t b) { return a + b; }
 *         static void describe(vm::Description<Calc> &plugin) { plugin.module("calc").function("add", &Calc::add); }
 *     };
 *     VM_CPP_PLUGIN(Calc, "calc", "1.0.0", "Adds numbers")
 *
 * Functions are member functions, or lambdas and functions with or without a reference to the instance as the first parameter. Parameters
 * are numbers (`int32_t`, `uint32_t`, `int64_t`, `uint64_t`, `float`, `double`, `bool`), parts of the guest's memory, which libvm has
 * checked (`std::string_view`, `vm::Span<char>` and spans of other bytes; two parameters in wasm, pointer and length), `const char *` (a
 * NUL-terminated string), and `vm::Call &` (none in wasm). They return nothing, a number, a `std::tuple` of numbers, or `vm::Pending<…>`.
 *
 * An exception becomes a trap with its text; vm::Failure has a status too. No exception reaches the guest. Header only; no run-time type
 * information is needed. What the C header says of lifetimes and threads holds here too.
 */
#ifndef LIBVM_PLUGIN_HPP
#define LIBVM_PLUGIN_HPP

#include <libvm/base.hpp>
#include <libvm/plugin.h>

#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/** Plug-ins in C++. */
namespace vm {

namespace detail {

/** Throws if a function of the host has failed. */
inline void check(VM_Status status, const char *what)
{
    if (status != VM_STATUS_OK)
        throw Failure(status, std::string(what) + " failed with status " + std::to_string(status));
}

} // namespace detail

/** Key-value storage and counters of the plug-in in a context; see VM_StateService. */
class State {
public:
    /** The state of a presence; throws if the host has none. */
    State(const VM_PluginHost *host, VM_PluginInstance *self) : service_(VM_HostGetStateService(host)), self_(self)
    {
        if (!service_)
            throw Failure(VM_STATUS_UNSUPPORTED, "this host has no state");
    }
    /** Sets a value. */
    void put(const std::string &key, std::string_view value)
    {
        detail::check(service_->put(self_, key.c_str(), value.data(), value.size()), "setting a value of the state");
    }
    /** Reads a value; returns whether there is one. */
    bool get(const std::string &key, std::string &value) const
    {
        for (;;) {
            size_t size = 0;
            VM_Status status = service_->get(self_, key.c_str(), value.empty() ? nullptr : &value[0], value.size(), &size);
            if (status == VM_STATUS_NOT_FOUND)
                return false;
            if (status != VM_STATUS_OUT_OF_BOUNDS) {
                detail::check(status, "reading a value of the state");
                value.resize(size);
                return true;
            }
            value.resize(size);
        }
    }
    /** Removes a value or a counter; returns whether there was one. */
    bool remove(const std::string &key)
    {
        VM_Status status = service_->remove(self_, key.c_str());
        if (status == VM_STATUS_NOT_FOUND)
            return false;
        detail::check(status, "removing a value of the state");
        return true;
    }
    /** Adds to a counter, which is initially 0, and returns its value. */
    int64_t increment(const std::string &key, int64_t by)
    {
        int64_t now = 0;
        detail::check(service_->increment(self_, key.c_str(), by, &now), "incrementing a counter of the state");
        return now;
    }
    /** The keys of values and counters with a prefix, in order. */
    std::vector<std::string> keys(const std::string &prefix = "") const
    {
        std::vector<std::string> found;
        VM_Status status = service_->list_keys(
            self_, prefix.c_str(),
            [](void *user, const char *key) {
                try {
                    static_cast<std::vector<std::string> *>(user)->push_back(key);
                    return true;
                } catch (...) {
                    return false;
                }
            },
            &found);
        detail::check(status, "listing the keys of the state");
        return found;
    }

private:
    const VM_StateService *service_;
    VM_PluginInstance *self_;
};

/** The plug-in's presence in a context. Keep it in the instance: it is valid as long as that, on any thread. */
class Self {
public:
    /** The presence that create was passed. */
    Self(const VM_PluginHost *host, VM_PluginInstance *self) : host_(host), self_(self) {}
    /** The host, for the functions of <libvm/plugin.h>. */
    const VM_PluginHost *host() const { return host_; }
    /** The presence, for the functions of <libvm/plugin.h>. */
    VM_PluginInstance *get() const { return self_; }
    /** Writes a line to the log of the context. */
    void log(VM_LogLevel level, const std::string &text) const { VM_HostLog(host_, self_, level, text.c_str()); }
    /** The state in the context. */
    State state() const { return State(host_, self_); }
    /** Whether a permission is granted in the context. */
    bool permits(const std::string &permission) const { return VM_HostCheckPermission(host_, self_, permission.c_str()) == VM_STATUS_OK; }
    /** A directory of the plug-in. */
    std::string directory(VM_DirectoryKind kind) const
    {
        const char *path = nullptr;
        detail::check(VM_HostGetDirectory(host_, self_, kind, &path), "asking for a directory");
        return path;
    }

private:
    const VM_PluginHost *host_;
    VM_PluginInstance *self_;
};

template <class R> class Pending;
template <class R> class Completer;

/** The call that a function runs for. It is valid until the function returns, on its thread. */
class Call {
public:
    /** The call of a callback. */
    Call(const VM_PluginHost *host, VM_Caller *caller) : host_(host), caller_(caller) {}
    /** The caller, for the functions of <libvm/types.h>. */
    VM_Caller *get() const { return caller_; }
    /** The presence in the calling context; of a singleton it is not the one that the instance was created with. */
    Self self() const { return Self(host_, caller_->self); }
    /** Requires a permission in the calling context, or throws. */
    void require(const std::string &permission) const
    {
        VM_Status status = VM_HostRequirePermission(host_, caller_, permission.c_str());
        if (status != VM_STATUS_OK)
            throw detail::Known(status, "the permission `" + permission + "` is required");
    }
    /** The size of the guest's memory in bytes. */
    uint64_t memory_size() const
    {
        uint64_t size = 0;
        detail::check(VM_CallerGetMemorySize(caller_, &size), "asking for the size of the guest's memory");
        return size;
    }
    /** Copies from the guest's memory. */
    void read(uint64_t address, void *data, size_t size) const
    {
        detail::check(VM_CallerReadMemory(caller_, address, data, size), "reading the guest's memory");
    }
    /** Copies into the guest's memory. */
    void write(uint64_t address, const void *data, size_t size) const
    {
        detail::check(VM_CallerWriteMemory(caller_, address, data, size), "writing the guest's memory");
    }
    /** Calls a function that the guest exports. Parts of the guest's memory are invalid afterwards. */
    template <class R, class... Args> R call(const std::string &name, Args... args) const;
    /** Suspends the guest: return the second part, and complete the call with the first, from any thread. */
    template <class R> std::pair<Completer<R>, Pending<R>> suspend() const;

private:
    const VM_PluginHost *host_;
    VM_Caller *caller_;
};

namespace detail {

template <class T, class = void> struct Parameter;

template <class T> struct Parameter<T, std::enable_if_t<Number<T>::exists>> {
    static constexpr size_t count = 1;
    static constexpr const char *signature() { return Number<T>::letter(); }
    static T get(Call &, const VM_Value *args) { return Number<T>::from(*args); }
};

template <> struct Parameter<std::string_view> {
    static constexpr size_t count = 1;
    static constexpr const char *signature() { return "<~"; }
    static std::string_view get(Call &, const VM_Value *args)
    {
        return { reinterpret_cast<const char *>(args->of.buffer.data), args->of.buffer.size };
    }
};

template <class T> struct Parameter<Span<T>> {
    static constexpr size_t count = 1;
    static constexpr const char *signature() { return std::is_const<T>::value ? "<~" : "*~"; }
    static Span<T> get(Call &, const VM_Value *args) { return { reinterpret_cast<T *>(args->of.buffer.data), args->of.buffer.size }; }
};

template <> struct Parameter<const char *> {
    static constexpr size_t count = 1;
    static constexpr const char *signature() { return "$"; }
    static const char *get(Call &, const VM_Value *args) { return reinterpret_cast<const char *>(args->of.buffer.data); }
};

template <> struct Parameter<Call &> {
    static constexpr size_t count = 0;
    static constexpr const char *signature() { return ""; }
    static Call &get(Call &call, const VM_Value *) { return call; }
};

template <class T> using Plain = std::conditional_t<std::is_same<T, Call &>::value, T, std::remove_cv_t<std::remove_reference_t<T>>>;

template <class R> struct Result {
    static_assert(Number<R>::exists, "a function returns nothing, a number, a std::tuple of numbers, or vm::Pending");
    static constexpr uint32_t flags = 0;
    static std::string signature() { return Number<R>::letter(); }
    static VM_Status put(R result, VM_Value *results)
    {
        results[0] = Number<R>::to(result);
        return VM_STATUS_OK;
    }
};

template <class... R> struct Result<std::tuple<R...>> {
    static constexpr uint32_t flags = 0;
    static std::string signature() { return (std::string() + ... + Number<R>::letter()); }
    static VM_Status put(const std::tuple<R...> &result, VM_Value *results)
    {
        std::apply([results](R... each) mutable { ((*results++ = Number<R>::to(each)), ...); }, result);
        return VM_STATUS_OK;
    }
};

template <> struct Result<void> {
    static constexpr uint32_t flags = 0;
    static std::string signature() { return std::string(); }
};

template <class R> struct Result<Pending<R>> {
    static constexpr uint32_t flags = VM_FUNCTION_MAY_SUSPEND;
    static std::string signature() { return Result<R>::signature(); }
    static VM_Status put(const Pending<R> &, VM_Value *) { return VM_STATUS_PENDING; }
};

/** An instance with what callbacks need beside it. */
template <class T> struct Instance {
    const VM_PluginHost *host;
    std::unique_ptr<T> object;
};

/** Runs a function of the plug-in; what it throws becomes a failure of the call. */
template <class F> VM_Status guarded(VM_Caller *caller, F run) noexcept
{
    try {
        return run();
    } catch (const Known &failure) {
        return failure.status();
    } catch (const Failure &failure) {
        return VM_CallerFail(caller, failure.status(), failure.what());
    } catch (const std::exception &exception) {
        return VM_CallerTrap(caller, exception.what());
    } catch (...) {
        return VM_CallerTrap(caller, "the plug-in has thrown an exception that is not a std::exception");
    }
}

/** The same for functions of the life cycle. */
template <class F> VM_Status guarded_by(const VM_PluginHost *host, F run) noexcept
{
    try {
        run();
        return VM_STATUS_OK;
    } catch (const Failure &failure) {
        VM_HostFail(host, failure.what());
        return failure.status();
    } catch (const std::exception &exception) {
        return VM_HostFail(host, exception.what());
    } catch (...) {
        return VM_HostFail(host, "the plug-in has thrown an exception that is not a std::exception");
    }
}

/** A function of a module with its callback. */
struct FunctionBase {
    std::string name, signature, permission, text;
    uint32_t flags = 0;
    VM_Callback callback = nullptr;
    virtual ~FunctionBase() = default;
    void *data = nullptr;
};

template <class T, class F, class R, class... Args> struct Function : FunctionBase {
    F function;

    explicit Function(F given) : function(std::move(given))
    {
        signature = (std::string("(") + ... + Parameter<Plain<Args>>::signature()) + ")" + Result<R>::signature();
        flags = Result<R>::flags;
        callback = call;
        data = this;
    }

    template <size_t... Index>
    VM_Status run(T &object, Call &call, const VM_Value *args, VM_Value *results, std::index_sequence<Index...>)
    {
        constexpr size_t counts[] = { Parameter<Plain<Args>>::count..., 0 };
        size_t places[sizeof...(Args) + 1] = {};
        for (size_t i = 0; i < sizeof...(Args); i++)
            places[i + 1] = places[i] + counts[i];
        (void)args;
        (void)call;
        if constexpr (std::is_void<R>::value) {
            function(object, Parameter<Plain<Args>>::get(call, args + places[Index])...);
            (void)results;
            return VM_STATUS_OK;
        } else {
            return Result<R>::put(function(object, Parameter<Plain<Args>>::get(call, args + places[Index])...), results);
        }
    }

    static VM_Status VM_CALL call(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
    {
        auto *self = static_cast<Function *>(caller->data);
        auto *made = static_cast<Instance<T> *>(instance);
        return guarded(caller, [&] {
            Call current(made->host, caller);
            return self->run(*made->object, current, args, results, std::index_sequence_for<Args...>());
        });
    }
};

/** A value of VM_OptionDescriptor with its strings. */
struct Option {
    VM_OptionDescriptor descriptor = {};
    std::string key, text, description, choices;
};

} // namespace detail

/** The result of a function that has suspended the guest with Call::suspend. */
template <class R> class Pending {
    friend class Call;
    Pending() = default;
};

/** Completes a suspended call, from any thread. If it is destroyed without doing so, the call fails. */
template <class R> class Completer {
public:
    /** Completers move. */
    Completer(Completer &&other) noexcept : complete_(other.complete_), fail_(other.fail_), token_(std::exchange(other.token_, 0)) {}
    /** Completers move. */
    Completer &operator=(Completer &&other) noexcept
    {
        std::swap(complete_, other.complete_);
        std::swap(fail_, other.fail_);
        std::swap(token_, other.token_);
        return *this;
    }
    ~Completer()
    {
        if (token_)
            fail(VM_STATUS_TRAP, "the plug-in has dropped the call without completing it");
    }
    /** Completes the call with its result; returns VM_STATUS_STALE if it was cancelled. */
    template <class Value = R> VM_Status complete(Value result)
    {
        VM_Value value = detail::Number<R>::to(result);
        return complete_(std::exchange(token_, 0), &value, 1);
    }
    /** Fails the call; returns VM_STATUS_STALE if it was cancelled. */
    VM_Status fail(VM_Status status, const char *text) { return fail_(std::exchange(token_, 0), status, text); }

private:
    friend class Call;
    Completer(const VM_SuspensionService &service, VM_Token token)
        : complete_(service.complete), fail_(service.complete_with_failure), token_(token)
    {
    }
    decltype(VM_SuspensionService::complete) complete_;
    decltype(VM_SuspensionService::complete_with_failure) fail_;
    VM_Token token_;
};

template <class R, class... Args> R Call::call(const std::string &name, Args... args) const
{
    VM_Value values[sizeof...(Args) + 1] = { detail::Number<Args>::to(args)... };
    VM_Value result = {};
    VM_Status status = VM_CallerCall(caller_, name.c_str(), values, sizeof...(Args), &result, std::is_void<R>::value ? 0 : 1);
    if (status != VM_STATUS_OK)
        throw detail::Known(status, "calling `" + name + "` of the guest failed");
    if constexpr (!std::is_void<R>::value) {
        if (result.type != detail::Number<R>::to(R()).type)
            throw Failure(VM_STATUS_BAD_SIGNATURE, "`" + name + "` of the guest has a result of another type");
        return detail::Number<R>::from(result);
    }
}

template <class R> std::pair<Completer<R>, Pending<R>> Call::suspend() const
{
    const VM_SuspensionService *service = VM_HostGetSuspensionService(host_);
    if (!service)
        throw Failure(VM_STATUS_UNSUPPORTED, "this host cannot suspend guests");
    VM_Suspension suspension = VM_SUSPENSION_INIT;
    VM_Token token = 0;
    VM_Status status = VM_CallerSuspend(caller_, &suspension, &token);
    if (status != VM_STATUS_PENDING)
        throw Failure(status, "suspending the guest failed with status " + std::to_string(status));
    return { Completer<R>(*service, token), Pending<R>() };
}

/** The base of plug-ins. `T()`, `T(vm::Self)` or `T(vm::Self, const T::Options &)` creates an instance in a context. */
class Plugin {
public:
    Plugin() = default;
    Plugin(const Plugin &) = delete;
    Plugin &operator=(const Plugin &) = delete;
};

/** A module of a plug-in. */
template <class T> class PluginModule {
public:
    /** A module with a name. */
    explicit PluginModule(std::string name) : name_(std::move(name)) {}

    /** Adds a member function. */
    template <class R, class C, class... Args> PluginModule &function(const char *name, R (C::*member)(Args...))
    {
        return add<R, Args...>(name, [member](T &object, Args... args) -> R { return (object.*member)(static_cast<Args &&>(args)...); });
    }
    /** Adds a constant member function. */
    template <class R, class C, class... Args> PluginModule &function(const char *name, R (C::*member)(Args...) const)
    {
        return add<R, Args...>(name, [member](T &object, Args... args) -> R { return (object.*member)(static_cast<Args &&>(args)...); });
    }
    /** Adds a function. */
    template <class R, class... Args> PluginModule &function(const char *name, R (*plain)(Args...)) { return add_plain(name, plain, plain); }
    /** Adds a lambda. */
    template <class F, class = decltype(&F::operator())> PluginModule &function(const char *name, F lambda)
    {
        return add_lambda(name, std::move(lambda), &F::operator());
    }
    /** Describes the function that was added last, or the module if there is none yet, in one line. */
    PluginModule &describe(const char *text)
    {
        (functions_.empty() ? text_ : functions_.back()->text) = text;
        return *this;
    }
    /** Sets the permission that calls of the function that was added last require. */
    PluginModule &permission(const char *permission)
    {
        if (!functions_.empty())
            functions_.back()->permission = permission;
        return *this;
    }
    /** Adds VM_FUNCTION_* to the flags of the function that was added last. */
    PluginModule &flags(uint32_t flags)
    {
        if (!functions_.empty())
            functions_.back()->flags |= flags;
        return *this;
    }

private:
    template <class> friend class Description;
    template <class R, class... Args, class F> PluginModule &add(const char *name, F function)
    {
        auto made = std::make_unique<detail::Function<T, F, R, Args...>>(std::move(function));
        made->name = name;
        functions_.push_back(std::move(made));
        return *this;
    }
    template <class F, class R, class... Args> PluginModule &add_plain(const char *name, F function, R (*)(T &, Args...))
    {
        return add<R, Args...>(name, std::move(function));
    }
    template <class F, class R, class... Args> PluginModule &add_plain(const char *name, F function, R (*)(Args...))
    {
        return add<R, Args...>(name, [function](T &, Args... args) -> R { return function(static_cast<Args &&>(args)...); });
    }
    template <class F, class R, class C, class... Args> PluginModule &add_lambda(const char *name, F lambda, R (C::*)(T &, Args...) const)
    {
        return add<R, Args...>(name, std::move(lambda));
    }
    template <class F, class R, class C, class... Args> PluginModule &add_lambda(const char *name, F lambda, R (C::*)(Args...) const)
    {
        return add<R, Args...>(name, [lambda](T &, Args... args) -> R { return lambda(static_cast<Args &&>(args)...); });
    }

    std::string name_, text_;
    std::vector<std::unique_ptr<detail::FunctionBase>> functions_;
    std::vector<VM_FunctionDescriptor> descriptors_;
};

namespace detail {

struct NoOptions {};

template <class T, class = void> struct OptionsOf {
    using type = NoOptions;
};
template <class T> struct OptionsOf<T, std::void_t<typename T::Options>> {
    using type = typename T::Options;
};

template <class T, class = void> struct FlagsOf {
    static constexpr uint32_t value = 0;
};
template <class T> struct FlagsOf<T, std::void_t<decltype(T::flags)>> {
    static constexpr uint32_t value = T::flags;
};

template <class T, class = void> struct HasSnapshot : std::false_type {};
template <class T>
struct HasSnapshot<T, std::void_t<decltype(std::declval<T &>().save()), decltype(std::declval<T &>().restore(std::string_view()))>>
    : std::true_type {};

/** An option: how it is described with its default, and read. */
inline void describe_default(Option &option, bool value) { option.descriptor.type = VM_OPTION_TYPE_BOOL, option.descriptor.integer = value; }
inline void describe_default(Option &option, int64_t value) { option.descriptor.type = VM_OPTION_TYPE_INTEGER, option.descriptor.integer = value; }
inline void describe_default(Option &option, double value) { option.descriptor.type = VM_OPTION_TYPE_FLOAT, option.descriptor.number = value; }
inline void describe_default(Option &option, const std::string &value) { option.descriptor.type = VM_OPTION_TYPE_STRING, option.text = value; }
inline void describe_default(Option &option, const std::vector<std::string> &value)
{
    option.descriptor.type = VM_OPTION_TYPE_LIST;
    for (const std::string &item : value)
        option.text += (option.text.empty() ? "" : "\n") + item;
}
inline VM_Status read_option(const Self &self, const char *key, bool &value) { return VM_HostGetOptionBool(self.host(), self.get(), key, &value); }
inline VM_Status read_option(const Self &self, const char *key, int64_t &value) { return VM_HostGetOptionInteger(self.host(), self.get(), key, &value); }
inline VM_Status read_option(const Self &self, const char *key, double &value) { return VM_HostGetOptionFloat(self.host(), self.get(), key, &value); }
inline VM_Status read_option(const Self &self, const char *key, std::string &value)
{
    const char *text = nullptr;
    VM_Status status = VM_HostGetOptionString(self.host(), self.get(), key, &text);
    if (status == VM_STATUS_OK)
        value = text;
    return status;
}
inline VM_Status read_option(const Self &self, const char *key, std::vector<std::string> &value)
{
    const char *const *items = nullptr;
    size_t count = 0;
    VM_Status status = VM_HostGetOptionList(self.host(), self.get(), key, &items, &count);
    if (status == VM_STATUS_OK)
        value.assign(items, items + count);
    return status;
}

template <class O> struct Field : Option {
    virtual void read(const Self &self, O &options) const = 0;
    virtual ~Field() = default;
};

template <class O, class M> struct MemberField : Field<O> {
    M O::*member;
    explicit MemberField(M O::*given) : member(given) {}
    void read(const Self &self, O &options) const override { check(read_option(self, this->key.c_str(), options.*member), "reading an option"); }
};

} // namespace detail

/** An option that was added, to say more about it. */
class OptionRef {
public:
    /** The option. */
    explicit OptionRef(detail::Option &option) : option_(option) {}
    /** Bounds an integer. */
    OptionRef &range(int64_t least, int64_t most)
    {
        option_.descriptor.flags |= VM_OPTION_RANGED;
        option_.descriptor.minimum = least;
        option_.descriptor.maximum = most;
        return *this;
    }
    /** Bounds a float. */
    OptionRef &range_of_numbers(double least, double most)
    {
        option_.descriptor.flags |= VM_OPTION_RANGED;
        option_.descriptor.minimum_number = least;
        option_.descriptor.maximum_number = most;
        return *this;
    }
    /** It has no default and must be set. */
    OptionRef &required()
    {
        option_.descriptor.flags |= VM_OPTION_REQUIRED;
        return *this;
    }
    /** It is never shown or logged. */
    OptionRef &secret()
    {
        option_.descriptor.flags |= VM_OPTION_SECRET;
        return *this;
    }
    /** A string is one of several, which are separated by commas. */
    OptionRef &choices(const char *choices)
    {
        option_.descriptor.type = VM_OPTION_TYPE_ENUM;
        option_.choices = choices;
        return *this;
    }

private:
    detail::Option &option_;
};

/** What a plug-in provides: its static function `describe` fills it in, once in a process. */
template <class T> class Description {
public:
    /** The options of the plug-in. */
    using Options = typename detail::OptionsOf<T>::type;

    Description() = default;
    Description(const Description &) = delete;
    Description &operator=(const Description &) = delete;

    /** Adds a module. */
    PluginModule<T> &module(const char *name)
    {
        modules_.emplace_back(name);
        return modules_.back();
    }

    /** Makes a field of T::Options an option; its default is that of the struct. */
    template <class M> OptionRef option(const char *key, M Options::*member, const char *description)
    {
        auto field = std::make_unique<detail::MemberField<Options, M>>(member);
        field->key = key;
        field->description = description;
        detail::describe_default(*field, Options().*member);
        fields_.push_back(std::move(field));
        return OptionRef(*fields_.back());
    }

    /** Used by VM_CPP_PLUGIN: returns the descriptor. */
    const VM_PluginDescriptor *finish(VM_Status(VM_CALL *create)(const VM_PluginHost *, VM_PluginInstance *, void **))
    {
        for (PluginModule<T> &module : modules_) {
            for (auto &function : module.functions_)
                module.descriptors_.push_back({ function->flags, 0, function->name.c_str(), function->signature.c_str(), function->callback,
                                                function->data, function->permission.empty() ? nullptr : function->permission.c_str(),
                                                function->text.c_str() });
            VM_FunctionTable table = { module.descriptors_.data(), static_cast<uint32_t>(module.descriptors_.size()), sizeof(VM_FunctionDescriptor) };
            module_descriptors_.push_back({ 0, 0, module.name_.c_str(), module.text_.c_str(), table });
        }
        for (auto &field : fields_) {
            VM_OptionDescriptor option = field->descriptor;
            option.key = field->key.c_str();
            option.description = field->description.c_str();
            bool has_text = option.type >= VM_OPTION_TYPE_STRING && !(option.flags & VM_OPTION_REQUIRED);
            option.text = has_text ? field->text.c_str() : nullptr;
            option.choices = field->choices.empty() ? nullptr : field->choices.c_str();
            option_descriptors_.push_back(option);
        }
        descriptor_.size = sizeof descriptor_;
        descriptor_.flags = detail::FlagsOf<T>::value;
        descriptor_.modules = { module_descriptors_.data(), static_cast<uint32_t>(module_descriptors_.size()), sizeof(VM_ModuleDescriptor) };
        descriptor_.options = { option_descriptors_.data(), static_cast<uint32_t>(option_descriptors_.size()), sizeof(VM_OptionDescriptor) };
        descriptor_.create = create;
        descriptor_.destroy = [](void *instance) { delete static_cast<detail::Instance<T> *>(instance); };
        descriptor_.initialize = nullptr;
        descriptor_.cleanup = nullptr;
        descriptor_.get_extension = get_extension;
        if constexpr (detail::HasSnapshot<T>::value)
            snapshot_ = { sizeof snapshot_, 0, save, restore };
        return &descriptor_;
    }

    /** Used by VM_CPP_PLUGIN: creates an instance. */
    VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance) const
    {
        return detail::guarded_by(host, [&] {
            Self presence(host, self);
            std::unique_ptr<T> object;
            if constexpr (std::is_constructible<T, Self, const Options &>::value) {
                Options options;
                for (const auto &field : fields_)
                    field->read(presence, options);
                object = std::make_unique<T>(presence, options);
            } else if constexpr (std::is_constructible<T, Self>::value) {
                object = std::make_unique<T>(presence);
            } else {
                object = std::make_unique<T>();
            }
            *instance = new detail::Instance<T>{ host, std::move(object) };
        });
    }

private:
    /* Reached from get_extension, which libvm passes nothing of this. */
    inline static VM_SnapshotExtension snapshot_ = {};

    static const void *VM_CALL get_extension(void *, const char *id)
    {
        if (detail::HasSnapshot<T>::value && VM_ExtensionMatches(id, VM_SNAPSHOT_EXTENSION))
            return &snapshot_;
        return nullptr;
    }
    static VM_Status VM_CALL save(void *instance, VM_SnapshotWrite write, void *user)
    {
        auto *made = static_cast<detail::Instance<T> *>(instance);
        return detail::guarded_by(made->host, [&] {
            if constexpr (detail::HasSnapshot<T>::value) {
                std::string state = made->object->save();
                detail::check(write(user, state.data(), state.size()), "writing a snapshot");
            }
        });
    }
    static VM_Status VM_CALL restore(void *instance, const void *data, size_t size)
    {
        auto *made = static_cast<detail::Instance<T> *>(instance);
        return detail::guarded_by(made->host, [&] {
            if constexpr (detail::HasSnapshot<T>::value)
                made->object->restore(std::string_view(static_cast<const char *>(data), size));
        });
    }

    std::deque<PluginModule<T>> modules_;
    std::vector<std::unique_ptr<detail::Field<Options>>> fields_;
    std::vector<VM_ModuleDescriptor> module_descriptors_;
    std::vector<VM_OptionDescriptor> option_descriptors_;
    VM_PluginDescriptor descriptor_ = {};
};

} // namespace vm

/**
 * Defines the plug-in's symbols: the class, its name, version, and a description of one line. Further contents of the manifest
 * (VM_PLUGIN_MODULES, VM_PLUGIN_PERMISSIONS, …) and VM_PLUGIN_BUILTIN are those of <libvm/plugin.h>.
 */
#define VM_CPP_PLUGIN(type, name, version, text)                                                                          \
    namespace {                                                                                                           \
    /* Made when the host first asks for it, and never freed: several registries may use it. */                           \
    vm::Description<type> *libvm_cpp_description;                                                                         \
    VM_Status VM_CALL libvm_cpp_create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)               \
    {                                                                                                                     \
        return libvm_cpp_description->create(host, self, instance);                                                       \
    }                                                                                                                     \
    const VM_PluginDescriptor *libvm_cpp_describe(const VM_PluginHost *host)                                              \
    {                                                                                                                     \
        const VM_PluginDescriptor *descriptor = nullptr;                                                                  \
        vm::detail::guarded_by(host, [&] {                                                                                \
            static const VM_PluginDescriptor *const made = [] {                                                           \
                auto description = std::make_unique<vm::Description<type>>();                                             \
                type::describe(*description);                                                                             \
                const VM_PluginDescriptor *finished = description->finish(libvm_cpp_create);                              \
                libvm_cpp_description = description.release();                                                            \
                return finished;                                                                                          \
            }();                                                                                                          \
            descriptor = made;                                                                                            \
        });                                                                                                               \
        return descriptor;                                                                                                \
    }                                                                                                                     \
    }                                                                                                                     \
    VM_CPP_PLUGIN_SYMBOLS(name, version, text)

#ifdef VM_PLUGIN_BUILTIN
/** Used by VM_CPP_PLUGIN: the symbols of a plug-in that is linked into its host. */
#define VM_CPP_PLUGIN_SYMBOLS(name, version, text)                                                                        \
    static const VM_PluginDescriptor *VM_CALL libvm_plugin_entry(const VM_PluginHost *host) { return libvm_cpp_describe(host); } \
    VM_PLUGIN_MANIFEST(static, name, version, text);                                                                      \
    extern "C" const VM_PluginBuiltin VM_PLUGIN_BUILTIN = { (uint32_t)sizeof(VM_PluginBuiltin), 0, &libvm_plugin_manifest, libvm_plugin_entry };
#else
/** Used by VM_CPP_PLUGIN: the symbols of a plug-in in a shared library. */
#define VM_CPP_PLUGIN_SYMBOLS(name, version, text)                                                                        \
    extern "C" const VM_PluginDescriptor *VM_CALL libvm_plugin_entry(const VM_PluginHost *host) { return libvm_cpp_describe(host); } \
    VM_PLUGIN_MANIFEST(extern "C", name, version, text);
#endif

#endif
