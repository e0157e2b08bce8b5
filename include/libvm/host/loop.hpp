/**
 * @file libvm/host/loop.hpp
 * Part of <libvm.hpp>: event loops.
 */
#ifndef LIBVM_HOST_LOOP_HPP
#define LIBVM_HOST_LOOP_HPP

#include <libvm/host/execution.hpp>

namespace vm {
inline namespace VM_CPP_STYLE {

/** An event loop. Its functions are called on the thread that runs it; what they throw is dropped. */
class Loop : public host_detail::Handle<VM_Loop> {
public:
    /** Takes ownership of a C object. */
    explicit Loop(VM_Loop *raw) : Handle(raw) {}
    /** Creates a loop. */
    static host_detail::Returns<Loop> create() { return host_detail::make<Loop>(VM_LoopCreate); }
    /** Creates a loop on the host's own loop; `user` is passed to its functions. */
    static host_detail::Returns<Loop> create_on_host(const VM_LoopHost &host, void *user = nullptr, VM_Free free_user = nullptr)
    {
        VM_Error *error = nullptr;
        VM_Loop *made = nullptr;
        VM_Status status = VM_LoopCreateOnHost(&host, user, free_user, &made, &error);
        return host_detail::answer<Loop>(status, error, [&] { return Loop(made); });
    }
#ifndef VM_CPP_RESULTS
    /** Creates a loop. */
    Loop() : Handle(create()) {}
#endif
    /** Waits until something is due, and calls the functions that are. */
    host_detail::Returns<void> run_once() { return host_detail::run(VM_LoopRunOnce, get(), UINT64_MAX); }
    /** The same, but waits for a time at most. */
    host_detail::Returns<void> run_once(std::chrono::milliseconds time) { return host_detail::run(VM_LoopRunOnce, get(), host_detail::ms_of(time)); }
    /** A descriptor that is readable while something is due. */
    int64_t handle() const { return VM_LoopGetHandle(get()); }
    /** The time until something is due; nothing if there is none. */
    std::optional<std::chrono::milliseconds> timeout() const
    {
        uint64_t ms = VM_LoopGetTimeout(get());
        return ms == UINT64_MAX ? std::nullopt : std::optional<std::chrono::milliseconds>(static_cast<int64_t>(ms));
    }
    /** Calls `function(VM_LoopEvents)` in each round in which a descriptor is ready; returns the number of the watch. */
    template <class F> host_detail::Returns<uint64_t> watch(int64_t fd, VM_LoopEvents events, F function)
    {
        using Box = host_detail::Boxed<F>;
        VM_LoopWatchCallback callback = [](void *user, uint64_t, VM_LoopEvents ready) { host_detail::quietly([&] { Box::of(user)(ready); }); };
        return host_detail::read<uint64_t>(VM_LoopWatch, get(), fd, events, callback, Box::make(std::move(function)), Box::free);
    }
    /** Changes the events of a watch. */
    host_detail::Returns<void> modify_watch(uint64_t id, VM_LoopEvents events) { return host_detail::run(VM_LoopModifyWatch, get(), id, events); }
    /** Ends a watch. */
    host_detail::Returns<void> unwatch(uint64_t id) { return host_detail::run(VM_LoopUnwatch, get(), id); }
    /** Calls a function after a time, and then repeatedly if `repeat` is not 0; returns the number of the timer. */
    template <class F>
    host_detail::Returns<uint64_t> start_timer(std::chrono::milliseconds first, F function, std::chrono::milliseconds repeat = std::chrono::milliseconds(0))
    {
        using Box = host_detail::Boxed<F>;
        VM_LoopTimerCallback callback = [](void *user, uint64_t) { host_detail::quietly([&] { Box::of(user)(); }); };
        return host_detail::read<uint64_t>(VM_LoopStartTimer, get(), host_detail::ms_of(first), host_detail::ms_of(repeat), callback,
                                           Box::make(std::move(function)), Box::free);
    }
    /** Cancels a timer. */
    host_detail::Returns<void> cancel_timer(uint64_t id) { return host_detail::run(VM_LoopCancelTimer, get(), id); }
    /** Calls a function in the next round, on the thread of the loop. */
    template <class F> host_detail::Returns<void> post(F function)
    {
        using Box = host_detail::Boxed<F>;
        VM_LoopPostCallback callback = [](void *user) { host_detail::quietly([&] { Box::of(user)(); }); };
        return host_detail::run(VM_LoopPost, get(), callback, Box::make(std::move(function)), Box::free);
    }
    /** In a loop on the host's own: what a descriptor is ready for. */
    host_detail::Returns<void> report(int64_t fd, VM_LoopEvents events) { return host_detail::run(VM_LoopReport, get(), fd, events); }
};

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
