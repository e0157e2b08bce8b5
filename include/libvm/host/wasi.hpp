/**
 * @file libvm/host/wasi.hpp
 * Part of <libvm.hpp>: what WASI offers to a guest.
 */
#ifndef LIBVM_HOST_WASI_HPP
#define LIBVM_HOST_WASI_HPP

#include <libvm/host/value.hpp>

namespace vm {
inline namespace VM_CPP_STYLE {
namespace host_detail {

/** What a callback of a stream has taken or read: a number of bytes, or a vm::Result of that. */
template <class F, class... Args> VM_Status transfer(F &function, size_t *count, size_t all, Args... args)
{
    using Given = std::invoke_result_t<F &, Args...>;
    if constexpr (std::is_void<Given>::value) {
        function(args...);
        *count = all;
    } else if constexpr (std::is_convertible<Given, size_t>::value) {
        *count = function(args...);
    } else {
        Given result = function(args...);
        if (!result.ok())
            return VM_WasiFail(result.status(), result.error().what());
        if constexpr (std::is_void<typename Given::Value>::value)
            *count = all;
        else
            *count = *result;
    }
    return VM_STATUS_OK;
}

} // namespace host_detail

/** A WASI environment: register it in contexts. A guest has nothing that it is not given here. */
class Wasi : public host_detail::Builder<Wasi, VM_Wasi> {
public:
    /** An environment without anything. */
    Wasi() : Builder(nullptr) { start(VM_WasiCreate); }
    /** Takes ownership of a C object. */
    explicit Wasi(VM_Wasi *raw) : Builder(raw) {}

    /** Sets the arguments, beginning with the name of the program. */
    Wasi &set_arguments(const std::vector<std::string> &arguments)
    {
        const host_detail::Texts texts(arguments);
        if (std::optional<Error> refused = host_detail::refusal(texts))
            return note(*refused);
        return set(VM_WasiSetArguments, texts.data(), texts.size());
    }
    /** Adds an environment variable. */
    Wasi &add_environment(const Text &name, const Text &value) { return set(VM_WasiAddEnvironment, name, value); }
    /** Adds the environment variables of this process. */
    Wasi &inherit_environment() { return set(VM_WasiInheritEnvironment); }
    /** Adds a directory: VM_WASI_READ, VM_WASI_WRITE. */
    Wasi &add_directory(const Text &host_path, const Text &guest_path, VM_WasiRights rights)
    {
        return set(VM_WasiAddDirectory, host_path, guest_path, rights);
    }
    /** Sets clocks that each question moves on by a step. */
    Wasi &set_clock(uint64_t start_ns, uint64_t step_ns) { return set(VM_WasiSetClock, start_ns, step_ns); }
    /** Sets the seed of random numbers, which are then the same in each run. */
    Wasi &set_random_seed(uint64_t seed) { return set(VM_WasiSetRandomSeed, seed); }
    /** Sets whether waiting guests are suspended. */
    Wasi &set_may_suspend(bool may_suspend) { return set(VM_WasiSetMaySuspend, may_suspend); }

    /** The input is that of this process. */
    Wasi &inherit_input() { return set(VM_WasiInheritInput); }
    /** The input is a copy of bytes. */
    Wasi &set_input(std::string_view bytes) { return set(VM_WasiSetInput, host_detail::bytes_of(bytes), bytes.size()); }
    /** The input is a file. */
    Wasi &set_input_file(const Text &file) { return set(VM_WasiSetInputFile, file); }
    /**
     * The input is what `size_t function(vm::Span<char>)` puts there; 0 bytes are its end. It may return a vm::Result, or throw: with
     * VM_STATUS_TRAP, a status of its own or another exception the guest's call ends, else the guest gets an error number.
     */
    template <class F> Wasi &set_input_callback(F function)
    {
        using Box = host_detail::Boxed<F>;
        VM_WasiRead callback = [](void *user, uint8_t *data, size_t size, size_t *count) {
            return host_detail::guarded([&] { return host_detail::transfer(Box::of(user), count, size, Span<char>(reinterpret_cast<char *>(data), size)); },
                                        VM_WasiFail);
        };
        return set(VM_WasiSetInputCallback, callback, Box::make(std::move(function)), Box::free);
    }
    /** An output, VM_WASI_STDOUT or VM_WASI_STDERR, is that of this process. */
    Wasi &inherit_stream(VM_WasiStream stream) { return set(VM_WasiInheritStream, stream); }
    /** An output is dropped. */
    Wasi &discard_stream(VM_WasiStream stream) { return set(VM_WasiDiscardStream, stream); }
    /** An output is captured, up to a number of bytes. */
    Wasi &capture_stream(VM_WasiStream stream, size_t capacity) { return set(VM_WasiCaptureStream, stream, capacity); }
    /** Standard output is captured: see output(). */
    Wasi &capture_output() { return set(VM_WasiCaptureOutput); }
    /** An output is written to a file. */
    Wasi &set_stream_file(VM_WasiStream stream, const Text &file) { return set(VM_WasiSetStreamFile, stream, file); }
    /** An output is passed to `function(std::string_view)`, which may return the number of bytes that it has taken, or a vm::Result. */
    template <class F> Wasi &set_stream_callback(VM_WasiStream stream, F function)
    {
        using Box = host_detail::Boxed<F>;
        VM_WasiWrite callback = [](void *user, const uint8_t *data, size_t size, size_t *count) {
            return host_detail::guarded([&] { return host_detail::transfer(Box::of(user), count, size, host_detail::view_of(VM_Bytes{ data, size })); },
                                        VM_WasiFail);
        };
        return set(VM_WasiSetStreamCallback, stream, callback, Box::make(std::move(function)), Box::free);
    }

    /** The captured standard output, valid until the next question for it. */
    std::string_view output() { return host_detail::view_of(VM_WasiGetOutput(get())); }
    /** What was captured of an output, valid until the next question for it. */
    std::string_view captured(VM_WasiStream stream) { return host_detail::view_of(VM_WasiGetCaptured(get(), stream)); }
    /** Returns whether an output had more bytes than its capacity. */
    bool is_truncated(VM_WasiStream stream) const { return VM_WasiIsTruncated(get(), stream); }
    /** Notifies guests that wait for a stream with a callback: it may be ready. */
    host_detail::Returns<void> notify(VM_WasiStream stream) { return host_detail::run(VM_WasiNotify, get(), stream); }
};

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
