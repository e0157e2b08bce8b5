/*
 * A host function that calls its guest without holding the thread, also while that call is suspended.
 *
 *     cc call_back.c -o call_back $(pkg-config --cflags --libs libvm)
 *     wat2wasm call_back.wat && ./call_back call_back.wasm
 *
 * `best_of(count)` calls the guest's export `better` for one number after the other. VM_CallerStartCall suspends the host function, and
 * its `resume` receives the results of the guest's function. `better` calls `rate`, which is suspended in turn and completed from
 * main: with VM_CallerCall in `best_of` that would fail with VM_STATUS_WOULD_BLOCK.
 */
#include <libvm.h>
#include <stdio.h>
#include <stdlib.h>

static VM_Token waiting;
static int32_t to_rate;

typedef struct Search {
    int32_t next;
} Search;

static VM_Status VM_CALL compared(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results);

static VM_Status compare_next(VM_Caller *caller, Search *search, int32_t best)
{
    VM_Suspension suspension = { sizeof suspension, 0, search, compared, NULL, free };
    VM_Value pair[2] = { VM_ValueI32(best), VM_ValueI32(search->next++) };
    VM_Ref better;
    VM_Token token;
    VM_Status status = VM_CallerGetExport(caller, "better", &better);
    if (status) {
        free(search);
        return status;
    }
    return VM_CallerStartCall(caller, better, pair, 2, &suspension, &token); /* calls `free` also if it fails */
}

/* The guest's function has returned, or failed. */
static VM_Status VM_CALL compared(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results)
{
    const Search *search = user;
    Search *again;
    if (completion->status)
        return completion->status;
    if (search->next == args[0].of.i32) {
        results[0] = completion->values[0];
        return VM_STATUS_OK;
    }
    /* It suspends the call again, with a suspension of its own: this one is released afterwards. */
    again = malloc(sizeof *again);
    if (!again)
        return VM_STATUS_OUT_OF_MEMORY;
    *again = *search;
    return compare_next(caller, again, completion->values[0].of.i32);
}

static VM_Status VM_CALL best_of(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Search *search = malloc(sizeof *search);
    (void)user;
    (void)args;
    (void)results;
    if (!search)
        return VM_STATUS_OUT_OF_MEMORY;
    search->next = 1;
    return compare_next(caller, search, 0);
}

/* Does not know the rating yet: main does. */
static VM_Status VM_CALL rate(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)results;
    to_rate = args[0].of.i32;
    return VM_CallerSuspend(caller, NULL, &waiting);
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Module *module = NULL;
    VM_HostModule *host = NULL;
    VM_Context *vm = NULL;
    VM_Execution *execution = NULL;
    VM_Error *error = NULL;
    VM_Instance guest;
    VM_Value count = VM_ValueI32(20), best = VM_ValueI32(-1);
    int ratings = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: %s call_back.wasm\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_ModuleLoadFromFile(engine, argv[1], &module, &error) &&
        !VM_HostModuleCreate("host", &host, &error) &&
        !VM_HostModuleAddFunction(host, "best_of", "(i)i", best_of, NULL, NULL, &error) &&
        !VM_HostModuleAddFunction(host, "rate", "(i)i", rate, NULL, NULL, &error) &&
        !VM_HostModuleSetFunctionFlags(host, "best_of", VM_FUNCTION_MAY_SUSPEND, &error) &&
        !VM_HostModuleSetFunctionFlags(host, "rate", VM_FUNCTION_MAY_SUSPEND, &error) &&
        !VM_ContextCreate(engine, NULL, &vm, &error) && !VM_ContextRegisterModule(vm, host, &error) &&
        !VM_ContextInstantiate(vm, module, &guest, &error) &&
        !VM_ContextStart(vm, guest, "run", &count, 1, NULL, &execution, &error)) {
        while (VM_ExecutionGetState(execution) == VM_EXECUTION_PENDING) {
            VM_Value rating = VM_ValueI32(to_rate * 7 % 20);
            ratings++;
            VM_Complete(waiting, &rating, 1, NULL);
            VM_ExecutionPoll(execution, NULL);
        }
        if (!VM_ExecutionGetResults(execution, &best, 1, &error))
            printf("the best number is %d, after %d ratings\n", best.of.i32, ratings);
    }
    if (error)
        fprintf(stderr, "%s\n", VM_ErrorGetMessage(error));
    const int failed = error != NULL;
    VM_ErrorDelete(error);
    VM_ExecutionDelete(execution);
    VM_ContextDelete(vm);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return failed;
}
