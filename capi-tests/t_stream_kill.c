/*
 * A process whose stream numbers, filters and doubles events is killed at random moments and restarted: the source begins after the
 * last commit, nothing is lost, and only what was not committed comes again. 100 times,
 * in full runs 1,000; LIBVM_TEST_KILLS sets another number.
 */
#include "plugin_files.h"
#include "streams.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static uint32_t state_of_random = 1;

static uint32_t random_below(uint32_t limit)
{
    state_of_random = state_of_random * 1664525u + 1013904223u;
    return (state_of_random >> 8) % limit;
}

/* A source that numbers its events, whose commits are a file of one number, and a sink that appends to a file. */
typedef struct Files {
    int committed, out;
    uint64_t next;
    char payload[1024];
    uint64_t buffer[1024];
    size_t buffered;
} Files;

static VM_Status VM_CALL pull(void *user, VM_StreamEvent *event)
{
    Files *files = user;
    memcpy(files->payload, &files->next, sizeof files->next);
    event->payload.data = (const uint8_t *)files->payload;
    event->payload.size = sizeof files->payload;
    event->position = files->next++;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL commit(void *user, uint64_t position)
{
    Files *files = user;
    return pwrite(files->committed, &position, sizeof position, 0) == sizeof position ? VM_STATUS_OK : VM_STATUS_IO;
}

static VM_Status VM_CALL flush(void *user)
{
    Files *files = user;
    size_t size = files->buffered * sizeof files->buffer[0];
    files->buffered = 0;
    return write(files->out, files->buffer, size) == (ssize_t)size ? VM_STATUS_OK : VM_STATUS_IO;
}

static VM_Status VM_CALL write_one(void *user, const VM_StreamEvent *event)
{
    Files *files = user;
    memcpy(&files->buffer[files->buffered++], event->payload.data, sizeof files->buffer[0]);
    return files->buffered == sizeof files->buffer / sizeof files->buffer[0] ? flush(files) : VM_STATUS_OK;
}

static uint64_t committed(int file)
{
    uint64_t position = 0;
    return pread(file, &position, sizeof position, 0) == sizeof position ? position : 0;
}

/* Runs the stream until the process is killed, or until so many events are handled. */
static void run_stream(Files *files, uint64_t events)
{
    const VM_SourceDescriptor source = { VM_SOURCE_INIT, .name = "numbers", .pull = pull, .commit = commit };
    const VM_SinkDescriptor sink = { VM_SINK_INIT, .name = "append", .write = write_one, .flush = flush };
    VM_Engine *engine = new_engine();
    VM_Context *context = stream_context(engine);
    VM_Stream *stream = new_stream(context, NULL, NULL);
    files->next = committed(files->committed) + 1;
    NEED(VM_StreamSetSourceCallbacks(stream, &source, files, NULL, &error));
    NEED(VM_StreamAddSinkCallbacks(stream, &sink, NULL, files, NULL, &error));
    NEED(VM_StreamAddGuestStage(stream, latest(context), "copy", 0, &error));
    NEED(VM_StreamAddGuestStage(stream, latest(context), "twice", 0, &error));
    NEED(VM_StreamSetBatchSize(stream, 1 + random_below(64), &error));
    NEED(VM_StreamRun(stream, events, &error));
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static int kills(void)
{
    const char *wanted = getenv("LIBVM_TEST_KILLS"), *preloaded = getenv("LD_PRELOAD");
    if (wanted)
        return atoi(wanted);
    if (preloaded && strstr(preloaded, "vgpreload"))
        return 5;
    return getenv("LIBVM_TEST_FULL") ? 1000 : 100;
}

/* All numbers are in the file, each at least twice, and every number is at most one above the largest before it. */
static void check_numbers(int out, uint64_t last, uint64_t *repeated)
{
    uint64_t numbers[512], largest = 0, count = 0, previous = 0, copies = 0;
    ssize_t size;
    SURE(lseek(out, 0, SEEK_SET) == 0);
    while ((size = read(out, numbers, sizeof numbers)) > 0) {
        size_t index;
        CHECK_INT(size % sizeof numbers[0], 0);
        for (index = 0; index < (size_t)size / sizeof numbers[0]; index++, count++) {
            CHECK(numbers[index] <= largest + 1);
            if (numbers[index] == largest + 1) {
                CHECK(largest == 0 || copies >= 2);
                largest++;
                copies = 0;
            }
            if (numbers[index] == largest)
                copies++;
            previous = numbers[index];
        }
    }
    CHECK_INT(largest, last);
    CHECK_INT(previous, last);
    CHECK(copies >= 2);
    *repeated = count - 2 * last;
}

int main(void)
{
    Files files = { 0 };
    Path path;
    uint64_t repeated = 0, last, before = 0;
    int i, all = kills(), status, advanced = 0;

    make_scratch();
    path = in_scratch("committed");
    files.committed = open(path.text, O_CREAT | O_RDWR, 0600);
    path = in_scratch("out");
    files.out = open(path.text, O_CREAT | O_RDWR | O_APPEND, 0600);
    SURE(files.committed >= 0 && files.out >= 0);
    for (i = 0; i < all; i++) {
        struct timespec rest = { 0, (long)random_below(30000) * 1000 };
        pid_t child = fork();
        SURE(child >= 0);
        if (child == 0)
            run_stream(&files, UINT64_MAX);
        /* Every other one is killed while it runs for certain. */
        while (i % 2 == 0 && committed(files.committed) == before) {
            struct timespec moment = { 0, 1000000 };
            nanosleep(&moment, NULL);
        }
        nanosleep(&rest, NULL);
        SURE(kill(child, SIGKILL) == 0);
        SURE(waitpid(child, &status, 0) == child);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        last = committed(files.committed);
        CHECK(last >= before);
        advanced += last > before;
        before = last;
    }
    run_stream(&files, 100);
    last = committed(files.committed);
    CHECK_INT(last, before + 100);
    check_numbers(files.out, last, &repeated);
    CHECK(advanced >= all / 2);
    printf("%d kills, %llu events, %llu written again\n", all, (unsigned long long)last, (unsigned long long)repeated);
    return finish();
}
