/**
 * @file libvm/stream.h
 * Sources and sinks of streams: of plug-ins, which offer them in the extension "libvm.stream/1", and of hosts, which pass the same
 * structs to the functions of a VM_Stream. <libvm.h> and <libvm/plugin.h> both include this file.
 *
 * A source produces events. A pull source is asked for each event; a push source passes events to the stream from its own threads, or
 * from timers and watches. A sink receives the events that the stages of the stream emit. What `open` makes is an opened source or
 * sink; libvm calls its functions one at a time, on the thread that runs the stream.
 *
 * Each opened source or sink of a plug-in has its own instance of the plug-in (a singleton's is shared), its own options, which
 * are the plug-in's and those in its descriptor, and its own state, data directory and log source, which belong to the name of the stream:
 * `part->host` and `part->self` are the parameters of the services.
 *
 * At least once: libvm calls `commit` when everything that came of an event has been acknowledged by all sinks, never before. A source
 * stores that position, for example in its state, and begins after it when it is opened again.
 */
#ifndef LIBVM_STREAM_H
#define LIBVM_STREAM_H

#include <libvm/option.h>
#include <libvm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A string that describes an event. */
typedef struct VM_StreamField {
    const char *key;   /**< UTF-8, not NULL. */
    const char *value; /**< UTF-8, not NULL. */
} VM_StreamField;

/**
 * An event. It may grow at its end: set `size` to the size of this struct, and all that is not used to 0.
 *
 * Lifetime: what a source passes to libvm is copied: what `pull` has filled in must stay valid until the next call of a function of that
 * source, and what VM_StreamPartEmit is passed until it returns. What a sink receives is valid until its function returns.
 */
typedef struct VM_StreamEvent {
    uint32_t size;                  /**< Size of this struct in bytes. */
    uint32_t reserved;              /**< 0. */
    VM_Bytes payload;               /**< The content; may be empty. */
    int64_t timestamp;              /**< Nanoseconds since the beginning of 1970, UTC; 0 from a source: the time of its arrival. */
    const VM_StreamField *metadata; /**< Strings by key; may be NULL if there are none. */
    size_t metadata_count;          /**< Number of strings. */
    uint64_t position;              /**< The source's own number of the event, for its `commit` and `rewind`. */
} VM_StreamEvent;

/** Initializes a VM_StreamEvent without content. */
#define VM_STREAMEVENT_INIT { (uint32_t)sizeof(VM_StreamEvent), 0, { NULL, 0 }, 0, NULL, 0, 0 }

/** For `rewind`: the event after the last position that was passed to `commit`, also before the source was opened; else the first. */
#define VM_STREAM_COMMITTED UINT64_MAX
/** For `rewind`: the first event that the source still has. */
#define VM_STREAM_BEGINNING (UINT64_MAX - 1)

/** The state of an opened source or sink. */
typedef uint32_t VM_StreamPartState;

enum {
    VM_STREAM_PART_OPENED = 0,       /**< It has set no state. */
    VM_STREAM_PART_CONNECTING = 1,   /**< It is establishing its connection. */
    VM_STREAM_PART_CONNECTED = 2,    /**< It works. */
    VM_STREAM_PART_DISCONNECTED = 3, /**< It has lost its connection, and tries to establish it again. */
    VM_STREAM_PART_FAILED = 4,       /**< One of its functions failed, or it has ended with a failure. Set by libvm. */
    VM_STREAM_PART_CLOSED = 5        /**< It was closed. Set by libvm. */
};

/** For VM_StreamPartEmit. */
enum {
    VM_EMIT_WAIT = 1 /**< Waits while the queue of the stream is full. */
};

typedef struct VM_StreamPartTable VM_StreamPartTable;

/**
 * The stream as one opened source or sink sees it. `open` receives it; it is valid until `close` has returned. A copy of the struct may be
 * passed to the functions below on any thread at any time, also after that: they then return VM_STATUS_STALE.
 */
typedef struct VM_StreamPart {
    const VM_StreamPartTable *table; /**< The functions of the part; use the inline functions below. */
    const struct VM_PluginHost *host; /**< The plug-in's host, for services; NULL for a source or sink of a host. */
    VM_PluginInstance *self;         /**< The presence of this opening, for services; NULL for a source or sink of a host. */
    const char *stream;              /**< The name of the stream, UTF-8. */
    const char *name;                /**< The name of the part in the stream, UTF-8, as in "source". */
    void *reserved;                  /**< NULL */
    uint64_t id;                     /**< The number of the opening, which is never used again. */
} VM_StreamPart;

/**
 * The functions of a part, described at the inline functions below, which should be used instead. The struct only grows at its end;
 * `size` tells how much of it there is.
 */
struct VM_StreamPartTable {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Status(VM_CALL *emit)(const VM_StreamPart *part, const VM_StreamEvent *event, uint32_t flags);      /**< VM_StreamPartEmit */
    VM_Status(VM_CALL *end)(const VM_StreamPart *part, VM_Status status, const char *text);                /**< VM_StreamPartEnd */
    VM_Status(VM_CALL *notify)(const VM_StreamPart *part);                                                 /**< VM_StreamPartNotify */
    VM_Status(VM_CALL *set_state)(const VM_StreamPart *part, VM_StreamPartState state, const char *text);  /**< VM_StreamPartSetState */
    VM_Status(VM_CALL *report_reconnect)(const VM_StreamPart *part, const char *text);                     /**< VM_StreamPartReportReconnect */
    VM_Status(VM_CALL *fail)(const VM_StreamPart *part, VM_Status status, const char *text);               /**< VM_StreamPartFail */
};

/**
 * Opens a source or a sink. If NULL, the opened source or sink is `instance_or_user`.
 * @param instance_or_user the instance that the plug-in's create made for this opening (a singleton's is shared; without a create, the
 * data of initialize), or the `user` pointer of a host's source or sink
 * @param part the stream's side; valid until close has returned
 * @param opened receives the pointer that the other functions are passed; initially NULL
 * @return VM_STATUS_OK, or a failure (see VM_StreamPartFail): close is then not called
 */
typedef VM_Status(VM_CALL *VM_StreamOpen)(void *instance_or_user, const VM_StreamPart *part, void **opened);

/**
 * Closes what open made. It is called exactly once, after `stop`; a sink was flushed before unless its stream failed.
 * @param opened the opened source or sink
 */
typedef void(VM_CALL *VM_StreamClose)(void *opened);

/** For the flags of a VM_SourceDescriptor; unknown flags as in VM_FUNCTION_*. */
enum {
    VM_SOURCE_BOUNDED = 1 /**< It comes to an end. */
};

/**
 * A source. It has either pull, or start and stop; open, close, commit and rewind may be NULL. All functions are called one at a time, on
 * the thread that runs the stream, and must not wait for long: they hold up the stream, and its stop. No C++ exception, Rust panic or
 * longjmp may leave them. A failure that any of them returns ends the stream; set its reason with VM_StreamPartFail. It may grow at its
 * end.
 */
typedef struct VM_SourceDescriptor {
    uint32_t size;           /**< Size of this struct in bytes: VM_SOURCE_INIT. */
    uint32_t flags;          /**< VM_SOURCE_* */
    const char *name;        /**< Its name, by which a host opens it, UTF-8. */
    const char *description; /**< One line, or NULL. */
    VM_OptionTable options;  /**< Its options, in addition to the plug-in's, with other keys. A host's source has none. */
    VM_StreamOpen open;      /**< Opens it, or NULL. */
    VM_StreamClose close;    /**< Closes it, or NULL. */

    /**
     * Returns the next event of a pull source. It does not wait: a source that has to wait for its events is a push source with a thread.
     * @param opened the opened source
     * @param event the event to fill in; `size` is set, everything else is 0
     * @return VM_STATUS_OK; VM_STATUS_WOULD_BLOCK if there is no event now: it is called again after VM_StreamPartNotify, at the latest
     * after a short time; VM_STATUS_COMPLETE if there will be no other; or a failure
     */
    VM_Status(VM_CALL *pull)(void *opened, VM_StreamEvent *event);

    /**
     * Starts a push source, which passes events to VM_StreamPartEmit from now on, on any thread, also from this function.
     * @param opened the opened source
     * @return VM_STATUS_OK, or a failure: stop is then not called
     */
    VM_Status(VM_CALL *start)(void *opened);

    /**
     * Stops a push source: when it returns, the source emits nothing until it is started again. Threads that wait in VM_StreamPartEmit
     * were awakened, and receive VM_STATUS_STALE, so that this function may wait for them.
     * @param opened the opened source
     */
    void(VM_CALL *stop)(void *opened);

    /**
     * Acknowledges all events up to and including one: whatever came of them is where it should be. They need not be delivered again.
     * @param opened the opened source
     * @param position of the event
     * @return VM_STATUS_OK or a failure
     */
    VM_Status(VM_CALL *commit)(void *opened, uint64_t position);

    /**
     * Goes back, or forth: the next event is the one after a position. A push source is stopped meanwhile.
     * @param opened the opened source
     * @param position of an event, VM_STREAM_COMMITTED or VM_STREAM_BEGINNING
     * @return VM_STATUS_OK or a failure
     */
    VM_Status(VM_CALL *rewind)(void *opened, uint64_t position);
} VM_SourceDescriptor;

/** The beginning of a source in C and in C++20: `{ VM_SOURCE_INIT, .name = "lines", .pull = pull, … }`. */
#define VM_SOURCE_INIT .size = (uint32_t)sizeof(VM_SourceDescriptor)

/** An array of source descriptors. */
typedef struct VM_SourceTable {
    const VM_SourceDescriptor *items; /**< The first element; NULL if there is none. */
    uint32_t count;                   /**< Number of elements. */
    uint32_t stride;                  /**< Size of an element in bytes, as the plug-in was built. */
} VM_SourceTable;

/**
 * A sink. All but write may be NULL. The rules for the functions of a source apply, except that a failure of write is subject to the
 * error policy of the stream. It may grow at its end.
 */
typedef struct VM_SinkDescriptor {
    uint32_t size;           /**< Size of this struct in bytes: VM_SINK_INIT. */
    uint32_t flags;          /**< 0. */
    const char *name;        /**< Its name, by which a host opens it, UTF-8. */
    const char *description; /**< One line, or NULL. */
    VM_OptionTable options;  /**< Its options, in addition to the plug-in's, with other keys. A host's sink has none. */
    VM_StreamOpen open;      /**< Opens it, or NULL. */
    VM_StreamClose close;    /**< Closes it, or NULL. */

    /**
     * Takes an event.
     * @param opened the opened sink
     * @param event the event, valid until the function returns
     * @return VM_STATUS_OK; VM_STATUS_WOULD_BLOCK if it cannot take any now: it is called again with the same event after
     * VM_StreamPartNotify, at the latest after a short time; or a failure, which means that it has not taken this event
     */
    VM_Status(VM_CALL *write)(void *opened, const VM_StreamEvent *event);

    /**
     * Acknowledges everything that was written: after VM_STATUS_OK it is as safe as the sink makes it. Without it an event is
     * acknowledged when write has taken it.
     * @param opened the opened sink
     * @return VM_STATUS_OK; VM_STATUS_WOULD_BLOCK if that takes longer: it is called again as write is; or a failure
     */
    VM_Status(VM_CALL *flush)(void *opened);
} VM_SinkDescriptor;

/** The beginning of a sink in C and in C++20: `{ VM_SINK_INIT, .name = "append", .write = write, … }`. */
#define VM_SINK_INIT .size = (uint32_t)sizeof(VM_SinkDescriptor)

/** An array of sink descriptors. */
typedef struct VM_SinkTable {
    const VM_SinkDescriptor *items; /**< The first element; NULL if there is none. */
    uint32_t count;                 /**< Number of elements. */
    uint32_t stride;                /**< Size of an element in bytes, as the plug-in was built. */
} VM_SinkTable;

/** The id of the extension of plug-ins with sources and sinks. */
#define VM_STREAM_EXTENSION "libvm.stream/1"

/**
 * The extension of plug-ins with sources and sinks. It is read after initialize; an invalid one refuses the plug-in. It only grows at
 * its end.
 */
typedef struct VM_StreamExtension {
    uint32_t size;          /**< Size of this struct in bytes. */
    uint32_t reserved;      /**< 0. */
    VM_SourceTable sources; /**< The sources: VM_TABLE(array) or VM_TABLE_EMPTY. */
    VM_SinkTable sinks;     /**< The sinks: VM_TABLE(array) or VM_TABLE_EMPTY. */
} VM_StreamExtension;

/** A whole extension: its sources and its sinks, each VM_TABLE(array) or VM_TABLE_EMPTY. */
#define VM_STREAM_EXTENSION_OF(sources, sinks) { (uint32_t)sizeof(VM_StreamExtension), 0, sources, sinks }

/**
 * Passes an event of a push source to its stream. Everything in it is copied. The stream has a queue for each push source, which is
 * limited in events and bytes; an event larger than the limit is taken if the queue is empty.
 * @param part the part of the source
 * @param event the event; not NULL
 * @param flags 0, or VM_EMIT_WAIT, which is ignored on the thread that runs the stream, and inside a function of a
 * serialized plug-in: the stream might wait for that thread
 * @return VM_STATUS_OK; VM_STATUS_WOULD_BLOCK if the queue is full; VM_STATUS_STALE if the source is stopped, was ended or closed;
 * VM_STATUS_LIMIT if the event is larger than any stream takes; VM_STATUS_BAD_UTF8, VM_STATUS_NULL_ARGUMENT,
 * VM_STATUS_INVALID_ARGUMENT (unknown flags, or too small a size), VM_STATUS_OUT_OF_MEMORY; VM_STATUS_UNSUPPORTED for a pull source or a sink
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_StreamPartEmit(const VM_StreamPart *part, const VM_StreamEvent *event, uint32_t flags)
VM_BODY(return part ? part->table->emit(part, event, flags) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Ends a push source: it has no other events. Those in the queue are delivered first.
 * @param part the part of the source
 * @param status VM_STATUS_OK for the regular end, or the failure, which ends the stream
 * @param text the reason of the failure, UTF-8, copied; NULL for none
 * @return VM_STATUS_OK; VM_STATUS_STALE as VM_StreamPartEmit; VM_STATUS_INVALID_ARGUMENT (the status is an answer);
 * VM_STATUS_UNSUPPORTED for a pull source or a sink, VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_StreamPartEnd(const VM_StreamPart *part, VM_Status status, const char *text)
VM_BODY(return part ? part->table->end(part, status, text) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Notifies the stream that a function which returned VM_STATUS_WOULD_BLOCK should be called again.
 * @param part the part of the source or sink
 * @return VM_STATUS_OK, VM_STATUS_STALE, VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_StreamPartNotify(const VM_StreamPart *part)
VM_BODY(return part ? part->table->notify(part) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Sets the state of a source or sink, for the host to see.
 * @param part the part of the source or sink
 * @param state VM_STREAM_PART_CONNECTING, VM_STREAM_PART_CONNECTED or VM_STREAM_PART_DISCONNECTED
 * @param text details for people, UTF-8, copied; NULL for none
 * @return VM_STATUS_OK, VM_STATUS_INVALID_ARGUMENT (another state), VM_STATUS_STALE, VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_StreamPartSetState(const VM_StreamPart *part, VM_StreamPartState state, const char *text)
VM_BODY(return part ? part->table->set_state(part, state, text) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Reports that a source or sink has established a lost connection again: its state becomes VM_STREAM_PART_CONNECTED, and its number of
 * reconnects grows by one.
 * @param part the part of the source or sink
 * @param text details for people, UTF-8, copied; NULL for none
 * @return VM_STATUS_OK, VM_STATUS_STALE, VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_StreamPartReportReconnect(const VM_StreamPart *part, const char *text)
VM_BODY(return part ? part->table->report_reconnect(part, text) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Sets the reason for the failure of the function of a source or sink that is running: return the result of this function from it. (In a
 * plug-in VM_HostFail does so too.)
 * @param part the part of the source or sink
 * @param status a failure: one of VM_STATUS_*, or a status of your own (VM_STATUS_USER and below)
 * @param text the message, UTF-8, copied; NULL for none
 * @return `status`
 * @par Errors
 * VM_STATUS_INVALID_ARGUMENT (the status is not a failure), VM_STATUS_STALE, VM_STATUS_WRONG_THREAD (no function of the part is running
 * on this thread), VM_STATUS_NULL_ARGUMENT: the text is then dropped
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_StreamPartFail(const VM_StreamPart *part, VM_Status status, const char *text)
VM_BODY(return part ? part->table->fail(part, status, text) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Returns the event that a stage of a stream handles: in a function of a plug-in or of the host that is the stage, or that the guest of a
 * stage calls.
 * @param caller the call
 * @param event initialized with VM_STREAMEVENT_INIT; receives the event; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NOT_FOUND (no stage is running), VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the size), VM_STATUS_STALE,
 * VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT, VM_STATUS_UNSUPPORTED (an older host)
 * @par Ownership
 * What the event points to is valid until the callback returns or continues with the next event.
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_CallerGetEvent(VM_Caller *caller, VM_StreamEvent *event)
VM_BODY(if (!caller) return VM_STATUS_NULL_ARGUMENT;
        return VM_HAS(caller->table, get_event) ? caller->table->get_event(caller, event) : VM_STATUS_UNSUPPORTED;)

/**
 * Continues with the next event in a stage that handles several in one call (VM_STAGE_BATCHED).
 * @param caller the call
 * @param is_next receives false if there is none; the call then still handles the same event; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * those of VM_CallerGetEvent
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_CallerNextEvent(VM_Caller *caller, bool *is_next)
VM_BODY(if (!caller) return VM_STATUS_NULL_ARGUMENT;
        return VM_HAS(caller->table, next_event) ? caller->table->next_event(caller, is_next) : VM_STATUS_UNSUPPORTED;)

/**
 * Emits an event from a stage of a stream to the next stage or to the sinks.
 * @param caller the call
 * @param event the event, copied; not NULL. A timestamp of 0 is replaced by that of the event that is handled; its position is ignored
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_LIMIT (the call emits more than VM_StreamSetEmitLimits allows, or the event is too large), VM_STATUS_BAD_UTF8,
 * VM_STATUS_OUT_OF_MEMORY, and those of VM_CallerGetEvent
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_CallerEmitEvent(VM_Caller *caller, const VM_StreamEvent *event)
VM_BODY(if (!caller) return VM_STATUS_NULL_ARGUMENT;
        return VM_HAS(caller->table, emit_event) ? caller->table->emit_event(caller, event) : VM_STATUS_UNSUPPORTED;)

#ifndef VM_NO_INLINE
/* The layout is part of the ABI: a compiler with another layout fails here. */
typedef char VM_AssertStreamFieldSize[sizeof(VM_StreamField) == 2 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertStreamEventSize[sizeof(VM_StreamEvent) == 24 + 4 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertStreamEventPosition[offsetof(VM_StreamEvent, position) == 16 + 4 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertStreamPartSize[sizeof(VM_StreamPart) == 8 + 6 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertStreamPartId[offsetof(VM_StreamPart, id) == 6 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertStreamPartTableSize[sizeof(VM_StreamPartTable) == 8 + 6 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertSourceSize[sizeof(VM_SourceDescriptor) == 16 + 10 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertSourceOpen[offsetof(VM_SourceDescriptor, open) == 16 + 3 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertSinkSize[sizeof(VM_SinkDescriptor) == 16 + 7 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertSinkOpen[offsetof(VM_SinkDescriptor, open) == 16 + 3 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertStreamExtensionSize[sizeof(VM_StreamExtension) == 24 + 2 * sizeof(void *) ? 1 : -1];
#endif

#ifdef __cplusplus
}
#endif

#endif
