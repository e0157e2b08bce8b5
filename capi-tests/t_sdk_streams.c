/* One plug-in in each language: sources that are pulled and that push, with options, state, positions and failures. */
#include "sdk_more.h"
#include "plugin_streams.h"

static VM_Context *context;

static VM_Stream *stream_of(const char *source, Bin *bin) { return stream_from(context, registry, "more", source, bin); }

static void check_failure(VM_Stream *stream, VM_Status status, const char *message)
{
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), status, message);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "more");
}

static void lists(void)
{
    VM_Plugin *plugin = find_more();
    const VM_PluginSource *numbers = VM_PluginGetSource(plugin, 0), *ticks = VM_PluginGetSource(plugin, 1), *endless = VM_PluginGetSource(plugin, 2);
    const VM_PluginOption *option = VM_PluginGetSourceOption(plugin, 0, 0);
    CHECK_INT(VM_PluginGetSourceCount(plugin), 3);
    CHECK_TEXT(numbers->name, "numbers");
    CHECK_TEXT(numbers->description, "Counts");
    CHECK_INT(numbers->flags, VM_SOURCE_BOUNDED);
    CHECK(!numbers->is_push && numbers->is_rewindable && numbers->has_commit && numbers->option_count == 5);
    CHECK_TEXT(option->key, "count");
    CHECK_TEXT(option->default_value, "3");
    CHECK_TEXT(option->description, "How many");
    CHECK(option->is_ranged && option->maximum == 1000);
    CHECK_TEXT(VM_PluginGetSourceOption(plugin, 0, 4)->key, "pause-at");
    CHECK_TEXT(ticks->name, "ticks");
    CHECK(ticks->is_push && ticks->is_rewindable && ticks->has_commit && ticks->option_count == 2);
    CHECK_TEXT(endless->name, "endless");
    CHECK(endless->flags == 0 && !endless->is_push && !endless->is_rewindable && !endless->has_commit && endless->option_count == 0);
    VM_PluginRelease(plugin);
}

/* Events with positions, times and metadata; what is stored is where the next stream of this name begins. */
static void pulled(void)
{
    Bin bin = { 0 };
    VM_Stream *stream = stream_of("numbers", &bin);
    set(stream, "source", "prefix", ">");
    set(stream, "source", "text", "no");
    set(stream, "source", "pause-at", "2");
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " >no1 >no2 >no3");
    CHECK_TEXT(bin.keys, "number=3,stream=test");
    CHECK_INT(bin.last.timestamp, 3000);
    CHECK_INT(bin.last.position, 3);
    bin.text[0] = '\0';
    CHECK_OK(VM_StreamRewind(stream, 1, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_OK(VM_StreamRewind(stream, VM_STREAM_COMMITTED, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " >no2 >no3");
    CHECK_SAID("");
    VM_StreamDelete(stream);
    CHECK_SAID("more/stream/test/source numbers closed; ");

    bin.text[0] = '\0';
    stream = stream_of("numbers", &bin);
    set(stream, "source", "count", "4");
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_OK(VM_StreamRewind(stream, VM_STREAM_BEGINNING, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " n4 n1 n2 n3 n4");
    VM_StreamDelete(stream);
    said[0] = '\0';
}

static void pulled_in_vain(void)
{
    Bin bin = { 0 };
    VM_Stream *stream = stream_of("numbers", &bin);
    set(stream, "source", "text", "");
    check_failure(stream, VM_STATUS_USER - 2, "the text is empty");
    VM_StreamDelete(stream);
    CHECK_SAID("");
    stream = stream_of("numbers", &bin);
    set(stream, "source", "prefix", "bad");
    check_failure(stream, VM_STATUS_USER - 1, "a bad prefix");
    VM_StreamDelete(stream);
    stream = stream_of("numbers", &bin);
    set(stream, "source", "count", "1001");
    check_failure(stream, VM_STATUS_PLUGIN_OPTION, "1000");
    VM_StreamDelete(stream);
    stream = stream_of("numbers", &bin);
    set(stream, "source", "fail-at", "7");
    set(stream, "source", "count", "7");
    check_failure(stream, VM_STATUS_USER - 8, "the line is dead");
    VM_StreamDelete(stream);
    CHECK_TEXT(bin.text, " n5 n6");
    stream = stream_of("numbers", &bin);
    set(stream, "source", "panic-at", "7");
    set(stream, "source", "count", "7");
    check_failure(stream, VM_STATUS_PLUGIN_FAILED, more->panic);
    VM_StreamDelete(stream);
    said[0] = '\0';
}

static void pushed(void)
{
    Bin bin = { 0 };
    VM_Stream *stream = stream_of("ticks", &bin);
    VM_StreamPartReport report;
    set(stream, "source", "prefix", "<");
    NEED(VM_StreamSetQueueSize(stream, 1, 1000, &error)); /* the source waits */
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " <t1 <t2 <t3");
    report = report_of(stream, "source");
    CHECK_INT(report.state, VM_STREAM_PART_CONNECTED);
    CHECK_TEXT(report.text, "ticking");
    CHECK_OK(VM_StreamRewind(stream, 2, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " <t1 <t2 <t3 <t3");
    report = report_of(stream, "source");
    CHECK_INT(report.reconnects, 1);
    CHECK_TEXT(report.text, "ticking again");
    VM_StreamDelete(stream);

    stream = stream_of("ticks", &bin);
    set(stream, "source", "broken", "true");
    check_failure(stream, VM_STATUS_USER - 9, "the clock has stopped");
    CHECK_INT(report_of(stream, "source").state, VM_STREAM_PART_FAILED);
    VM_StreamDelete(stream);
    /* Stopped while it waits for room. */
    stream = stream_of("ticks", &bin);
    set(stream, "source", "count", "1000");
    NEED(VM_StreamSetQueueSize(stream, 1, 1000, &error));
    bin.refuses = "t2";
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_USER - 7, NULL);
    VM_StreamDelete(stream);
    CHECK_SAID("");
}

static void waited_for(void)
{
    VM_Stream *stream = stream_of("endless", NULL);
    add_sink(stream, registry, "more", "plain");
    CHECK_STATUS(VM_StreamPoll(stream, UINT64_MAX, &error), VM_STATUS_WOULD_BLOCK, NULL);
    CHECK_STATUS(VM_StreamRewind(stream, VM_STREAM_BEGINNING, &error), VM_STATUS_UNSUPPORTED, NULL);
    VM_StreamDelete(stream);
}

static void check(void)
{
    context = stream_context(engine);
    lists();
    pulled();
    pulled_in_vain();
    pushed();
    waited_for();
    VM_ContextDelete(context);
}

int main(void) { return for_each_language(check); }
