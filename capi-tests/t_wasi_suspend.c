/* WASI that does not block: reading and writing suspend the guest, while the host's streams answer PENDING. */
#define _POSIX_C_SOURCE 200809L
#include "waits.h"
#include <pthread.h>

/* What the host's input has, and how much its output takes. */
static struct {
    char text[32];
    bool ended;
    size_t room, written;
    atomic_int reads; /* another thread waits for it */
    int writes;
} stream;

static VM_Status VM_CALL read_stream(void *user, uint8_t *data, size_t size, size_t *count)
{
    size_t length = strlen(stream.text);
    (void)user;
    stream.reads++;
    if (length == 0 && !stream.ended)
        return VM_STATUS_PENDING;
    CHECK(length <= size);
    memcpy(data, stream.text, length);
    *count = length;
    stream.text[0] = '\0';
    return VM_STATUS_OK;
}

static VM_Status VM_CALL write_stream(void *user, const uint8_t *data, size_t size, size_t *count)
{
    (void)user;
    (void)data;
    stream.writes++;
    if (stream.room == 0)
        return VM_STATUS_PENDING;
    *count = size < stream.room ? size : stream.room;
    stream.room -= *count;
    stream.written += *count;
    return VM_STATUS_OK;
}

static void reading(void)
{
    VM_Instance instance;
    VM_Context *context = guest(&instance);
    VM_Execution *execution = start(context, instance, "read", NULL, 0);
    VM_Value time = VM_ValueI64(3600000);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_INT(stream.reads, 1);
    CHECK_OK(VM_WasiNotify(wasi, VM_WASI_STDOUT, &error)); /* not for it */
    CHECK(VM_QueueNext(queue) == NULL);
    CHECK_OK(VM_WasiNotify(wasi, VM_WASI_STDIN, &error)); /* still nothing */
    CHECK(VM_QueueNext(queue) == execution);
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    strcpy(stream.text, "hello");
    CHECK_OK(VM_WasiNotify(wasi, VM_WASI_STDIN, &error));
    drain(1);
    CHECK_INT(ended(execution), 5);
    CHECK_INT(stream.reads, 3);

    /* In tail position, and waiting with poll_oneoff while the callback has said PENDING. */
    execution = start(context, instance, "read_last", NULL, 0);
    strcpy(stream.text, "four");
    CHECK_OK(VM_WasiNotify(wasi, VM_WASI_STDIN, &error));
    drain(1);
    CHECK_INT(ended(execution), 4);
    execution = start(context, instance, "read", NULL, 0);
    CHECK_OK(VM_ExecutionCancel(execution, &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, "the execution was cancelled");
    VM_ExecutionDelete(execution);
    while (VM_QueueNext(queue))
        continue;
    execution = start(context, instance, "wait_for_input", &time, 1);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_OK(VM_WasiNotify(wasi, VM_WASI_STDIN, &error));
    drain(1);
    CHECK_INT(ended(execution), 1);

    /* Under a callback that waits on the native stack. */
    execution = NULL;
    CHECK_OK(VM_ContextStart(context, instance, "read_nested", NULL, 0, queue, &execution, &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_WOULD_BLOCK, "cannot suspend");
    VM_ExecutionDelete(execution);
    VM_ContextDelete(context);
}

static void writing(void)
{
    VM_Instance instance;
    VM_Context *context = guest(&instance);
    VM_Value size = VM_ValueI32(10);
    VM_Execution *execution;
    stream.room = 4;
    execution = start(context, instance, "write", &size, 1);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_INT(stream.written, 4);
    stream.room = 100;
    CHECK_OK(VM_WasiNotify(wasi, VM_WASI_STDOUT, &error));
    drain(1);
    CHECK_INT(ended(execution), 2);
    CHECK_INT(stream.written, 10);
    CHECK_INT(stream.writes, 3);
    stream.room = 0;
    execution = start(context, instance, "write", &size, 1);
    VM_ContextDelete(context); /* with a guest that waits */
    CHECK_OK(VM_WasiNotify(wasi, VM_WASI_STDOUT, &error));
    CHECK_INT(stream.writes, 4);
    VM_ExecutionDelete(execution);
}

static void *notify_later(void *unused)
{
    while (stream.reads == 0)
        continue;
    strcpy(stream.text, "later");
    CHECK_OK(VM_WasiNotify(wasi, VM_WASI_STDIN, &error));
    forget_error();
    return unused;
}

/* A context that may not block; and one that is reset while its guest waits. */
static void not_blocking(void)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    VM_Execution *execution;
    VM_Instance instance;
    VM_Value time = VM_ValueI64(3600000), result;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetMayBlock(config, false, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_STATUS(VM_ContextExecute(context, instance, "sleep", &time, 1, &result, 1, &error), VM_STATUS_WOULD_BLOCK,
                 "host function `wasi_snapshot_preview1.poll_oneoff` failed: cannot suspend: the call blocks");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "poll_oneoff");
    execution = start(context, instance, "sleep", &time, 1);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_FAILED);
    VM_ExecutionDelete(execution);
    VM_ContextDelete(context);
}

/* A blocking execution waits on its thread until another one notifies it. */
static void blocking(void)
{
    VM_Instance instance;
    VM_Context *context = guest(&instance);
    pthread_t thread;
    stream.reads = 0;
    pthread_create(&thread, NULL, notify_later, NULL);
    CHECK_INT(run(context, "read", NO_VALUES), 5);
    pthread_join(thread, NULL);
    CHECK_INT(run(context, "sleep", VALUES(VM_ValueI64(1))), 1);
    VM_ContextDelete(context);
}

int main(void)
{
    begin(NULL);
    NEED(VM_WasiSetInputCallback(wasi, read_stream, NULL, NULL, &error));
    NEED(VM_WasiSetStreamCallback(wasi, VM_WASI_STDOUT, write_stream, NULL, NULL, &error));
    NEED(VM_WasiSetMaySuspend(wasi, true, &error));
    reading();
    writing();
    blocking();
    not_blocking();
    end();
    return finish();
}
