/* One plug-in in each language: sinks with options, one that is full at times, refusals and failures. */
#include "sdk_more.h"
#include "plugin_streams.h"

static VM_Context *context;

static VM_Stream *lines_from(Feed *feed)
{
    VM_Stream *stream = new_stream(context, feed, NULL);
    add_sink(stream, registry, "more", "lines");
    return stream;
}

static void check_failure(VM_Stream *stream, VM_Status status, const char *message)
{
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), status, message);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "more");
}

static void lists(void)
{
    VM_Plugin *plugin = find_more();
    const VM_PluginSink *lines = VM_PluginGetSink(plugin, 0), *plain = VM_PluginGetSink(plugin, 1);
    CHECK_INT(VM_PluginGetSinkCount(plugin), 2);
    CHECK_TEXT(lines->name, "lines");
    CHECK(lines->has_flush && lines->option_count == 3);
    CHECK_TEXT(plain->name, "plain");
    CHECK(!plain->has_flush && plain->option_count == 0);
    CHECK_TEXT(lines->description, "Logs lines");
    VM_PluginRelease(plugin);
}

static void written(void)
{
    Feed feed = { .next = 1, .last = 2, .fields = { { "a", "1" }, { "b", "2" } }, .field_count = 2 };
    VM_Stream *stream = lines_from(&feed);
    set(stream, "sink-1", "prefix", "*");
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_SAID("more/stream/test/sink-1 *line 1 1 a=1 b=2; more/stream/test/sink-1 *line 2 2 a=1 b=2; "
               "more/stream/test/sink-1 flush; ");
    VM_StreamDelete(stream);
    CHECK_SAID("more/stream/test/sink-1 lines closed; ");

    feed = (Feed){ .next = 1, .last = 3 };
    stream = lines_from(&feed);
    set(stream, "sink-1", "capacity", "2");
    NEED(VM_StreamSetBatchSize(stream, 3, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error)); /* it is full before the end of the batch, until it is flushed */
    CHECK_SAID("more/stream/test/sink-1 line 1 1; more/stream/test/sink-1 line 2 2; more/stream/test/sink-1 flush; "
               "more/stream/test/sink-1 line 3 3; more/stream/test/sink-1 flush; ");
    VM_StreamDelete(stream);
    CHECK_SAID("more/stream/test/sink-1 lines closed; ");

    feed = (Feed){ .next = 1, .last = 3 };
    stream = lines_from(&feed);
    set(stream, "sink-1", "refuse", "2");
    check_failure(stream, VM_STATUS_USER - 10, "it is refused");
    VM_StreamDelete(stream);
    feed = (Feed){ .next = 1, .last = 3 };
    stream = lines_from(&feed);
    set(stream, "sink-1", "panic", "3");
    check_failure(stream, VM_STATUS_PLUGIN_FAILED, more->panic);
    VM_StreamDelete(stream);
    said[0] = '\0';
}

static void check(void)
{
    context = stream_context(engine);
    lists();
    written();
    VM_ContextDelete(context);
}

int main(void) { return for_each_language(check); }
