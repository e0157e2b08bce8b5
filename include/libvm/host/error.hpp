/**
 * @file libvm/host/error.hpp
 * Part of <libvm.hpp>: errors, and the two styles of reporting them.
 *
 * In the throwing style, the default, a function that fails throws vm::Error. In the result style, which the macro VM_CPP_RESULTS or a
 * compiler without exceptions selects, it returns a vm::Result. Each style has an inline namespace, so that both may be used in one
 * program; one source file uses one.
 */
#ifndef LIBVM_HOST_ERROR_HPP
#define LIBVM_HOST_ERROR_HPP

#include <libvm.h>
#include <libvm/base.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define VM_CPP_HAS_EXCEPTIONS 1
#else
#define VM_CPP_HAS_EXCEPTIONS 0
#ifndef VM_CPP_RESULTS
/** Selects the result style. */
#define VM_CPP_RESULTS
#endif
#endif

#ifndef VM_CPP_RESULTS
#define VM_CPP_STYLE throwing
#elif VM_CPP_HAS_EXCEPTIONS
#define VM_CPP_STYLE results
#else
#define VM_CPP_STYLE results_alone
#endif

namespace vm {

/** A failure of the library: its status and message, and what the library knows beyond them. Copies share the C object. */
class Error : public Failure {
public:
    /** An error of the host's own: a status below 0, and a text. */
    Error(VM_Status status, std::string text) : Failure(status, std::move(text)) {}
    /** Takes ownership of an error of the C API; not NULL. */
    explicit Error(VM_Error *error) : Failure(VM_ErrorGetStatus(error), text_of(error)), error_(std::make_shared<Held>(error)) {}
    /** The error of a call: the object that it wrote, or else its status. */
    static Error of(VM_Status status, VM_Error *error) { return error ? Error(error) : Error(status, VM_StatusGetName(status)); }

    /** Used by Caller: the error of its function that failed last, which the status alone passes on. */
    static Error known(VM_Caller *caller, VM_Status status, const char *what)
    {
        VM_Error *raw = nullptr;
        // A caller that cannot be used has the status of an earlier failure, or none.
        const bool has = VM_ErrorCreateFromCaller(caller, &raw) == VM_STATUS_OK;
        Error held = has ? Error(raw) : Error(status, std::string());
        Error error = has && held.status() == status ? held : Error(status, std::string(what) + " failed: " + VM_StatusGetName(status));
        error.known_ = true;
        return error;
    }
    /** Returns whether it is such an error. */
    bool is_known() const noexcept { return known_; }

    /** The name of the status, as in "VM_STATUS_TRAP". */
    const char *status_name() const { return VM_StatusGetName(status()); }
    /** Returns whether the same call may succeed later. */
    bool is_retryable() const { return VM_ErrorIsRetryable(get()); }
    /** Why a guest trapped: VM_TRAP_*. */
    VM_TrapCode trap_code() const { return VM_ErrorGetTrapCode(get()); }
    /** The exit code of VM_STATUS_EXIT. */
    int32_t exit_code() const { return VM_ErrorGetExitCode(get()); }
    /** The module that the error is about; empty if none. */
    std::string_view module_name() const { return view(VM_ErrorGetModuleName(get())); }
    /** The function that the error is about; empty if none. */
    std::string_view function_name() const { return view(VM_ErrorGetFunctionName(get())); }
    /** The plug-in that the error is about; empty if none. */
    std::string_view plugin_name() const { return view(VM_ErrorGetPluginName(get())); }
    /** The file that the error is about; empty if none. */
    std::string_view path() const { return view(VM_ErrorGetPath(get())); }
    /** The number of the system's error; 0 if none. */
    int32_t os_error() const { return VM_ErrorGetOsError(get()); }
    /** The calls that had not returned, the innermost first. They are valid as long as an error with the same C object. */
    std::vector<const VM_Frame *> frames() const
    {
        std::vector<const VM_Frame *> frames(VM_ErrorGetFrameCount(get()));
        for (size_t i = 0; i < frames.size(); i++)
            frames[i] = VM_ErrorGetFrame(get(), i);
        return frames;
    }
    /** The C object; NULL for an error of the host's own. */
    const VM_Error *get() const noexcept { return error_ ? error_->raw : nullptr; }
    /** Returns the C object, which the caller owns from now on; all copies are left without it. */
    VM_Error *release() noexcept { return error_ ? std::exchange(error_->raw, nullptr) : nullptr; }

private:
    struct Held {
        VM_Error *raw;
        explicit Held(VM_Error *error) : raw(error) {}
        Held(const Held &) = delete;
        Held &operator=(const Held &) = delete;
        ~Held() { VM_ErrorDelete(raw); }
    };
    static std::string_view view(const char *text) { return text ? std::string_view(text) : std::string_view(); }
    static std::string text_of(const VM_Error *error)
    {
        std::string text = VM_ErrorGetMessage(error);
        // No function of this header passes NULL for anything else.
        if (VM_ErrorGetStatus(error) == VM_STATUS_NULL_ARGUMENT)
            text += " (a C++ object that is closed or was moved from)";
        return text;
    }
    std::shared_ptr<Held> error_;
    bool known_ = false;
};

inline namespace VM_CPP_STYLE {

/** A value or an error. It must be looked at. */
template <class T> class [[nodiscard]] Result {
public:
    /** What a success contains. */
    using Value = T;
    /** A success. */
    Result(T value) : either_(std::in_place_index<0>, std::move(value)) {}
    /** A failure. */
    Result(Error error) : either_(std::in_place_index<1>, std::move(error)) {}
    /** Returns whether it is a success. */
    bool ok() const noexcept { return either_.index() == 0; }
    /** Returns whether it is a success. */
    explicit operator bool() const noexcept { return ok(); }
    /** VM_STATUS_OK, or the status of the error. */
    VM_Status status() const noexcept { return ok() ? VM_STATUS_OK : std::get_if<1>(&either_)->status(); }
    /** The error; of a success there is none, and the program ends. */
    const Error &error() const
    {
        if (ok())
            std::abort();
        return *std::get_if<1>(&either_);
    }
    /** The value. Of a failure the error is thrown; without exceptions it is printed, and the program ends. */
    T &value() &
    {
        require();
        return *std::get_if<0>(&either_);
    }
    /** The same. */
    const T &value() const &
    {
        require();
        return *std::get_if<0>(&either_);
    }
    /** The same, to move it out. */
    T value() &&
    {
        require();
        return std::move(*std::get_if<0>(&either_));
    }
    /** The value, or another one. */
    T value_or(T other) && { return ok() ? std::move(*std::get_if<0>(&either_)) : std::move(other); }
    /** As value(). */
    T &operator*() & { return value(); }
    /** As value(). */
    const T &operator*() const & { return value(); }
    /** As value(). */
    T operator*() && { return std::move(*this).value(); }
    /** As value(). */
    T *operator->() { return &value(); }
    /** As value(). */
    const T *operator->() const { return &value(); }

private:
    void require() const;
    std::variant<T, Error> either_;
};

/** A success without a value, or an error. */
template <> class [[nodiscard]] Result<void> {
public:
    /** What a success contains. */
    using Value = void;
    /** A success. */
    Result() = default;
    /** A failure. */
    Result(Error error) : error_(std::move(error)) {}
    /** Returns whether it is a success. */
    bool ok() const noexcept { return !error_; }
    /** Returns whether it is a success. */
    explicit operator bool() const noexcept { return ok(); }
    /** VM_STATUS_OK, or the status of the error. */
    VM_Status status() const noexcept { return ok() ? VM_STATUS_OK : error_->status(); }
    /** The error; of a success there is none, and the program ends. */
    const Error &error() const
    {
        if (ok())
            std::abort();
        return *error_;
    }
    /** Throws the error of a failure; without exceptions it is printed, and the program ends. */
    void value() const;

private:
    std::optional<Error> error_;
};

namespace host_detail {

/** Reports an error that the program has not looked at. */
[[noreturn]] inline void raise(const Error &error)
{
#if VM_CPP_HAS_EXCEPTIONS
    throw error;
#else
    std::fprintf(stderr, "%s: %s\n", error.status_name(), error.what());
    std::abort();
#endif
}

#ifdef VM_CPP_RESULTS
template <class T> using Returns = Result<T>;
template <class T> Result<T> fail(Error error) { return Result<T>(std::move(error)); }
#else
template <class T> using Returns = T;
template <class T> [[noreturn]] T fail(const Error &error) { throw error; }
#endif

/** Ends a function of the style: with `make()`, or with the error of the call. */
template <class T, class Make> Returns<T> answer(VM_Status status, VM_Error *error, Make make)
{
    if (status != VM_STATUS_OK)
        return fail<T>(Error::of(status, error));
    return make();
}
inline Returns<void> answer(VM_Status status, VM_Error *error)
{
    if (status != VM_STATUS_OK)
        return fail<void>(Error::of(status, error));
    return Returns<void>();
}

} // namespace host_detail

template <class T> void Result<T>::require() const
{
    if (!ok())
        host_detail::raise(error());
}

inline void Result<void>::value() const
{
    if (!ok())
        host_detail::raise(error());
}

} // namespace VM_CPP_STYLE

/**
 * A string for the C API, which ends with NUL: strings that do so already are not copied. One that contains a NUL, where C would end it, is
 * refused with VM_STATUS_INVALID_ARGUMENT by the functions that it is passed to.
 */
class Text {
public:
    /** A C string. */
    Text(const char *text) : text_(text), is_whole_(true) {}
    /** Anything with a `c_str()`: std::string, std::filesystem::path. */
    template <class T, class = std::enable_if_t<std::is_convertible<decltype(std::declval<const T &>().c_str()), const char *>::value>>
    Text(const T &text) : text_(text.c_str()), is_whole_(std::strlen(text_) == size_of(text, 0))
    {
    }
    /** A view, which is copied. */
    Text(std::string_view text)
        : copy_(std::make_unique<std::string>(text)), text_(copy_->c_str()), is_whole_(text.find('\0') == std::string_view::npos)
    {
    }
    /** The string, up to its first NUL. */
    const char *c_str() const noexcept { return text_; }
    /** Returns whether it contains no NUL. */
    bool is_whole() const noexcept { return is_whole_; }

private:
    template <class T> static auto size_of(const T &text, int) -> decltype(text.native().size()) { return text.native().size(); }
    template <class T> static auto size_of(const T &text, long) -> decltype(text.size()) { return text.size(); }
    std::unique_ptr<std::string> copy_;
    const char *text_;
    bool is_whole_;
};

/** The version of the library that runs, as in "0.7.0". */
inline const char *version() { return VM_VersionGetString(); }
/** The version of the library that runs as a number, to compare with VM_VERSION_NUMBER. */
inline uint32_t version_number() { return VM_VersionGetNumber(); }

/** Why a program that was compiled with these headers cannot use the library that runs; nothing if it can. Engine's constructor asks. */
inline std::optional<Error> version_error()
{
    const uint32_t number = version_number();
    if (number / 1000 == VM_VERSION_NUMBER / 1000)
        return std::nullopt;
    const std::string minor = std::to_string(VM_VERSION_MAJOR) + '.' + std::to_string(VM_VERSION_MINOR);
    return Error(VM_STATUS_UNSUPPORTED, "the program was compiled with libvm " VM_VERSION_STRING " and runs with libvm " + std::string(version()) +
                                            ": compile it again, or install libvm " + minor);
}

} // namespace vm

#endif
