/* Streams: events pass from a source of the host through stages of a guest to sinks. */
#include "streams.h"

static VM_Engine *engine;

/* The texts that come out of a stage for `count` events. */
static void check_stage(const char *stage, uint32_t flags, uint64_t count, const char *expected)
{
    Feed feed = { .next = 1, .last = count };
    Bin bin = { 0 };
    VM_Context *context = stream_context(engine);
    VM_Stream *stream = new_stream(context, &feed, &bin);

    NEED(VM_StreamAddGuestStage(stream, latest(context), stage, flags, &error));
    CHECK_INT(VM_StreamGetState(stream), VM_STREAM_IDLE);
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_INT(VM_StreamGetState(stream), VM_STREAM_ENDED);
    CHECK_TEXT(bin.text, expected);
    CHECK_INT(feed.committed, count);
    CHECK_INT(feed.closed, 0);
    VM_StreamDelete(stream);
    CHECK_INT(feed.opened, 1);
    CHECK_INT(feed.closed, 1);
    CHECK_INT(bin.closed, 1);
    VM_ContextDelete(context);
}

static void stages_emit_zero_to_many(void)
{
    check_stage("ignore", 0, 3, "");
    check_stage("copy", 0, 3, " 1 2 3");
    check_stage("forward", 0, 3, " 1 2 3");
    check_stage("twice", 0, 2, " 1 1 2 2");
    check_stage("copy_batch", 0, 3, " 1 2 3");
    check_stage("copy_batch", VM_STAGE_BATCHED, 5, " 1 2 3 4 5");
    /* One that does not ask for the next event is called for each. */
    check_stage("copy", VM_STAGE_BATCHED, 3, " 1 2 3");
    check_stage("parts", 0, 0, "");
}

static const char *words(uint64_t position)
{
    return position == 1 ? "abcdefgh" : "ij";
}

static void stages_follow_each_other(void)
{
    Feed feed = { .next = 1, .last = 2, .text = words };
    Bin first = { 0 }, second = { 0 };
    VM_SinkDescriptor sink = bin_sink();
    VM_Context *context = stream_context(engine);
    VM_Stream *stream = new_stream(context, &feed, &first);
    VM_StreamStatistics statistics;

    NEED(VM_StreamAddSinkCallbacks(stream, &sink, "other", &second, NULL, &error));
    NEED(VM_StreamAddGuestStage(stream, latest(context), "parts", 0, &error));
    NEED(VM_StreamAddGuestStage(stream, latest(context), "twice", 0, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(first.text, " abc abc def def gh gh ij ij");
    CHECK_TEXT(second.text, first.text);
    statistics = counted(stream);
    CHECK_INT(statistics.events_in, 2);
    CHECK_INT(statistics.bytes_in, 10);
    CHECK_INT(statistics.events_out, 8);
    CHECK_INT(statistics.bytes_out, 20);
    CHECK_INT(statistics.calls, 6);
    CHECK_INT(statistics.commits, 1);
    CHECK_INT(statistics.failed + statistics.skipped + statistics.dead_lettered + statistics.waits, 0);
    CHECK_INT(first.flushes, 1);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

static void a_stream_without_stages_passes_events_on(void)
{
    Feed feed = { .next = 1, .last = 4 };
    Bin bin = { 0 };
    VM_Context *context = new_context(engine);
    VM_Stream *stream = new_stream(context, &feed, &bin);

    NEED(VM_StreamSetBatchSize(stream, 3, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " 1 2 3 4");
    CHECK_INT(feed.commits, 2);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

static void metadata_and_time_go_through(void)
{
    Feed feed = { .next = 1, .last = 1, .fields = { { "kind", "new" }, { "other", "" } }, .field_count = 2 };
    Bin bin = { 0 };
    VM_Context *context = stream_context(engine);
    VM_Stream *stream = new_stream(context, &feed, &bin);

    NEED(VM_StreamAddGuestStage(stream, latest(context), "copy", 0, &error));
    NEED(VM_StreamAddGuestStage(stream, latest(context), "describe", 0, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_INT(bin.last.timestamp, 1001);
    CHECK_INT(bin.last.position, 1);
    CHECK_TEXT(bin.keys, "other=,handled=new");
    VM_StreamDelete(stream);

    feed.next = 1;
    bin.text[0] = 0;
    stream = new_stream(context, &feed, &bin);
    NEED(VM_StreamAddGuestStage(stream, latest(context), "list", 0, &error));
    feed.committed = 0;
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " kind=new other=");
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

static void a_run_may_be_limited_and_goes_on(void)
{
    Feed feed = { .next = 1, .last = 5, .pauses = 2 };
    Bin bin = { 0 };
    VM_Context *context = stream_context(engine);
    VM_Stream *stream = new_stream(context, &feed, &bin);

    NEED(VM_StreamAddGuestStage(stream, latest(context), "copy", 0, &error));
    CHECK_OK(VM_StreamRun(stream, 2, &error));
    CHECK_INT(VM_StreamGetState(stream), VM_STREAM_IDLE);
    CHECK_TEXT(bin.text, " 1 2");
    CHECK_INT(feed.committed, 2);
    /* The source pauses before each event: a poll does not wait for it. */
    CHECK_STATUS(VM_StreamPoll(stream, UINT64_MAX, &error), VM_STATUS_WOULD_BLOCK, "the source of the stream has no event now");
    CHECK(VM_ErrorIsRetryable(error));
    CHECK_STATUS(VM_StreamPoll(stream, UINT64_MAX, &error), VM_STATUS_WOULD_BLOCK, NULL);
    CHECK_STATUS(VM_StreamPoll(stream, UINT64_MAX, &error), VM_STATUS_WOULD_BLOCK, NULL);
    CHECK_TEXT(bin.text, " 1 2 3");
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " 1 2 3 4 5");
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_INT(VM_StreamGetState(stream), VM_STREAM_ENDED);

    CHECK_OK(VM_StreamRewind(stream, 3, &error));
    feed.committed = 3;
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " 1 2 3 4 5 4 5");
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine();
    stages_emit_zero_to_many();
    stages_follow_each_other();
    a_stream_without_stages_passes_events_on();
    metadata_and_time_go_through();
    a_run_may_be_limited_and_goes_on();
    VM_EngineDelete(engine);
    return finish();
}
