/**
 * @file libvm/plugin/function.hpp
 * Functions of wasm modules, with deduced signatures. Part of <libvm/plugin.hpp>.
 */
#ifndef LIBVM_PLUGIN_FUNCTION_HPP
#define LIBVM_PLUGIN_FUNCTION_HPP

#include <libvm/plugin/call.hpp>

#include <tuple>
#include <type_traits>

namespace vm {

/** What a compiler of the plug-in has made of a parameter of the calling module: in wasm its id, an i32. It is valid during the call. */
template <class P> class Parameter {
public:
    /** Used by this layer: what was compiled. */
    explicit Parameter(const P &compiled) : compiled_(&compiled) {}
    /** What was compiled. */
    const P &operator*() const { return *compiled_; }
    /** What was compiled. */
    const P *operator->() const { return compiled_; }

private:
    const P *compiled_;
};

namespace detail {

/** The types that the compilers of a plug-in make, in the order of its compilers. */
class Kinds {
public:
    void add(const void *tag) { tags_.push_back(tag); }
    uint32_t find(const void *tag) const
    {
        size_t found = tags_.size();
        for (size_t i = 0; i < tags_.size(); i++) {
            if (tags_[i] == tag && found != tags_.size())
                throw Failure(VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "two compilers make the type that a function takes as vm::Parameter: give each a type of its own");
            if (tags_[i] == tag)
                found = i;
        }
        if (found == tags_.size())
            throw Failure(VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "a function takes a vm::Parameter of a type that no compiler of the plug-in makes");
        return static_cast<uint32_t>(found);
    }

private:
    std::vector<const void *> tags_;
};

/** What arguments are made of. */
struct Frame {
    Call &call;
    const Base &base;
};

/** An argument of a function: its letters in the signature, how it is read, and for a vm::Parameter the index of its compiler. */
template <class A, class = void> struct Argument;

/** The base of arguments that are no parameters. */
struct PlainArgument {
    static constexpr size_t count = 1;
    static uint32_t kind(const Kinds &) { return 0; }
};

template <class A> struct Argument<A, std::enable_if_t<Number<A>::exists>> : PlainArgument {
    static constexpr const char *signature() { return Number<A>::letter(); }
    static A get(const Frame &, const VM_Value *args, uint32_t) { return Number<A>::from(*args); }
};

template <> struct Argument<std::string_view> : PlainArgument {
    static constexpr const char *signature() { return "<~"; }
    static std::string_view get(const Frame &, const VM_Value *args, uint32_t)
    {
        return { reinterpret_cast<const char *>(args->of.buffer.data), args->of.buffer.size };
    }
};

template <class T> struct Argument<Span<T>> : PlainArgument {
    static constexpr const char *signature() { return std::is_const<T>::value ? "<~" : "*~"; }
    static Span<T> get(const Frame &, const VM_Value *args, uint32_t)
    {
        return { reinterpret_cast<T *>(args->of.buffer.data), args->of.buffer.size };
    }
};

template <> struct Argument<const char *> : PlainArgument {
    static constexpr const char *signature() { return "$"; }
    static const char *get(const Frame &, const VM_Value *args, uint32_t) { return reinterpret_cast<const char *>(args->of.buffer.data); }
};

template <class P> struct Argument<Parameter<P>> {
    static constexpr size_t count = 1;
    static constexpr const char *signature() { return "i"; }
    static uint32_t kind(const Kinds &kinds) { return kinds.find(&TypeTag<P>::place); }
    static Parameter<P> get(const Frame &frame, const VM_Value *args, uint32_t kind)
    {
        void *compiled = nullptr;
        if (!frame.base.parameters)
            throw Failure(VM_STATUS_UNSUPPORTED, "this host has no parameters");
        VM_Status status = frame.base.parameters->get(frame.base.host, frame.call.get(), kind, static_cast<uint32_t>(args->of.i32), &compiled);
        check_known(status, "asking for a parameter");
        return Parameter<P>(*static_cast<const P *>(compiled));
    }
};

template <> struct Argument<Call &> : PlainArgument {
    static constexpr size_t count = 0;
    static constexpr const char *signature() { return ""; }
    static Call &get(const Frame &frame, const VM_Value *, uint32_t) { return frame.call; }
};

template <class A> using Plain = std::conditional_t<std::is_same<A, Call &>::value, A, std::remove_cv_t<std::remove_reference_t<A>>>;

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

/** A function of a module with its callback. */
struct FunctionBase {
    std::string name, signature, permission, text;
    uint32_t flags = 0;
    VM_Callback callback = nullptr;
    virtual ~FunctionBase() = default;
    /** Finds the compilers of its parameters, or throws. */
    virtual void resolve(const Kinds &kinds) = 0;
};

template <class T, class F, class R, class... Args> struct Function : FunctionBase {
    F function;
    uint32_t kinds[sizeof...(Args) + 1] = {};

    explicit Function(F given) : function(std::move(given))
    {
        signature = (std::string("(") + ... + Argument<Plain<Args>>::signature()) + ")" + Result<R>::signature();
        flags = Result<R>::flags;
        callback = call;
    }

    void resolve(const Kinds &known) override
    {
        size_t index = 0;
        (void)known;
        (void)index;
        ((kinds[index++] = Argument<Plain<Args>>::kind(known)), ...);
    }

    template <size_t... Index>
    VM_Status run(T &object, const Frame &frame, const VM_Value *args, VM_Value *results, std::index_sequence<Index...>)
    {
        constexpr size_t counts[] = { Argument<Plain<Args>>::count..., 0 };
        size_t places[sizeof...(Args) + 1] = {};
        for (size_t i = 0; i < sizeof...(Args); i++)
            places[i + 1] = places[i] + counts[i];
        (void)args;
        (void)frame;
        if constexpr (std::is_void<R>::value) {
            function(object, Argument<Plain<Args>>::get(frame, args + places[Index], kinds[Index])...);
            (void)results;
            return VM_STATUS_OK;
        } else {
            return Result<R>::put(function(object, Argument<Plain<Args>>::get(frame, args + places[Index], kinds[Index])...), results);
        }
    }

    static VM_Status VM_CALL call(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
    {
        auto *self = static_cast<Function *>(static_cast<FunctionBase *>(caller->data));
        auto *made = static_cast<Instance<T> *>(instance);
        auto fail = [caller](VM_Status status, const char *text) {
            return status == VM_STATUS_TRAP ? VM_CallerTrap(caller, text) : VM_CallerFail(caller, status, text);
        };
        return guard(VM_STATUS_TRAP, fail, [&] {
            Call current(*made, caller);
            return self->run(*made->object, Frame{ current, *made }, args, results, std::index_sequence_for<Args...>());
        });
    }
};

template <class T, class R, class... Args, class F> std::unique_ptr<FunctionBase> make_function_of(F function)
{
    return std::make_unique<Function<T, F, R, Args...>>(std::move(function));
}
template <class T, class F, class R, class... Args> std::unique_ptr<FunctionBase> make_plain(F function, R (*)(T &, Args...))
{
    return make_function_of<T, R, Args...>(std::move(function));
}
template <class T, class F, class R, class... Args> std::unique_ptr<FunctionBase> make_plain(F function, R (*)(Args...))
{
    return make_function_of<T, R, Args...>([function](T &, Args... args) -> R { return function(static_cast<Args &&>(args)...); });
}
template <class T, class F, class R, class C, class... Args> std::unique_ptr<FunctionBase> make_lambda(F lambda, R (C::*)(T &, Args...) const)
{
    return make_function_of<T, R, Args...>(std::move(lambda));
}
template <class T, class F, class R, class C, class... Args> std::unique_ptr<FunctionBase> make_lambda(F lambda, R (C::*)(Args...) const)
{
    return make_function_of<T, R, Args...>([lambda = std::move(lambda)](T &, Args... args) -> R { return lambda(static_cast<Args &&>(args)...); });
}

/** Creates a function from a member function, a function or a lambda. */
template <class T, class R, class C, class... Args> std::unique_ptr<FunctionBase> make_function(R (C::*member)(Args...))
{
    return make_function_of<T, R, Args...>([member](T &object, Args... args) -> R { return (object.*member)(static_cast<Args &&>(args)...); });
}
template <class T, class R, class C, class... Args> std::unique_ptr<FunctionBase> make_function(R (C::*member)(Args...) const)
{
    return make_function_of<T, R, Args...>([member](T &object, Args... args) -> R { return (object.*member)(static_cast<Args &&>(args)...); });
}
template <class T, class R, class... Args> std::unique_ptr<FunctionBase> make_function(R (*plain)(Args...)) { return make_plain<T>(plain, plain); }
template <class T, class F, class = decltype(&F::operator())> std::unique_ptr<FunctionBase> make_function(F lambda)
{
    auto call = &F::operator();
    return make_lambda<T>(std::move(lambda), call);
}

} // namespace detail

/** A module of a plug-in. */
template <class T> class PluginModule {
public:
    /** A module with a name. */
    explicit PluginModule(std::string name) : name_(std::move(name)) {}

    /** Adds a member function, a function or a lambda, which may take the instance by reference as its first parameter. */
    template <class F> PluginModule &function(const char *name, F function)
    {
        functions_.push_back(detail::make_function<T>(std::move(function)));
        functions_.back()->name = name;
        return *this;
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
    VM_ModuleDescriptor finish(const detail::Kinds &kinds)
    {
        for (auto &function : functions_) {
            function->resolve(kinds);
            descriptors_.push_back({ function->flags, 0, function->name.c_str(), function->signature.c_str(), function->callback, function.get(),
                                     function->permission.empty() ? nullptr : function->permission.c_str(), function->text.c_str() });
        }
        VM_FunctionTable table = { descriptors_.data(), static_cast<uint32_t>(descriptors_.size()), sizeof(VM_FunctionDescriptor) };
        return { 0, 0, name_.c_str(), text_.c_str(), table };
    }

    std::string name_, text_;
    std::vector<std::unique_ptr<detail::FunctionBase>> functions_;
    std::vector<VM_FunctionDescriptor> descriptors_;
};

} // namespace vm

#endif
