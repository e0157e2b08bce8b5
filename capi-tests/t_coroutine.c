/* Guests on stacks other than the thread's, as in hosts with coroutines. */
#define _XOPEN_SOURCE 700
#include "test.h"
#include <ucontext.h>

enum { STACK = 1 << 20, COROUTINES = 3 };

static ucontext_t host_side, guest_side[COROUTINES];
static VM_Context *contexts[COROUTINES];
static int32_t given[COROUTINES];
static int running;

/* Switches to the host in the middle of a call, and continues later. */
static VM_Status VM_CALL park(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    int mine = running;
    VM_Value sum = { 0 };
    (void)user;
    (void)args;
    CHECK_INT(swapcontext(&guest_side[mine], &host_side), 0);
    CHECK_INT(VM_CallerCall(caller, "add", VALUES(VM_ValueI32(mine), VM_ValueI32(40)), &sum, 1), VM_STATUS_OK);
    results[0] = sum;
    return VM_STATUS_OK;
}

static void coroutine(void)
{
    int mine = running;
    given[mine] = run(contexts[mine], "park", NO_VALUES);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_HostModule *host = new_host("host");
    char *stacks[COROUTINES];
    NEED(VM_HostModuleAddFunction(host, "park", "()i", park, NULL, NULL, &error));
    for (running = 0; running < COROUTINES; running++) {
        contexts[running] = new_context(engine);
        NEED(VM_ContextRegisterModule(contexts[running], host, &error));
        instantiate(engine, contexts[running], GUEST("everything"));
        stacks[running] = malloc(STACK);
        CHECK_INT(getcontext(&guest_side[running]), 0);
        guest_side[running].uc_stack.ss_sp = stacks[running];
        guest_side[running].uc_stack.ss_size = STACK;
        guest_side[running].uc_link = &host_side;
        makecontext(&guest_side[running], coroutine, 0);
    }
    for (int turn = 0; turn < 2; turn++) {
        for (running = COROUTINES - 1; running >= 0; running--)
            CHECK_INT(swapcontext(&host_side, &guest_side[running]), 0);
        for (int i = 0; i < COROUTINES; i++)
            CHECK_INT(given[i], turn == 0 ? 0 : i + 40);
        if (turn == 0)
            CHECK_STATUS(VM_ContextExecute(contexts[0], latest(contexts[0]), "park", NO_VALUES, NO_VALUES, &error), VM_STATUS_REENTRANT, NULL);
    }
    for (int i = 0; i < COROUTINES; i++) {
        VM_ContextDelete(contexts[i]);
        free(stacks[i]);
    }
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
