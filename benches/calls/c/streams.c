/* Events through libvm: a stream, and plain loops of guest calls that copy the same bytes. */
#include "streams.h"
#include <libvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Streams {
    VM_Engine *engine;
    VM_Context *context;
    VM_Stream *stream;
    VM_Memory memory;
    VM_Func handle;
    int32_t how;
    uint64_t bytes;
    uint8_t payload[PAYLOAD], out[PAYLOAD];
};

static void check(VM_Status status, VM_Error *error)
{
    if (status != VM_STATUS_OK) {
        fprintf(stderr, "libvm: %s\n", VM_ErrorGetMessage(error));
        abort();
    }
}

static VM_Status VM_CALL pull(void *user, VM_StreamEvent *event)
{
    struct Streams *all = user;
    event->payload.data = all->payload;
    event->payload.size = PAYLOAD;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL receive(void *user, const VM_StreamEvent *event)
{
    struct Streams *all = user;
    memcpy(all->out, event->payload.data, event->payload.size);
    all->bytes += event->payload.size;
    return VM_STATUS_OK;
}

/* The same for a loop with host functions. */
static VM_Status VM_CALL read_event(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    struct Streams *all = user;
    (void)caller;
    memcpy(args[0].of.buffer.data, all->payload, PAYLOAD);
    results[0] = VM_ValueI32(PAYLOAD);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL emit_event(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    struct Streams *all = user;
    (void)caller, (void)results;
    memcpy(all->out, args[0].of.buffer.data, args[0].of.buffer.size);
    all->bytes += args[0].of.buffer.size;
    return VM_STATUS_OK;
}

struct Streams *streams_open(const uint8_t *wasm, size_t size, int32_t how)
{
    static const VM_SourceDescriptor source = { VM_SOURCE_INIT, .name = "source", .pull = pull };
    static const VM_SinkDescriptor sink = { VM_SINK_INIT, .name = "sink", .write = receive };
    struct Streams *all = calloc(1, sizeof *all);
    VM_HostModule *host = NULL;
    VM_Module *module = NULL;
    VM_Instance instance;
    VM_Error *error = NULL;

    if (!all)
        abort();
    all->how = how;
    check(VM_EngineCreate(NULL, &all->engine, &error), error);
    check(VM_ContextCreate(all->engine, NULL, &all->context, &error), error);
    check(VM_ContextRegisterStreamModule(all->context, &error), error);
    check(VM_HostModuleCreate("host", &host, &error), error);
    check(VM_HostModuleAddFunction(host, "read", "(>~)i", read_event, all, NULL, &error), error);
    check(VM_HostModuleAddFunction(host, "emit", "(<~)", emit_event, all, NULL, &error), error);
    check(VM_ContextRegisterModule(all->context, host, &error), error);
    VM_HostModuleDelete(host);
    check(VM_ModuleLoadFromBuffer(all->engine, wasm, size, &module, &error), error);
    check(VM_ContextInstantiate(all->context, module, &instance, &error), error);
    VM_ModuleDelete(module);
    check(VM_InstanceFindMemory(all->context, instance, "memory", &all->memory, &error), error);
    check(VM_InstanceFindFunction(all->context, instance, "handle", &all->handle, &error), error);
    if (how <= STREAM_BATCHED) {
        check(VM_StreamCreate(all->context, "bench", &all->stream, &error), error);
        check(VM_StreamSetSourceCallbacks(all->stream, &source, all, NULL, &error), error);
        check(VM_StreamAddSinkCallbacks(all->stream, &sink, NULL, all, NULL, &error), error);
        check(VM_StreamAddGuestStage(all->stream, instance, "handle", how == STREAM_BATCHED ? VM_STAGE_BATCHED : 0, &error), error);
    }
    return all;
}

uint64_t streams_run(struct Streams *all, uint32_t n)
{
    VM_Error *error = NULL;
    all->bytes = 0;
    if (all->stream) {
        check(VM_StreamRun(all->stream, n, &error), error);
    } else if (all->how == LOOP_MEMORY) {
        for (uint32_t i = 0; i < n; i++) {
            check(VM_MemoryWrite(all->context, all->memory, 0, all->payload, PAYLOAD, &error), error);
            check(VM_FuncCall(all->context, all->handle, NULL, 0, NULL, 0, &error), error);
            check(VM_MemoryRead(all->context, all->memory, 0, all->out, PAYLOAD, &error), error);
            all->bytes += PAYLOAD;
        }
    } else {
        for (uint32_t i = 0; i < n; i++)
            check(VM_FuncCall(all->context, all->handle, NULL, 0, NULL, 0, &error), error);
    }
    return all->bytes;
}

void streams_close(struct Streams *all)
{
    VM_StreamDelete(all->stream);
    VM_ContextDelete(all->context);
    VM_EngineDelete(all->engine);
    free(all);
}
