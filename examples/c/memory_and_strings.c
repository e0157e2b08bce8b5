/*
 * Passes strings to a guest and back, and reads a string of the guest in a host function.
 *
 *     cc memory_and_strings.c -o memory_and_strings $(pkg-config --cflags --libs libvm)
 *     wat2wasm strings.wat && ./memory_and_strings strings.wasm
 *
 * A guest can access only its own memory, so a string is copied there and passed as an address and a length. libvm checks each
 * access against the size of the memory: a wrong address of a guest never reads or writes memory of the host.
 */
#include <libvm.h>
#include <stdio.h>
#include <string.h>

/* The arguments are an address and a length. The span is valid until this returns or calls the guest, whose memory may move. */
static VM_Status print(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    uint32_t address = (uint32_t)args[0].of.i32, length = (uint32_t)args[1].of.i32;
    VM_Buffer text;
    VM_Status status = VM_CallerGetMemorySpan(caller, address, length, &text);
    (void)results;
    if (status == VM_STATUS_OUT_OF_BOUNDS)
        return VM_CallerTrap(caller, "the string is not inside the guest's memory");
    if (status != VM_STATUS_OK)
        return status;
    fprintf(user, "the guest prints: %.*s\n", (int)text.size, (const char *)text.data);
    return VM_STATUS_OK;
}

/* Converts a string to upper case in the guest. The guest allocates the memory for it. */
static VM_Status upper(VM_Context *vm, VM_Instance guest, VM_Memory memory, char *text, VM_Error **error)
{
    size_t length = strlen(text);
    VM_Value args[2], address;
    VM_Status status;

    args[0] = VM_ValueI32((int32_t)length);
    status = VM_ContextExecute(vm, guest, "allocate", args, 1, &address, 1, error);
    if (status == VM_STATUS_OK) /* fails if the address is outside of the memory */
        status = VM_MemoryWrite(vm, memory, (uint32_t)address.of.i32, text, length, error);
    if (status == VM_STATUS_OK) {
        args[0] = address;
        args[1] = VM_ValueI32((int32_t)length);
        status = VM_ContextExecute(vm, guest, "upper", args, 2, NULL, 0, error);
    }
    if (status == VM_STATUS_OK)
        status = VM_MemoryRead(vm, memory, (uint32_t)address.of.i32, text, length, error);
    return status;
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Module *module = NULL;
    VM_HostModule *host = NULL;
    VM_Context *vm = NULL;
    VM_Instance guest;
    VM_Memory memory;
    VM_Error *error = NULL;
    char text[] = "hello, guest", more[] = "still here";
    int failed = 1;

    if (argc != 2) {
        fprintf(stderr, "usage: %s WASM\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_ContextCreate(engine, NULL, &vm, &error) &&
        !VM_HostModuleCreate("host", &host, &error) &&
        !VM_HostModuleAddFunction(host, "print", "(ii)", print, stdout, NULL, &error) &&
        !VM_ContextRegisterModule(vm, host, &error) && !VM_ModuleLoadFromFile(engine, argv[1], &module, &error) &&
        !VM_ContextInstantiate(vm, module, &guest, &error) &&
        !VM_InstanceFindMemory(vm, guest, "memory", &memory, &error) &&
        !upper(vm, guest, memory, text, &error)) {
        printf("the host reads: %s\n", text);

        /* This export passes an address outside of its memory to `print`. The context can still be used. */
        failed = VM_ContextExecute(vm, guest, "lie", NULL, 0, NULL, 0, &error) != VM_STATUS_TRAP;
        printf("refused: %s\n", VM_ErrorGetMessage(error));
        VM_ErrorDelete(error);
        error = NULL;
        if (upper(vm, guest, memory, more, &error))
            failed = 1;
    }
    if (error)
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));
    VM_ErrorDelete(error);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_ContextDelete(vm);
    VM_EngineDelete(engine);
    return failed;
}
