/**
 * @file libvm/host/caller.hpp
 * Part of <libvm.hpp>: what functions of the host can do with the call that they run for.
 */
#ifndef LIBVM_HOST_CALLER_HPP
#define LIBVM_HOST_CALLER_HPP

#include <libvm/host/value.hpp>

#include <chrono>
#include <functional>

namespace vm {
inline namespace VM_CPP_STYLE {

/** The result of a function of the host that has suspended its guest. */
template <class R> class Suspended {
    friend class Caller;
    Suspended() = default;
};

/** Completes a suspended call, from any thread, once. If it is destroyed without doing so, the call fails. */
template <class R> class Reply {
public:
    /** Names the call of a token. */
    explicit Reply(VM_Token token) : token_(token) {}
    /** Replies move. */
    Reply(Reply &&other) noexcept : token_(std::exchange(other.token_, 0)) {}
    /** Replies move. */
    Reply &operator=(Reply &&other) noexcept
    {
        std::swap(token_, other.token_);
        return *this;
    }
    ~Reply()
    {
        if (token_)
            VM_CompleteWithFailure(token_, VM_STATUS_TRAP, "the host has dropped the call without completing it", nullptr);
    }
    /** Completes the call with its results, of its types; fails with VM_STATUS_STALE if it is no longer waited for. */
    template <class... Values> host_detail::Returns<void> complete(const Values &...values)
    {
        const VM_Value raw[sizeof...(Values) + 1] = { host_detail::to_value(values)..., VM_Value{} };
        return once(VM_Complete, static_cast<const VM_Value *>(raw), sizeof...(Values));
    }
    /** Fails the call; fails with VM_STATUS_STALE if it is no longer waited for. */
    host_detail::Returns<void> fail(VM_Status status, const Text &text)
    {
        if (std::optional<Error> refused = host_detail::refusal(text))
            return host_detail::fail<void>(*refused);
        return once(VM_CompleteWithFailure, status, text.c_str());
    }
    /** The token of the C API; 0 after the completion. */
    VM_Token get() const noexcept { return token_; }

private:
    /** After a success another thread may already have destroyed the reply. What was refused can be completed again. */
    template <class Function, class... Args> host_detail::Returns<void> once(Function function, Args... args)
    {
        const VM_Token token = std::exchange(token_, 0);
        VM_Error *error = nullptr;
        VM_Status status = function(token, args..., &error);
        if (status != VM_STATUS_OK && status != VM_STATUS_STALE)
            token_ = token;
        return host_detail::answer(status, error);
    }

    VM_Token token_;
};

/** The call that a function of the host runs for. It is valid until the function returns, on its thread. */
class Caller {
public:
    /** A caller of the C API. */
    explicit Caller(VM_Caller *raw) : raw_(raw) {}
    /** The C object. */
    VM_Caller *get() const noexcept { return raw_; }

    /** The size of the guest's memory in bytes. */
    host_detail::Returns<uint64_t> memory_size() const { return ask<uint64_t>("asking for the size of the guest's memory", VM_CallerGetMemorySize); }
    /** Copies from the guest's memory. */
    host_detail::Returns<void> read(uint64_t address, void *data, size_t size) const
    {
        return done(VM_CallerReadMemory(raw_, address, data, size), "reading the guest's memory");
    }
    /** Copies a string from the guest's memory. */
    host_detail::Returns<std::string> read_text(uint64_t address, uint64_t size) const
    {
        // The span has been checked before anything is allocated.
        VM_Buffer span = { nullptr, 0 };
        VM_Status status = VM_CallerGetMemorySpan(raw_, address, size, &span);
        if (status != VM_STATUS_OK)
            return host_detail::fail<std::string>(Error::known(raw_, status, "reading the guest's memory"));
        return std::string(reinterpret_cast<const char *>(span.data), span.size);
    }
    /** Copies into the guest's memory. */
    host_detail::Returns<void> write(uint64_t address, std::string_view bytes) const
    {
        return done(VM_CallerWriteMemory(raw_, address, bytes.data(), bytes.size()), "writing the guest's memory");
    }
    /** A part of the guest's memory, valid until the function returns or calls the guest. */
    host_detail::Returns<Span<uint8_t>> span(uint64_t address, uint64_t size) const
    {
        VM_Buffer span = { nullptr, 0 };
        VM_Status status = VM_CallerGetMemorySpan(raw_, address, size, &span);
        if (status != VM_STATUS_OK)
            return host_detail::fail<Span<uint8_t>>(Error::known(raw_, status, "asking for a part of the guest's memory"));
        return Span<uint8_t>(span.data, span.size);
    }

    /** Calls a function that the guest exports. Parts of the guest's memory are invalid afterwards. */
    template <class R = void, class... Args> host_detail::Returns<R> call(const Text &name, const Args &...args) const
    {
        if (std::optional<Error> refused = host_detail::refusal(name))
            return host_detail::fail<R>(*refused);
        return call_guest<R>([&](const VM_Value *values, size_t count, VM_Value *results, size_t wanted) {
            return VM_CallerCall(raw_, name.c_str(), values, count, results, wanted);
        }, args...);
    }
    /** Calls a function that the guest has passed. */
    template <class R = void, class... Args> host_detail::Returns<R> call(FuncRef function, const Args &...args) const
    {
        return call_guest<R>([&](const VM_Value *values, size_t count, VM_Value *results, size_t wanted) {
            return VM_CallerCallRef(raw_, function.raw, values, count, results, wanted);
        }, args...);
    }
    /** A function that the guest exports. */
    host_detail::Returns<FuncRef> find_function(const Text &name) const
    {
        if (std::optional<Error> refused = host_detail::refusal(name))
            return host_detail::fail<FuncRef>(*refused);
        FuncRef function;
        VM_Status status = VM_CallerGetExport(raw_, name.c_str(), &function.raw);
        if (status != VM_STATUS_OK)
            return host_detail::fail<FuncRef>(Error::known(raw_, status, "asking for a function of the guest"));
        return function;
    }

    /** The type of a function as a signature, as in "(iI)f". */
    host_detail::Returns<std::string> signature(FuncRef function) const
    {
        const char *signature = nullptr;
        VM_Status status = VM_CallerGetSignature(raw_, function.raw, &signature);
        if (status != VM_STATUS_OK)
            return host_detail::fail<std::string>(Error::known(raw_, status, "asking for the type of a function"));
        return std::string(signature);
    }

    /** What Context::set_data has set; NULL if its type is not T. */
    template <class T> T *data() const
    {
        void *data = nullptr;
        return VM_CallerGetContextData(raw_, &data) == VM_STATUS_OK ? host_detail::Tagged<T>::of(data) : nullptr;
    }
    /** A reference to an object of the host, which the context deletes when no guest refers to it any more. */
    template <class T> host_detail::Returns<ExternRef> make_extern(T object) const
    {
        using Tagged = host_detail::Tagged<T>;
        ExternRef made;
        VM_Status status = VM_CallerCreateExternRef(raw_, Tagged::make(std::move(object)), Tagged::free, &made.raw);
        if (status != VM_STATUS_OK)
            return host_detail::fail<ExternRef>(Error::known(raw_, status, "creating a reference"));
        return made;
    }
    /** The object of a reference; fails if it is no T. */
    template <class T> host_detail::Returns<T *> extern_value(ExternRef ref) const
    {
        void *pointer = nullptr;
        VM_Status status = VM_CallerGetExternRef(raw_, ref.raw, &pointer);
        if (status != VM_STATUS_OK)
            return host_detail::fail<T *>(Error::known(raw_, status, "asking for the object of a reference"));
        T *object = host_detail::Tagged<T>::of(pointer);
        if (!object)
            return host_detail::fail<T *>(Error(VM_STATUS_WRONG_TYPE, "the reference is null, or refers to an object of another type"));
        return object;
    }
    /** Keeps a reference beyond the end of the function. */
    host_detail::Returns<OwnedRef> retain(ExternRef ref) const { return retain(VM_VALTYPE_EXTERNREF, ref.raw); }
    /** Keeps a reference beyond the end of the function. */
    host_detail::Returns<OwnedRef> retain(FuncRef ref) const { return retain(VM_VALTYPE_FUNCREF, ref.raw); }

    /** The time that the execution has left; nothing if it has no limit. */
    host_detail::Returns<std::optional<std::chrono::milliseconds>> time_left() const
    {
        using Left = std::optional<std::chrono::milliseconds>;
        uint64_t ms = 0;
        VM_Status status = VM_CallerGetTimeLeft(raw_, &ms);
        if (status != VM_STATUS_OK)
            return host_detail::fail<Left>(Error::known(raw_, status, "asking for the time that is left"));
        return ms == UINT64_MAX ? Left() : Left(std::chrono::milliseconds(ms));
    }
    /** Moves the deadline and the compute limit of the execution. */
    host_detail::Returns<void> extend_time(std::chrono::milliseconds time) const
    {
        return done(VM_CallerExtendTime(raw_, static_cast<uint64_t>(time.count())), "moving the deadline");
    }
    /** Charges the work of the function to the fuel of the context. */
    host_detail::Returns<void> consume_fuel(uint64_t units) const { return done(VM_CallerConsumeFuel(raw_, units), "using fuel"); }

    /** Suspends the guest: return the second part from the function, and complete the call with the first, from any thread. */
    template <class R> host_detail::Returns<std::pair<Reply<R>, Suspended<R>>> suspend() const { return suspend<R>(std::function<void()>()); }
    /** The same with a function that is called once if the call is no longer waited for: a deadline, a cancellation, a reset. */
    template <class R> host_detail::Returns<std::pair<Reply<R>, Suspended<R>>> suspend(std::function<void()> on_cancel) const
    {
        using Pair = std::pair<Reply<R>, Suspended<R>>;
        VM_Suspension suspension = VM_SUSPENSION_INIT;
        if (on_cancel) {
            using Box = host_detail::Boxed<std::function<void()>>;
            suspension.user = Box::make(std::move(on_cancel));
            suspension.cancel = [](void *user) { host_detail::quietly([&] { Box::of(user)(); }); };
            suspension.release = Box::free;
        }
        VM_Token token = 0;
        VM_Status status = VM_CallerSuspend(raw_, &suspension, &token);
        if (status != VM_STATUS_PENDING)
            return host_detail::fail<Pair>(Error::known(raw_, status, "suspending the guest"));
        return Pair(Reply<R>(token), Suspended<R>());
    }
    /** Suspends the guest, and calls a function of it whose results are those of this one: return what this returns. */
    template <class R, class... Args> host_detail::Returns<Suspended<R>> start_call(FuncRef function, const Args &...args) const
    {
        const VM_Value values[sizeof...(Args) + 1] = { host_detail::to_value(args)..., VM_Value{} };
        VM_Token token = 0;
        VM_Status status = VM_CallerStartCall(raw_, function.raw, values, sizeof...(Args), nullptr, &token);
        if (status != VM_STATUS_PENDING)
            return host_detail::fail<Suspended<R>>(Error::known(raw_, status, "starting a call of the guest"));
        return Suspended<R>();
    }

    /** In a stage of a stream: the event that it runs for. */
    host_detail::Returns<VM_StreamEvent> event() const
    {
        VM_StreamEvent event = VM_STREAMEVENT_INIT;
        VM_Status status = VM_CallerGetEvent(raw_, &event);
        if (status != VM_STATUS_OK)
            return host_detail::fail<VM_StreamEvent>(Error::known(raw_, status, "asking for the event"));
        return event;
    }
    /** In a batched stage: goes on to the next event, and returns whether there is one. */
    host_detail::Returns<bool> next_event() const { return ask<bool>("going on to the next event", VM_CallerNextEvent); }
    /** In a stage: passes an event on. */
    host_detail::Returns<void> emit(const VM_StreamEvent &event) const { return done(VM_CallerEmitEvent(raw_, &event), "emitting an event"); }
    /** The same for bytes; the rest is that of the event that the stage runs for. */
    host_detail::Returns<void> emit(std::string_view payload) const
    {
        VM_StreamEvent event = VM_STREAMEVENT_INIT;
        VM_Status status = VM_CallerGetEvent(raw_, &event);
        event.payload = { host_detail::bytes_of(payload), payload.size() };
        return done(status == VM_STATUS_OK ? VM_CallerEmitEvent(raw_, &event) : status, "emitting an event");
    }

private:
    host_detail::Returns<void> done(VM_Status status, const char *what) const
    {
        if (status != VM_STATUS_OK)
            return host_detail::fail<void>(Error::known(raw_, status, what));
        return host_detail::Returns<void>();
    }
    template <class T, class Function> host_detail::Returns<T> ask(const char *what, Function function) const
    {
        T value = T();
        VM_Status status = function(raw_, &value);
        if (status != VM_STATUS_OK)
            return host_detail::fail<T>(Error::known(raw_, status, what));
        return value;
    }
    host_detail::Returns<OwnedRef> retain(VM_ValType type, VM_Ref ref) const
    {
        VM_Status status = VM_CallerRetainRef(raw_, ref);
        if (status != VM_STATUS_OK)
            return host_detail::fail<OwnedRef>(Error::known(raw_, status, "keeping a reference"));
        return OwnedRef(type, ref);
    }
    template <class R, class Call, class... Args> host_detail::Returns<R> call_guest(Call call, const Args &...args) const
    {
        static_assert(!host_detail::Contains<OwnedRef, R>::value, "references in results are borrowed inside a callback: vm::ExternRef, vm::FuncRef");
        const VM_Value values[sizeof...(Args) + 1] = { host_detail::to_value(args)..., VM_Value{} };
        VM_Value results[host_detail::Results<R>::count + 1] = {};
        VM_Status status = call(values, sizeof...(Args), results, host_detail::Results<R>::count);
        if (status != VM_STATUS_OK)
            return host_detail::fail<R>(Error::known(raw_, status, "calling the guest"));
        if (!host_detail::Results<R>::fits(results))
            return host_detail::fail<R>(host_detail::wrong_results<R>(results, false));
        if constexpr (std::is_void<R>::value)
            return host_detail::Returns<void>();
        else
            return host_detail::Results<R>::from(results);
    }

    VM_Caller *raw_;
};

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
