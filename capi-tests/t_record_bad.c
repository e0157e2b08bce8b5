/* Replays that differ from their recording, recordings that are damaged or cut off, and recordings that cannot be written. */
#include "recorded.h"
#include <signal.h>
#include <sys/resource.h>

static int answer = 5;

static VM_Status VM_CALL ask(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    results[0] = VM_ValueI32(args[0].of.i32 + answer);
    return VM_CallerWriteMemory(caller, 100, "asked", 5);
}

static void register_host(VM_Context *context)
{
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "ask", "(i)i", ask, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
}

static VM_Status call(VM_Context *context, const char *name, int32_t arg)
{
    VM_Value result;
    forget_error();
    return VM_ContextExecute(context, latest(context), name, VALUES(VM_ValueI32(arg)), &result, 1, &error);
}

static Bytes record(VM_Engine *engine)
{
    VM_Context *context = new_context(engine);
    Bytes bytes = { 0 };
    register_host(context);
    NEED(VM_ContextRecordToCallback(context, keep_bytes, &bytes, NULL, &error));
    instantiate(engine, context, GUEST("record_ask"));
    CHECK_INT(call(context, "twice", 1), VM_STATUS_OK);
    CHECK_INT(call(context, "divide", 0), VM_STATUS_TRAP);
    CHECK_OK(VM_ContextStopRecording(context, &error));
    VM_ContextDelete(context);
    return bytes;
}

static VM_Context *replay(VM_Engine *engine, const Bytes *bytes)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextReplayFromBuffer(context, bytes->data, bytes->size, &error));
    return context;
}

/* The call differs, and after it everything does. */
static void differs(VM_Context *context, VM_Status found, const char *message)
{
    CHECK_INT(found, VM_STATUS_REPLAY_DIFFERS);
    CHECK(strstr(VM_ErrorGetMessage(error), "the replay differs from its recording at entry ") != NULL);
    if (!strstr(VM_ErrorGetMessage(error), message)) {
        fprintf(stderr, "expected \"%s\" in \"%s\"\n", message, VM_ErrorGetMessage(error));
        CHECK(!"the message");
    }
    CHECK_STATUS(VM_ContextStopRecording(context, &error), VM_STATUS_REPLAY_DIFFERS, message);
    VM_ContextDelete(context);
}

static void differences(VM_Engine *engine, const Bytes *bytes)
{
    VM_Context *context = replay(engine, bytes);
    VM_Module *other = load(engine, GUEST("number"));
    VM_Status found = VM_ContextInstantiate(context, other, NULL, &error);
    differs(context, found, "another module is instantiated");
    VM_ModuleDelete(other);

    context = replay(engine, bytes);
    instantiate(engine, context, GUEST("record_ask"));
    differs(context, call(context, "twice", 2),
            "the host makes a call of export `twice` of instance 0 with [I32(2)], and the recording has a call of export `twice` of "
            "instance 0 with [I32(1)]");

    context = replay(engine, bytes);
    instantiate(engine, context, GUEST("record_ask"));
    differs(context, call(context, "divide", 1), "the host makes a call of export `divide`");

    /* The guest's memory was changed behind the recording's back, so that the guest asks for something else. */
    context = replay(engine, bytes);
    instantiate(engine, context, GUEST("record_ask"));
    VM_Memory memory;
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    NEED(VM_MemoryWrite(context, memory, 0, "\7", 1, &error));
    differs(context, call(context, "twice", 1),
            "the guest makes a call of host function `host.ask` with [I32(8)], and the recording has a call of host function "
            "`host.ask` with [I32(1)]");

    /* The recording goes on, or does not. */
    context = replay(engine, bytes);
    instantiate(engine, context, GUEST("record_ask"));
    CHECK_INT(call(context, "twice", 1), VM_STATUS_OK);
    CHECK_STATUS(VM_ContextStopRecording(context, &error), VM_STATUS_REPLAY_DIFFERS,
                 "the replay ends here, and the recording has a call of export `divide`");
    VM_ContextDelete(context);
    context = replay(engine, bytes);
    instantiate(engine, context, GUEST("record_ask"));
    CHECK_INT(call(context, "twice", 1), VM_STATUS_OK);
    CHECK_INT(call(context, "divide", 0), VM_STATUS_TRAP);
    differs(context, call(context, "twice", 1), "the recording was ended before the host calls a guest");
}

/* Whatever the bytes are, a replay ends with a status. */
static void damaged(VM_Engine *engine, const Bytes *bytes)
{
    VM_Module *module = load(engine, GUEST("record_ask"));
    VM_Context *context = new_context(engine);
    for (size_t at = 0; at < 2 * bytes->size; at++) {
        /* Every length, then every byte changed. */
        Bytes bad = { malloc(bytes->size), at < bytes->size ? at : bytes->size, 0 };
        bool whole = true;
        SURE(bad.data);
        memcpy(bad.data, bytes->data, bad.size);
        if (at >= bytes->size)
            bad.data[at - bytes->size] ^= 0x11;
        forget_error();
        VM_Status begun = VM_ContextReplayFromBuffer(context, bad.data, bad.size, &error);
        free(bad.data);
        CHECK(begun == VM_STATUS_OK || begun == VM_STATUS_BAD_RECORDING);
        if (begun == VM_STATUS_OK) {
            whole = VM_ContextInstantiate(context, module, NULL, NULL) == VM_STATUS_OK;
            whole = whole && call(context, "twice", 1) == VM_STATUS_OK && call(context, "divide", 0) == VM_STATUS_TRAP;
            VM_Status stopped = VM_ContextStopRecording(context, NULL);
            whole = whole && stopped == VM_STATUS_OK;
            CHECK(whole || stopped == VM_STATUS_BAD_RECORDING || stopped == VM_STATUS_REPLAY_DIFFERS);
        }
        CHECK_OK(VM_ContextReset(context, &error));
    }
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
}

/* The recording ends with an error that the host sees, and the guest is not affected. */
static void unwritten(VM_Engine *engine, size_t whole)
{
    for (size_t most = 1; most < whole; most += most < 60 ? 30 : 7) {
        VM_Context *context = new_context(engine);
        Bytes bytes = { NULL, 0, most };
        register_host(context);
        forget_error();
        if (VM_ContextRecordToCallback(context, keep_bytes, &bytes, NULL, &error) == VM_STATUS_OK) {
            instantiate(engine, context, GUEST("record_ask"));
            CHECK_INT(call(context, "twice", 1), VM_STATUS_OK);
            CHECK_INT(call(context, "divide", 0), VM_STATUS_TRAP);
            CHECK_STATUS(VM_ContextStopRecording(context, &error), VM_STATUS_IO, "the callback of the recording returned -700 for ");
        } else {
            CHECK_INT(VM_ErrorGetStatus(error), VM_STATUS_IO);
        }
        free(bytes.data);
        VM_ContextDelete(context);
    }
}

/* A file system without room, as far as a limit on the size of files is that. */
static void full_disk(VM_Engine *engine)
{
    struct rlimit before, small;
    VM_Context *context = new_context(engine);
    SURE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    signal(SIGXFSZ, SIG_IGN);
    register_host(context);
    CHECK_OK(VM_ContextRecordToFile(context, in_scratch("full").text, &error));
    small = before;
    small.rlim_cur = 100;
    SURE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    instantiate(engine, context, GUEST("record_ask"));
    CHECK_INT(call(context, "twice", 1), VM_STATUS_OK);
    SURE(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK_STATUS(VM_ContextStopRecording(context, &error), VM_STATUS_IO, "cannot write the recording ");
    CHECK(strstr(VM_ErrorGetPath(error), "full") != NULL);
    VM_ContextDelete(context);
}

int main(void)
{
    VM_Engine *engine;
    Bytes bytes;
    make_scratch();
    engine = new_engine();
    bytes = record(engine);
    differences(engine, &bytes);
    damaged(engine, &bytes);
    unwritten(engine, bytes.size);
    full_disk(engine);
    free(bytes.data);
    VM_EngineDelete(engine);
    return finish();
}
