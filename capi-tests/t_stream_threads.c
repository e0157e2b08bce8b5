/* Sources and threads: push sources with many of them, back pressure, closing while they emit; thread-affine and serialized plug-ins. */
#include "plugin_streams.h"

static VM_Engine *engine;

/* A sink that checks and counts events of 1 KiB. */
typedef struct Scale {
    atomic_uint events, bad;
    uint32_t most; /* in the queue */
    VM_Stream *stream;
} Scale;

static VM_Status VM_CALL weigh(void *user, const VM_StreamEvent *event)
{
    Scale *scale = user;
    const uint8_t *data = event->payload.data;
    size_t i;
    bool good = event->payload.size == 1024 && event->timestamp > 0;
    for (i = 0; good && i < 1024; i++)
        good = data[i] == (uint8_t)('a' + (event->position - 1) % 26);
    scale->bad += !good;
    scale->events++;
    if (scale->stream && report_of(scale->stream, "source").queued > scale->most)
        scale->most = (uint32_t)report_of(scale->stream, "source").queued;
    return VM_STATUS_OK;
}

static VM_Stream *weighed(VM_Context *context, VM_PluginRegistry *registry, Scale *scale)
{
    VM_SinkDescriptor sink = { VM_SINK_INIT, .name = "scale", .write = weigh };
    VM_Stream *stream = stream_from(context, registry, "streams", "burst", NULL);
    NEED(VM_StreamAddSinkCallbacks(stream, &sink, NULL, scale, NULL, &error));
    return stream;
}

static void many_threads_emit(void)
{
    VM_PluginRegistry *registry = registry_of("streams");
    VM_Context *context = new_context(engine);
    Scale scale = { 0 };
    VM_Stream *stream = weighed(context, registry, &scale);
    set(stream, "source", "threads", "8");
    set(stream, "source", "last", "500");
    NEED(VM_StreamSetQueueSize(stream, 16, 1 << 20, &error));
    scale.stream = stream;
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_INT(scale.events, 4000);
    CHECK_INT(scale.bad, 0);
    CHECK(scale.most <= 16);
    CHECK_INT(report_of(stream, "source").queued, 0);
    VM_StreamDelete(stream);

    /* Limited in bytes, to about three events. */
    scale = (Scale){ 0 };
    stream = weighed(context, registry, &scale);
    set(stream, "source", "threads", "4");
    set(stream, "source", "last", "50");
    NEED(VM_StreamSetQueueSize(stream, 1000, 3000, &error));
    scale.stream = stream;
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_INT(scale.events, 200);
    CHECK(scale.most <= 3);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

/* Threads wait for room when the stream is deleted. */
static void closed_while_threads_emit(void)
{
    VM_PluginRegistry *registry = registry_of("streams");
    VM_Context *context = new_context(engine);
    int i;
    said[0] = 0;
    for (i = 0; i < 20; i++) {
        Scale scale = { 0 };
        VM_Stream *stream = weighed(context, registry, &scale);
        set(stream, "source", "threads", "6");
        set(stream, "source", "last", "1000000");
        NEED(VM_StreamSetQueueSize(stream, 8, 1 << 20, &error));
        CHECK_OK(VM_StreamRun(stream, (uint64_t)i * 3, &error));
        CHECK_INT(scale.events, i * 3);
        said[0] = 0;
        VM_StreamDelete(stream);
        /* One that was opened is stopped before it is closed, both once. */
        if (i > 0)
            CHECK_SAID("streams/stream/test/source stop; streams/stream/test/source close; streams/stream/test/source destroy; ");
    }
    said[0] = 0;
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

static void *run_elsewhere(void *stream)
{
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_WRONG_THREAD, "the plug-in is thread-affine");
    CHECK(strstr(VM_ErrorGetMessage(error), "source `count` of plug-in `streams_affine` 1.0.0 in ") != NULL);
    forget_error();
    return NULL;
}

static void *delete_elsewhere(void *stream)
{
    VM_StreamDelete(stream);
    return NULL;
}

static void on_a_thread(void *(*work)(void *), void *argument)
{
    pthread_t thread;
    SURE(pthread_create(&thread, NULL, work, argument) == 0);
    SURE(pthread_join(thread, NULL) == 0);
}

/* An opened source of a thread-affine plug-in belongs to the thread that opened it, and ends there. */
static void affine_sources(void)
{
    VM_PluginRegistry *registry = registry_of("streams_affine");
    VM_Context *context = new_context(engine);
    Bin bin = { 0 };
    VM_Stream *stream = stream_from(context, registry, "streams_affine", "count", &bin);
    CHECK_OK(VM_StreamRun(stream, 1, &error));
    said[0] = 0;
    on_a_thread(run_elsewhere, stream);
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " 1 1 1");
    on_a_thread(delete_elsewhere, stream);
    CHECK_SAID("");
    VM_ContextDelete(new_context(engine));
    CHECK_SAID("streams_affine/stream/test/source close; streams_affine/stream/test/source destroy; ");
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

static void *run_one(void *registry)
{
    VM_Context *context = new_context(engine);
    Bin bin = { 0 };
    VM_Plugin *plugin = NULL;
    VM_Stream *stream = NULL;
    VM_SinkDescriptor sink = bin_sink();
    char name[32];
    snprintf(name, sizeof name, "test-%p", (void *)&bin);
    NEED(VM_PluginRegistryFind(registry, "streams_serialized", &plugin, &error));
    NEED(VM_StreamCreate(context, name, &stream, &error));
    NEED(VM_StreamSetSource(stream, plugin, "count", &error));
    NEED(VM_StreamAddSinkCallbacks(stream, &sink, NULL, &bin, NULL, &error));
    NEED(VM_StreamSetBatchSize(stream, 10, &error));
    set(stream, "source", "last", "300");
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_INT(bin.events, 300);
    CHECK(strspn(bin.text, " 1") == strlen(bin.text)); /* never more than one thread inside */
    VM_StreamDelete(stream);
    VM_PluginRelease(plugin);
    VM_ContextDelete(context);
    forget_error();
    return NULL;
}

static void serialized_sources_take_turns(void)
{
    VM_PluginRegistry *registry = registry_of("streams_serialized");
    pthread_t threads[4];
    int i;
    for (i = 0; i < 4; i++)
        SURE(pthread_create(&threads[i], NULL, run_one, registry) == 0);
    for (i = 0; i < 4; i++)
        SURE(pthread_join(threads[i], NULL) == 0);
    VM_PluginRegistryDelete(registry);
    said[0] = 0;
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    start_listening();
    many_threads_emit();
    closed_while_threads_emit();
    affine_sources();
    serialized_sources_take_turns();
    stop_listening();
    VM_EngineDelete(engine);
    return finish();
}
