/* 10,000 contexts of one module in one process, and eight threads that pass them on to each other. */
#include "test.h"
#include <pthread.h>

enum { CONTEXTS = 10000, THREADS = 8, ROUNDS = 8 };

static VM_Context *contexts[CONTEXTS];
static VM_Instance instances[CONTEXTS];
static int numbers[CONTEXTS];
static atomic_int next;
static atomic_int steps;
static atomic_int freed;

/* The data of the context is its place in `numbers`, which only the context's user of the moment touches. */
static VM_Status VM_CALL step(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *number = NULL;
    VM_Status status = VM_CallerGetContextData(caller, &number);
    ++*(atomic_int *)user;
    if (status != VM_STATUS_OK)
        return status;
    if (args[0].of.i32 != *(int *)number)
        return VM_CallerTrap(caller, "this is another context's count");
    results[0] = VM_ValueI32(++*(int *)number);
    return VM_STATUS_OK;
}

/* Takes the contexts in turn, whatever thread used them before; one that another thread is still in is asked again. */
static void *pass_on(void *unused)
{
    for (int turn = next++; turn < CONTEXTS * ROUNDS; turn = next++) {
        VM_Context *context = contexts[turn % CONTEXTS];
        VM_Value result;
        VM_Status status;
        do
            status = VM_ContextExecute(context, instances[turn % CONTEXTS], "count", NO_VALUES, &result, 1, NULL);
        while (status == VM_STATUS_BUSY);
        CHECK_INT(status, VM_STATUS_OK);
        CHECK(result.of.i32 > 0 && result.of.i32 <= ROUNDS);
    }
    return unused;
}

/* Deletes every other context on this thread. */
static void *delete_some(void *first)
{
    for (int i = *(int *)first; i < CONTEXTS; i += 2)
        VM_ContextDelete(contexts[i]);
    return NULL;
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Module *module = load(engine, GUEST("counter"));
    VM_HostModule *host = new_host("host");
    pthread_t threads[THREADS];
    int halves[2] = { 0, 1 };
    uint64_t sum = 0, last = 0;

    NEED(VM_HostModuleAddFunction(host, "step", "(i)i", step, &steps, NULL, &error));
    for (int i = 0; i < CONTEXTS; i++) {
        contexts[i] = new_context(engine);
        CHECK(VM_ContextGetId(contexts[i]) > last);
        last = VM_ContextGetId(contexts[i]);
        NEED(VM_ContextSetData(contexts[i], &numbers[i], NULL, &error));
        NEED(VM_ContextRegisterModule(contexts[i], host, &error));
        NEED(VM_ContextInstantiate(contexts[i], module, &instances[i], &error));
    }
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);

    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, pass_on, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    CHECK_INT(steps, CONTEXTS * ROUNDS);
    for (int i = 0; i < CONTEXTS; i++) {
        sum += (uint64_t)numbers[i];
        CHECK_INT(numbers[i], ROUNDS);
    }
    CHECK_INT(sum, CONTEXTS * ROUNDS);

    /* A handle of one is refused by the next, also when slot and generation agree. */
    for (int i = 0; i + 1 < CONTEXTS; i += 997) {
        VM_Func func;
        VM_Value result;
        NEED(VM_InstanceFindFunction(contexts[i], instances[i], "count", &func, &error));
        CHECK_STATUS(VM_FuncCall(contexts[i + 1], func, NO_VALUES, &result, 1, &error), VM_STATUS_WRONG_CONTEXT, "belongs to context");
        NEED(VM_ContextSetData(contexts[i], &freed, count_free, &error));
    }
    for (int i = 0; i < 2; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, delete_some, &halves[i]), 0);
    for (int i = 0; i < 2; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    CHECK_INT(freed, (CONTEXTS - 2) / 997 + 1);
    return finish();
}
