/* Streams: an emit that would wait for its own thread, sinks that cannot be called where they are, and a rewind that fails. */
#include "plugin_streams.h"

static VM_Engine *engine;
static VM_StreamPart pushed;
static int emitted;

/* Emits two events into a queue that has room for one, and returns what came of the second. */
static VM_Status emit_two(void)
{
    const VM_StreamEvent event = VM_STREAMEVENT_INIT;
    VM_Status status = VM_STATUS_OK;
    int i;
    for (i = 0; i < 2 && status == VM_STATUS_OK; i++) {
        status = VM_StreamPartEmit(&pushed, &event, VM_EMIT_WAIT);
        emitted += status == VM_STATUS_OK;
    }
    return status;
}

static VM_Status VM_CALL open_pushed(void *user, const VM_StreamPart *part, void **opened)
{
    pushed = *part;
    *opened = user;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL start(void *opened)
{
    const VM_StreamEvent event = VM_STREAMEVENT_INIT;
    (void)opened;
    return VM_StreamPartEmit(&pushed, &event, 0);
}

static void VM_CALL stop(void *opened) { (void)opened; }

static VM_Status VM_CALL fail_to_rewind(void *opened, uint64_t position)
{
    (void)opened;
    (void)position;
    return VM_STATUS_IO;
}

/* A sink that emits to the source of its own stream. */
static VM_Status VM_CALL feed_back(void *user, const VM_StreamEvent *event)
{
    (void)user;
    (void)event;
    if (emitted == 0)
        CHECK_INT(emit_two(), VM_STATUS_WOULD_BLOCK);
    return VM_STATUS_OK;
}

static VM_Stream *new_pushed(VM_Context *context)
{
    static const VM_SourceDescriptor source = { VM_SOURCE_INIT, .name = "pushed", .open = open_pushed, .start = start, .stop = stop,
                                               .rewind = fail_to_rewind };
    static const VM_SinkDescriptor sink = { VM_SINK_INIT, .name = "back", .write = feed_back };
    VM_Stream *stream = NULL;
    NEED(VM_StreamCreate(context, "pushed", &stream, &error));
    NEED(VM_StreamSetSourceCallbacks(stream, &source, NULL, NULL, &error));
    NEED(VM_StreamAddSinkCallbacks(stream, &sink, NULL, NULL, NULL, &error));
    NEED(VM_StreamSetQueueSize(stream, 1, 1000, &error));
    return stream;
}

/* The thread that runs the stream, in a function of a sink. */
static void the_thread_of_the_stream_does_not_wait(void)
{
    VM_Context *context = new_context(engine);
    VM_Stream *stream = new_pushed(context);
    emitted = 0;
    CHECK_OK(VM_StreamRun(stream, 2, &error));
    CHECK_INT(emitted, 1);
    CHECK_INT(counted(stream).events_in, 2);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

/* What is in the queue of a push source is not lost when that cannot be rewound: the source goes on after it. */
static void a_failed_rewind_drops_nothing(void)
{
    VM_Context *context = new_context(engine);
    VM_Stream *stream = new_pushed(context);
    emitted = 0;
    CHECK_OK(VM_StreamRun(stream, 1, &error));
    CHECK_INT(emitted, 1);
    CHECK_STATUS(VM_StreamRewind(stream, VM_STREAM_COMMITTED, &error), VM_STATUS_IO, "rewind of the host's source `pushed`");
    CHECK_INT(report_of(stream, "source").queued, 1);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

/* A line of the log of the serialized plug-in, in whose turn this thread is. */
static VM_Status in_turn;
static void VM_CALL emit_in_turn(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    (void)level;
    (void)text;
    if (strcmp(source, "libvm") != 0 && in_turn == VM_STATUS_OK)
        in_turn = emit_two();
}

/* The stream may need the plug-in before it makes room. */
static void a_serialized_plugin_does_not_wait(void)
{
    VM_PluginRegistry *registry = registry_of("streams_serialized");
    VM_Context *context = new_context(engine);
    Bin bin = { 0 };
    VM_Stream *stream = new_pushed(context), *other = stream_from(context, registry, "streams_serialized", "count", &bin);
    emitted = 1;
    CHECK_OK(VM_StreamRun(stream, 1, &error));
    NEED(VM_LogSetCallback(VM_LOG_INFO, emit_in_turn, NULL, NULL, &error));
    CHECK_OK(VM_StreamRun(other, UINT64_MAX, &error));
    NEED(VM_LogSetCallback(VM_LOG_INFO, NULL, NULL, NULL, &error));
    CHECK_INT(in_turn, VM_STATUS_WOULD_BLOCK);
    CHECK_INT(bin.events, 3);
    VM_StreamDelete(other);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

static void *run_elsewhere(void *stream)
{
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_WRONG_THREAD,
                 "stream `test`: in sink-1: sink `judge` of plug-in `streams_affine` 1.0.0 in ");
    forget_error();
    return NULL;
}

/* A sink that cannot be called here has refused no event: none is left out. */
static void no_event_is_skipped_on_a_wrong_thread(void)
{
    VM_PluginRegistry *registry = registry_of("streams_affine");
    VM_Context *context = new_context(engine);
    Feed feed = { .next = 1, .last = 5 };
    VM_Stream *stream = new_stream(context, &feed, NULL);
    VM_StreamStatistics statistics;
    pthread_t thread;
    add_sink(stream, registry, "streams_affine", "judge");
    NEED(VM_StreamSetErrorPolicy(stream, VM_ERROR_POLICY_SKIP, &error));
    CHECK_OK(VM_StreamRun(stream, 1, &error));
    SURE(pthread_create(&thread, NULL, run_elsewhere, stream) == 0);
    SURE(pthread_join(thread, NULL) == 0);
    CHECK_INT(feed.committed, 1);
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_INT(feed.committed, 5);
    statistics = counted(stream);
    CHECK_INT(statistics.skipped + statistics.failed, 0);
    CHECK_INT(statistics.events_out, 5);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    the_thread_of_the_stream_does_not_wait();
    a_failed_rewind_drops_nothing();
    a_serialized_plugin_does_not_wait();
    no_event_is_skipped_on_a_wrong_thread();
    VM_EngineDelete(engine);
    return finish();
}
