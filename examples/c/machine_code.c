/*
 * Runs a guest in the interpreter, and then as machine code, with calls that do not compare types.
 *
 *     cc machine_code.c -o machine_code $(pkg-config --cflags --libs libvm)
 *     wat2wasm squares.wat && ./machine_code squares.wasm
 *
 * Only the tier differs. A program that chooses none is compiled with LIBVM_TIER=compiled in the environment. The second start of this
 * one finds the code in the cache of the user. Without a compiler, or in a build without the compiled engine, the message says so.
 */
#include <inttypes.h>
#include <libvm.h>
#include <stdio.h>

/* A host function of numbers without their types: the results take the place of the arguments. */
static VM_Status square(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)user;
    (void)caller;
    values[0].i64 *= values[0].i64;
    return VM_STATUS_OK;
}

/* Calls the guest, whose type is compared once, for all calls. */
static VM_Status call(VM_Context *vm, VM_Instance guest, int64_t *sum, VM_Error **error)
{
    VM_PreparedCall *prepared = NULL;
    VM_Func func;
    VM_Status status;
    VM_RawValue values[1];
    if ((status = VM_InstanceFindFunction(vm, guest, "sum", &func, error)) ||
        (status = VM_PreparedCallCreate(vm, func, "(I)I", &prepared, error)))
        return status;
    if (!(status = VM_ContextEnter(vm, error))) { /* once for all calls */
        for (int64_t count = 10; count <= 1000 && !status; count *= 10) {
            values[0].i64 = count;
            status = VM_PreparedCallRun(prepared, values, error);
            *sum = values[0].i64;
        }
        VM_ContextLeave(vm, NULL);
    }
    VM_PreparedCallDelete(prepared);
    return status;
}

static VM_Status run(VM_Tier tier, VM_HostModule *math, const char *path, int64_t *sum, VM_Error **error)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *engine = NULL;
    VM_Module *module = NULL;
    VM_Context *vm = NULL;
    VM_Instance guest;
    VM_Status status;
    if (!(status = VM_EngineConfigCreate(&config, error)) && !(status = VM_EngineConfigSetTier(config, tier, error)) &&
        !(status = VM_EngineCreate(config, &engine, error)) &&
        !(status = VM_ModuleLoadFromFile(engine, path, &module, error)) &&
        !(status = VM_ContextCreate(engine, NULL, &vm, error)) &&
        !(status = VM_ContextRegisterModule(vm, math, error)) &&
        !(status = VM_ContextInstantiate(vm, module, &guest, error)))
        status = call(vm, guest, sum, error);
    VM_ContextDelete(vm);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    VM_EngineConfigDelete(config);
    return status;
}

int main(int argc, char **argv)
{
    VM_HostModule *math = NULL;
    VM_Error *error = NULL;
    int64_t sum = 0;
    int failed = 1;

    if (argc != 2) {
        fprintf(stderr, "usage: %s WASM\n", argv[0]);
        return 2;
    }
    if (!VM_HostModuleCreate("math", &math, &error) &&
        !VM_HostModuleAddFunctionRaw(math, "square", "(I)I", square, NULL, NULL, &error) &&
        !run(VM_TIER_INTERPRETER, math, argv[1], &sum, &error)) {
        VM_Status status;
        printf("interpreted: the squares below 1000 are %" PRId64 " together\n", sum);
        status = run(VM_TIER_COMPILED, math, argv[1], &sum, &error);
        if (!status)
            printf("compiled: the squares below 1000 are %" PRId64 " together\n", sum);
        else if (status == VM_STATUS_UNSUPPORTED)
            printf("not compiled: %s\n", VM_ErrorGetMessage(error));
        failed = status && status != VM_STATUS_UNSUPPORTED;
    }
    if (failed)
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));
    VM_ErrorDelete(error);
    VM_HostModuleDelete(math);
    return failed;
}
