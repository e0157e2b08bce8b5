/* NULL for streams. */
#include "null.h"
#include "streams.h"

static atomic_int freed;

static VM_Status VM_CALL stage(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user, (void)caller, (void)args, (void)results;
    return VM_STATUS_OK;
}

static void VM_CALL changed(void *user, const char *part, VM_StreamPartState state, const char *text)
{
    (void)user, (void)part, (void)state, (void)text;
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    VM_Stream *stream = NULL;
    VM_Instance instance = { 0 };
    VM_StreamStatistics statistics = VM_STREAMSTATISTICS_INIT;
    VM_StreamPartReport report = VM_STREAMPARTREPORT_INIT;
    const VM_SourceDescriptor source = feed_source();
    const VM_SinkDescriptor sink = bin_sink();

    IS_NULL(VM_ContextRegisterStreamModule(NULL, &error), "context");
    CHECK_OK(VM_ContextRegisterStreamModule(context, &error));
    CHECK_STATUS(VM_ContextRegisterStreamModule(context, &error), VM_STATUS_ALREADY_EXISTS, "libvm_stream");
    IS_NULL(VM_StreamCreate(NULL, "name", &stream, &error), "context");
    IS_NULL(VM_StreamCreate(context, NULL, &stream, &error), "name");
    IS_BAD_TEXT(VM_StreamCreate(context, BAD_TEXT, &stream, &error), "name");
    IS_NULL(VM_StreamCreate(context, "name", NULL, &error), "stream");
    CHECK_STATUS(VM_StreamCreate(context, "", &stream, &error), VM_STATUS_INVALID_ARGUMENT, "it is empty");
    CHECK_STATUS(VM_StreamCreate(context, "a/b", &stream, &error), VM_STATUS_INVALID_ARGUMENT, "it contains a `/`");
    CHECK_INT(VM_StreamCreate(context, NULL, &stream, NULL), VM_STATUS_NULL_ARGUMENT);
    NEED(VM_StreamCreate(context, "name", &stream, NULL));

    IS_NULL(VM_StreamSetSource(NULL, NULL, "source", &error), "stream");
    IS_NULL(VM_StreamSetSource(stream, NULL, "source", &error), "plugin");
    IS_NULL(VM_StreamAddSink(NULL, NULL, "sink", NULL, &error), "stream");
    IS_NULL(VM_StreamAddSink(stream, NULL, "sink", NULL, &error), "plugin");
    IS_NULL(VM_StreamSetDeadLetterSink(NULL, NULL, "sink", &error), "stream");
    IS_NULL(VM_StreamSetDeadLetterSink(stream, NULL, "sink", &error), "plugin");
    IS_NULL(VM_StreamSetSourceCallbacks(NULL, &source, &freed, count_free, &error), "stream");
    IS_NULL(VM_StreamSetSourceCallbacks(stream, NULL, &freed, count_free, &error), "source");
    IS_NULL(VM_StreamAddSinkCallbacks(NULL, &sink, NULL, &freed, count_free, &error), "stream");
    IS_NULL(VM_StreamAddSinkCallbacks(stream, NULL, NULL, &freed, count_free, &error), "sink");
    IS_NULL(VM_StreamSetDeadLetterSinkCallbacks(NULL, &sink, &freed, count_free, &error), "stream");
    IS_NULL(VM_StreamSetDeadLetterSinkCallbacks(stream, NULL, &freed, count_free, &error), "sink");
    CHECK_INT(freed, 6);
    CHECK_STATUS(VM_StreamAddSinkCallbacks(stream, &sink, "source", &freed, count_free, &error), VM_STATUS_ALREADY_EXISTS,
                 "already has a part with the name `source`");
    CHECK_INT(freed, 7);

    IS_NULL(VM_StreamAddGuestStage(NULL, instance, "stage", 0, &error), "stream");
    IS_NULL(VM_StreamAddGuestStage(stream, instance, NULL, 0, &error), "name");
    CHECK_STATUS(VM_StreamAddGuestStage(stream, instance, "stage", 0, &error), VM_STATUS_NULL_ARGUMENT, "the handle or reference is null");
    CHECK_STATUS(VM_StreamAddGuestStage(stream, instance, "stage", VM_STAGE_MAY_SUSPEND, &error), VM_STATUS_INVALID_ARGUMENT,
                 "0x2 are not flags of such a stage");
    IS_NULL(VM_StreamAddPluginStage(NULL, NULL, NULL, "stage", 0, &error), "stream");
    IS_NULL(VM_StreamAddPluginStage(stream, NULL, NULL, "stage", 0, &error), "plugin");
    IS_NULL(VM_StreamAddCallbackStage(NULL, "stage", stage, &freed, count_free, 0, &error), "stream");
    IS_NULL(VM_StreamAddCallbackStage(stream, NULL, stage, &freed, count_free, 0, &error), "name");
    IS_NULL(VM_StreamAddCallbackStage(stream, "stage", NULL, &freed, count_free, 0, &error), "callback");
    CHECK_INT(freed, 10);

    IS_NULL(VM_StreamSetOption(NULL, "source", "key", "value", &error), "stream");
    IS_NULL(VM_StreamSetOption(stream, NULL, "key", "value", &error), "part");
    IS_NULL(VM_StreamSetOption(stream, "source", NULL, "value", &error), "key");
    IS_NULL(VM_StreamSetOption(stream, "source", "key", NULL, &error), "value");
    CHECK_STATUS(VM_StreamSetOption(stream, "source", "key", "value", &error), VM_STATUS_NOT_FOUND, "has no part `source`; it has none");
    IS_NULL(VM_StreamSetBatchSize(NULL, 1, &error), "stream");
    CHECK_STATUS(VM_StreamSetBatchSize(stream, 0, &error), VM_STATUS_INVALID_ARGUMENT, "a batch has 1 to 65536 events, not 0");
    IS_NULL(VM_StreamSetErrorPolicy(NULL, 0, &error), "stream");
    CHECK_STATUS(VM_StreamSetErrorPolicy(stream, 3, &error), VM_STATUS_INVALID_ARGUMENT, "3 is not an error policy");
    IS_NULL(VM_StreamSetEmitLimits(NULL, 1, 1, &error), "stream");
    CHECK_STATUS(VM_StreamSetEmitLimits(stream, 65537, 1, &error), VM_STATUS_INVALID_ARGUMENT, "at most 65536 events");
    IS_NULL(VM_StreamSetQueueSize(NULL, 1, 1, &error), "stream");
    CHECK_STATUS(VM_StreamSetQueueSize(stream, 0, 1, &error), VM_STATUS_INVALID_ARGUMENT, "at least one event");
    IS_NULL(VM_StreamSetStateCallback(NULL, changed, &freed, count_free, &error), "stream");
    CHECK_OK(VM_StreamSetStateCallback(stream, NULL, &freed, count_free, &error));
    CHECK_INT(freed, 12);

    IS_NULL(VM_StreamRun(NULL, 1, &error), "stream");
    CHECK_STATUS(VM_StreamRun(stream, 1, &error), VM_STATUS_NOT_FOUND, "stream `name`: there is no source; set one (VM_StreamSetSource)");
    IS_NULL(VM_StreamPoll(NULL, 1, &error), "stream");
    IS_NULL(VM_StreamStop(NULL, &error), "stream");
    IS_NULL(VM_StreamRewind(NULL, 1, &error), "stream");
    CHECK_INT(VM_StreamGetState(NULL), 0);
    IS_NULL(VM_StreamGetStatistics(NULL, &statistics, &error), "stream");
    IS_NULL(VM_StreamGetStatistics(stream, NULL, &error), "statistics");
    IS_NULL(VM_StreamGetPartReport(NULL, "source", &report, &error), "stream");
    IS_NULL(VM_StreamGetPartReport(stream, NULL, &report, &error), "part");
    CHECK_STATUS(VM_StreamGetPartReport(stream, "source", &report, &error), VM_STATUS_NOT_FOUND, "has no open part `source`");
    IS_NULL(VM_StreamCreate(context, "name", NULL, &error), "stream");
    CHECK_INT(VM_CallerGetEvent(NULL, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_CallerNextEvent(NULL, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_CallerEmitEvent(NULL, NULL), VM_STATUS_NULL_ARGUMENT);
    VM_StreamDelete(NULL);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
