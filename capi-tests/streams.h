/* For tests of streams: a source and a sink of the host, which count and remember. */
#ifndef STREAMS_H
#define STREAMS_H

#include "test.h"

/* The text that is the payload of the event at a position, from 1 on; NULL after the last one. */
typedef const char *(*Text)(uint64_t position);

/* A source whose positions count from 1. */
typedef struct Feed {
    Text text;
    uint64_t next, last, committed, commits;
    uint64_t pauses;                 /* how often it answers that it has nothing now, before each event */
    uint64_t paused;
    VM_Status fails;                 /* its failure at the end */
    VM_StreamField fields[2];        /* the metadata of each event */
    size_t field_count;
    char payload[64];
    atomic_int opened, closed, freed;
    VM_StreamPart part;
} Feed;

static inline VM_Status VM_CALL feed_open(void *user, const VM_StreamPart *part, void **opened)
{
    Feed *feed = user;
    feed->opened++;
    feed->part = *part;
    *opened = user;
    return VM_STATUS_OK;
}

static inline void VM_CALL feed_close(void *opened)
{
    ((Feed *)opened)->closed++;
}

static inline VM_Status VM_CALL feed_pull(void *opened, VM_StreamEvent *event)
{
    Feed *feed = opened;
    if (feed->paused < feed->pauses) {
        feed->paused++;
        return VM_STATUS_WOULD_BLOCK;
    }
    feed->paused = 0;
    if (feed->next > feed->last)
        return feed->fails ? VM_StreamPartFail(&feed->part, feed->fails, "the line is dead") : VM_STATUS_COMPLETE;
    if (feed->text)
        snprintf(feed->payload, sizeof feed->payload, "%s", feed->text(feed->next));
    else
        snprintf(feed->payload, sizeof feed->payload, "%llu", (unsigned long long)feed->next);
    event->payload.data = (const uint8_t *)feed->payload;
    event->payload.size = strlen(feed->payload);
    event->timestamp = (int64_t)feed->next * 1000;
    event->metadata = feed->fields;
    event->metadata_count = feed->field_count;
    event->position = feed->next++;
    return VM_STATUS_OK;
}

static inline VM_Status VM_CALL feed_commit(void *opened, uint64_t position)
{
    Feed *feed = opened;
    CHECK(position > feed->committed);
    feed->committed = position;
    feed->commits++;
    return VM_STATUS_OK;
}

static inline VM_Status VM_CALL feed_rewind(void *opened, uint64_t position)
{
    Feed *feed = opened;
    feed->next = (position == VM_STREAM_COMMITTED ? feed->committed : position == VM_STREAM_BEGINNING ? 0 : position) + 1;
    return VM_STATUS_OK;
}

static inline VM_SourceDescriptor feed_source(void)
{
    return (VM_SourceDescriptor){ VM_SOURCE_INIT, .name = "feed", .open = feed_open, .close = feed_close, .pull = feed_pull,
                                  .commit = feed_commit, .rewind = feed_rewind };
}

/* A sink that writes the payloads, each after a space, to `text`. */
typedef struct Bin {
    char text[4096];
    size_t events, room, flushes;    /* `room`: how many it takes before it is full; 0 for any number */
    size_t unflushed;
    bool keeps;                      /* a flush makes no room; `unflushed = 0` does */
    const char *refuses;             /* the payload that it refuses */
    VM_StreamEvent last;
    char keys[512];                  /* of the last event, as in "a=1,b=2" */
    atomic_int closed;
    VM_StreamPart part;
} Bin;

static inline VM_Status VM_CALL bin_open(void *user, const VM_StreamPart *part, void **opened)
{
    ((Bin *)user)->part = *part;
    *opened = user;
    return VM_STATUS_OK;
}

static inline VM_Status VM_CALL bin_write(void *opened, const VM_StreamEvent *event)
{
    Bin *bin = opened;
    size_t used = strlen(bin->text), index;
    if (bin->refuses && event->payload.size == strlen(bin->refuses) &&
        memcmp(event->payload.data, bin->refuses, event->payload.size) == 0)
        return VM_STATUS_USER - 7;
    if (bin->room && bin->unflushed >= bin->room)
        return VM_STATUS_WOULD_BLOCK;
    snprintf(bin->text + used, sizeof bin->text - used, " %.*s", (int)event->payload.size, (const char *)event->payload.data);
    bin->keys[0] = 0;
    for (index = 0; index < event->metadata_count; index++)
        snprintf(bin->keys + strlen(bin->keys), sizeof bin->keys - strlen(bin->keys), "%s%s=%s", index ? "," : "",
                 event->metadata[index].key, event->metadata[index].value);
    bin->last = *event;
    bin->events++;
    bin->unflushed++;
    return VM_STATUS_OK;
}

static inline VM_Status VM_CALL bin_flush(void *opened)
{
    Bin *bin = opened;
    bin->flushes++;
    if (!bin->keeps)
        bin->unflushed = 0;
    return VM_STATUS_OK;
}

static inline void VM_CALL bin_close(void *opened)
{
    ((Bin *)opened)->closed++;
}

static inline VM_SinkDescriptor bin_sink(void)
{
    return (VM_SinkDescriptor){ VM_SINK_INIT, .name = "bin", .open = bin_open, .write = bin_write, .flush = bin_flush, .close = bin_close };
}

/* A stream from a feed to a bin; either may be NULL. */
static inline VM_Stream *new_stream(VM_Context *context, Feed *feed, Bin *bin)
{
    VM_Stream *stream = NULL;
    VM_SourceDescriptor source = feed_source();
    VM_SinkDescriptor sink = bin_sink();
    NEED(VM_StreamCreate(context, "test", &stream, &error));
    if (feed)
        NEED(VM_StreamSetSourceCallbacks(stream, &source, feed, NULL, &error));
    if (bin)
        NEED(VM_StreamAddSinkCallbacks(stream, &sink, NULL, bin, NULL, &error));
    return stream;
}

/* A context with the guest of stages. */
static inline VM_Context *stream_context(VM_Engine *engine)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterStreamModule(context, &error));
    instantiate(engine, context, GUEST("stream"));
    return context;
}

static inline VM_StreamStatistics counted(VM_Stream *stream)
{
    VM_StreamStatistics statistics = VM_STREAMSTATISTICS_INIT;
    NEED(VM_StreamGetStatistics(stream, &statistics, &error));
    return statistics;
}

#endif
