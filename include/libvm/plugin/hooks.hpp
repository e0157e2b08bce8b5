/**
 * @file libvm/plugin/hooks.hpp
 * Hooks: functions that the host calls at named points with an event. Part of <libvm/plugin.hpp>.
 */
#ifndef LIBVM_PLUGIN_HOOKS_HPP
#define LIBVM_PLUGIN_HOOKS_HPP

#include <libvm/plugin/call.hpp>

namespace vm {

/** Completes a suspended event, from any thread. If it is destroyed without doing so, the hook fails. */
class EventCompleter {
public:
    /** Completers move. */
    EventCompleter(EventCompleter &&other) noexcept : complete_(other.complete_), token_(std::exchange(other.token_, 0)) {}
    /** Completers move. */
    EventCompleter &operator=(EventCompleter &&other) noexcept
    {
        std::swap(complete_, other.complete_);
        std::swap(token_, other.token_);
        return *this;
    }
    ~EventCompleter()
    {
        if (token_)
            fail(VM_STATUS_PLUGIN_FAILED, "the plug-in has dropped the event without completing it");
    }
    /** Completes the event with the answer of the hook; returns VM_STATUS_STALE if it was cancelled. */
    VM_Status complete(Answer answer) { return once(complete_, static_cast<VM_Status>(answer), static_cast<const char *>(nullptr)); }
    /** Fails the hook; returns VM_STATUS_STALE if the event was cancelled. */
    VM_Status fail(VM_Status status, const std::string &text) { return once(complete_, status, text.c_str()); }

private:
    friend class Event;
    EventCompleter(const VM_SuspensionService &service, VM_Token token) : complete_(service.complete_event), token_(token) {}
    /** After a success another thread may have destroyed this object. A completion that libvm refuses can be made again. */
    template <class F, class... Args> VM_Status once(F function, Args... args)
    {
        const VM_Token token = std::exchange(token_, 0);
        VM_Status status = function(token, args...);
        if (status != VM_STATUS_OK && status != VM_STATUS_STALE)
            token_ = token;
        return status;
    }

    decltype(VM_SuspensionService::complete_event) complete_;
    VM_Token token_;
};

/** The event that a hook is called with: values by key. It is valid until the hook returns, on its thread. */
class Event {
public:
    /** Used by this layer: the event of a callback. */
    Event(const detail::Base &base, VM_Event *event) : base_(base), event_(event) {}
    /** The event, for the functions of <libvm/hooks.h>. */
    VM_Event *get() const { return event_; }
    /** The name of the point. */
    std::string_view point() const { return event_->point; }
    /** The presence in the calling context. Of a singleton it is not the one that the instance was created with, and must not be kept. */
    Self self() const { return base_.presence(event_->self); }

    /** The type of a value, VM_EVENT_TYPE_*; 0 if there is none. */
    VM_EventType type(const std::string &key) const
    {
        VM_EventType type = 0;
        return VM_EventGetType(event_, key.c_str(), &type) == VM_STATUS_OK ? type : 0;
    }
    /** The keys, in the order of their bytes. */
    std::vector<std::string> keys() const
    {
        std::vector<std::string> keys;
        const char *key = nullptr;
        while (VM_EventGetKey(event_, keys.size(), &key) == VM_STATUS_OK)
            keys.push_back(key);
        return keys;
    }
    /** A string, valid until its key is set or removed; throws if there is none, or another type of value. */
    std::string_view string(const std::string &key) const
    {
        const char *value = nullptr;
        check(VM_EventGetString(event_, key.c_str(), &value), key);
        return value;
    }
    /** Bytes, as string(). */
    Span<const uint8_t> bytes(const std::string &key) const
    {
        VM_Bytes value = {};
        check(VM_EventGetBytes(event_, key.c_str(), &value), key);
        return { value.data, value.size };
    }
    /** An integer, as string(). */
    int64_t integer(const std::string &key) const
    {
        int64_t value = 0;
        check(VM_EventGetInteger(event_, key.c_str(), &value), key);
        return value;
    }
    /** A pointer, as string(). The host's documentation of the point says what it points to. */
    void *pointer(const std::string &key) const
    {
        void *value = nullptr;
        check(VM_EventGetPointer(event_, key.c_str(), &value), key);
        return value;
    }
    /** Sets a string, UTF-8; what follows a NUL in it is left out. */
    void set_string(const std::string &key, const std::string &value) { check(VM_EventSetString(event_, key.c_str(), value.c_str()), key); }
    /** Sets bytes. */
    void set_bytes(const std::string &key, Span<const uint8_t> value) { check(VM_EventSetBytes(event_, key.c_str(), value.data(), value.size()), key); }
    /** Sets an integer. */
    void set_integer(const std::string &key, int64_t value) { check(VM_EventSetInteger(event_, key.c_str(), value), key); }
    /** Sets a pointer. */
    void set_pointer(const std::string &key, void *value) { check(VM_EventSetPointer(event_, key.c_str(), value), key); }
    /** Removes a value; returns whether there was one. */
    bool remove(const std::string &key)
    {
        VM_Status status = VM_EventRemove(event_, key.c_str());
        if (status != VM_STATUS_NOT_FOUND)
            check(status, key);
        return status == VM_STATUS_OK;
    }

    /** Suspends the event: return the second part, and complete it with the first, from any thread. */
    std::pair<EventCompleter, Answer> suspend() { return suspend_with(VM_EVENTSUSPENSION_INIT); }
    /**
     * Suspends the event like suspend(), and calls a function if it is no longer waited for: it was cancelled or not completed in time, its
     * context was reset or deleted, or the hook returned something else than Answer::Pending. As for Call::suspend.
     */
    std::pair<EventCompleter, Answer> suspend(std::function<void()> on_cancel)
    {
        VM_EventSuspension suspension = VM_EVENTSUSPENSION_INIT;
        detail::suspension_service(base_.host);
        auto cancel = detail::set_cancel(suspension, base_.host, std::move(on_cancel));
        auto made = suspend_with(suspension);
        cancel->begin();
        return made;
    }

private:
    static void check(VM_Status status, const std::string &key)
    {
        if (status != VM_STATUS_OK)
            throw detail::Known(status, "the value `" + key + "` of the event: status " + std::to_string(status));
    }
    std::pair<EventCompleter, Answer> suspend_with(const VM_EventSuspension &suspension)
    {
        const VM_SuspensionService &service = detail::suspension_service(base_.host);
        VM_Token token = 0;
        VM_Status status = VM_EventSuspend(event_, &suspension, &token);
        if (status != VM_STATUS_PENDING)
            throw detail::Known(status, "suspending the event failed with status " + std::to_string(status));
        return { EventCompleter(service, token), Answer::Pending };
    }

    const detail::Base &base_;
    VM_Event *event_;
};

namespace detail {

/** A hook with its callback. */
struct HookBase {
    std::string point, text;
    VM_HookCallback callback = nullptr;
    virtual ~HookBase() = default;
};

template <class T, class F> struct Hook : HookBase {
    F function;

    explicit Hook(F given) : function(std::move(given)) { callback = call; }

    VM_Status run(T &object, Event &event)
    {
        if constexpr (std::is_invocable<F &, T &, Event &>::value)
            return answer([&]() -> decltype(auto) { return std::invoke(function, object, event); });
        else
            return answer([&]() -> decltype(auto) { return std::invoke(function, event); });
    }

    template <class Run> static VM_Status answer(Run run)
    {
        using R = decltype(run());
        static_assert(std::is_void<R>::value || std::is_same<R, Answer>::value, "a hook returns nothing or a vm::Answer");
        if constexpr (std::is_void<R>::value) {
            run();
            return VM_STATUS_OK;
        } else {
            return static_cast<VM_Status>(run());
        }
    }

    static VM_Status VM_CALL call(void *instance, VM_Event *event)
    {
        auto *made = static_cast<Instance<T> *>(instance);
        auto *self = static_cast<Hook *>(static_cast<HookBase *>(event->data));
        auto fail = [event](VM_Status status, const char *text) { return VM_EventFail(event, status, text); };
        return guard(VM_STATUS_PLUGIN_FAILED, fail, [&] {
            Event current(*made, event);
            return self->run(*made->object, current);
        });
    }
};

} // namespace detail

/** A hook that was added, to say more about it. */
class HookRef {
public:
    /** The hook. */
    explicit HookRef(detail::HookBase &hook) : hook_(hook) {}
    /** Describes it in one line. */
    HookRef &describe(const char *text)
    {
        hook_.text = text;
        return *this;
    }

private:
    detail::HookBase &hook_;
};

} // namespace vm

#endif
