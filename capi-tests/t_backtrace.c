/* Backtraces: with the option, errors of guests have the frames of all functions. */
#include "backtrace.h"

static VM_Engine *engine;
static VM_Context *context;
static VM_HostModule *host;
static bool metered;

/* Calls `run` of the guest that called, ignores its failure for 7, and fails for 8. */
static VM_Status VM_CALL call(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Value argument = VM_ValueI32(0);
    VM_Status status;
    (void)user;
    results[0] = VM_ValueI32(1);
    if (args[0].of.i32 == 8)
        return VM_STATUS_IO;
    if (args[0].of.i32 == 9)
        argument = VM_ValueI32(1);
    status = VM_CallerCall(caller, "run", &argument, 1, results, 1);
    results[0] = VM_ValueI32(1);
    return args[0].of.i32 == 7 ? VM_STATUS_OK : status;
}

static void traps(const char *name, int32_t argument, const char *frames)
{
    const char *found;
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), name, VALUES(VM_ValueI32(argument)), &result, 1, &error),
                 argument == 8 ? VM_STATUS_IO : VM_STATUS_TRAP, NULL);
    found = backtrace_of(error);
    /* The compiler makes one instruction of a branch to `unreachable`, which has the place of the branch. */
    if (is_compiled(context) && strncmp(found, "deep@04", 7) == 0 && strncmp(frames, "deep@00", 7) == 0) {
        found += 7;
        frames += 7;
    }
    CHECK_TEXT(found, frames);
}

/* The place is that of the call, or of the instruction that trapped, in whatever way functions were left before. */
static void inner_frames(void)
{
    traps("run", 0, "divide@6d middle@10 run@10");
    traps("after", -1, "after@28");
    traps("indirect", 0, "divide@6d indirect@11");
    traps("indirect", 1, "indirect@11");
    traps("indirect", 3, "indirect@11");
    traps("indirect", 99, "indirect@11");
    traps("tail_indirect", 0, "divide@6d");
    traps("tail_indirect", 99, "tail_indirect@13");
}

/* Functions that were left by a tail call have no frame, however many. */
static void tail_calls(void)
{
    traps("tails", 0, "divide@6d tails@10");
    traps("tails", 200000, "divide@6d tails@10");
}

static void recursion(void)
{
    const VM_Frame *frame;
    traps("deep", 3, "deep@00 deep@10 deep@10 deep@10 deep@10");
    traps("deep", 100, "deep@00 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 "
                       "deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 "
                       "deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 "
                       "deep@10 deep@10 ...(41) deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 "
                       "deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10");
    CHECK(strstr(VM_ErrorGetMessage(error), " frames omitted …") != NULL);
    /* More than what the interpreter records: the outermost function is known because the host called it. */
    if (!is_compiled(context))
        traps("deep", 20000, "deep@00 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 "
                         "deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 "
                         "deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 deep@10 "
                         "deep@10 deep@10 ...(19960) deep#10");
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "deep", VALUES(VM_ValueI32(-1)), &result, 1, &error), VM_STATUS_TRAP,
                 "call stack exhausted");
    CHECK_INT(VM_ErrorGetFrameCount(error), is_compiled(context) ? 62 : 42);
    frame = VM_ErrorGetFrame(error, is_compiled(context) ? 41 : 40);
    CHECK(frame && frame->kind == VM_FRAME_OMITTED && frame->omitted > (is_compiled(context) ? 1000 : 60000));
    traps("run", 0, "divide@6d middle@10 run@10");
}

/* Through the host, which may go on after a failure. */
static void through_the_host(void)
{
    traps("to_host", 8, "host.call in_host@10 to_host@10");
    traps("to_host", 0, "divide@6d middle@10 run@10 host.call in_host@10 to_host@10");
    traps("on", 7, "divide@6d on@10");
    traps("on", 9, "divide@6d on@10");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "in_host", NO_VALUES, NULL, 0, &error), VM_STATUS_WRONG_COUNT, NULL);
    CHECK_INT(VM_ErrorGetFrameCount(error), 0);
}

/* A message has a line for each frame. */
static void message(void)
{
    const VM_Frame *frame;
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "to_host", VALUES(VM_ValueI32(0)), &result, 1, &error), VM_STATUS_TRAP,
                 "integer division by zero\n   0: divide (function 1 of module `backtrace`) at 0x");
    CHECK(strstr(VM_ErrorGetMessage(error), "\n   3: host function `host.call`\n   4: in_host (function 13 of module `backtrace`) at 0x"));
    frame = VM_ErrorGetFrame(error, 0);
    CHECK_TEXT(frame->module, "backtrace");
    CHECK_TEXT(frame->plugin, NULL);
    CHECK_INT(frame->function_index, 1);
    CHECK_INT(VM_ErrorGetFrame(error, 3)->function_index, UINT32_MAX);
}

/* What records positions is neither seen by guest or host, nor counted. */
static void nothing_is_seen(void)
{
    VM_Module *module = load(engine, GUEST("backtrace"));
    VM_ContextConfig *config;
    VM_Context *small;
    VM_Instance instance;
    VM_Memory memory;
    VM_Global global;
    VM_Value value;
    uint64_t bytes;
    CHECK_INT(VM_ModuleGetImportCount(module), 1);
    CHECK_INT(VM_ModuleGetExportCount(module), 12);
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetMemoryLimit(config, 65536, &error));
    NEED(VM_ContextCreate(engine, config, &small, &error));
    NEED(VM_ContextRegisterModule(small, host, &error));
    CHECK_OK(VM_ContextInstantiate(small, module, &instance, &error));
    CHECK_STATUS(VM_ContextInstantiate(small, module, NULL, &error), VM_STATUS_LIMIT, NULL);
    CHECK_OK(VM_InstanceFindMemory(small, instance, "memory", &memory, &error));
    CHECK_OK(VM_MemoryGetSize(small, memory, &bytes, &error));
    CHECK_INT(bytes, 65536);
    CHECK_OK(VM_InstanceFindGlobal(small, instance, "calls", &global, &error));
    CHECK_OK(VM_GlobalRead(small, global, &value, &error));
    CHECK_INT(value.of.i32, 5);
    VM_ContextDelete(small);
    VM_ContextConfigDelete(config);
    VM_ModuleDelete(module);
}

static void give_fuel(void)
{
    if (metered)
        NEED(VM_ContextSetFuel(context, 1u << 30, &error));
}

/* Frames of several instances are in order, each of its own module. */
static void instances(void)
{
    VM_Module *library = load(engine, GUEST("backtrace"));
    NEED(VM_ContextRegisterWasm(context, "library", library, NULL, &error));
    instantiate(engine, context, GUEST("backtrace_user"));
    traps("use", 0, "divide@6d middle@10 run@10 use@10");
    traps("back", 0, "divide@6d middle@10 run@10 use@10 back@10");
    traps("round", 0, "divide@6d middle@10 run@10 host.call in_host@10 to_host@10 round@10");
    CHECK_OK(VM_ContextReset(context, &error));
    give_fuel();
    traps("to_host", 0, "divide@6d middle@10 run@10 host.call in_host@10 to_host@10");
    VM_ModuleDelete(library);
}

int main(void)
{
    for (int round = 0; round < 2; round++) {
        metered = round == 1;
        engine = tracing_engine(metered);
        context = new_context(engine);
        host = new_host("host");
        NEED(VM_HostModuleAddFunction(host, "call", "(i)i", call, NULL, NULL, &error));
        NEED(VM_ContextRegisterModule(context, host, &error));
        give_fuel();
        instantiate(engine, context, GUEST("backtrace"));
        inner_frames();
        tail_calls();
        recursion();
        through_the_host();
        message();
        nothing_is_seen();
        instances();
        VM_HostModuleDelete(host);
        VM_ContextDelete(context);
        VM_EngineDelete(engine);
    }
    return finish();
}
