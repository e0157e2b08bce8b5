/*
 * A host function calls the guest, which fails: if the function returns that status, the host's error has the message, trap
 * code, exit code and function of the nested failure, at any depth.
 */
#include "nested.h"

static const char *const exports[] = { "divide", "unreachable", "fails", "deeper", "exit", "nothing" };
enum Export { DIVIDE, UNREACHABLE, FAILS, DEEPER, EXIT, NOTHING, KEEP_ON = 16 };

/* Calls an export of the guest, and returns its status, or continues and fails itself. */
static VM_Status VM_CALL back(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Status status = VM_CallerCall(caller, exports[args[0].of.i32 & 15], NO_VALUES, NO_VALUES);
    (void)user;
    if (args[0].of.i32 & KEEP_ON)
        return VM_CallerFail(caller, VM_STATUS_USER - 2, "gave up");
    results[0] = VM_ValueI32(1);
    return status;
}

static VM_Status VM_CALL by_reference(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)results;
    return VM_CallerCallRef(caller, args[0].of.ref, NO_VALUES, NO_VALUES);
}

/* The error of the last call. */
static void said(VM_TrapCode trap, int32_t exit_code, const char *module, const char *function)
{
    CHECK_INT(VM_ErrorGetTrapCode(error), trap);
    CHECK_INT(VM_ErrorGetExitCode(error), exit_code);
    CHECK_TEXT(VM_ErrorGetModuleName(error), module);
    CHECK_TEXT(VM_ErrorGetFunctionName(error), function);
}

static VM_Status call_back(VM_Context *context, int32_t export)
{
    VM_Value result;
    return VM_ContextExecute(context, latest(context), "back", VALUES(VM_ValueI32(export)), &result, 1, &error);
}

static void traps(VM_Context *context)
{
    VM_Value result;
    CHECK_STATUS(call_back(context, DIVIDE), VM_STATUS_TRAP,
                 "in `divide`, called by host function `host.back`: the guest trapped: integer division by zero");
    said(VM_TRAP_DIVISION_BY_ZERO, -1, NULL, "divide");
    CHECK_STATUS(call_back(context, UNREACHABLE), VM_STATUS_TRAP, "in `unreachable`, called by host function `host.back`: ");
    said(VM_TRAP_UNREACHABLE, -1, NULL, "unreachable");
    /* Two levels: the innermost is named. */
    CHECK_STATUS(call_back(context, DEEPER), VM_STATUS_TRAP, "in `divide`, called by host function `host.back`: the guest trapped");
    said(VM_TRAP_DIVISION_BY_ZERO, -1, NULL, "divide");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "by_reference", NO_VALUES, &result, 1, &error), VM_STATUS_TRAP,
                 "in `by_reference`: the guest trapped: integer division by zero");
    said(VM_TRAP_DIVISION_BY_ZERO, -1, NULL, "by_reference");
}

static void failures_of_host_functions(VM_Context *context)
{
    CHECK_STATUS(call_back(context, FAILS), VM_STATUS_USER - 1, "host function `host.fails` failed: the mailbox is full");
    said(VM_TRAP_HOST_FUNCTION, -1, "host", "fails");
    CHECK_STATUS(call_back(context, FAILS | KEEP_ON), VM_STATUS_USER - 2, "host function `host.back` failed: gave up");
    said(VM_TRAP_HOST_FUNCTION, -1, "host", "back");
    CHECK_STATUS(call_back(context, NOTHING), VM_STATUS_NOT_FOUND, "exports no function `nothing`");
    said(VM_TRAP_HOST_FUNCTION, -1, "host", "back");
}

static void exits(VM_Engine *engine, VM_Context *context)
{
    VM_Wasi *wasi = NULL;
    NEED(VM_WasiCreate(&wasi, &error));
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    instantiate(engine, context, GUEST("nested_exit"));
    CHECK_STATUS(call_back(context, EXIT), VM_STATUS_EXIT, "exited with code 130");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_NONE);
    CHECK_INT(VM_ErrorGetExitCode(error), 130);
    VM_WasiDelete(wasi);
}

/* A host with an older table: missing functions are not called. */
static void an_older_table(void)
{
    VM_CallerTable table = { .size = offsetof(VM_CallerTable, fail) };
    VM_Caller caller = { .table = &table };
    CHECK_INT(VM_CallerFail(&caller, VM_STATUS_IO, "not kept"), VM_STATUS_UNSUPPORTED);
    atomic_int freed = 0;
    VM_Suspension suspension = { sizeof suspension, 0, &freed, NULL, count_free, count_free };
    VM_Ref function;
    VM_Token token;
    uint64_t ms;
    CHECK_INT(VM_CallerSuspend(&caller, &suspension, &token), VM_STATUS_UNSUPPORTED);
    CHECK_INT(freed, 2);
    CHECK_INT(VM_CallerStartCall(&caller, VM_RefNull(), NULL, 0, &suspension, &token), VM_STATUS_UNSUPPORTED);
    CHECK_INT(freed, 4);
    CHECK_INT(VM_CallerSuspend(&caller, NULL, &token), VM_STATUS_UNSUPPORTED);
    CHECK_INT(VM_CallerGetExport(&caller, "f", &function), VM_STATUS_UNSUPPORTED);
    CHECK_INT(VM_CallerGetTimeLeft(&caller, &ms), VM_STATUS_UNSUPPORTED);
    CHECK_INT(VM_CallerExtendTime(&caller, 1), VM_STATUS_UNSUPPORTED);
    CHECK_INT(VM_CallerConsumeFuel(&caller, 1), VM_STATUS_UNSUPPORTED);
    const char *text = NULL;
    CHECK_INT(VM_CallerGetErrorMessage(&caller, &text), VM_STATUS_UNSUPPORTED);
    CHECK_INT(VM_CallerGetSignature(&caller, VM_RefNull(), &text), VM_STATUS_UNSUPPORTED);
    CHECK(text == NULL);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_nested_context(engine, back, by_reference);
    traps(context);
    failures_of_host_functions(context);
    exits(engine, context);
    an_older_table();
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
