/* Opened sources and sinks of plug-ins: instances, options, state, threads, and the failure of each of their functions. */
#include "plugin_streams.h"

static VM_Engine *engine;

static void own_instances(void)
{
    VM_PluginRegistry *registry = registry_of("streams");
    VM_Context *context = new_context(engine);
    Bin bin = { 0 };
    VM_Stream *stream = stream_from(context, registry, "streams", "count", &bin), *other;

    add_sink(stream, registry, "streams", "judge");
    set(stream, "source", "level", "7"); /* an option of the plug-in */
    CHECK_SAID("");
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " 1 1 1");
    CHECK_SAID("streams/stream/test/sink-2 create; streams/stream/test/sink-2 open test sink-2 1 level 1 at 0; "
               "streams/stream/test/source create; streams/stream/test/source open test source 1 level 7 at 0; ");

    /* Another stream may have the same plug-in, but not the same name. */
    other = stream_from(context, registry, "streams", "count", NULL);
    add_sink(other, registry, "streams", "judge");
    CHECK_STATUS(VM_StreamRun(other, UINT64_MAX, &error), VM_STATUS_BUSY, "is already open as `source` of a stream called `test`");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "streams");
    said[0] = 0;
    VM_StreamDelete(stream);
    CHECK_SAID("streams/stream/test/source close; streams/stream/test/source destroy; streams/stream/test/sink-2 close; "
               "streams/stream/test/sink-2 destroy; ");
    /* It has the state of the stream before. */
    CHECK_OK(VM_StreamRun(other, UINT64_MAX, &error));
    CHECK(strstr(said, "open test source 1 level 1 at 3; ") != NULL);
    VM_StreamDelete(other);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    said[0] = 0;
}

static void one_instance_of_a_singleton(void)
{
    VM_PluginRegistry *registry = registry_of("streams_singleton");
    VM_Context *context = new_context(engine);
    Bin bin = { 0 };
    VM_Stream *stream = stream_from(context, registry, "streams_singleton", "count", &bin);

    add_sink(stream, registry, "streams_singleton", "judge");
    set(stream, "source", "last", "1");
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_SAID("streams_singleton create; streams_singleton/stream/test/sink-2 open test sink-2 1 level 1 at 0; "
               "streams_singleton/stream/test/source open test source 2 level 1 at 0; ");
    VM_StreamDelete(stream);
    CHECK_SAID("streams_singleton/stream/test/source close; streams_singleton/stream/test/sink-2 close; ");

    stream = stream_from(context, registry, "streams_singleton", "count", &bin);
    set(stream, "source", "level", "2");
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_PLUGIN_OPTION, "is a singleton");
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("streams_singleton destroy; ");
}

static void options_are_checked(void)
{
    static const struct { const char *key, *value, *message; } cases[] = {
        { "nothing", "1", "plug-in `streams` has no option `nothing`; it has `level`, `fails`, `last`, `threads`" },
        { "last", "many", "option `last` of plug-in `streams` must be an integer; it is \"many\"" },
        { "threads", "9", "option `threads` of plug-in `streams` must be an integer from 1 to 8; it is 9" },
        { "level", "10", "option `level` of plug-in `streams` must be an integer from 0 to 9; it is 10" },
    };
    VM_PluginRegistry *registry = registry_of("streams");
    VM_Context *context = new_context(engine);
    VM_Plugin *plugin = NULL;
    VM_Stream *stream;
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Bin bin = { 0 };
        stream = stream_from(context, registry, "streams", "count", &bin);
        set(stream, "source", cases[i].key, cases[i].value);
        CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_PLUGIN_OPTION, cases[i].message);
        VM_StreamDelete(stream);
        CHECK_INT(bin.closed, 1); /* nothing stays half open */
    }
    CHECK_SAID("");
    NEED(VM_PluginRegistryFind(registry, "streams", &plugin, &error));
    stream = new_stream(context, NULL, NULL);
    CHECK_STATUS(VM_StreamSetSource(stream, plugin, "brst", &error), VM_STATUS_NOT_FOUND,
                 "has no source `brst`; it has `count`, `burst`; did you mean `burst`?");
    CHECK_STATUS(VM_StreamAddSink(stream, plugin, "count", NULL, &error), VM_STATUS_NOT_FOUND, "has no sink `count`; it has `judge`");
    VM_StreamDelete(stream);
    VM_PluginRelease(plugin);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

static void each_function_may_fail(void)
{
    static const struct { const char *part, *source, *fails; VM_Status status; const char *message; const char *text; } cases[] = {
        { "source", "count", "open", VM_STATUS_USER - 5, "open of source `count` of plug-in `streams` 1.0.0 in ", "" },
        { "source", "count", "pull", VM_STATUS_USER - 5, "pull of source `count` of plug-in `streams` 1.0.0 in ", " 1 1" },
        { "source", "count", "answer", VM_STATUS_BAD_ANSWER, ".so returned 99, which is not a valid status", " 1 1 1" },
        { "source", "count", "commit", VM_STATUS_USER - 5, "commit of source `count` of plug-in `streams` 1.0.0 in ", " 1 1 1" },
        { "sink-2", "count", "open", VM_STATUS_USER - 5, "open of sink `judge` of plug-in `streams` 1.0.0 in ", "" },
        { "sink-2", "count", "write", VM_STATUS_USER - 5, "write of sink `judge` of plug-in `streams` 1.0.0 in ", " 1 1 1" },
        { "sink-2", "count", "flush", VM_STATUS_USER - 5, "flush of sink `judge` of plug-in `streams` 1.0.0 in ", " 1 1 1" },
        { "source", "burst", "start", VM_STATUS_USER - 5, "start of source `burst` of plug-in `streams` 1.0.0 in ", "" },
        { "source", "burst", "end", VM_STATUS_USER - 6, ".so ended with a failure: the well is dry", NULL },
    };
    VM_PluginRegistry *registry = registry_of("streams");
    VM_Context *context = new_context(engine);
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Bin bin = { 0 };
        VM_Stream *stream = stream_from(context, registry, "streams", cases[i].source, &bin);
        add_sink(stream, registry, "streams", "judge");
        set(stream, cases[i].part, "fails", cases[i].fails);
        CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), cases[i].status, cases[i].message);
        CHECK_TEXT(VM_ErrorGetPluginName(error), "streams");
        CHECK_TEXT(VM_ErrorGetPath(error), plugin_file("streams").text);
        if (cases[i].status == VM_STATUS_USER - 5)
            CHECK(strstr(VM_ErrorGetMessage(error), " failed: as it was told") != NULL);
        if (cases[i].text)
            CHECK_TEXT(bin.text, cases[i].text);
        if (strcmp(cases[i].fails, "open") != 0 && strcmp(cases[i].fails, "write") != 0)
            CHECK_INT(report_of(stream, cases[i].part).state, VM_STREAM_PART_FAILED);
        VM_StreamDelete(stream);
        CHECK_INT(bin.closed, 1);
        /* The next stream of this name begins where this one has committed: nowhere. */
        VM_PluginRegistryDelete(registry);
        registry = registry_of("streams");
    }
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    said[0] = 0;
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    start_listening();
    own_instances();
    one_instance_of_a_singleton();
    options_are_checked();
    each_function_may_fail();
    stop_listening();
    VM_EngineDelete(engine);
    return finish();
}
