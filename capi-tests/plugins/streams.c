/*
 * Sources and a sink of any kind (-DFLAGS=VM_PLUGIN_SINGLETON): `count` is pulled, `burst` emits on several threads, `judge` may refuse.
 * The option `fails` names the function that fails.
 */
#ifndef FLAGS
#define FLAGS 0
#endif
#include <libvm/plugin.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Instance { const VM_PluginHost *host; VM_PluginInstance *self; pthread_t home; int opened; } Instance;

typedef struct Opened {
    Instance *instance;
    VM_StreamPart part;
    const char *fails;
    int64_t last, threads, next, level;
    uint64_t committed;
    char payload[64];
    pthread_t thread[8];
    atomic_int running;
} Opened;

/* Of the library: only a serialized plug-in may count here. */
static atomic_int inside;

static void say(const Opened *opened, const char *text)
{
    bool here = pthread_equal(opened->instance->home, pthread_self()) || !(FLAGS & VM_PLUGIN_THREAD_AFFINE);
    VM_HostLog(opened->part.host, opened->part.self, VM_LOG_INFO, here ? text : "elsewhere");
}

/* The answer of a function, which fails if the option says so. */
static VM_Status answer(Opened *opened, const char *function)
{
    return strcmp(opened->fails, function) == 0 ? VM_StreamPartFail(&opened->part, VM_STATUS_USER - 5, "as it was told") : VM_STATUS_OK;
}

static VM_Status open_one(void *instance, const VM_StreamPart *part, void **out)
{
    Opened *opened = calloc(1, sizeof *opened);
    const VM_StateService *state = VM_HostGetStateService(part->host);
    char text[100];
    size_t size;
    VM_Status status;
    opened->instance = instance;
    opened->part = *part;
    opened->instance->opened++;
    if ((status = VM_HostGetOptionString(part->host, part->self, "fails", &opened->fails)) == VM_STATUS_OK &&
        (status = VM_HostGetOptionInteger(part->host, part->self, "last", &opened->last)) == VM_STATUS_OK &&
        (status = VM_HostGetOptionInteger(part->host, part->self, "threads", &opened->threads)) == VM_STATUS_OK &&
        (status = VM_HostGetOptionInteger(part->host, part->self, "level", &opened->level)) == VM_STATUS_OK &&
        (status = answer(opened, "open")) == VM_STATUS_OK) {
        if (state->get(part->self, "committed", &opened->committed, sizeof opened->committed, &size) == VM_STATUS_OK)
            opened->next = (int64_t)opened->committed;
        snprintf(text, sizeof text, "open %s %s %d level %d at %d", part->stream, part->name, opened->instance->opened,
                 (int)opened->level, (int)opened->next);
        say(opened, text);
        *out = opened;
        return VM_STATUS_OK;
    }
    free(opened);
    return status;
}

static void close_one(void *opened)
{
    say(opened, "close");
    free(opened);
}

/* The payload is how many threads are in the plug-in. */
static VM_Status pull(void *user, VM_StreamEvent *event)
{
    Opened *opened = user;
    if (opened->next > 1 && answer(opened, "pull") != VM_STATUS_OK)
        return VM_STATUS_USER - 5;
    if (opened->next == opened->last)
        return strcmp(opened->fails, "answer") == 0 ? 99 : VM_STATUS_COMPLETE;
    event->payload.size = (size_t)snprintf(opened->payload, sizeof opened->payload, "%d", ++inside);
    if (opened->next % 32 == 0) /* on a busy machine each takes long */
        sched_yield();
    inside--;
    event->payload.data = (const uint8_t *)opened->payload;
    event->position = (uint64_t)++opened->next;
    return VM_STATUS_OK;
}

static VM_Status commit(void *user, uint64_t position)
{
    Opened *opened = user;
    if (answer(opened, "commit") != VM_STATUS_OK)
        return VM_STATUS_USER - 5;
    opened->committed = position;
    return VM_HostGetStateService(opened->part.host)->put(opened->part.self, "committed", &position, sizeof position);
}

static VM_Status go_to(void *user, uint64_t position)
{
    Opened *opened = user;
    opened->next = (int64_t)(position == VM_STREAM_COMMITTED ? opened->committed : position == VM_STREAM_BEGINNING ? 0 : position);
    return answer(opened, "rewind");
}

/* One of the threads; the last one ends the source. */
static void *emit_all(void *user)
{
    Opened *opened = user;
    VM_Status status = VM_STATUS_OK;
    int64_t i;
    for (i = 0; i < opened->last && status == VM_STATUS_OK; i++) {
        VM_StreamEvent event = VM_STREAMEVENT_INIT;
        char payload[1024];
        memset(payload, 'a' + (int)(i % 26), sizeof payload);
        event.payload.data = (const uint8_t *)payload;
        event.payload.size = sizeof payload;
        event.position = (uint64_t)i + 1;
        status = VM_StreamPartEmit(&opened->part, &event, VM_EMIT_WAIT);
        memset(payload, '?', sizeof payload); /* it was copied */
    }
    if (--opened->running == 0 && status == VM_STATUS_OK)
        VM_StreamPartEnd(&opened->part, strcmp(opened->fails, "end") == 0 ? VM_STATUS_USER - 6 : VM_STATUS_OK, "the well is dry");
    return NULL;
}

static VM_Status start(void *user)
{
    Opened *opened = user;
    int64_t i;
    if (answer(opened, "start") != VM_STATUS_OK)
        return VM_STATUS_USER - 5;
    opened->running = (int)opened->threads;
    for (i = 0; i < opened->threads; i++)
        pthread_create(&opened->thread[i], NULL, emit_all, opened);
    return VM_STATUS_OK;
}

static void stop(void *user)
{
    Opened *opened = user;
    int64_t i;
    for (i = 0; i < opened->threads; i++)
        pthread_join(opened->thread[i], NULL);
    say(opened, "stop");
}

static VM_Status judge(void *user, const VM_StreamEvent *event)
{
    return event->position == 2 ? answer(user, "write") : VM_STATUS_OK;
}

static VM_Status flush(void *user) { return answer(user, "flush"); }

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Instance *made = calloc(1, sizeof *made);
    *made = (Instance){ host, self, pthread_self(), 0 };
    VM_HostLog(host, self, VM_LOG_INFO, "create");
    *instance = made;
    return VM_STATUS_OK;
}

static void destroy(void *instance)
{
    Instance *mine = instance;
    VM_HostLog(mine->host, mine->self, VM_LOG_INFO, "destroy");
    free(mine);
}

static const VM_OptionDescriptor own[] = { VM_OPTION_INTEGER_IN("level", 1, 0, 9, "of the plug-in") };
static const VM_OptionDescriptor options[] = {
    VM_OPTION_STRING("fails", "", "the function that fails"),
    VM_OPTION_INTEGER("last", 3, "the number of events"),
    VM_OPTION_INTEGER_IN("threads", 1, 1, 8, "the number of threads"),
};
static const VM_SourceDescriptor sources[] = {
    { VM_SOURCE_INIT, .flags = VM_SOURCE_BOUNDED | 0x8000 /* a hint */, .name = "count", .options = VM_TABLE(options), .open = open_one,
      .close = close_one, .pull = pull, .commit = commit, .rewind = go_to },
    { VM_SOURCE_INIT, .name = "burst", .options = VM_TABLE(options), .open = open_one, .close = close_one, .start = start, .stop = stop },
};
static const VM_SinkDescriptor sinks[] = {
    { VM_SINK_INIT, .name = "judge", .options = VM_TABLE(options), .open = open_one, .close = close_one, .write = judge, .flush = flush },
};
static const VM_StreamExtension streams = VM_STREAM_EXTENSION_OF(VM_TABLE(sources), VM_TABLE(sinks));

static const void *get_extension(void *data, const char *id)
{
    (void)data;
    return VM_ExtensionMatches(id, VM_STREAM_EXTENSION) ? &streams : NULL;
}

static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .flags = FLAGS, .options = VM_TABLE(own), .create = create, .destroy = destroy, .get_extension = get_extension,
};
VM_PLUGIN_DESCRIPTOR(NAME, "1.0.0", "Has sources and a sink of any kind", descriptor);
