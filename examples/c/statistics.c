/*
 * Shows what guests have used: calls, memory, and fuel, of which a host function charges some for its own work.
 *
 *     cc statistics.c -o statistics $(pkg-config --cflags --libs libvm)
 *     wat2wasm statistics.wat && ./statistics statistics.wasm
 *
 * The guest also imports a function that nothing provides. With VM_ContextConfigSetUnknownImportsTrap it runs nevertheless; only a call
 * of that function fails.
 */
#include <libvm.h>
#include <stdio.h>

/* Takes one unit of fuel for each byte. */
static VM_Status VM_CALL compress(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)results;
    return VM_CallerConsumeFuel(caller, args[0].of.buffer.size); /* VM_STATUS_OUT_OF_FUEL ends the execution */
}

static VM_Status set_up(const char *path, VM_Engine **engine, VM_Context **vm, VM_Instance *guest, VM_Error **error)
{
    VM_EngineConfig *engine_config = NULL;
    VM_ContextConfig *config = NULL;
    VM_Module *module = NULL;
    VM_HostModule *host = NULL;
    VM_Status status;
    if (!(status = VM_EngineConfigCreate(&engine_config, error)) &&
        !(status = VM_EngineConfigSetFuelMetering(engine_config, true, error)) &&
        !(status = VM_EngineCreate(engine_config, engine, error)) && !(status = VM_ModuleLoadFromFile(*engine, path, &module, error)) &&
        !(status = VM_ContextConfigCreate(&config, error)) && !(status = VM_ContextConfigSetStatistics(config, true, error)) &&
        !(status = VM_ContextConfigSetUnknownImportsTrap(config, true, error)) &&
        !(status = VM_ContextCreate(*engine, config, vm, error)) && !(status = VM_HostModuleCreate("host", &host, error)) &&
        !(status = VM_HostModuleAddFunction(host, "compress", "(<~)", compress, NULL, NULL, error)) &&
        !(status = VM_ContextRegisterModule(*vm, host, error)) && !(status = VM_ContextSetFuel(*vm, 10000, error)))
        status = VM_ContextInstantiate(*vm, module, guest, error);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_ContextConfigDelete(config);
    VM_EngineConfigDelete(engine_config);
    return status;
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Context *vm = NULL;
    VM_Instance guest;
    VM_Error *error = NULL;
    VM_Value pages = VM_ValueI32(3);
    VM_Statistics used = VM_STATISTICS_INIT;

    if (argc != 2) {
        fprintf(stderr, "usage: %s statistics.wasm\n", argv[0]);
        return 2;
    }
    if (!set_up(argv[1], &engine, &vm, &guest, &error) && !VM_ContextExecute(vm, guest, "run", &pages, 1, NULL, 0, &error)) {
        VM_Error *unknown = NULL;
        VM_ContextExecute(vm, guest, "debug", &pages, 1, NULL, 0, &unknown);
        printf("%s\n", VM_StatusGetName(VM_ErrorGetStatus(unknown)));
        VM_ErrorDelete(unknown);
        if (!VM_ContextGetStatistics(vm, &used, &error)) {
            printf("%d calls of the guest, of which %d failed\n", (int)used.guest_calls, (int)used.traps);
            printf("%d bytes of memory at most\n", (int)used.memory_high_water);
            printf("%d units of fuel, 1500 of them for the host function\n", (int)used.fuel);
        }
    }
    if (error)
        fprintf(stderr, "%s\n", VM_ErrorGetMessage(error));
    const int failed = error != NULL;
    VM_ErrorDelete(error);
    VM_ContextDelete(vm);
    VM_EngineDelete(engine);
    return failed;
}
