/* More coroutines wait in calls of guests than executions may run inside of each other: they do not count where nothing is below. */
#define _XOPEN_SOURCE 700
#include "test.h"
#include <ucontext.h>

#ifdef __SANITIZE_ADDRESS__
enum { STACK = 1 << 20 }; /* Frames are several times as large. */
#else
enum { STACK = 192 << 10 };
#endif
enum { COROUTINES = 420 };

typedef struct Coroutine {
    ucontext_t own, back;
    VM_Context *context;
    char *stack;
    int32_t result;
} Coroutine;

static Coroutine all[COROUTINES], *current;

static VM_Status VM_CALL park(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Coroutine *mine = current;
    (void)user;
    (void)caller;
    (void)args;
    if (mine)
        CHECK_INT(swapcontext(&mine->own, &mine->back), 0);
    results[0] = VM_ValueI32(7);
    return VM_STATUS_OK;
}

static void calls(void)
{
    Coroutine *mine = current;
    mine->result = run(mine->context, "park", NO_VALUES);
}

static void go_on(Coroutine *coroutine)
{
    current = coroutine;
    CHECK_INT(swapcontext(&coroutine->back, &coroutine->own), 0);
    current = NULL;
}

static void starts(VM_Context *context)
{
    VM_Execution *execution = NULL;
    VM_Value result = VM_ValueI32(-1);
    CHECK_OK(VM_ContextStart(context, latest(context), "park", NO_VALUES, NULL, &execution, &error));
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_OK(VM_ExecutionGetResults(execution, &result, 1, &error));
    CHECK_INT(result.of.i32, 7);
    VM_ExecutionDelete(execution);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Module *module = load(engine, GUEST("everything"));
    VM_HostModule *host = new_host("host");
    VM_Context *context = new_context(engine);
    NEED(VM_HostModuleAddFunction(host, "park", "()i", park, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    for (int i = 0; i < COROUTINES; i++) {
        all[i].context = new_context(engine);
        all[i].stack = malloc(STACK);
        NEED(VM_ContextRegisterModule(all[i].context, host, &error));
        NEED(VM_ContextInstantiate(all[i].context, module, NULL, &error));
        CHECK_INT(getcontext(&all[i].own), 0);
        all[i].own.uc_stack.ss_sp = all[i].stack;
        all[i].own.uc_stack.ss_size = STACK;
        all[i].own.uc_link = &all[i].back;
        makecontext(&all[i].own, calls, 0);
        go_on(&all[i]);
        CHECK_INT(all[i].result, 0);
    }
    starts(context);
    for (int i = 0; i < COROUTINES; i++) {
        go_on(&all[i]);
        CHECK_INT(all[i].result, 7);
    }
    starts(context);
    for (int i = 0; i < COROUTINES; i++) {
        VM_ContextDelete(all[i].context);
        free(all[i].stack);
    }
    VM_ContextDelete(context);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
