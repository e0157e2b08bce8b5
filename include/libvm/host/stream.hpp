/**
 * @file libvm/host/stream.hpp
 * Part of <libvm.hpp>: streams: a source, stages, sinks.
 */
#ifndef LIBVM_HOST_STREAM_HPP
#define LIBVM_HOST_STREAM_HPP

#include <libvm/host/context.hpp>

namespace vm {
inline namespace VM_CPP_STYLE {

/**
 * The stream as a push source of the host sees it. It may be kept, copied, and used on any thread at any time: when the source was stopped or
 * closed, events are Emitted::Stopped.
 */
class HostStreamPart {
public:
    /** Used by Stream: a part that is open. */
    explicit HostStreamPart(const VM_StreamPart &part) : part_(part), stream_(part.stream), name_(part.name) {}
    /** The name of the stream. */
    const std::string &stream() const noexcept { return stream_; }
    /** The name of the part in the stream: "source". */
    const std::string &name() const noexcept { return name_; }
    /** Passes an event to the stream, unless its queue is full. */
    host_detail::Returns<Emitted> emit(const StreamEvent &event) const { return emit_with(event, 0); }
    /** The same, and waits while the queue is full; not on the thread that runs the stream. */
    host_detail::Returns<Emitted> emit_waiting(const StreamEvent &event) const { return emit_with(event, VM_EMIT_WAIT); }
    /** Ends the source: it has no other events. */
    void end() const { VM_StreamPartEnd(&part_, VM_STATUS_OK, nullptr); }
    /** Ends a source that is broken, and with it the stream. */
    host_detail::Returns<void> end(VM_Status status, const Text &text) const
    {
        if (std::optional<Error> refused = host_detail::refusal(text))
            return host_detail::fail<void>(*refused);
        return done(VM_StreamPartEnd(&part_, status, text.c_str()), "ending a source");
    }
    /** Sets the state that the host sees: VM_STREAM_PART_CONNECTING, VM_STREAM_PART_CONNECTED or VM_STREAM_PART_DISCONNECTED. */
    host_detail::Returns<void> set_state(VM_StreamPartState state, const Text &text = "") const
    {
        if (std::optional<Error> refused = host_detail::refusal(text))
            return host_detail::fail<void>(*refused);
        return done(VM_StreamPartSetState(&part_, state, text.c_str()), "setting the state of a source");
    }
    /** Reports that a lost connection was established again. */
    host_detail::Returns<void> report_reconnect(const Text &text = "") const
    {
        if (std::optional<Error> refused = host_detail::refusal(text))
            return host_detail::fail<void>(*refused);
        return done(VM_StreamPartReportReconnect(&part_, text.c_str()), "reporting a connection");
    }
    /** Has the stream call a function again that answered VM_STATUS_WOULD_BLOCK. */
    void notify() const { VM_StreamPartNotify(&part_); }

private:
    /** What a source does when it was closed has no effect. */
    static host_detail::Returns<void> done(VM_Status status, const char *what)
    {
        if (status != VM_STATUS_OK && status != VM_STATUS_STALE)
            return host_detail::fail<void>(Error(status, std::string(what) + " failed: " + VM_StatusGetName(status)));
        return host_detail::Returns<void>();
    }
    host_detail::Returns<Emitted> emit_with(const StreamEvent &event, uint32_t flags) const
    {
        VM_StreamEvent made = VM_STREAMEVENT_INIT;
        detail::EventBuffer buffer;
        for (const auto &field : event.metadata)
            if (std::optional<Error> refused = host_detail::refusal(Text(field.first), Text(field.second)))
                return host_detail::fail<Emitted>(*refused);
        buffer.fill(event, made);
        VM_Status status = VM_StreamPartEmit(&part_, &made, flags);
        if (status == VM_STATUS_OK)
            return Emitted::Taken;
        if (status == VM_STATUS_WOULD_BLOCK)
            return Emitted::Full;
        if (status == VM_STATUS_STALE)
            return Emitted::Stopped;
        return host_detail::fail<Emitted>(Error(status, std::string("emitting an event failed: ") + VM_StatusGetName(status)));
    }

    VM_StreamPart part_;
    std::string stream_, name_;
};

/** Events from a source, through stages, into sinks. It refers to its parts by name: "source", the names of sinks and stages. */
class Stream : public host_detail::Handle<VM_Stream> {
public:
    /** Takes ownership of a C object. */
    explicit Stream(VM_Stream *raw) : Handle(raw) {}
    /** Creates a stream in a context. */
    static host_detail::Returns<Stream> create(Context &context, const Text &name)
    {
        return host_detail::make<Stream>(VM_StreamCreate, context.get(), name);
    }
#ifndef VM_CPP_RESULTS
    /** Creates a stream in a context. */
    Stream(Context &context, const Text &name) : Handle(create(context, name)) {}
#endif
    /** The source is one of a plug-in. */
    host_detail::Returns<void> set_source(const LoadedPlugin &plugin, const Text &source)
    {
        return set(VM_StreamSetSource, static_cast<const VM_Plugin *>(plugin.get()), source);
    }
    /**
     * The source is `function()`, which returns a std::optional of the bytes of the next event, or nothing at the end: std::string, for example.
     * What it throws is what the stream fails with.
     *
     * Or it is an object with `start(const vm::HostStreamPart &)` and `stop()`: a push source, which keeps a copy of the part, and passes events to
     * it on any thread. `stop` may wait for these threads. An object may also have `commit(uint64_t position)`, to learn which events are
     * acknowledged, and `rewind(uint64_t position)`, to begin after one.
     */
    template <class F> host_detail::Returns<void> set_source(F function)
    {
        if constexpr (detail::HasStart<F, const HostStreamPart &>::value)
            return set_push_source(std::move(function));
        else
            return set_pull_source(std::move(function));
    }
    /** The source is callbacks of the C API; `user`, a copy of which they get as a pointer, is kept as long as they are needed. */
    template <class T> host_detail::Returns<void> set_source(const VM_SourceDescriptor &descriptor, T user)
    {
        using Box = host_detail::Boxed<T>;
        return set(VM_StreamSetSourceCallbacks, &descriptor, Box::make(std::move(user)), Box::free);
    }
    /** Adds a sink of a plug-in. */
    host_detail::Returns<void> add_sink(const LoadedPlugin &plugin, const Text &sink, const Text &name)
    {
        return set(VM_StreamAddSink, static_cast<const VM_Plugin *>(plugin.get()), sink, name);
    }
    /** Adds a sink: `function(const VM_StreamEvent &)`. What it throws is what the event fails with. */
    template <class F> host_detail::Returns<void> add_sink(const Text &name, F function)
    {
        VM_SinkDescriptor descriptor = sink_of<F>(name.c_str());
        using Box = host_detail::Boxed<F>;
        return set(VM_StreamAddSinkCallbacks, &descriptor, name, Box::user(std::move(function)), Box::free);
    }
    /** Adds a sink of callbacks of the C API. */
    template <class T> host_detail::Returns<void> add_sink(const Text &name, const VM_SinkDescriptor &descriptor, T user)
    {
        using Box = host_detail::Boxed<T>;
        return set(VM_StreamAddSinkCallbacks, &descriptor, name, Box::user(std::move(user)), Box::free);
    }
    /** The dead-letter sink is one of a plug-in. */
    host_detail::Returns<void> set_dead_letter_sink(const LoadedPlugin &plugin, const Text &sink)
    {
        return set(VM_StreamSetDeadLetterSink, static_cast<const VM_Plugin *>(plugin.get()), sink);
    }
    /** The dead-letter sink is a function, as in add_sink. */
    template <class F> host_detail::Returns<void> set_dead_letter_sink(F function)
    {
        VM_SinkDescriptor descriptor = sink_of<F>("dead-letter");
        using Box = host_detail::Boxed<F>;
        return set(VM_StreamSetDeadLetterSinkCallbacks, &descriptor, Box::make(std::move(function)), Box::free);
    }
    /** Adds a stage: an export of a guest. */
    host_detail::Returns<void> add_stage(const Instance &instance, const Text &name, VM_StageFlags flags = 0)
    {
        return set(VM_StreamAddGuestStage, instance.get(), name, flags);
    }
    /** Adds a stage: a function of a plug-in. */
    host_detail::Returns<void> add_stage(const LoadedPlugin &plugin, const Text &module, const Text &name, VM_StageFlags flags = 0)
    {
        return set(VM_StreamAddPluginStage, static_cast<const VM_Plugin *>(plugin.get()), module, name, flags);
    }
    /** Adds a stage: `function(vm::Caller &)`, which uses Caller::event and Caller::emit. */
    template <class F> host_detail::Returns<void> add_stage(const Text &name, F function, VM_StageFlags flags = 0)
    {
        using Host = typename host_detail::Callable<F>::template Apply<host_detail::HostFunction, F>;
        using Box = host_detail::Boxed<F>;
        return set(VM_StreamAddCallbackStage, name, Host::call, Box::user(std::move(function)), Box::free, flags | (Host::flags ? VM_STAGE_MAY_SUSPEND : 0u));
    }
    /** Sets an option of a part. */
    host_detail::Returns<void> set_option(const Text &part, const Text &key, const Text &value)
    {
        return set(VM_StreamSetOption, part, key, value);
    }
    /** Calls `function(std::string_view part, VM_StreamPartState, std::string_view text)` when the state of a part changes. */
    template <class F> host_detail::Returns<void> set_state_callback(F function)
    {
        using Box = host_detail::Boxed<F>;
        VM_StreamStateCallback callback = [](void *user, const char *part, VM_StreamPartState state, const char *text) {
            host_detail::quietly([&] { Box::of(user)(host_detail::view_of(part), state, host_detail::view_of(text)); });
        };
        return set(VM_StreamSetStateCallback, callback, Box::make(std::move(function)), Box::free);
    }
    /** Sets the events of a batch. */
    host_detail::Returns<void> set_batch_size(uint64_t events) { return set(VM_StreamSetBatchSize, events); }
    /** Sets what happens to an event that fails: VM_ERROR_POLICY_*. */
    host_detail::Returns<void> set_error_policy(VM_ErrorPolicy policy) { return set(VM_StreamSetErrorPolicy, policy); }
    /** Limits what a stage may emit for an event. */
    host_detail::Returns<void> set_emit_limits(uint64_t events, uint64_t bytes) { return set(VM_StreamSetEmitLimits, events, bytes); }
    /** Sets the size of the queue of a push source. */
    host_detail::Returns<void> set_queue_size(uint64_t events, uint64_t bytes) { return set(VM_StreamSetQueueSize, events, bytes); }

    /** Runs until the source has ended, the stream is stopped, or so many events are handled. */
    host_detail::Returns<void> run(uint64_t max_events = UINT64_MAX) { return set(VM_StreamRun, max_events); }
    /** The same without waiting; returns whether there was nothing to wait for. */
    host_detail::Returns<bool> poll(uint64_t max_events = UINT64_MAX) { return host_detail::waited(VM_StreamPoll, get(), max_events); }
    /** Stops a run, on any thread. */
    host_detail::Returns<void> stop() { return set(VM_StreamStop); }
    /** Goes back, or forth: VM_STREAM_COMMITTED, VM_STREAM_BEGINNING, or a position. */
    host_detail::Returns<void> rewind(uint64_t position) { return set(VM_StreamRewind, position); }
    /** What it is doing: VM_STREAM_*. */
    VM_StreamState state() const { return VM_StreamGetState(get()); }
    /** The counters. */
    host_detail::Returns<VM_StreamStatistics> statistics() const
    {
        VM_StreamStatistics statistics = VM_STREAMSTATISTICS_INIT;
        VM_Error *error = nullptr;
        VM_Status status = VM_StreamGetStatistics(get(), &statistics, &error);
        return host_detail::answer<VM_StreamStatistics>(status, error, [&] { return statistics; });
    }
    /** The state of a source or sink. */
    host_detail::Returns<VM_StreamPartReport> part_report(const Text &part) const
    {
        if (std::optional<Error> refused = host_detail::refusal(part))
            return host_detail::fail<VM_StreamPartReport>(*refused);
        VM_StreamPartReport report = VM_STREAMPARTREPORT_INIT;
        VM_Error *error = nullptr;
        VM_Status status = VM_StreamGetPartReport(get(), part.c_str(), &report, &error);
        return host_detail::answer<VM_StreamPartReport>(status, error, [&] { return report; });
    }

private:
    template <class F> host_detail::Returns<void> set_pull_source(F function)
    {
        VM_SourceDescriptor descriptor = source_of<F, Pulled<F>>();
        descriptor.flags = VM_SOURCE_BOUNDED;
        descriptor.pull = [](void *opened, VM_StreamEvent *event) {
            auto *self = static_cast<Opened<F, Pulled<F>> *>(opened);
            return self->guarded([&]() -> VM_Status {
                self->state = self->function();
                if (!self->state)
                    return VM_STATUS_COMPLETE;
                event->payload = { reinterpret_cast<const uint8_t *>(self->state->data()), self->state->size() };
                event->position = ++self->count;
                return VM_STATUS_OK;
            });
        };
        return set_source(descriptor, std::move(function));
    }
    template <class S> host_detail::Returns<void> set_push_source(S source)
    {
        VM_SourceDescriptor descriptor = source_of<S, int>();
        descriptor.start = [](void *opened) {
            auto *self = static_cast<Opened<S, int> *>(opened);
            return self->run([self] { return self->function.start(HostStreamPart(self->part)); });
        };
        descriptor.stop = [](void *opened) { host_detail::quietly([opened] { static_cast<Opened<S, int> *>(opened)->function.stop(); }); };
        return set_source(descriptor, std::move(source));
    }
    /** The functions that sources of both kinds have. */
    template <class S, class State> static VM_SourceDescriptor source_of()
    {
        using Own = Opened<S, State>;
        VM_SourceDescriptor descriptor = {};
        descriptor.size = sizeof descriptor;
        descriptor.name = "source";
        descriptor.open = Own::open;
        descriptor.close = Own::close;
        if constexpr (detail::HasCommit<S>::value)
            descriptor.commit = [](void *opened, uint64_t position) {
                auto *self = static_cast<Own *>(opened);
                return self->run([&] { return self->function.commit(position); });
            };
        if constexpr (detail::HasRewind<S>::value)
            descriptor.rewind = [](void *opened, uint64_t position) {
                auto *self = static_cast<Own *>(opened);
                return self->run([&] { return self->function.rewind(position); });
            };
        return descriptor;
    }
    /** An opened source or sink of a function object. */
    template <class F, class State> struct Opened {
        F &function;
        VM_StreamPart part;
        State state;
        uint64_t count;

        static VM_Status VM_CALL open(void *user, const VM_StreamPart *part, void **opened)
        {
            *opened = new Opened{ host_detail::Boxed<F>::of(user), *part, State(), 0 };
            return VM_STATUS_OK;
        }
        static void VM_CALL close(void *opened) { delete static_cast<Opened *>(opened); }
        template <class Run> VM_Status guarded(Run run)
        {
            return host_detail::guarded(run, [this](VM_Status status, const char *text) { return VM_StreamPartFail(&part, status, text); });
        }
        /** Runs a function that returns nothing, or a vm::Result<void>. */
        template <class Run> VM_Status run(Run call)
        {
            return guarded([&]() -> VM_Status {
                if constexpr (std::is_void<decltype(call())>::value) {
                    call();
                    return VM_STATUS_OK;
                } else {
                    Result<void> result = call();
                    return result.ok() ? VM_STATUS_OK : VM_StreamPartFail(&part, result.status(), result.error().what());
                }
            });
        }
    };
    template <class F> using Pulled = std::invoke_result_t<F &>;
    template <class F> static VM_SinkDescriptor sink_of(const char *name)
    {
        VM_SinkDescriptor descriptor = {};
        descriptor.size = sizeof descriptor;
        descriptor.name = name;
        descriptor.open = Opened<F, int>::open;
        descriptor.close = Opened<F, int>::close;
        descriptor.write = [](void *opened, const VM_StreamEvent *event) {
            auto *self = static_cast<Opened<F, int> *>(opened);
            return self->run([&] { return self->function(*event); });
        };
        return descriptor;
    }
    template <class Function, class... Args> host_detail::Returns<void> set(Function function, const Args &...args) { return host_detail::run(function, get(), args...); }
};

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
