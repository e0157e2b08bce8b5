/* The plug-in `tail`: a push source with a thread of its own, states and reconnects that reach the host, and a stop. */
#include "plugin_streams.h"
#include <time.h>

static VM_Engine *engine;
static VM_PluginRegistry *registry;

/* The states that the source has had, as letters. */
static char states[64];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void VM_CALL note_state(void *user, const char *part, VM_StreamPartState state, const char *text)
{
    size_t used;
    (void)user;
    pthread_mutex_lock(&lock);
    used = strlen(states);
    if (strcmp(part, "source") == 0 && used + 1 < sizeof states)
        states[used] = "OicdFX"[state];
    if (state == VM_STREAM_PART_DISCONNECTED)
        CHECK_TEXT(text, "No such file or directory");
    pthread_mutex_unlock(&lock);
}

static void rest(long ms)
{
    const struct timespec time = { 0, ms * 1000000 };
    nanosleep(&time, NULL);
}

static void append(const char *text)
{
    FILE *file = fopen(in_scratch("log").text, "a");
    SURE(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static VM_Stream *follower(VM_Context *context, Bin *bin)
{
    VM_Stream *stream = stream_from(context, registry, "tail", "file", bin);
    set(stream, "source", "path", in_scratch("log").text);
    NEED(VM_StreamSetStateCallback(stream, note_state, NULL, NULL, &error));
    return stream;
}

static void wait_for_state(VM_Stream *stream, VM_StreamPartState state, uint64_t reconnects)
{
    VM_StreamPartReport report;
    int i;
    for (i = 0; i < 6000; i++) {
        report = report_of(stream, "source");
        if (report.state == state && report.reconnects == reconnects)
            return;
        rest(10);
    }
    CHECK_INT(report.state, state);
}

static void lines_are_followed_over_rotations(void)
{
    VM_Context *context = new_context(engine);
    Bin bin = { 0 };
    VM_Stream *stream = follower(context, &bin);
    VM_StreamPartReport report = VM_STREAMPARTREPORT_INIT;

    CHECK_STATUS(VM_StreamGetPartReport(stream, "source", &report, &error), VM_STATUS_NOT_FOUND, "has no open part `source`");
    CHECK_OK(VM_StreamRun(stream, 0, &error));
    CHECK_STATUS(VM_StreamPoll(stream, UINT64_MAX, &error), VM_STATUS_WOULD_BLOCK, NULL);
    wait_for_state(stream, VM_STREAM_PART_DISCONNECTED, 0);
    append("first\nsecond\nunfinished");
    CHECK_OK(VM_StreamRun(stream, 2, &error));
    CHECK_TEXT(bin.text, " first second");
    CHECK_INT(bin.last.position, 13);
    wait_for_state(stream, VM_STREAM_PART_CONNECTED, 1);
    append(" line\n");
    CHECK_OK(VM_StreamRun(stream, 1, &error));
    CHECK_TEXT(bin.text, " first second unfinished line");

    /* The file is renamed, and another one has its name. */
    SURE(rename(in_scratch("log").text, in_scratch("log.1").text) == 0);
    wait_for_state(stream, VM_STREAM_PART_DISCONNECTED, 1);
    append("third\n");
    CHECK_OK(VM_StreamRun(stream, 1, &error));
    CHECK_TEXT(bin.text, " first second unfinished line third");
    wait_for_state(stream, VM_STREAM_PART_CONNECTED, 2);
    CHECK_INT(counted(stream).reconnects, 2);

    /* The same after the last commit, also when the source goes back within the process. */
    CHECK_OK(VM_StreamRewind(stream, VM_STREAM_BEGINNING, &error));
    append("fourth\n");
    CHECK_OK(VM_StreamRun(stream, 2, &error));
    CHECK_TEXT(bin.text, " first second unfinished line third third fourth");
    VM_StreamDelete(stream);
    CHECK_TEXT(states, "dcdcX");

    append("fifth\n");
    stream = follower(context, &bin);
    CHECK_OK(VM_StreamRun(stream, 1, &error));
    CHECK_TEXT(bin.text + strlen(bin.text) - 13, " fourth fifth");
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

static void *stop_soon(void *stream)
{
    rest(20);
    CHECK_OK(VM_StreamStop(stream, &error));
    forget_error();
    return NULL;
}

/* A stream that waits for its source is stopped from another thread; what has not been handled stays. */
static void it_is_stopped(void)
{
    VM_Context *context = new_context(engine);
    Bin bin = { 0 };
    VM_Stream *stream = follower(context, &bin);
    pthread_t thread;
    int i;
    for (i = 0; i < 3; i++) {
        SURE(pthread_create(&thread, NULL, stop_soon, stream) == 0);
        CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
        SURE(pthread_join(thread, NULL) == 0);
        CHECK_INT(VM_StreamGetState(stream), VM_STREAM_STOPPED);
        append("more\n");
    }
    CHECK_OK(VM_StreamRun(stream, 3 - (uint64_t)bin.events, &error));
    CHECK_TEXT(bin.text, " more more more");
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    registry = registry_of("tail");
    lines_are_followed_over_rotations();
    it_is_stopped();
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
