/**
 * @file libvm/host/event.hpp
 * Part of <libvm.hpp>: events of the host, and its hooks.
 */
#ifndef LIBVM_HOST_EVENT_HPP
#define LIBVM_HOST_EVENT_HPP

#include <libvm/host/value.hpp>

namespace vm {
inline namespace VM_CPP_STYLE {

/** An event that hooks are called with: an own one, or the one that a hook of the host is passed. */
class HostEvent {
public:
    /** The C type. */
    using Raw = VM_Event;
    /** Takes ownership of a C object, or borrows it. */
    explicit HostEvent(VM_Event *raw, bool owned = true) : raw_(owned ? nullptr : raw), own_(owned ? raw : nullptr) {}
    /** Creates an event of a point without values. */
    static host_detail::Returns<HostEvent> create(const Text &point) { return host_detail::make<HostEvent>(VM_EventCreate, point); }
#ifndef VM_CPP_RESULTS
    /** Creates an event of a point without values. */
    explicit HostEvent(const Text &point) : raw_(nullptr), own_(create(point).own_.release()) {}
#endif
    /** The C object; NULL if this one is closed. */
    VM_Event *get() const noexcept { return raw_ ? raw_ : own_.get(); }
    /** The name of the point. */
    std::string_view point() const { return get() ? host_detail::view_of(get()->point) : std::string_view(); }

    /** Sets a string. */
    host_detail::Returns<void> set(const Text &key, const Text &value) { return put(VM_EventSetString, key, value); }
    /** Sets a string. */
    host_detail::Returns<void> set(const Text &key, const char *value) { return set(key, Text(value)); }
    /** Sets an integer. */
    template <class T, class = std::enable_if_t<std::is_integral<T>::value>> host_detail::Returns<void> set(const Text &key, T value)
    {
        return put(VM_EventSetInteger, key, static_cast<int64_t>(value));
    }
    /** Sets bytes. */
    host_detail::Returns<void> set_bytes(const Text &key, std::string_view bytes)
    {
        return put(VM_EventSetBytes, key, bytes.data(), bytes.size());
    }
    /** Sets a pointer, whose meaning the host defines. */
    host_detail::Returns<void> set_pointer(const Text &key, void *value) { return put(VM_EventSetPointer, key, value); }
    /** A string, valid until the value is set again; nothing if there is no string of this key. */
    std::optional<std::string_view> text(const Text &key) const
    {
        const char *value = nullptr;
        return VM_EventGetString(get(), name(key), &value) == VM_STATUS_OK ? std::optional<std::string_view>(value) : std::nullopt;
    }
    /** An integer; nothing if there is no integer of this key. */
    std::optional<int64_t> integer(const Text &key) const
    {
        int64_t value = 0;
        return VM_EventGetInteger(get(), name(key), &value) == VM_STATUS_OK ? std::optional<int64_t>(value) : std::nullopt;
    }
    /** Bytes, valid until the value is set again; nothing if there are no bytes of this key. */
    std::optional<std::string_view> bytes(const Text &key) const
    {
        VM_Bytes value = { nullptr, 0 };
        return VM_EventGetBytes(get(), name(key), &value) == VM_STATUS_OK ? std::optional<std::string_view>(host_detail::view_of(value)) : std::nullopt;
    }
    /** A pointer; NULL if there is no pointer of this key. */
    void *pointer(const Text &key) const
    {
        void *value = nullptr;
        return VM_EventGetPointer(get(), name(key), &value) == VM_STATUS_OK ? value : nullptr;
    }
    /** The type of a value: VM_EVENT_TYPE_*; nothing if there is none of this key. */
    std::optional<VM_EventType> type(const Text &key) const
    {
        VM_EventType type = 0;
        return VM_EventGetType(get(), name(key), &type) == VM_STATUS_OK ? std::optional<VM_EventType>(type) : std::nullopt;
    }
    /** The keys of the values. */
    std::vector<std::string> keys() const
    {
        std::vector<std::string> keys;
        const char *key = nullptr;
        while (VM_EventGetKey(get(), keys.size(), &key) == VM_STATUS_OK)
            keys.emplace_back(key);
        return keys;
    }
    /** Removes a value; returns whether there was one. */
    bool remove(const Text &key) { return VM_EventRemove(get(), name(key)) == VM_STATUS_OK; }
    /** Suspends the event inside a hook: return nothing else from it, and complete it with `vm::complete_event`. */
    host_detail::Returns<VM_Token> suspend()
    {
        VM_Token token = 0;
        VM_Status status = VM_EventSuspend(get(), nullptr, &token);
        suspended_ = status == VM_STATUS_PENDING;
        if (!suspended_)
            return host_detail::fail<VM_Token>(Error(status, std::string("suspending the event failed: ") + VM_StatusGetName(status)));
        return token;
    }
    /** Used by hooks: whether it was suspended. */
    bool is_suspended() const noexcept { return suspended_; }

private:
    /** NULL, which libvm refuses, for a key that contains a NUL. */
    static const char *name(const Text &key) { return key.is_whole() ? key.c_str() : nullptr; }
    template <class Function, class... Args> host_detail::Returns<void> put(Function set, const Text &key, const Args &...value)
    {
        if (std::optional<Error> refused = host_detail::refusal(key, value...))
            return host_detail::fail<void>(*refused);
        VM_Status status = set(get(), key.c_str(), host_detail::pass(value)...);
        if (status != VM_STATUS_OK)
            return host_detail::fail<void>(Error(status, std::string("setting the value `") + key.c_str() + "` of the event failed: " + VM_StatusGetName(status)));
        return host_detail::Returns<void>();
    }
    VM_Event *raw_;
    host_detail::Handle<VM_Event> own_;
    bool suspended_ = false;
};

/** Completes an event that a hook has suspended: with its answer. */
inline host_detail::Returns<void> complete_event(VM_Token token, Answer answer)
{
    return host_detail::run(VM_CompleteEvent, token, static_cast<VM_Status>(answer), nullptr);
}
/** Completes an event that a hook has suspended: with a failure. */
inline host_detail::Returns<void> fail_event(VM_Token token, VM_Status status, const Text &text)
{
    return host_detail::run(VM_CompleteEvent, token, status, text);
}

namespace host_detail {

/** A hook: what a function that takes an event and returns nothing or a vm::Answer, or a vm::Result of that, answers. */
template <class F> VM_Status VM_CALL call_hook(void *user, VM_Event *raw)
{
    auto report = [raw](VM_Status status, const char *text) { return VM_EventFail(raw, status, text); };
    return guarded([&]() -> VM_Status {
        HostEvent event(raw, false);
        using Given = std::invoke_result_t<F &, HostEvent &>;
        VM_Status status = VM_STATUS_OK;
        if constexpr (std::is_void<Given>::value) {
            Boxed<F>::of(user)(event);
        } else if constexpr (std::is_same<Given, Answer>::value) {
            status = static_cast<VM_Status>(Boxed<F>::of(user)(event));
        } else {
            Given result = Boxed<F>::of(user)(event);
            if (!result.ok())
                return report(result.status(), result.error().what());
            if constexpr (!std::is_void<typename Given::Value>::value)
                status = static_cast<VM_Status>(*result);
        }
        return event.is_suspended() ? VM_STATUS_PENDING : status;
    }, report);
}

} // namespace host_detail
} // namespace VM_CPP_STYLE
} // namespace vm

#endif
