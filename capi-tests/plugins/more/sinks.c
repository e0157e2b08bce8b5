/* The sinks. */
#include "more.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Sink {
    const VM_StreamPart *part;
    const char *prefix, *refuse, *panic;
    int64_t capacity, unflushed;
} Sink;

static VM_Status VM_CALL lines_open(void *instance, const VM_StreamPart *part, void **opened)
{
    Sink *sink = calloc(1, sizeof *sink);
    (void)instance;
    if (!sink)
        return VM_STATUS_OUT_OF_MEMORY;
    sink->part = part;
    VM_HostGetOptionString(part->host, part->self, "prefix", &sink->prefix);
    VM_HostGetOptionString(part->host, part->self, "refuse", &sink->refuse);
    VM_HostGetOptionString(part->host, part->self, "panic", &sink->panic);
    VM_HostGetOptionInteger(part->host, part->self, "capacity", &sink->capacity);
    *opened = sink;
    return VM_STATUS_OK;
}

static void VM_CALL lines_close(void *opened)
{
    Sink *sink = opened;
    more_say(sink->part->host, sink->part->self, "lines closed");
    free(sink);
}

static bool is(VM_Bytes bytes, const char *text) { return *text && bytes.size == strlen(text) && memcmp(bytes.data, text, bytes.size) == 0; }

static VM_Status VM_CALL lines_write(void *opened, const VM_StreamEvent *event)
{
    Sink *sink = opened;
    char line[400];
    size_t i, used;
    if (is(event->payload, sink->refuse))
        return VM_StreamPartFail(sink->part, VM_STATUS_USER - 10, "it is refused");
    if (is(event->payload, sink->panic))
        return VM_StreamPartFail(sink->part, VM_STATUS_PLUGIN_FAILED, "help");
    if (sink->capacity && sink->unflushed >= sink->capacity)
        return VM_STATUS_WOULD_BLOCK;
    snprintf(line, sizeof line, "%sline %.*s %" PRIu64, sink->prefix, (int)event->payload.size, (const char *)event->payload.data, event->position);
    for (i = 0; i < event->metadata_count && (used = strlen(line)) < sizeof line; i++)
        snprintf(line + used, sizeof line - used, " %s=%s", event->metadata[i].key, event->metadata[i].value);
    more_say(sink->part->host, sink->part->self, line);
    sink->unflushed++;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL lines_flush(void *opened)
{
    Sink *sink = opened;
    sink->unflushed = 0;
    more_say(sink->part->host, sink->part->self, "flush");
    return VM_STATUS_OK;
}

static VM_Status VM_CALL plain_write(void *opened, const VM_StreamEvent *event)
{
    (void)opened;
    (void)event;
    return VM_STATUS_OK;
}

static const VM_OptionDescriptor lines_options[] = {
    VM_OPTION_INTEGER_IN("capacity", 0, 0, 1000, NULL), VM_OPTION_STRING("refuse", "", NULL), VM_OPTION_STRING("panic", "", NULL),
};
const VM_SinkDescriptor more_sinks[2] = {
    { VM_SINK_INIT, .name = "lines", .description = "Logs lines", .options = VM_TABLE(lines_options), .open = lines_open, .close = lines_close,
      .write = lines_write, .flush = lines_flush },
    { VM_SINK_INIT, .name = "plain", .write = plain_write },
};
