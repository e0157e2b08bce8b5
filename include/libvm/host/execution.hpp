/**
 * @file libvm/host/execution.hpp
 * Part of <libvm.hpp>: started calls of guests, and queues of them.
 */
#ifndef LIBVM_HOST_EXECUTION_HPP
#define LIBVM_HOST_EXECUTION_HPP

#include <libvm/host/value.hpp>

#include <chrono>

namespace vm {
inline namespace VM_CPP_STYLE {
namespace host_detail {

inline uint64_t ms_of(std::chrono::milliseconds time) { return time.count() < 0 ? 0 : static_cast<uint64_t>(time.count()); }

/* 0 is no limit, and what is less has been reached already. */
inline uint64_t limit_of(std::chrono::milliseconds time) { return time.count() < 0 ? 1 : static_cast<uint64_t>(time.count()); }

/** A call that waits: whether it has happened in time. */
template <class Function, class... Args> Returns<bool> waited(Function function, Args... args)
{
    VM_Error *error = nullptr;
    VM_Status status = function(args..., &error);
    if (status == VM_STATUS_WOULD_BLOCK) {
        VM_ErrorDelete(error);
        return false;
    }
    return answer<bool>(status, error, [] { return true; });
}

} // namespace host_detail

/** An execution that something else owns. */
class ExecutionRef {
public:
    /** An execution of the C API; may be NULL. */
    explicit ExecutionRef(VM_Execution *raw) noexcept : raw_(raw) {}
    /** The C object. */
    VM_Execution *get() const noexcept { return raw_; }
    /** Returns whether there is one. */
    explicit operator bool() const noexcept { return raw_ != nullptr; }

    /** Goes on if there is something to do; returns whether the execution is done, and fails if it has failed. */
    host_detail::Returns<bool> poll() const
    {
        VM_Error *error = nullptr;
        VM_Status status = VM_ExecutionPoll(raw_, &error);
        return host_detail::answer<bool>(status, error, [&] { return state() == VM_EXECUTION_DONE; });
    }
    /** Runs the execution until it has ended; fails if it has failed. */
    host_detail::Returns<void> wait() const { return host_detail::run(VM_ExecutionWait, raw_, UINT64_MAX); }
    /** The same for a time; returns whether the execution is done. */
    host_detail::Returns<bool> wait(std::chrono::milliseconds time) const
    {
        return host_detail::waited(VM_ExecutionWait, raw_, host_detail::ms_of(time));
    }
    /** What it is doing: VM_EXECUTION_*. */
    VM_ExecutionState state() const { return VM_ExecutionGetState(raw_); }
    /** Cancels it. */
    host_detail::Returns<void> cancel() const { return host_detail::run(VM_ExecutionCancel, raw_); }
    /** Its results; fails if it is unfinished or has failed. */
    template <class R> host_detail::Returns<R> result() const
    {
        return host_detail::call_guest<R>([&](const VM_Value *, size_t, VM_Value *results, size_t count, VM_Error **error) {
            return VM_ExecutionGetResults(raw_, results, count, error);
        });
    }
    /** The exit code of a WASI command. */
    host_detail::Returns<int32_t> exit_code() const { return host_detail::read<int32_t>(VM_ExecutionGetExitCode, raw_); }
    /** The instance that it has made, for Context::instance. */
    host_detail::Returns<VM_Instance> instance() const { return host_detail::read<VM_Instance>(VM_ExecutionGetInstance, raw_); }
    /** The answer of the hooks that it has called. */
    host_detail::Returns<Answer> answer() const
    {
        VM_Error *error = nullptr;
        VM_Status found = VM_STATUS_OK;
        VM_Status status = VM_ExecutionGetAnswer(raw_, &found, &error);
        return host_detail::answer<Answer>(status, error, [&] { return static_cast<Answer>(found); });
    }
    /** Attaches an object. */
    template <class T> host_detail::Returns<void> set_data(T object) const
    {
        using Tagged = host_detail::Tagged<T>;
        return host_detail::run(VM_ExecutionSetData, raw_, Tagged::make(std::move(object)), Tagged::free);
    }
    /** The attached object; NULL if it is no T. */
    template <class T> T *data() const { return host_detail::Tagged<T>::of(VM_ExecutionGetData(raw_)); }
    /** Calls `function(ExecutionRef)` once when it has ended, on the thread that ends it. */
    template <class F> host_detail::Returns<void> on_end(F function) const
    {
        using Box = host_detail::Boxed<F>;
        VM_ExecutionCallback callback = [](void *user, VM_Execution *execution) {
            host_detail::quietly([&] { Box::of(user)(ExecutionRef(execution)); });
        };
        return host_detail::run(VM_ExecutionSetCallback, raw_, callback, Box::make(std::move(function)), Box::free);
    }

private:
    VM_Execution *raw_;
};

/** A started call of a guest. It is cancelled when it is destroyed unfinished. */
class Execution : public ExecutionRef {
public:
    /** The C type. */
    using Raw = VM_Execution;
    /** Takes ownership of a C object. */
    explicit Execution(VM_Execution *raw) noexcept : ExecutionRef(raw) {}
    /** Leaves the other one empty. */
    Execution(Execution &&other) noexcept : ExecutionRef(std::exchange(ref(other), ExecutionRef(nullptr))) {}
    /** Deletes the own execution, and leaves the other one empty. */
    Execution &operator=(Execution &&other) noexcept
    {
        if (this != &other) {
            close();
            ref(*this) = std::exchange(ref(other), ExecutionRef(nullptr));
        }
        return *this;
    }
    ~Execution() { VM_ExecutionDelete(get()); }
    /** Returns the C object, which the caller owns from now on. */
    VM_Execution *release() noexcept { return std::exchange(ref(*this), ExecutionRef(nullptr)).get(); }
    /** Deletes the execution. */
    void close() noexcept { VM_ExecutionDelete(release()); }

private:
    static ExecutionRef &ref(Execution &execution) { return execution; }
};

/** A queue of executions that can go on. */
class Queue : public host_detail::Handle<VM_Queue> {
public:
    /** Takes ownership of a C object. */
    explicit Queue(VM_Queue *raw) : Handle(raw) {}
    /** Creates a queue. */
    static host_detail::Returns<Queue> create() { return host_detail::make<Queue>(VM_QueueCreate); }
#ifndef VM_CPP_RESULTS
    /** Creates a queue. */
    Queue() : Handle(create()) {}
#endif
    /** A descriptor that is readable while an execution is in the queue. */
    int64_t handle() const { return VM_QueueGetHandle(get()); }
    /** Takes the first execution out of the queue, for this thread to poll; none if the queue is empty. */
    ExecutionRef next() { return ExecutionRef(VM_QueueNext(get())); }
    /** Waits until an execution is in the queue. */
    host_detail::Returns<void> wait() { return host_detail::run(VM_QueueWait, get(), UINT64_MAX); }
    /** The same for a time; returns whether one is. */
    host_detail::Returns<bool> wait(std::chrono::milliseconds time)
    {
        return host_detail::waited(VM_QueueWait, get(), host_detail::ms_of(time));
    }
};

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
