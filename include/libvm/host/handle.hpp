/**
 * @file libvm/host/handle.hpp
 * Part of <libvm.hpp>: calls of the C API, and the owners of its objects.
 */
#ifndef LIBVM_HOST_HANDLE_HPP
#define LIBVM_HOST_HANDLE_HPP

#include <libvm/host/error.hpp>

namespace vm {
inline namespace VM_CPP_STYLE {
namespace host_detail {

/** What a callback of the C API is passed, until a C function takes it. */
class User {
public:
    User(void *pointer, VM_Free free) : pointer_(pointer), free_(free) {}
    User(const User &) = delete;
    User &operator=(const User &) = delete;
    ~User()
    {
        if (pointer_)
            free_(pointer_);
    }
    void *take() const noexcept { return std::exchange(pointer_, nullptr); }

private:
    mutable void *pointer_;
    VM_Free free_;
};

/** Strings for a C function that takes an array of them. */
class Texts {
public:
    explicit Texts(const std::vector<std::string> &texts)
    {
        for (const std::string &text : texts) {
            texts_.push_back(text.c_str());
            is_whole_ = is_whole_ && Text(text).is_whole();
        }
    }
    const char *const *data() const noexcept { return texts_.data(); }
    size_t size() const noexcept { return texts_.size(); }
    bool is_whole() const noexcept { return is_whole_; }

private:
    std::vector<const char *> texts_;
    bool is_whole_ = true;
};

template <class T> bool is_whole(const T &) { return true; }
inline bool is_whole(const Text &text) { return text.is_whole(); }
inline bool is_whole(const Texts &texts) { return texts.is_whole(); }

/** Why these arguments cannot be passed to C; nothing if they can. */
template <class... Args> std::optional<Error> refusal(const Args &...args)
{
    if ((is_whole(args) && ...))
        return std::nullopt;
    return Error(VM_STATUS_INVALID_ARGUMENT, "a string contains a NUL, where C would end it");
}

/** An argument of a C function. */
template <class T> std::decay_t<const T &> pass(const T &value) { return value; }
inline const char *pass(const Text &text) { return text.c_str(); }
inline void *pass(const User &user) { return user.take(); }

/** Calls a C function that ends with `VM_Error **`. */
template <class Function, class... Args> Returns<void> run(Function function, const Args &...args)
{
    if (std::optional<Error> refused = refusal(args...))
        return fail<void>(*refused);
    VM_Error *error = nullptr;
    VM_Status status = function(pass(args)..., &error);
    return answer(status, error);
}

/** Calls a C function that ends with an output and `VM_Error **`. */
template <class T, class Function, class... Args> Returns<T> read(Function function, const Args &...args)
{
    if (std::optional<Error> refused = refusal(args...))
        return fail<T>(*refused);
    VM_Error *error = nullptr;
    T value = T();
    VM_Status status = function(pass(args)..., &value, &error);
    return answer<T>(status, error, [&] { return value; });
}

/** The same for an object of which T is the owner. */
template <class T, class Function, class... Args> Returns<T> make(Function function, const Args &...args)
{
    if (std::optional<Error> refused = refusal(args...))
        return fail<T>(*refused);
    VM_Error *error = nullptr;
    typename T::Raw *made = nullptr;
    VM_Status status = function(pass(args)..., &made, &error);
    // Some functions write an object also when they fail.
    T owner(made);
    return answer<T>(status, error, [&] { return std::move(owner); });
}

/** How each object is deleted. */
#define VM_CPP_DELETES(type) inline void destroy(VM_##type *object) noexcept { VM_##type##Delete(object); }
VM_CPP_DELETES(Engine)
VM_CPP_DELETES(PreparedCall)
VM_CPP_DELETES(EngineConfig)
VM_CPP_DELETES(FuncType)
VM_CPP_DELETES(Module)
VM_CPP_DELETES(HostModule)
VM_CPP_DELETES(ContextConfig)
VM_CPP_DELETES(ImportList)
VM_CPP_DELETES(ContextPool)
VM_CPP_DELETES(Execution)
VM_CPP_DELETES(Queue)
VM_CPP_DELETES(Stream)
VM_CPP_DELETES(Event)
VM_CPP_DELETES(PluginRegistry)
VM_CPP_DELETES(PluginReport)
VM_CPP_DELETES(PluginInspection)
VM_CPP_DELETES(PackageInspection)
VM_CPP_DELETES(PackageDirectory)
VM_CPP_DELETES(PackageList)
VM_CPP_DELETES(Config)
VM_CPP_DELETES(Wasi)
VM_CPP_DELETES(Loop)
#undef VM_CPP_DELETES
inline void destroy(VM_Plugin *object) noexcept { VM_PluginRelease(object); }

/** The owner of an object of the C API. */
template <class C> class Handle {
public:
    /** The C type. */
    using Raw = C;
    /** Takes ownership of a C object. */
    explicit Handle(C *raw) noexcept : raw_(raw) {}
    /** Leaves the other one empty. */
    Handle(Handle &&other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
    /** Deletes the own object, and leaves the other one empty. */
    Handle &operator=(Handle &&other) noexcept
    {
        if (this != &other) {
            close();
            raw_ = std::exchange(other.raw_, nullptr);
        }
        return *this;
    }
    ~Handle() { destroy(raw_); }
    /** The C object, for functions of <libvm.h>; NULL if this one is closed. */
    C *get() const noexcept { return raw_; }
    /** Returns the C object, which the caller owns from now on, and leaves this one empty. */
    C *release() noexcept { return std::exchange(raw_, nullptr); }
    /** Deletes the object. Later calls fail with VM_STATUS_NULL_ARGUMENT. */
    void close() noexcept { destroy(release()); }
    /** Returns whether there is an object. */
    explicit operator bool() const noexcept { return raw_ != nullptr; }

private:
    C *raw_;
};

/**
 * An object whose functions return the object itself, to be chained. In the result style it remembers the first failure, and what it
 * is passed to fails with that.
 */
template <class Self, class C> class Builder : public Handle<C> {
public:
    using Handle<C>::Handle;
    /** The first failure; NULL for none. */
    const Error *failure() const noexcept { return failure_ ? &*failure_ : nullptr; }

protected:
    template <class Function, class... Args> Self &set(Function function, const Args &...args)
    {
        if (std::optional<Error> refused = refusal(args...))
            return note(*refused);
        VM_Error *error = nullptr;
        VM_Status status = function(this->get(), pass(args)..., &error);
        return note(status, error);
    }
    template <class Function, class... Args> Self &start(Function function, const Args &...args)
    {
        if (std::optional<Error> refused = refusal(args...))
            return note(*refused);
        VM_Error *error = nullptr;
        C *made = nullptr;
        VM_Status status = function(pass(args)..., &made, &error);
        Handle<C>::operator=(Handle<C>(made));
        return note(status, error);
    }
    Self &note(VM_Status status, VM_Error *error)
    {
        if (status != VM_STATUS_OK)
            note(Error::of(status, error));
        return static_cast<Self &>(*this);
    }
    Self &note(Error error)
    {
#ifdef VM_CPP_RESULTS
        if (!failure_)
            failure_ = std::move(error);
        return static_cast<Self &>(*this);
#else
        throw error;
#endif
    }

private:
    std::optional<Error> failure_;
};

} // namespace host_detail
} // namespace VM_CPP_STYLE
} // namespace vm

#endif
