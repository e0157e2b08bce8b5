/*
 * Many events of 1 KiB pass through a stream whose memory does not grow: 100,000, in full runs 1,000,000; LIBVM_TEST_EVENTS sets another number. It is
 * stopped in the middle and goes on.
 */
#include "plugin_files.h"
#include "streams.h"
#include <pthread.h>
#include <sys/resource.h>

typedef struct Numbers {
    uint64_t next, last, committed, received;
    bool in_order;
    uint8_t payload[1024];
} Numbers;

static VM_Status VM_CALL pull(void *user, VM_StreamEvent *event)
{
    Numbers *numbers = user;
    if (numbers->next > numbers->last)
        return VM_STATUS_COMPLETE;
    memcpy(numbers->payload, &numbers->next, sizeof numbers->next);
    event->payload.data = numbers->payload;
    event->payload.size = sizeof numbers->payload;
    event->position = numbers->next++;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL commit(void *user, uint64_t position)
{
    ((Numbers *)user)->committed = position;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL receive(void *user, const VM_StreamEvent *event)
{
    Numbers *numbers = user;
    uint64_t number = 0;
    memcpy(&number, event->payload.data, sizeof number);
    numbers->in_order &= event->payload.size == sizeof numbers->payload && number == ++numbers->received;
    return VM_STATUS_OK;
}

static void *stop_in_the_middle(void *user)
{
    while (counted(user).events_in < 20000 && VM_StreamGetState(user) != VM_STREAM_ENDED) {
        struct timespec moment = { 0, 1000000 };
        nanosleep(&moment, NULL);
    }
    CHECK_INT(VM_StreamStop(user, NULL), VM_STATUS_OK);
    forget_error();
    return NULL;
}

/* The largest memory that the process has had, in KiB. */
static long high_water(void)
{
    struct rusage usage;
    SURE(getrusage(RUSAGE_SELF, &usage) == 0);
    return usage.ru_maxrss;
}

static uint64_t events(void)
{
    const char *wanted = getenv("LIBVM_TEST_EVENTS"), *preloaded = getenv("LD_PRELOAD");
    if (wanted)
        return strtoull(wanted, NULL, 10);
    if (preloaded && strstr(preloaded, "vgpreload"))
        return 2000;
    return getenv("LIBVM_TEST_FULL") ? 1000000 : 100000;
}

static void pass_events(VM_Engine *engine, const char *stage, uint32_t flags, uint64_t count)
{
    const VM_SourceDescriptor source = { VM_SOURCE_INIT, .name = "numbers", .pull = pull, .commit = commit };
    const VM_SinkDescriptor sink = { VM_SINK_INIT, .name = "receive", .write = receive };
    Numbers numbers = { .next = 1, .last = count, .in_order = true };
    VM_Context *context = stream_context(engine);
    VM_Stream *stream = new_stream(context, NULL, NULL);
    pthread_t thread;
    long before;

    NEED(VM_StreamSetSourceCallbacks(stream, &source, &numbers, NULL, &error));
    NEED(VM_StreamAddSinkCallbacks(stream, &sink, NULL, &numbers, NULL, &error));
    NEED(VM_StreamAddGuestStage(stream, latest(context), stage, flags, &error));
    CHECK_OK(VM_StreamRun(stream, count / 10, &error));
    before = high_water();
    SURE(pthread_create(&thread, NULL, stop_in_the_middle, stream) == 0);
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_INT(numbers.committed, numbers.received);
    pthread_join(thread, NULL);
    while (VM_StreamGetState(stream) != VM_STREAM_ENDED)
        CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_INT(numbers.received, count);
    CHECK_INT(numbers.committed, count);
    CHECK(numbers.in_order);
    CHECK_INT(counted(stream).bytes_out, count * 1024);
    CHECK(high_water() - before < 2048);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    pass_events(engine, "copy", 0, events());
    pass_events(engine, "copy_batch", VM_STAGE_BATCHED, events());
    VM_EngineDelete(engine);
    return finish();
}
