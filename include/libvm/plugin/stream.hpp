/**
 * @file libvm/plugin/stream.hpp
 * Sources and sinks of streams: a class for each, whose objects are the opened ones. Part of <libvm/plugin.hpp>.
 */
#ifndef LIBVM_PLUGIN_STREAM_HPP
#define LIBVM_PLUGIN_STREAM_HPP

#include <libvm/plugin/options.hpp>

namespace vm {

/** An event that a sink receives: valid until its function returns. */
class StreamEventView {
public:
    /** The strings that describe an event. */
    struct Fields {
        const VM_StreamField *items; /**< The first one. */
        size_t count;                /**< Their number. */
        /** The first one. */
        const VM_StreamField *begin() const { return items; }
        /** The end. */
        const VM_StreamField *end() const { return items + count; }
    };
    /** Used by this layer: a view of an event. */
    explicit StreamEventView(const VM_StreamEvent &event) : event_(event) {}
    /** The event, for the functions of <libvm/stream.h>. */
    const VM_StreamEvent *get() const { return &event_; }
    /** The content. */
    std::string_view payload() const { return { reinterpret_cast<const char *>(event_.payload.data), event_.payload.size }; }
    /** The source's own number of the event. */
    uint64_t position() const { return event_.position; }
    /** Nanoseconds since the beginning of 1970, UTC. */
    int64_t timestamp() const { return event_.timestamp; }
    /** The strings that describe it, for loops: each has a `key` and a `value`. */
    Fields metadata() const { return { event_.metadata, event_.metadata_count }; }
    /** The string with a key; NULL if there is none. */
    const char *metadata(std::string_view key) const
    {
        for (size_t i = 0; i < event_.metadata_count; i++)
            if (key == event_.metadata[i].key)
                return event_.metadata[i].value;
        return nullptr;
    }

private:
    const VM_StreamEvent &event_;
};

/** What a pull source has. */
enum class Next {
    Event,  /**< An event, which it has filled in. */
    NotYet, /**< None now: it is asked again after StreamPart::notify, at the latest after a short time. */
    End     /**< There will be no other. */
};

/** What a sink has done. */
enum class Progress {
    Done,  /**< What it was asked for. */
    NotYet /**< Nothing now: it is asked again after StreamPart::notify, at the latest after a short time. */
};

/**
 * The stream as one opened source or sink sees it. It may be kept, copied, and used on any thread: when the source or sink was closed, its
 * functions return Stopped, do nothing, or throw a Failure with VM_STATUS_STALE.
 */
class StreamPart {
public:
    /** Used by this layer: a part that is open. */
    StreamPart(const VM_StreamPart &part, std::shared_ptr<detail::Life> life) : shared_(std::make_shared<Shared>(part, std::move(life))) {}
    /** The name of the stream. */
    const std::string &stream() const { return shared_->stream; }
    /** The name of the part in the stream, as in "source". */
    const std::string &name() const { return shared_->name; }
    /** The presence of this opening: log, state and directories. */
    const Self &self() const { return shared_->self; }

    /** Passes an event of a push source to the stream, and waits while its queue is full; see VM_EMIT_WAIT. Throws if it is not valid. */
    Emitted emit_waiting(const StreamEvent &event) const { return emit_with(event, VM_EMIT_WAIT); }
    /** The same without waiting. */
    Emitted emit(const StreamEvent &event) const { return emit_with(event, 0); }
    /** Ends a push source: it has no other events. */
    void end() const { VM_StreamPartEnd(&shared_->part, VM_STATUS_OK, nullptr); }
    /** Ends a push source that is broken, and with it the stream. */
    void end(VM_Status status, const std::string &text) const { VM_StreamPartEnd(&shared_->part, status, text.c_str()); }
    /** Has the stream call a function again that was not ready. */
    void notify() const { VM_StreamPartNotify(&shared_->part); }
    /** Sets the state that the host sees: VM_STREAM_PART_CONNECTING, VM_STREAM_PART_CONNECTED or VM_STREAM_PART_DISCONNECTED. */
    void set_state(VM_StreamPartState state, const std::string &text) const { VM_StreamPartSetState(&shared_->part, state, text.c_str()); }
    /** Reports that a lost connection was established again. */
    void report_reconnect(const std::string &text) const { VM_StreamPartReportReconnect(&shared_->part, text.c_str()); }

private:
    struct Shared {
        Shared(const VM_StreamPart &of, std::shared_ptr<detail::Life> life)
            : part(of), self(of.host, of.self, std::move(life)), stream(of.stream), name(of.name)
        {
        }
        VM_StreamPart part;
        Self self;
        std::string stream, name;
    };

    Emitted emit_with(const StreamEvent &event, uint32_t flags) const
    {
        VM_StreamEvent made = VM_STREAMEVENT_INIT;
        detail::EventBuffer buffer;
        buffer.fill(event, made);
        VM_Status status = VM_StreamPartEmit(&shared_->part, &made, flags);
        if (status == VM_STATUS_STALE)
            return Emitted::Stopped;
        if (status == VM_STATUS_WOULD_BLOCK)
            return Emitted::Full;
        detail::check(status, "emitting an event");
        return Emitted::Taken;
    }

    std::shared_ptr<const Shared> shared_;
};

namespace detail {

template <class S, class = void> struct HasNext : std::false_type {};
template <class S> struct HasNext<S, std::void_t<decltype(std::declval<S &>().next(std::declval<StreamEvent &>()))>> : std::true_type {};
template <class S, class = void> struct HasFlush : std::false_type {};
template <class S> struct HasFlush<S, std::void_t<decltype(std::declval<S &>().flush())>> : std::true_type {};

/** An opened source or sink. Its object is destroyed first. */
template <class S> struct Opened {
    explicit Opened(const VM_StreamPart *of) : part(of) {}

    /** Runs one of its functions. */
    template <class Run> static VM_Status run(void *opened, Run run) noexcept
    {
        auto *self = static_cast<Opened *>(opened);
        auto fail = [self](VM_Status status, const char *text) { return VM_StreamPartFail(self->part, status, text); };
        return guard(VM_STATUS_PLUGIN_FAILED, fail, [&] { return run(*self); });
    }

    const VM_StreamPart *part;
    LifeOwner life;
    StreamEvent event;
    EventBuffer buffer;
    std::unique_ptr<S> object;
};

template <class S> VM_Status VM_CALL source_pull(void *opened, VM_StreamEvent *event)
{
    return Opened<S>::run(opened, [event](Opened<S> &self) -> VM_Status {
        self.event = StreamEvent();
        switch (self.object->next(self.event)) {
        case Next::Event:
            self.buffer.fill(self.event, *event);
            return VM_STATUS_OK;
        case Next::NotYet:
            return VM_STATUS_WOULD_BLOCK;
        default:
            return VM_STATUS_COMPLETE;
        }
    });
}
template <class S> VM_Status VM_CALL source_start(void *opened)
{
    return Opened<S>::run(opened, [](Opened<S> &self) -> VM_Status {
        self.object->start();
        return VM_STATUS_OK;
    });
}
template <class S> void VM_CALL source_stop(void *opened)
{
    auto *self = static_cast<Opened<S> *>(opened);
    guard_by_log(self->part->host, "stopping a source", [&] { self->object->stop(); });
}
template <class S> VM_Status VM_CALL source_commit(void *opened, uint64_t position)
{
    return Opened<S>::run(opened, [position](Opened<S> &self) -> VM_Status {
        self.object->commit(position);
        return VM_STATUS_OK;
    });
}
template <class S> VM_Status VM_CALL source_rewind(void *opened, uint64_t position)
{
    return Opened<S>::run(opened, [position](Opened<S> &self) -> VM_Status {
        self.object->rewind(position);
        return VM_STATUS_OK;
    });
}

/** The answer of a function of a sink that returns nothing or a Progress. */
template <class Run> VM_Status progress_of(Run run)
{
    using R = decltype(run());
    static_assert(std::is_void<R>::value || std::is_same<R, Progress>::value, "write and flush return nothing or a vm::Progress");
    if constexpr (std::is_void<R>::value) {
        run();
        return VM_STATUS_OK;
    } else {
        return run() == Progress::Done ? VM_STATUS_OK : VM_STATUS_WOULD_BLOCK;
    }
}
template <class S> VM_Status VM_CALL sink_write(void *opened, const VM_StreamEvent *event)
{
    return Opened<S>::run(opened, [event](Opened<S> &self) -> VM_Status {
        return progress_of([&] { return self.object->write(StreamEventView(*event)); });
    });
}
template <class S> VM_Status VM_CALL sink_flush(void *opened)
{
    return Opened<S>::run(opened, [](Opened<S> &self) -> VM_Status { return progress_of([&] { return self.object->flush(); }); });
}

/** What sources and sinks have in common. */
struct PartBase {
    std::string name, text;
    const void *tag = nullptr; /* of its class: the functions are not passed the source or sink that they belong to */
    uint32_t flags = 0;
    VM_SourceDescriptor source = {}; /* with a pull or start if it is one */
    VM_SinkDescriptor sink = {};
    virtual ~PartBase() = default;
    virtual VM_OptionTable finish_options() = 0;
};

template <class T, class S> struct PartOf : PartBase {
    using Options = typename OptionsOf<S>::type;
    OptionList<Options> list;

    PartOf() { tag = &TypeTag<S>::place; }

    void be_source()
    {
        static_assert(HasNext<S>::value != HasStart<S>::value, "a source has either `vm::Next next(vm::StreamEvent &)`, or `start()` and `stop()`");
        source.open = open;
        source.close = close;
        if constexpr (HasNext<S>::value)
            source.pull = source_pull<S>;
        if constexpr (HasStart<S>::value) {
            source.start = source_start<S>;
            source.stop = source_stop<S>;
        }
        if constexpr (HasCommit<S>::value)
            source.commit = source_commit<S>;
        if constexpr (HasRewind<S>::value)
            source.rewind = source_rewind<S>;
    }

    void be_sink()
    {
        sink.open = open;
        sink.close = close;
        sink.write = sink_write<S>;
        if constexpr (HasFlush<S>::value)
            sink.flush = sink_flush<S>;
    }

    VM_OptionTable finish_options() override { return list.finish(); }

    static VM_Status VM_CALL open(void *instance, const VM_StreamPart *part, void **opened) noexcept
    {
        auto &owner = *static_cast<Instance<T> *>(instance);
        auto fail = [part](VM_Status status, const char *text) { return VM_StreamPartFail(part, status, text); };
        return guard(VM_STATUS_PLUGIN_FAILED, fail, [&] {
            auto made = std::make_unique<Opened<S>>(part);
            StreamPart shown(*part, made->life.get());
            T &plugin = *owner.object;
            const auto &list = static_cast<const PartOf *>(owner.description->find_part(&TypeTag<S>::place))->list;
            (void)plugin;
            (void)list;
            if constexpr (std::is_constructible<S, T &, StreamPart, const Options &>::value)
                made->object = std::make_unique<S>(plugin, shown, list.read(part->host, part->self));
            else if constexpr (std::is_constructible<S, StreamPart, const Options &>::value)
                made->object = std::make_unique<S>(shown, list.read(part->host, part->self));
            else if constexpr (std::is_constructible<S, T &, StreamPart>::value)
                made->object = std::make_unique<S>(plugin, shown);
            else if constexpr (std::is_constructible<S, StreamPart>::value)
                made->object = std::make_unique<S>(shown);
            else
                made->object = std::make_unique<S>();
            *opened = made.release();
            return VM_STATUS_OK;
        });
    }

    static void VM_CALL close(void *opened) { delete static_cast<Opened<S> *>(opened); }
};

} // namespace detail

/** A source or sink that was added, to say more about it. */
template <class T, class S> class StreamPartRef {
public:
    /** The options of the source or sink. */
    using Options = typename detail::OptionsOf<S>::type;

    /** The source or sink. */
    explicit StreamPartRef(detail::PartOf<T, S> &part) : part_(part) {}
    /** Describes it in one line. */
    StreamPartRef &describe(const char *text)
    {
        part_.text = text;
        return *this;
    }
    /** A source that comes to an end. */
    StreamPartRef &bounded()
    {
        part_.flags |= VM_SOURCE_BOUNDED;
        return *this;
    }
    /** Declares a field of S::Options as an option, in addition to those of the plug-in; its default is that of the struct. */
    template <class M> OptionRef option(const char *key, M Options::*member, const char *description) { return part_.list.add(key, member, description); }

private:
    detail::PartOf<T, S> &part_;
};

} // namespace vm

#endif
