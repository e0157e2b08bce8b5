/* Streams that are stopped from other threads, interrupted, reset and deleted. */
#include "plugin_files.h"
#include "streams.h"
#include <pthread.h>

static VM_Engine *engine;

static const char *endless(uint64_t position)
{
    return position == 3 ? "l" : "a";
}

static void *stop(void *user)
{
    struct timespec rest = { 0, 20000000 };
    nanosleep(&rest, NULL);
    CHECK_INT(VM_StreamStop(user, NULL), VM_STATUS_OK);
    return NULL;
}

/* Runs until a thread stops it. */
static void run_stopped(VM_Stream *stream)
{
    pthread_t thread;
    SURE(pthread_create(&thread, NULL, stop, stream) == 0);
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_INT(VM_StreamGetState(stream), VM_STREAM_STOPPED);
    pthread_join(thread, NULL);
}

static void a_stop_is_orderly(void)
{
    Feed feed = { .next = 1, .last = UINT64_MAX };
    Bin bin = { 0 };
    VM_Context *context = stream_context(engine);
    VM_Stream *stream = new_stream(context, &feed, &bin);
    VM_StreamStatistics statistics;
    int round;

    NEED(VM_StreamAddGuestStage(stream, latest(context), "copy", 0, &error));
    for (round = 0; round < 3; round++) {
        run_stopped(stream);
        statistics = counted(stream);
        /* Everything that a stage has seen is written and committed, and nothing else. */
        CHECK_INT(statistics.calls, bin.events);
        CHECK_INT(feed.committed, bin.events);
        CHECK(statistics.events_in >= bin.events);
    }
    /* It is kept until a run takes it. */
    CHECK_OK(VM_StreamStop(stream, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_INT(VM_StreamGetState(stream), VM_STREAM_STOPPED);
    CHECK_OK(VM_StreamRun(stream, 10, &error));
    CHECK_INT(VM_StreamGetState(stream), VM_STREAM_IDLE);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

static void a_stop_ends_waiting(void)
{
    Feed feed = { .next = 1, .last = 100, .pauses = UINT64_MAX };
    Bin bin = { .room = 1 };
    VM_Context *context = new_context(engine);
    VM_Stream *stream = new_stream(context, &feed, &bin);

    run_stopped(stream); /* which waits for the source */
    CHECK_INT(bin.events, 0);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

static void time_limits_hold_for_each_call(void)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *interruptible = NULL;
    VM_Context *context;
    VM_Stream *stream;
    Feed feed = { .next = 1, .last = 5, .text = endless };
    Bin bin = { 0 };

    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetInterruptible(config, true, &error));
    NEED(VM_EngineCreate(config, &interruptible, &error));
    VM_EngineConfigDelete(config);
    context = stream_context(interruptible);
    stream = new_stream(context, &feed, &bin);
    NEED(VM_StreamAddGuestStage(stream, latest(context), "picky", 0, &error));
    /* The first events take longer, because the functions are translated. */
    CHECK_OK(VM_StreamRun(stream, 2, &error));
    NEED(VM_ContextSetTimeout(context, 1000, &error));
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_TIMEOUT, "in stage 1 (`picky`), at the event with position 3");
    NEED(VM_StreamSetErrorPolicy(stream, VM_ERROR_POLICY_SKIP, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " a a a a");
    CHECK_INT(counted(stream).skipped, 1);
    CHECK_INT(counted(stream).failed, 2);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
    VM_EngineDelete(interruptible);
}

/* A sink that uses the stream and its context. */
static VM_Stream *used;
static VM_Context *used_context;

static VM_Status VM_CALL use(void *user, const VM_StreamEvent *event)
{
    VM_Instance instance;
    (void)user, (void)event;
    CHECK_STATUS(VM_StreamRun(used, 1, &error), VM_STATUS_REENTRANT, "is running on this thread");
    CHECK_STATUS(VM_StreamSetBatchSize(used, 1, &error), VM_STATUS_REENTRANT, NULL);
    CHECK_INT(VM_StreamGetState(used), VM_STREAM_RUNNING);
    /* Only stages use the context. */
    CHECK_OK(VM_ContextGetInstance(used_context, 0, &instance, &error));
    CHECK_OK(VM_StreamStop(used, &error));
    return VM_STATUS_OK;
}

static void functions_of_parts_may_use_the_context(void)
{
    Feed feed = { .next = 1, .last = 3 };
    VM_SinkDescriptor sink = { VM_SINK_INIT, .name = "use", .write = use };
    used_context = stream_context(engine);
    used = new_stream(used_context, &feed, NULL);
    NEED(VM_StreamAddSinkCallbacks(used, &sink, NULL, NULL, NULL, &error));
    NEED(VM_StreamAddGuestStage(used, latest(used_context), "copy", 0, &error));
    CHECK_OK(VM_StreamRun(used, UINT64_MAX, &error));
    CHECK_INT(VM_StreamGetState(used), VM_STREAM_STOPPED);
    CHECK_INT(feed.committed, 3);
    VM_StreamDelete(used);
    VM_ContextDelete(used_context);
}

static void a_context_may_go_before_its_stream(void)
{
    Feed feed = { .next = 1, .last = 3 };
    Bin bin = { 0 };
    VM_Context *context = stream_context(engine);
    VM_Stream *reset = new_stream(context, &feed, &bin), *deleted = new_stream(context, &feed, &bin);

    NEED(VM_StreamAddGuestStage(reset, latest(context), "copy", 0, &error));
    NEED(VM_StreamAddGuestStage(deleted, latest(context), "copy", 0, &error));
    NEED(VM_ContextReset(context, &error));
    NEED(VM_StreamSetErrorPolicy(reset, VM_ERROR_POLICY_SKIP, &error));
    CHECK_STATUS(VM_StreamRun(reset, UINT64_MAX, &error), VM_STATUS_STALE, "in stage 1 (`copy`)");
    CHECK_INT(feed.committed, 0);
    VM_ContextDelete(context);
    CHECK_STATUS(VM_StreamRun(deleted, UINT64_MAX, &error), VM_STATUS_STALE, "the context of the stream was deleted");
    VM_StreamDelete(reset);
    VM_StreamDelete(deleted);
}

static void *run_all(void *user)
{
    CHECK_INT(VM_StreamRun(user, UINT64_MAX, NULL), VM_STATUS_OK);
    return NULL;
}

static void one_thread_runs_it(void)
{
    Feed feed = { .next = 1, .last = 10, .pauses = UINT64_MAX };
    VM_Context *context = new_context(engine);
    VM_Stream *stream = new_stream(context, &feed, NULL);
    pthread_t thread;
    SURE(pthread_create(&thread, NULL, run_all, stream) == 0);
    while (VM_StreamGetState(stream) != VM_STREAM_WAITING)
        ;
    CHECK_STATUS(VM_StreamRun(stream, 1, &error), VM_STATUS_BUSY, "another thread is using stream `test`; VM_StreamStop makes its run return");
    CHECK_OK(VM_StreamStop(stream, &error));
    pthread_join(thread, NULL);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine();
    a_stop_is_orderly();
    a_stop_ends_waiting();
    time_limits_hold_for_each_call();
    functions_of_parts_may_use_the_context();
    a_context_may_go_before_its_stream();
    one_thread_runs_it();
    VM_EngineDelete(engine);
    return finish();
}
