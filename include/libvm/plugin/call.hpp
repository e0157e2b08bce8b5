/**
 * @file libvm/plugin/call.hpp
 * The call that a function of a plug-in runs for: the guest's memory and functions, and suspension. Part of <libvm/plugin.hpp>.
 */
#ifndef LIBVM_PLUGIN_CALL_HPP
#define LIBVM_PLUGIN_CALL_HPP

#include <libvm/plugin/services.hpp>

#include <atomic>
#include <functional>
#include <type_traits>

namespace vm {

template <class R> class Pending;
template <class R> class Completer;

namespace detail {

/** The message of the caller's function that failed last, or another one from a host that is older. */
inline std::string reason(VM_Caller *caller, std::string otherwise)
{
    const char *message = nullptr;
    return VM_CallerGetErrorMessage(caller, &message) == VM_STATUS_OK ? std::string(message) : otherwise;
}

} // namespace detail

/** The call that a function runs for. It is valid until the function returns, on its thread. */
class Call {
public:
    /** Used by this layer: the call of a callback. */
    Call(const detail::Base &base, VM_Caller *caller) : base_(base), caller_(caller) {}
    /** The caller, for the functions of <libvm/types.h>. */
    VM_Caller *get() const { return caller_; }
    /**
     * The presence in the calling context. Of a singleton it is not the one that the instance was created with, and must not be kept after
     * the call.
     */
    Self self() const { return base_.presence(caller_->self); }
    /** Requires a permission in the calling context, or throws. */
    void require(const std::string &permission) const
    {
        VM_Status status = VM_HostRequirePermission(base_.host, caller_, detail::c_string(permission, "a permission"));
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
    /**
     * Suspends the guest like suspend(), and calls a function if the wait ends without a completion: at the deadline of the execution, when
     * it is cancelled or deleted, when its context is reset or deleted, and if the function returns something else than the Pending.
     *
     * It is called at most once, on the thread that ends the wait, which is any thread; of a plug-in that is serialized or thread-affine,
     * in its turn or on its thread. It must not wait, and cannot use the context; it may use the vm::Self of the instance, wake a thread,
     * kill a process. What it throws goes to the log. Completing the call returns VM_STATUS_STALE by then.
     */
    template <class R> std::pair<Completer<R>, Pending<R>> suspend(std::function<void()> on_cancel) const;

private:
    template <class R> std::pair<Completer<R>, Pending<R>> suspend_with(const VM_Suspension &suspension) const;

    const detail::Base &base_;
    VM_Caller *caller_;
};

namespace detail {

/** The function of a suspension, which may be cancelled on another thread before it is known to have begun. */
class OnCancel {
public:
    OnCancel(const VM_PluginHost *host, std::function<void()> function) : host_(host), function_(std::move(function)) {}
    /** Begins: a suspension that fails is cancelled too, and calls nothing. */
    void begin()
    {
        if (state_.exchange(1) == 2)
            run();
    }
    static void VM_CALL cancel(void *user)
    {
        auto &self = **static_cast<std::shared_ptr<OnCancel> *>(user);
        if (self.state_.exchange(2) == 1)
            self.run();
    }
    static void VM_CALL release(void *user) { delete static_cast<std::shared_ptr<OnCancel> *>(user); }

private:
    void run() { guard_by_log(host_, "cancelling a suspension", function_); }

    const VM_PluginHost *host_;
    std::function<void()> function_;
    std::atomic<int> state_{ 0 };
};

/** Fills a VM_Suspension or VM_EventSuspension with the function: the result begins it. */
template <class Suspension> std::shared_ptr<OnCancel> set_cancel(Suspension &suspension, const VM_PluginHost *host, std::function<void()> function)
{
    auto made = std::make_shared<OnCancel>(host, std::move(function));
    suspension.user = new std::shared_ptr<OnCancel>(made);
    suspension.cancel = OnCancel::cancel;
    suspension.release = OnCancel::release;
    return made;
}

/** The service that completes suspensions; throws if there is none. */
inline const VM_SuspensionService &suspension_service(const VM_PluginHost *host)
{
    const VM_SuspensionService *service = VM_HostGetSuspensionService(host);
    if (!service)
        throw Failure(VM_STATUS_UNSUPPORTED, "this host cannot suspend guests");
    return *service;
}

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
        return once(complete_, static_cast<const VM_Value *>(&value), size_t(1));
    }
    /** Completes a call that has no result; returns VM_STATUS_STALE if it was cancelled. */
    VM_Status complete()
    {
        static_assert(std::is_void<R>::value, "the call has a result");
        return once(complete_, static_cast<const VM_Value *>(nullptr), size_t(0));
    }
    /** Fails the call; returns VM_STATUS_STALE if it was cancelled. */
    VM_Status fail(VM_Status status, const std::string &text) { return once(fail_, status, text.c_str()); }

private:
    friend class Call;
    Completer(const VM_SuspensionService &service, VM_Token token)
        : complete_(service.complete), fail_(service.complete_with_failure), token_(token)
    {
    }
    /** After a success another thread may have destroyed this object. A completion that libvm refuses can be made again. */
    template <class F, class... Args> VM_Status once(F function, Args... args)
    {
        const VM_Token token = std::exchange(token_, 0);
        VM_Status status = function(token, args...);
        if (status != VM_STATUS_OK && status != VM_STATUS_STALE)
            token_ = token;
        return status;
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
        throw detail::Known(status, detail::reason(caller_, "calling `" + name + "` of the guest failed"));
    if constexpr (!std::is_void<R>::value) {
        if (result.type != detail::Number<R>::to(R()).type)
            throw Failure(VM_STATUS_BAD_SIGNATURE, "`" + name + "` of the guest has a result of another type");
        return detail::Number<R>::from(result);
    }
}

template <class R> std::pair<Completer<R>, Pending<R>> Call::suspend_with(const VM_Suspension &suspension) const
{
    const VM_SuspensionService &service = detail::suspension_service(base_.host);
    VM_Token token = 0;
    VM_Status status = VM_CallerSuspend(caller_, &suspension, &token);
    if (status != VM_STATUS_PENDING)
        throw Failure(status, "suspending the guest failed with status " + std::to_string(status));
    return { Completer<R>(service, token), Pending<R>() };
}

template <class R> std::pair<Completer<R>, Pending<R>> Call::suspend() const { return suspend_with<R>(VM_SUSPENSION_INIT); }

template <class R> std::pair<Completer<R>, Pending<R>> Call::suspend(std::function<void()> on_cancel) const
{
    detail::suspension_service(base_.host);
    VM_Suspension suspension = VM_SUSPENSION_INIT;
    auto cancel = detail::set_cancel(suspension, base_.host, std::move(on_cancel));
    auto made = suspend_with<R>(suspension);
    cancel->begin();
    return made;
}

} // namespace vm

#endif
