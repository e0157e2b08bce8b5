/* Hosts that switch between stacks in callbacks: beside the stack of the thread, with nested calls, executions and calls that wait. */
#define _XOPEN_SOURCE 700
#include "test.h"
#include <ucontext.h>

enum { STACK = 256 << 10, COROUTINES = 3 };

typedef struct Coroutine {
    ucontext_t own, back;
    VM_Context *context;
    void (*body)(struct Coroutine *);
    char *stack;
    VM_Token token;
    int32_t result;
    bool parked, ended;
} Coroutine;

static VM_Engine *engine;
static VM_HostModule *host;
static Coroutine *current;

static void body_of_current(void)
{
    Coroutine *mine = current;
    mine->body(mine);
    mine->ended = true;
}

/* Runs a coroutine until it parks or has ended. */
static void go_on(Coroutine *coroutine)
{
    Coroutine *outer = current;
    current = coroutine;
    coroutine->parked = false;
    CHECK_INT(swapcontext(&coroutine->back, &coroutine->own), 0);
    current = outer;
}

static void park_here(void)
{
    Coroutine *mine = current;
    mine->parked = true;
    CHECK_INT(swapcontext(&mine->own, &mine->back), 0);
}

static void begin(Coroutine *coroutine, void (*body)(Coroutine *))
{
    coroutine->body = body;
    coroutine->ended = false;
    CHECK_INT(getcontext(&coroutine->own), 0);
    coroutine->own.uc_stack.ss_sp = coroutine->stack;
    coroutine->own.uc_stack.ss_size = STACK;
    coroutine->own.uc_link = &coroutine->back;
    makecontext(&coroutine->own, body_of_current, 0);
    go_on(coroutine);
}

/* Parks in a call of the guest inside of a call of it. */
static VM_Status VM_CALL again(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    if (args[0].of.i32 > 0) {
        VM_Status status = VM_CallerCall(caller, "dig", VALUES(VM_ValueI32(5), VM_ValueI32(args[0].of.i32 - 1)), results, 1);
        results[0].of.i32 += 1;
        return status;
    }
    if (current)
        park_here();
    results[0] = VM_ValueI32(100);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL later(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Value value = VM_ValueI32(args[0].of.i32 + 7);
    VM_Status status = VM_CallerSuspend(caller, NULL, &current->token);
    (void)user;
    (void)results;
    park_here();
    CHECK_OK(VM_Complete(current->token, &value, 1, &error));
    return status;
}

static void calls(Coroutine *mine)
{
    mine->result = run(mine->context, "dig", VALUES(VM_ValueI32(50), VM_ValueI32(3)));
}

static void waits(Coroutine *mine)
{
    mine->result = run(mine->context, "dig_start", VALUES(VM_ValueI32(50), VM_ValueI32(3)));
}

static void starts(Coroutine *mine, const char *name)
{
    VM_Execution *execution = NULL;
    VM_Value result = VM_ValueI32(-1);
    CHECK_OK(VM_ContextStart(mine->context, latest(mine->context), name, VALUES(VM_ValueI32(50), VM_ValueI32(3)), NULL, &execution, &error));
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    CHECK_OK(VM_ExecutionGetResults(execution, &result, 1, &error));
    VM_ExecutionDelete(execution);
    mine->result = result.of.i32;
}

static void starts_calls(Coroutine *mine)
{
    starts(mine, "dig");
}

static void starts_waits(Coroutine *mine)
{
    starts(mine, "dig_start");
}

static void traps(Coroutine *mine)
{
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(mine->context, latest(mine->context), "endless", VALUES(VM_ValueI32(0), VM_ValueI32(0)), &result, 1, &error),
                 VM_STATUS_TRAP, "call stack exhausted");
    calls(mine);
}

/* All coroutines are in a call at the same time, and the calls end in another order than they began, in each possible one. */
static void check(Coroutine *all, void (*body)(Coroutine *), int32_t result)
{
    static const int orders[6][COROUTINES] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    for (int order = 0; order < 6; order++) {
        for (int i = 0; i < COROUTINES; i++) {
            begin(&all[i], body);
            CHECK(all[i].parked && !all[i].ended);
        }
        for (int i = 0; i < COROUTINES; i++) {
            Coroutine *next = &all[orders[order][i]];
            go_on(next);
            CHECK(next->ended);
            CHECK_INT(next->result, result);
        }
    }
}

/* A guest on the stack of the thread begins coroutines in its callback, and ends while they are parked. */
static VM_Status VM_CALL begin_others(void *all, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)args;
    begin(all, calls);
    begin((Coroutine *)all + 1, starts_calls);
    results[0] = VM_ValueI32(1);
    return VM_STATUS_OK;
}

int main(void)
{
    Coroutine all[COROUTINES] = { 0 };
    VM_Context *context;
    VM_Module *module;
    VM_EngineConfig *config = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    for (int interruptible = 0; interruptible < 2; interruptible++) {
        NEED(VM_EngineConfigSetInterruptible(config, interruptible, &error));
        NEED(VM_EngineCreate(config, &engine, &error));
        module = load(engine, GUEST("stacks_nested"));
        host = new_host("host");
        NEED(VM_HostModuleAddFunction(host, "again", "(i)i", again, NULL, NULL, &error));
        NEED(VM_HostModuleAddFunction(host, "start", "(i)i", later, NULL, NULL, &error));
        NEED(VM_HostModuleSetFunctionFlags(host, "start", VM_FUNCTION_MAY_SUSPEND, &error));
        for (int i = 0; i < COROUTINES; i++) {
            all[i].context = new_context(engine);
            all[i].stack = malloc(STACK);
            NEED(VM_ContextRegisterModule(all[i].context, host, &error));
            NEED(VM_ContextInstantiate(all[i].context, module, NULL, &error));
        }
        check(all, calls, 103);
        check(all, waits, 10);
        check(all, starts_calls, 103);
        check(all, starts_waits, 10);
        check(all, traps, 103);
        VM_HostModuleDelete(host);
        host = new_host("host");
        context = new_context(engine);
        NEED(VM_HostModuleAddFunction(host, "park", "()i", begin_others, all, NULL, &error));
        NEED(VM_ContextRegisterModule(context, host, &error));
        instantiate(engine, context, GUEST("everything"));
        CHECK_INT(run(context, "park", NO_VALUES), 1);
        CHECK_INT(run(context, "add", VALUES(VM_ValueI32(1), VM_ValueI32(2))), 3);
        go_on(&all[0]);
        go_on(&all[1]);
        CHECK_INT(all[0].result + all[1].result, 206);
        VM_ContextDelete(context);
        for (int i = 0; i < COROUTINES; i++) {
            VM_ContextDelete(all[i].context);
            free(all[i].stack);
        }
        VM_ModuleDelete(module);
        VM_HostModuleDelete(host);
        VM_EngineDelete(engine);
    }
    VM_EngineConfigDelete(config);
    return finish();
}
