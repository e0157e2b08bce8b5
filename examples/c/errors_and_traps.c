/*
 * Causes errors of several kinds, and prints their details.
 *
 *     cc errors_and_traps.c -o errors_and_traps $(pkg-config --cflags --libs libvm)
 *     wat2wasm errors.wat && ./errors_and_traps errors.wasm
 *
 * A status is for the program, a message for a person. A trap also has a code, and the error of a host function has its name.
 * VM_ErrorIsRetryable returns whether the same call may succeed later. A context can be used after an error.
 */
#include <libvm.h>
#include <stdio.h>

/* A printer that is busy a few times. The status that a host function returns is the status of the guest's call. */
static VM_Status print(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    int *busy = user;
    (void)results;
    if (args[0].of.i32 < 0)
        return VM_CallerTrap(caller, "a negative number cannot be printed");
    if ((*busy)-- > 0)
        return VM_STATUS_BUSY;
    printf("  printed: %d\n", args[0].of.i32);
    return VM_STATUS_OK;
}

static void show(const VM_Error *error)
{
    printf("  %s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));
    if (VM_ErrorGetTrapCode(error) != VM_TRAP_NONE)
        printf("  trap code %d\n", VM_ErrorGetTrapCode(error));
    if (VM_ErrorGetModuleName(error) && VM_ErrorGetFunctionName(error))
        printf("  in function `%s` of module `%s`\n", VM_ErrorGetFunctionName(error), VM_ErrorGetModuleName(error));
    if (VM_ErrorGetPath(error))
        printf("  file %s, system error %d\n", VM_ErrorGetPath(error), VM_ErrorGetOsError(error));
}

/* Calls an export, and retries if the error allows it. Returns the status of the last call. */
static VM_Status call(VM_Context *vm, VM_Instance guest, const char *name, int32_t number)
{
    VM_Value arg = VM_ValueI32(number), result;
    VM_Status status;
    int tries = 0, again;

    do {
        VM_Error *error = NULL;
        printf("%s(%d)\n", name, number);
        status = VM_ContextExecute(vm, guest, name, &arg, 1, &result, 1, &error);
        if (status == VM_STATUS_OK)
            printf("  returned %d\n", result.of.i32);
        else
            show(error);
        again = VM_ErrorIsRetryable(error) && ++tries < 5;
        if (again)
            puts("  it may work later, so it is tried again");
        VM_ErrorDelete(error);
    } while (again);
    return status;
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Context *vm = NULL;
    VM_Instance guest;
    VM_Module *module = NULL;
    VM_HostModule *printer = NULL;
    VM_Error *error = NULL;
    int busy = 2, failed = 1;

    if (argc != 2) {
        fprintf(stderr, "usage: %s WASM\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_ContextCreate(engine, NULL, &vm, &error) &&
        !VM_HostModuleCreate("printer", &printer, &error) &&
        !VM_HostModuleAddFunction(printer, "print", "(i)", print, &busy, NULL, &error) &&
        !VM_ContextRegisterModule(vm, printer, &error) && !VM_ModuleLoadFromFile(engine, argv[1], &module, &error) &&
        !VM_ContextInstantiate(vm, module, &guest, &error)) {
        VM_Module *missing = NULL;
        VM_Status no_file = VM_ModuleLoadFromFile(engine, "no-such-file.wasm", &missing, &error);
        puts("a file that is not there");
        show(error);
        VM_ErrorDelete(error);
        error = NULL;

        failed = no_file != VM_STATUS_FILE_NOT_FOUND || call(vm, guest, "divide_100_by", 0) != VM_STATUS_TRAP ||
                 call(vm, guest, "give_up", 1) != VM_STATUS_TRAP || call(vm, guest, "print", -1) != VM_STATUS_TRAP ||
                 call(vm, guest, "nothing", 1) != VM_STATUS_NOT_FOUND || call(vm, guest, "print", 7) != VM_STATUS_OK ||
                 call(vm, guest, "divide_100_by", 8) != VM_STATUS_OK;
    } else {
        show(error);
    }
    VM_ErrorDelete(error);
    VM_HostModuleDelete(printer);
    VM_ModuleDelete(module);
    VM_ContextDelete(vm);
    VM_EngineDelete(engine);
    return failed;
}
