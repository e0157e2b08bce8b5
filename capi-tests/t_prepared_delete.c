/* A callback may delete the prepared call that has led to it, also if it fails then; valgrind sees what is read of it afterwards. */
#include "test.h"

static VM_PreparedCall *prepared;
static VM_Status answer;

static VM_Status deletes(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)user;
    (void)caller;
    values[0].i32++;
    VM_PreparedCallDelete(prepared);
    return answer;
}

/* Calls the function, in a context that is held or not, whose callback then answers with this status. */
static void call(VM_Engine *engine, bool is_held, VM_Status status)
{
    /* (import "a" "f" (func (param i32) (result i32))), a function that calls it, exported as "f". */
    static const uint8_t calls[] = "\0asm\1\0\0\0\1\6\1\x60\1\x7f\1\x7f\2\7\1\1a\1" "f\0\0\3\2\1\0\7\5\1\1" "f\0\1\xa\x8\1\6\0\x20\0\x10\0\xb";
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("a");
    NEED(VM_HostModuleAddFunctionRaw(host, "f", "(i)i", deletes, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    VM_Module *module;
    VM_Instance instance;
    VM_Func func;
    NEED(VM_ModuleLoadFromBuffer(engine, calls, sizeof calls - 1, &module, &error));
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    VM_ModuleDelete(module);
    NEED(VM_InstanceFindFunction(context, instance, "f", &func, &error));
    NEED(VM_PreparedCallCreate(context, func, "(i)i", &prepared, &error));
    if (is_held)
        NEED(VM_ContextEnter(context, &error));
    VM_RawValue value;
    memset(&value, 0, sizeof value);
    value.i32 = 41;
    answer = status;
    CHECK_STATUS(VM_PreparedCallRun(prepared, &value, &error), status,
                 status == VM_STATUS_OK ? NULL : "host function `a.f` failed with VM_STATUS_TRAP\n   0: host function `a.f`\n   1: f (function 1)");
    if (status == VM_STATUS_OK)
        CHECK_INT(value.i32, 42);
    if (is_held)
        NEED(VM_ContextLeave(context, &error));
    VM_ContextDelete(context);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    for (int is_held = 0; is_held < 2; is_held++) {
        call(engine, is_held, VM_STATUS_OK);
        call(engine, is_held, VM_STATUS_TRAP);
    }
    VM_EngineDelete(engine);
    return finish();
}
