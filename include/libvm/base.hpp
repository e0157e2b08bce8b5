/**
 * @file libvm/base.hpp
 * What plug-ins (<libvm/plugin.hpp>) and hosts (<libvm.hpp>) in C++17 share: spans, failures, answers of hooks, events of streams, numbers.
 */
#ifndef LIBVM_BASE_HPP
#define LIBVM_BASE_HPP

#include <libvm/stream.h>
#include <libvm/types.h>

#include <cstddef>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/** libvm in C++. */
namespace vm {

/** A part of the guest's memory: valid until the function returns or calls the guest. */
template <class T> class Span {
    static_assert(sizeof(T) == 1, "a span of bytes: char, unsigned char, uint8_t or std::byte");

public:
    /** An empty span. */
    Span() = default;
    /** A span of `size` bytes. */
    Span(T *data, size_t size) : data_(data), size_(size) {}
    /** The first byte. */
    T *data() const { return data_; }
    /** Number of bytes. */
    size_t size() const { return size_; }
    /** Whether there are none. */
    bool empty() const { return size_ == 0; }
    /** The first byte. */
    T *begin() const { return data_; }
    /** The end. */
    T *end() const { return data_ + size_; }
    /** A byte; `index` is less than the size. */
    T &operator[](size_t index) const { return data_[index]; }

private:
    T *data_ = nullptr;
    size_t size_ = 0;
};

/** An exception with a status: one of VM_STATUS_*, or one of the plug-in's own (VM_STATUS_USER and below). */
class Failure : public std::exception {
public:
    /** A failure with a status and a text. */
    Failure(VM_Status status, std::string text) : status_(status < 0 ? status : VM_STATUS_BAD_ANSWER), text_(std::move(text)) {}
    /** The status. */
    VM_Status status() const { return status_; }
    /** The text. */
    const char *what() const noexcept override { return text_.c_str(); }

private:
    VM_Status status_;
    std::string text_;
};

/** The answer of a hook. */
enum class Answer : VM_Status {
    Continue = VM_STATUS_OK,       /**< The hooks after it are called. */
    Complete = VM_STATUS_COMPLETE, /**< The event is decided: the hooks after it are not called. */
    Retry = VM_STATUS_RETRY,       /**< All hooks are called again. */
    Pending = VM_STATUS_PENDING    /**< The answer comes later: the event was suspended. */
};

/** An event that a source makes. */
struct StreamEvent {
    std::string payload;                                         /**< The content. */
    uint64_t position = 0;                                       /**< The source's own number of the event, for its commit and rewind. */
    int64_t timestamp = 0;                                       /**< Nanoseconds since the beginning of 1970, UTC; 0: the time of its arrival. */
    std::vector<std::pair<std::string, std::string>> metadata;   /**< Strings by key, UTF-8 without NUL. */
};

/** What a stream has done with an event of a push source. */
enum class Emitted {
    Taken,  /**< It has taken it. */
    Full,   /**< Its queue is full. */
    Stopped /**< The source was stopped, ended or closed: emit nothing more. */
};

namespace detail {

/** An event of the C functions, and what it points to. */
class EventBuffer {
public:
    void fill(const StreamEvent &event, VM_StreamEvent &made)
    {
        fields_.clear();
        for (const auto &field : event.metadata)
            fields_.push_back({ field.first.c_str(), field.second.c_str() });
        made.payload = { reinterpret_cast<const uint8_t *>(event.payload.data()), event.payload.size() };
        made.timestamp = event.timestamp;
        made.position = event.position;
        made.metadata = fields_.data();
        made.metadata_count = fields_.size();
    }

private:
    std::vector<VM_StreamField> fields_;
};

/** Whether a source has `start` with these parameters, and `stop`. */
template <class Void, class S, class... Args> struct Starts : std::false_type {};
template <class S, class... Args>
struct Starts<std::void_t<decltype(std::declval<S &>().start(std::declval<Args>()...)), decltype(std::declval<S &>().stop())>, S, Args...> : std::true_type {};
template <class S, class... Args> using HasStart = Starts<void, S, Args...>;
template <class S, class = void> struct HasCommit : std::false_type {};
template <class S> struct HasCommit<S, std::void_t<decltype(std::declval<S &>().commit(uint64_t()))>> : std::true_type {};
template <class S, class = void> struct HasRewind : std::false_type {};
template <class S> struct HasRewind<S, std::void_t<decltype(std::declval<S &>().rewind(uint64_t()))>> : std::true_type {};

/** A failure whose reason the host has: its status alone passes it on. */
class Known : public Failure {
public:
    using Failure::Failure;
};

/** A parameter or result: its letter in signatures, and how it is read and written. */
template <class T, class = void> struct Number {
    static constexpr bool exists = false;
};

#define VM_CPP_NUMBER(type, character, make, read)                    \
    template <> struct Number<type> {                                 \
        static constexpr bool exists = true;                          \
        static constexpr const char *letter() { return character; }   \
        static VM_Value to(type number) { return make; }              \
        static type from(const VM_Value &value) { return read; }      \
    };
VM_CPP_NUMBER(int32_t, "i", VM_ValueI32(number), value.of.i32)
VM_CPP_NUMBER(uint32_t, "i", VM_ValueI32(static_cast<int32_t>(number)), static_cast<uint32_t>(value.of.i32))
VM_CPP_NUMBER(bool, "i", VM_ValueI32(number), value.of.i32 != 0)
VM_CPP_NUMBER(int64_t, "I", VM_ValueI64(number), value.of.i64)
VM_CPP_NUMBER(uint64_t, "I", VM_ValueI64(static_cast<int64_t>(number)), static_cast<uint64_t>(value.of.i64))
VM_CPP_NUMBER(float, "f", VM_ValueF32(number), value.of.f32)
VM_CPP_NUMBER(double, "F", VM_ValueF64(number), value.of.f64)
#undef VM_CPP_NUMBER

} // namespace detail

} // namespace vm

#endif
