/* The sources. */
#include "more.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An opened source: one that is pulled, or one with a thread. */
typedef struct Source {
    const VM_StreamPart *part;
    const char *prefix, *text;
    int64_t count, fail_at, panic_at, pause_at;
    uint64_t next, committed; /* `next`: position of the event before */
    char payload[200], number[24];
    VM_StreamField fields[2];
    pthread_t thread;
    int starts;
    bool broken, has_thread;
} Source;

static void end_thread(Source *source)
{
    if (source->has_thread)
        pthread_join(source->thread, NULL);
    source->has_thread = false;
}

static Source *new_source(const VM_StreamPart *part)
{
    Source *source = calloc(1, sizeof *source);
    if (!source)
        return NULL;
    source->part = part;
    VM_HostGetOptionString(part->host, part->self, "prefix", &source->prefix);
    VM_HostGetOptionInteger(part->host, part->self, "count", &source->count);
    return source;
}

static VM_Status VM_CALL numbers_open(void *instance, const VM_StreamPart *part, void **opened)
{
    Source *source = new_source(part);
    size_t size = 0;
    (void)instance;
    if (!source)
        return VM_STATUS_OUT_OF_MEMORY;
    VM_HostGetOptionString(part->host, part->self, "text", &source->text);
    VM_HostGetOptionInteger(part->host, part->self, "fail-at", &source->fail_at);
    VM_HostGetOptionInteger(part->host, part->self, "panic-at", &source->panic_at);
    VM_HostGetOptionInteger(part->host, part->self, "pause-at", &source->pause_at);
    if (!*source->text) {
        free(source);
        return VM_StreamPartFail(part, VM_STATUS_USER - 2, "the text is empty");
    }
    VM_HostGetStateService(part->host)->get(part->self, "committed", source->number, sizeof source->number - 1, &size);
    source->committed = source->next = strtoull(source->number, NULL, 10);
    *opened = source;
    return VM_STATUS_OK;
}

static void VM_CALL numbers_close(void *opened)
{
    Source *source = opened;
    end_thread(source);
    more_say(source->part->host, source->part->self, "numbers closed");
    free(source);
}

static void *notify(void *user)
{
    VM_StreamPartNotify(((Source *)user)->part);
    return NULL;
}

static VM_Status VM_CALL numbers_pull(void *opened, VM_StreamEvent *event)
{
    Source *source = opened;
    int64_t next = (int64_t)source->next + 1;
    if (next > source->count)
        return VM_STATUS_COMPLETE;
    if (next == source->fail_at)
        return VM_StreamPartFail(source->part, VM_STATUS_USER - 8, "the line is dead");
    if (next == source->panic_at)
        return VM_StreamPartFail(source->part, VM_STATUS_PLUGIN_FAILED, "help");
    if (next == source->pause_at) {
        source->pause_at = 0;
        source->has_thread = pthread_create(&source->thread, NULL, notify, source) == 0;
        return VM_STATUS_WOULD_BLOCK;
    }
    snprintf(source->number, sizeof source->number, "%" PRId64, next);
    snprintf(source->payload, sizeof source->payload, "%s%s%s", source->prefix, source->text, source->number);
    source->fields[0] = (VM_StreamField){ "number", source->number };
    source->fields[1] = (VM_StreamField){ "stream", source->part->stream };
    event->payload.data = (const uint8_t *)source->payload;
    event->payload.size = strlen(source->payload);
    event->timestamp = next * 1000;
    event->metadata = source->fields;
    event->metadata_count = 2;
    event->position = source->next = (uint64_t)next;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL numbers_commit(void *opened, uint64_t position)
{
    Source *source = opened;
    char text[24];
    int size = snprintf(text, sizeof text, "%" PRIu64, position);
    source->committed = position;
    return VM_HostGetStateService(source->part->host)->put(source->part->self, "committed", text, (size_t)size);
}

static VM_Status VM_CALL go_to(void *opened, uint64_t position)
{
    Source *source = opened;
    source->next = position == VM_STREAM_BEGINNING ? 0 : position == VM_STREAM_COMMITTED ? source->committed : position;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL ticks_open(void *instance, const VM_StreamPart *part, void **opened)
{
    Source *source = new_source(part);
    (void)instance;
    if (!source)
        return VM_STATUS_OUT_OF_MEMORY;
    VM_HostGetOptionBool(part->host, part->self, "broken", &source->broken);
    VM_StreamPartSetState(part, VM_STREAM_PART_CONNECTING, "looking for the clock");
    *opened = source;
    return VM_STATUS_OK;
}

static void *tick(void *user)
{
    Source *source = user;
    VM_StreamEvent event = VM_STREAMEVENT_INIT;
    while ((int64_t)source->next < source->count) {
        event.position = source->next + 1;
        event.payload.data = (const uint8_t *)source->payload;
        event.payload.size = (size_t)snprintf(source->payload, sizeof source->payload, "%st%" PRIu64, source->prefix, event.position);
        if (VM_StreamPartEmit(source->part, &event, VM_EMIT_WAIT) != VM_STATUS_OK)
            return NULL;
        source->next++;
    }
    if (source->broken)
        VM_StreamPartEnd(source->part, VM_STATUS_USER - 9, "the clock has stopped");
    else
        VM_StreamPartEnd(source->part, VM_STATUS_OK, NULL);
    return NULL;
}

static VM_Status VM_CALL ticks_start(void *opened)
{
    Source *source = opened;
    if (source->starts++)
        VM_StreamPartReportReconnect(source->part, "ticking again");
    else
        VM_StreamPartSetState(source->part, VM_STREAM_PART_CONNECTED, "ticking");
    source->has_thread = pthread_create(&source->thread, NULL, tick, source) == 0;
    return source->has_thread ? VM_STATUS_OK : VM_STATUS_OUT_OF_MEMORY;
}

static void VM_CALL ticks_stop(void *opened) { end_thread(opened); }

static VM_Status VM_CALL ticks_commit(void *opened, uint64_t position)
{
    ((Source *)opened)->committed = position;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL endless_pull(void *opened, VM_StreamEvent *event)
{
    (void)opened;
    (void)event;
    return VM_STATUS_WOULD_BLOCK;
}

static const VM_OptionDescriptor numbers_options[] = {
    VM_OPTION_INTEGER_IN("count", 3, 0, 1000, "How many"), VM_OPTION_STRING("text", "n", NULL), VM_OPTION_INTEGER("fail-at", 0, NULL),
    VM_OPTION_INTEGER("panic-at", 0, NULL), VM_OPTION_INTEGER("pause-at", 0, NULL),
};
static const VM_OptionDescriptor ticks_options[] = { VM_OPTION_INTEGER_IN("count", 3, 0, 1000, NULL), VM_OPTION_BOOL("broken", false, NULL) };
static const VM_SourceDescriptor sources[] = {
    { VM_SOURCE_INIT, .flags = VM_SOURCE_BOUNDED, .name = "numbers", .description = "Counts", .options = VM_TABLE(numbers_options),
      .open = numbers_open, .close = numbers_close, .pull = numbers_pull, .commit = numbers_commit, .rewind = go_to },
    { VM_SOURCE_INIT, .flags = VM_SOURCE_BOUNDED, .name = "ticks", .description = "Ticks", .options = VM_TABLE(ticks_options), .open = ticks_open,
      .close = free, .start = ticks_start, .stop = ticks_stop, .commit = ticks_commit, .rewind = go_to },
    { VM_SOURCE_INIT, .name = "endless", .pull = endless_pull },
};
const VM_StreamExtension more_streams = VM_STREAM_EXTENSION_OF(VM_TABLE(sources), VM_TABLE(more_sinks));
