/*
 * A plug-in with a push source for streams: a thread follows a file to which others append lines, and emits each of them. If the
 * file is renamed or deleted, the thread waits for another one with its name, and reports that to the host.
 *
 *     cc -shared -fPIC -fvisibility=hidden plugin_tail.c -o tail.so -pthread $(pkg-config --cflags libvm)
 *
 * The position of an event is the offset behind it, which `commit` stores in the state of the stream.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <libvm/plugin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

typedef struct Tail {
    const VM_StreamPart *part;
    const VM_StateService *state; /* NULL if the host has none */
    const char *path;             /* the host keeps the string until close */
    uint64_t committed;

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping; /* under the lock */

    /* Of the thread, and of the host's calls while there is none. */
    FILE *file;
    uint64_t offset;
    bool lost;
    char *line;
    size_t capacity;
} Tail;

static void close_tail(void *opened)
{
    Tail *tail = opened;
    if (tail->file)
        fclose(tail->file);
    pthread_cond_destroy(&tail->changed);
    pthread_mutex_destroy(&tail->lock);
    free(tail->line);
    free(tail);
}

static VM_Status open_tail(void *instance, const VM_StreamPart *part, void **opened)
{
    Tail *tail = calloc(1, sizeof *tail);
    VM_Status status;
    size_t size;
    (void)instance;
    if (!tail)
        return VM_STATUS_OUT_OF_MEMORY;
    pthread_mutex_init(&tail->lock, NULL);
    pthread_cond_init(&tail->changed, NULL);
    tail->part = part;
    status = VM_HostGetOptionString(part->host, part->self, "path", &tail->path);
    if (status == VM_STATUS_OK && (tail->state = VM_HostGetStateService(part->host)) != NULL)
        status = tail->state->get(part->self, "offset", &tail->committed, sizeof tail->committed, &size);
    if (status != VM_STATUS_OK && status != VM_STATUS_NOT_FOUND) {
        close_tail(tail);
        return status;
    }
    tail->offset = tail->committed;
    *opened = tail;
    return VM_STATUS_OK;
}

/* Waits for some milliseconds, or until the source is being stopped, which it returns. */
static bool rest(Tail *tail, long ms)
{
    struct timespec until;
    bool stopping;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&tail->lock);
    if (!tail->stopping)
        pthread_cond_timedwait(&tail->changed, &tail->lock, &until);
    stopping = tail->stopping;
    pthread_mutex_unlock(&tail->lock);
    return stopping;
}

/* Opens the file, or another one that has its name now, or the same from its beginning if it became shorter. */
static void look(Tail *tail)
{
    struct stat named, opened;
    bool exists = stat(tail->path, &named) == 0;
    if (tail->file && exists && fstat(fileno(tail->file), &opened) == 0 && opened.st_ino == named.st_ino &&
        opened.st_dev == named.st_dev && (uint64_t)named.st_size >= tail->offset)
        return;
    if (tail->file) {
        fclose(tail->file);
        tail->file = NULL;
        tail->offset = 0;
    }
    if (exists && (uint64_t)named.st_size < tail->offset)
        tail->offset = 0;
    tail->file = exists ? fopen(tail->path, "rb") : NULL;
    if (tail->file && fseeko(tail->file, (off_t)tail->offset, SEEK_SET) == 0) {
        if (tail->lost)
            VM_StreamPartReportReconnect(tail->part, tail->path);
        else
            VM_StreamPartSetState(tail->part, VM_STREAM_PART_CONNECTED, tail->path);
        tail->lost = false;
    } else if (!tail->lost) {
        VM_StreamPartSetState(tail->part, VM_STREAM_PART_DISCONNECTED, strerror(errno));
        tail->lost = true;
    }
}

/* Emits the next line; returns VM_STATUS_WOULD_BLOCK if there is none yet. */
static VM_Status emit_line(Tail *tail)
{
    VM_StreamEvent event = VM_STREAMEVENT_INIT;
    ssize_t length = tail->file ? getline(&tail->line, &tail->capacity, tail->file) : 0;
    if (length <= 0 || tail->line[length - 1] != '\n') {
        if (tail->file) {
            clearerr(tail->file);
            fseeko(tail->file, (off_t)tail->offset, SEEK_SET);
        }
        return VM_STATUS_WOULD_BLOCK;
    }
    tail->offset += (uint64_t)length;
    event.payload.data = (const uint8_t *)tail->line;
    event.payload.size = (size_t)length - 1;
    event.position = tail->offset;
    return VM_StreamPartEmit(tail->part, &event, VM_EMIT_WAIT); /* waits while the stream has enough to do */
}

static void *follow(void *opened)
{
    Tail *tail = opened;
    bool stopping = false;
    while (!stopping) {
        VM_Status status = emit_line(tail);
        if (status == VM_STATUS_WOULD_BLOCK) {
            look(tail);
            stopping = rest(tail, 5);
        } else if (status != VM_STATUS_OK) {
            if (status != VM_STATUS_STALE) /* which means that the source is being stopped */
                VM_StreamPartEnd(tail->part, status, "a line was refused");
            break;
        }
    }
    return NULL;
}

static VM_Status start(void *opened)
{
    Tail *tail = opened;
    tail->stopping = false;
    if (pthread_create(&tail->thread, NULL, follow, tail) != 0)
        return VM_StreamPartFail(tail->part, VM_STATUS_IO, "cannot start a thread");
    return VM_STATUS_OK;
}

static void stop(void *opened)
{
    Tail *tail = opened;
    pthread_mutex_lock(&tail->lock);
    tail->stopping = true;
    pthread_cond_signal(&tail->changed);
    pthread_mutex_unlock(&tail->lock);
    pthread_join(tail->thread, NULL);
}

static VM_Status commit(void *opened, uint64_t position)
{
    Tail *tail = opened;
    tail->committed = position;
    return tail->state ? tail->state->put(tail->part->self, "offset", &position, sizeof position) : VM_STATUS_OK;
}

/* The source is stopped meanwhile. */
static VM_Status go_to(void *opened, uint64_t position)
{
    Tail *tail = opened;
    tail->offset = position == VM_STREAM_COMMITTED ? tail->committed : position == VM_STREAM_BEGINNING ? 0 : position;
    if (tail->file && fseeko(tail->file, (off_t)tail->offset, SEEK_SET) != 0)
        return VM_StreamPartFail(tail->part, VM_STATUS_IO, strerror(errno));
    return VM_STATUS_OK;
}

static const VM_OptionDescriptor options[] = {
    VM_OPTION_WITH(VM_OPTION_TYPE_STRING, VM_OPTION_REQUIRED, "path", NULL, NULL, 0, 0, "the file, which need not exist yet"),
};
static const VM_SourceDescriptor sources[] = {
    { VM_SOURCE_INIT, .name = "file", .description = "Follows a file to which lines are appended", .options = VM_TABLE(options),
      .open = open_tail, .close = close_tail, .start = start, .stop = stop, .commit = commit, .rewind = go_to },
};
static const VM_StreamExtension streams = VM_STREAM_EXTENSION_OF(VM_TABLE(sources), VM_TABLE_EMPTY);

static const void *get_extension(void *data, const char *id)
{
    (void)data;
    return VM_ExtensionMatches(id, VM_STREAM_EXTENSION) ? &streams : NULL;
}

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .get_extension = get_extension };
VM_PLUGIN_DESCRIPTOR("tail", "1.0.0", "Follows files", descriptor);
