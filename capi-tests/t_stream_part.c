/* The functions of a part: what they take and refuse, from a push source and a sink of the host, before, while and after they are open. */
#include "streams.h"

static VM_StreamPart source_part, sink_part;
static int starts, stops, closes;

static VM_Status VM_CALL open_source(void *user, const VM_StreamPart *part, void **opened)
{
    (void)user;
    source_part = *part;
    CHECK_TEXT(part->stream, "test");
    CHECK_TEXT(part->name, "source");
    CHECK(part->host == NULL && part->self == NULL && part->id != 0);
    *opened = &source_part;
    CHECK_INT(VM_StreamPartSetState(part, VM_STREAM_PART_CONNECTING, "half way"), VM_STATUS_OK);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL start(void *opened)
{
    VM_StreamEvent event = VM_STREAMEVENT_INIT;
    CHECK(opened == &source_part);
    starts++;
    event.position = 1;
    /* The queue has room for one: on this thread a wait would never end. */
    CHECK_INT(VM_StreamPartEmit(&source_part, &event, VM_EMIT_WAIT), VM_STATUS_OK);
    CHECK_INT(VM_StreamPartEmit(&source_part, &event, VM_EMIT_WAIT), VM_STATUS_WOULD_BLOCK);
    return VM_STATUS_OK;
}

static void VM_CALL stop(void *opened)
{
    const VM_StreamEvent event = VM_STREAMEVENT_INIT;
    (void)opened;
    stops++;
    CHECK_INT(VM_StreamPartEmit(&source_part, &event, VM_EMIT_WAIT), VM_STATUS_STALE);
}

static void VM_CALL close_source(void *opened)
{
    (void)opened;
    CHECK_INT(stops, starts);
    closes++;
}

static VM_Status VM_CALL open_sink(void *user, const VM_StreamPart *part, void **opened)
{
    sink_part = *part;
    *opened = user;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL take(void *user, const VM_StreamEvent *event)
{
    Bin *bin = user;
    bin->last = *event;
    bin->events++;
    return VM_STATUS_OK;
}

static const VM_SourceDescriptor source = {
    VM_SOURCE_INIT, .name = "pushed", .open = open_source, .close = close_source, .start = start, .stop = stop,
};
static const VM_SinkDescriptor sink = { VM_SINK_INIT, .name = "taken", .open = open_sink, .write = take };

static VM_Status emit(const VM_StreamField *fields, size_t count, size_t size)
{
    VM_StreamEvent event = VM_STREAMEVENT_INIT;
    static uint8_t payload[(16 << 20) + 1];
    event.metadata = fields;
    event.metadata_count = count;
    event.payload.data = payload;
    event.payload.size = size;
    return VM_StreamPartEmit(&source_part, &event, 0);
}

static void events_are_checked(void)
{
    static const VM_StreamField no_key[] = { { NULL, "value" } }, no_value[] = { { "key", NULL } }, bad[] = { { "\xff", "value" } },
                                empty[] = { { "", "value" } }, good[] = { { "key", "" } };
    VM_StreamEvent event = VM_STREAMEVENT_INIT;
    CHECK_INT(VM_StreamPartEmit(&source_part, NULL, 0), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_StreamPartEmit(&source_part, &event, 2), VM_STATUS_INVALID_ARGUMENT);
    event.size = 8;
    CHECK_INT(VM_StreamPartEmit(&source_part, &event, 0), VM_STATUS_INVALID_ARGUMENT);
    event = (VM_StreamEvent)VM_STREAMEVENT_INIT;
    event.payload.size = 1;
    CHECK_INT(VM_StreamPartEmit(&source_part, &event, 0), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(emit(NULL, 1, 0), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(emit(no_key, 1, 0), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(emit(no_value, 1, 0), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(emit(bad, 1, 0), VM_STATUS_BAD_UTF8);
    CHECK_INT(emit(empty, 1, 0), VM_STATUS_INVALID_ARGUMENT);
    CHECK_INT(emit(good, 100000, 0), VM_STATUS_LIMIT);
    CHECK_INT(emit(NULL, 0, (16 << 20) + 1), VM_STATUS_LIMIT);
    CHECK_INT(emit(NULL, 0, SIZE_MAX), VM_STATUS_LIMIT);
    /* The largest one is taken, although the queue is smaller. */
    CHECK_INT(emit(good, 1, 16 << 20), VM_STATUS_OK);
    CHECK_INT(emit(good, 1, 1), VM_STATUS_WOULD_BLOCK);
}

static void others_are_checked(VM_Stream *stream)
{
    VM_StreamPartReport report = VM_STREAMPARTREPORT_INIT;
    const VM_StreamEvent event = VM_STREAMEVENT_INIT;
    CHECK_INT(VM_StreamPartEmit(&sink_part, &event, 0), VM_STATUS_UNSUPPORTED);
    CHECK_INT(VM_StreamPartEnd(&sink_part, VM_STATUS_OK, NULL), VM_STATUS_UNSUPPORTED);
    CHECK_INT(VM_StreamPartEnd(&source_part, VM_STATUS_COMPLETE, NULL), VM_STATUS_INVALID_ARGUMENT);
    CHECK_INT(VM_StreamPartNotify(&source_part), VM_STATUS_OK);
    CHECK_INT(VM_StreamPartSetState(&source_part, VM_STREAM_PART_FAILED, NULL), VM_STATUS_INVALID_ARGUMENT);
    CHECK_INT(VM_StreamPartSetState(&source_part, VM_STREAM_PART_OPENED, NULL), VM_STATUS_INVALID_ARGUMENT);
    CHECK_INT(VM_StreamPartFail(&source_part, VM_STATUS_IO, "too late"), VM_STATUS_WRONG_THREAD);
    CHECK_INT(VM_StreamPartFail(&source_part, VM_STATUS_OK, "no failure"), VM_STATUS_INVALID_ARGUMENT);
    NEED(VM_StreamGetPartReport(stream, "source", &report, &error));
    CHECK_TEXT(report.text, "half way");
    CHECK_INT(report.state, VM_STREAM_PART_CONNECTING);
    CHECK_INT(VM_StreamPartReportReconnect(&sink_part, "invalid \xff text"), VM_STATUS_OK);
    NEED(VM_StreamGetPartReport(stream, "sink-1", &report, &error));
    CHECK_TEXT(report.text, "invalid \xef\xbf\xbd text");
    CHECK_INT(report.state, VM_STREAM_PART_CONNECTED);
    CHECK_INT(report.reconnects, 1);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    Bin bin = { 0 };
    VM_Stream *stream = NULL;
    VM_StreamPart unknown;

    NEED(VM_StreamCreate(context, "test", &stream, &error));
    NEED(VM_StreamSetSourceCallbacks(stream, &source, NULL, NULL, &error));
    NEED(VM_StreamAddSinkCallbacks(stream, &sink, NULL, &bin, NULL, &error));
    NEED(VM_StreamSetQueueSize(stream, 1, 1000, &error));
    CHECK_OK(VM_StreamRun(stream, 1, &error));
    CHECK_INT(bin.last.position, 1);
    events_are_checked();
    others_are_checked(stream);
    CHECK_OK(VM_StreamRun(stream, 1, &error));
    CHECK_INT(bin.last.payload.size, 16 << 20);
    CHECK_INT(VM_StreamPartEnd(&source_part, VM_STATUS_OK, NULL), VM_STATUS_OK);
    CHECK_INT(emit(NULL, 0, 0), VM_STATUS_STALE);
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_INT(VM_StreamGetState(stream), VM_STREAM_ENDED);
    CHECK_INT(bin.events, 2);
    VM_StreamDelete(stream);
    CHECK_INT(starts, 1);
    CHECK_INT(stops, 1);
    CHECK_INT(closes, 1);

    CHECK_INT(emit(NULL, 0, 0), VM_STATUS_STALE);
    CHECK_INT(VM_StreamPartNotify(&source_part), VM_STATUS_STALE);
    CHECK_INT(VM_StreamPartSetState(&sink_part, VM_STREAM_PART_CONNECTED, NULL), VM_STATUS_STALE);
    CHECK_INT(VM_StreamPartFail(&sink_part, VM_STATUS_IO, NULL), VM_STATUS_STALE);
    unknown = sink_part;
    unknown.id = 12345;
    CHECK_INT(VM_StreamPartReportReconnect(&unknown, NULL), VM_STATUS_STALE);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
