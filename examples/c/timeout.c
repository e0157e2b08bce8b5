/*
 * Runs guests that do not end by themselves: with a timeout, with a cancel by another thread, and with fuel.
 *
 *     cc timeout.c -o timeout $(pkg-config --cflags --libs libvm) -pthread
 *     wat2wasm endless.wat && ./timeout endless.wasm
 *
 * The engine has to be interruptible for timeouts and cancels, and count fuel for the last one. After each of them the context can be
 * used again.
 */
#include <libvm.h>
#include <pthread.h>
#include <stdio.h>

static VM_Context *vm;
static VM_Instance guest;

static void call(const char *what, const char *name)
{
    VM_Error *error = NULL;
    VM_Value value = VM_ValueI32(1000);
    if (VM_ContextExecute(vm, guest, name, &value, 1, &value, 1, &error) == VM_STATUS_OK)
        printf("%s: %s returned %d\n", what, name, value.of.i32);
    else
        printf("%s: %s\n", what, VM_ErrorGetMessage(error));
    VM_ErrorDelete(error);
}

/* The number names one execution: if that has already ended, nothing else is cancelled. */
static void *cancel(void *number)
{
    VM_Cancel(*(uint64_t *)number, NULL);
    return NULL;
}

static VM_Status set_up(const char *path, VM_Engine **engine, VM_Module **module, VM_Error **error)
{
    VM_EngineConfig *config = NULL;
    VM_Status status = VM_EngineConfigCreate(&config, error);
    if (!status)
        status = VM_EngineConfigSetInterruptible(config, true, error);
    if (!status)
        status = VM_EngineConfigSetFuelMetering(config, true, error);
    if (!status)
        status = VM_EngineCreate(config, engine, error);
    VM_EngineConfigDelete(config);
    if (!status)
        status = VM_ModuleLoadFromFile(*engine, path, module, error);
    if (!status)
        status = VM_ContextCreate(*engine, NULL, &vm, error);
    if (!status)
        status = VM_ContextSetFuel(vm, UINT64_MAX, error); /* A new context has none. */
    return status ? status : VM_ContextInstantiate(vm, *module, &guest, error);
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Module *module = NULL;
    VM_Error *error = NULL;
    VM_Status status;
    pthread_t thread;
    uint64_t number, left;

    if (argc != 2) {
        fprintf(stderr, "usage: %s endless.wasm\n", argv[0]);
        return 1;
    }
    status = set_up(argv[1], &engine, &module, &error);
    if (!status)
        status = VM_ContextSetTimeout(vm, 50, &error);
    if (!status) {
        call("timeout", "forever");
        status = VM_ContextSetTimeout(vm, 0, &error);
    }
    if (!status)
        status = VM_ContextGetCancelId(vm, &number, &error);
    if (!status && pthread_create(&thread, NULL, cancel, &number) == 0) {
        call("cancel", "forever");
        pthread_join(thread, NULL);
    }
    if (!status)
        status = VM_ContextSetFuel(vm, 50000, &error);
    if (!status) {
        call("fuel", "sum");
        call("fuel", "forever");
        status = VM_ContextGetFuel(vm, &left, &error);
    }
    if (!status)
        printf("fuel: %s is left\n", left < 10 ? "almost nothing" : "too much");
    if (status)
        fprintf(stderr, "%s\n", VM_ErrorGetMessage(error));
    VM_ErrorDelete(error);
    VM_ContextDelete(vm);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return status != VM_STATUS_OK;
}
