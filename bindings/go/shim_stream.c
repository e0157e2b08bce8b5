// Sources, sinks and stages of streams, and events of hooks.
#include "shim.h"
#include "_cgo_export.h"
#include <stdlib.h>
#include <string.h>

// The anchor of the stream that this thread runs, as that of the context in shim.c.
static _Thread_local uint64_t *now_stream;

#define RUN_STREAM(call)                             \
    uint64_t *outer = libvm_go_enter(current);       \
    uint64_t *outer_stream = now_stream;             \
    Answer answer = { VM_STATUS_OK, NULL };          \
    now_stream = current_stream;                     \
    answer.status = call;                            \
    now_stream = outer_stream;                       \
    libvm_go_enter(outer)

Answer libvm_go_stream_run(uint64_t *current, uint64_t *current_stream, VM_Stream *stream, uint64_t max_events, bool may_wait)
{
    RUN_STREAM(may_wait ? VM_StreamRun(stream, max_events, &answer.error) : VM_StreamPoll(stream, max_events, &answer.error));
    return answer;
}

Answer libvm_go_stream_rewind(uint64_t *current, uint64_t *current_stream, VM_Stream *stream, uint64_t position)
{
    RUN_STREAM(VM_StreamRewind(stream, position, &answer.error));
    return answer;
}

void libvm_go_stream_delete(uint64_t *current, uint64_t *current_stream, VM_Stream *stream)
{
    RUN_STREAM((VM_StreamDelete(stream), VM_STATUS_OK));
    (void)answer;
}

static VM_Status VM_CALL open_part(void *user, const VM_StreamPart *stream_part, void **opened)
{
    Part *part = user;
    part->part = *stream_part;
    *opened = part;
    return now_stream ? libvmGoOpen(now_stream, part) : VM_STATUS_UNSUPPORTED;
}

// A stream that the garbage collector deletes closes no part of Go: it is collected too.
static void VM_CALL close_part(void *opened)
{
    if (now_stream)
        libvmGoClose(now_stream, opened);
}

static VM_Status VM_CALL pull(void *opened, VM_StreamEvent *event)
{
    return now_stream ? libvmGoPull(now_stream, opened, event) : VM_STATUS_UNSUPPORTED;
}

static VM_Status VM_CALL start(void *opened) { return now_stream ? libvmGoStart(now_stream, opened) : VM_STATUS_UNSUPPORTED; }

static void VM_CALL stop(void *opened) { libvmGoStop(((Part *)opened)->number, now_stream != NULL); }

static VM_Status VM_CALL commit(void *opened, uint64_t position)
{
    return now_stream ? libvmGoCommit(now_stream, opened, position) : VM_STATUS_UNSUPPORTED;
}

static VM_Status VM_CALL rewind_part(void *opened, uint64_t position)
{
    return now_stream ? libvmGoRewind(now_stream, opened, position) : VM_STATUS_UNSUPPORTED;
}

static VM_Status VM_CALL write_event(void *opened, const VM_StreamEvent *event)
{
    return now_stream ? libvmGoWriteEvent(now_stream, opened, (VM_StreamEvent *)event) : VM_STATUS_UNSUPPORTED;
}

static VM_Status VM_CALL flush(void *opened) { return now_stream ? libvmGoFlush(now_stream, opened) : VM_STATUS_UNSUPPORTED; }

static void VM_CALL free_part(void *user)
{
    free(((Part *)user)->event);
    free(user);
}

static Part *new_part(uintptr_t number)
{
    Part *part = calloc(1, sizeof *part);
    if (part)
        part->number = number;
    return part;
}

Answer libvm_go_set_source(VM_Stream *stream, uintptr_t number, uint32_t has)
{
    Answer answer = { VM_STATUS_OUT_OF_MEMORY, NULL };
    VM_SourceDescriptor source = { VM_SOURCE_INIT, .name = "go", .open = open_part, .close = close_part };
    Part *part = new_part(number);
    if (!part)
        return answer;
    if (has & PART_PUSH)
        source.start = start, source.stop = stop;
    else
        source.pull = pull;
    source.commit = has & PART_COMMIT ? commit : NULL;
    source.rewind = has & PART_REWIND ? rewind_part : NULL;
    answer.status = VM_StreamSetSourceCallbacks(stream, &source, part, free_part, &answer.error);
    return answer;
}

Answer libvm_go_add_sink(VM_Stream *stream, uintptr_t number, uint32_t has, const char *name)
{
    Answer answer = { VM_STATUS_OUT_OF_MEMORY, NULL };
    VM_SinkDescriptor sink = { VM_SINK_INIT, .name = "go", .open = open_part, .close = close_part, .write = write_event };
    Part *part = new_part(number);
    if (!part)
        return answer;
    sink.flush = has & PART_FLUSH ? flush : NULL;
    answer.status = has & PART_DEAD_LETTER ? VM_StreamSetDeadLetterSinkCallbacks(stream, &sink, part, free_part, &answer.error)
                                           : VM_StreamAddSinkCallbacks(stream, &sink, name, part, free_part, &answer.error);
    return answer;
}

static void VM_CALL state_changed(void *number, const char *part, VM_StreamPartState state, const char *text)
{
    libvmGoPartState((uintptr_t)number, (char *)part, state, (char *)text);
}

Answer libvm_go_set_state_callback(VM_Stream *stream, uintptr_t number)
{
    Answer answer = { VM_STATUS_OK, NULL };
    answer.status = VM_StreamSetStateCallback(stream, state_changed, (void *)number, NULL, &answer.error);
    return answer;
}

static void describe(VM_StreamEvent *event, const uint8_t *data, const EventContent *content)
{
    event->payload.data = data;
    event->payload.size = content->size;
    event->timestamp = content->timestamp;
    event->position = content->position;
    // Keys and values in turn are the fields of an array of VM_StreamField.
    event->metadata = (const VM_StreamField *)content->strings;
    event->metadata_count = content->string_count / 2;
}

typedef char AssertFields[sizeof(VM_StreamField) == 2 * sizeof(char *) ? 1 : -1];

VM_Status libvm_go_fill_event(Part *part, VM_StreamEvent *event, const uint8_t *data, const EventContent *content)
{
    size_t size = content->string_count * sizeof(char *), at = size + content->size, index;
    char *memory;
    for (index = 0; index < content->string_count; index++)
        at += strlen(content->strings[index]) + 1;
    memory = realloc(part->event, at ? at : 1);
    if (!memory)
        return VM_STATUS_OUT_OF_MEMORY;
    part->event = memory;
    describe(event, (uint8_t *)memory + size, content);
    event->metadata = (const VM_StreamField *)memory;
    if (content->size)
        memcpy(memory + size, data, content->size);
    at = size + content->size;
    for (index = 0; index < content->string_count; index++) {
        size_t length = strlen(content->strings[index]) + 1;
        ((char **)memory)[index] = memcpy(memory + at, content->strings[index], length);
        at += length;
    }
    return VM_STATUS_OK;
}

VM_Status libvm_go_part_fail(Part *part, VM_Status status, const char *text) { return VM_StreamPartFail(&part->part, status, text); }

VM_Status libvm_go_emit(const VM_StreamPart *part, const uint8_t *data, const EventContent *content)
{
    VM_StreamEvent event = VM_STREAMEVENT_INIT;
    describe(&event, data, content);
    return VM_StreamPartEmit(part, &event, VM_EMIT_WAIT);
}

VM_Status libvm_go_end(const VM_StreamPart *part, VM_Status status, const char *text) { return VM_StreamPartEnd(part, status, text); }

VM_Status libvm_go_notify(const VM_StreamPart *part) { return VM_StreamPartNotify(part); }

VM_Status libvm_go_set_part_state(const VM_StreamPart *part, VM_StreamPartState state, const char *text)
{
    return VM_StreamPartSetState(part, state, text);
}

VM_Status libvm_go_report_reconnect(const VM_StreamPart *part, const char *text) { return VM_StreamPartReportReconnect(part, text); }

VM_Status libvm_go_get_event(VM_Caller *caller, VM_StreamEvent *event)
{
    *event = (VM_StreamEvent)VM_STREAMEVENT_INIT;
    return VM_CallerGetEvent(caller, event);
}

VM_Status libvm_go_next_event(VM_Caller *caller, bool *is_next) { return VM_CallerNextEvent(caller, is_next); }

VM_Status libvm_go_emit_event(VM_Caller *caller, const uint8_t *data, const EventContent *content)
{
    VM_StreamEvent event = VM_STREAMEVENT_INIT;
    describe(&event, data, content);
    return VM_CallerEmitEvent(caller, &event);
}

VM_Status libvm_go_event_type(const VM_Event *event, const char *key, VM_EventType *type) { return VM_EventGetType(event, key, type); }

VM_Status libvm_go_event_get(const VM_Event *event, const char *key, VM_EventType type, VM_Bytes *bytes, int64_t *integer, void **pointer)
{
    const char *string = NULL;
    VM_Status status;
    switch (type) {
    case VM_EVENT_TYPE_STRING:
        status = VM_EventGetString(event, key, &string);
        bytes->data = (const uint8_t *)string;
        bytes->size = string ? strlen(string) : 0;
        return status;
    case VM_EVENT_TYPE_BYTES:
        return VM_EventGetBytes(event, key, bytes);
    case VM_EVENT_TYPE_INTEGER:
        return VM_EventGetInteger(event, key, integer);
    default:
        return VM_EventGetPointer(event, key, pointer);
    }
}

VM_Status libvm_go_event_set(VM_Event *event, const char *key, VM_EventType type, const void *data, size_t size, int64_t integer)
{
    switch (type) {
    case VM_EVENT_TYPE_STRING:
        return VM_EventSetString(event, key, data);
    case VM_EVENT_TYPE_BYTES:
        return VM_EventSetBytes(event, key, data, size);
    default:
        return VM_EventSetInteger(event, key, integer);
    }
}

VM_Status libvm_go_event_set_pointer(VM_Event *event, const char *key, void *pointer) { return VM_EventSetPointer(event, key, pointer); }

VM_Status libvm_go_event_key(const VM_Event *event, size_t index, const char **key) { return VM_EventGetKey(event, index, key); }

VM_Status libvm_go_event_remove(VM_Event *event, const char *key) { return VM_EventRemove(event, key); }

VM_Status libvm_go_event_fail(VM_Event *event, VM_Status status, const char *text) { return VM_EventFail(event, status, text); }

static VM_Status VM_CALL resume_hook(void *number, VM_Event *event, VM_Status answer, const char *text)
{
    (void)text;
    uint64_t *current = libvm_go_current();
    return current ? libvmGoResumeHook(current, (uintptr_t)number, event, answer) : VM_STATUS_UNSUPPORTED;
}

static void VM_CALL cancel_hook(void *number) { libvmGoCancelHook((uintptr_t)number); }

VM_Status libvm_go_event_suspend(VM_Event *event, uintptr_t number, VM_Token *token)
{
    VM_EventSuspension suspension = VM_EVENTSUSPENSION_INIT;
    suspension.user = (void *)number;
    suspension.resume = resume_hook;
    suspension.cancel = cancel_hook;
    return VM_EventSuspend(event, &suspension, token);
}
