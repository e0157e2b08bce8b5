/* Contexts: guests with and without a name, from files and buffers; instances, data, id. */
#include "test.h"

static VM_Engine *engine;

static VM_Status VM_CALL add(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    results[0] = VM_ValueI32(args[0].of.i32 + args[1].of.i32 + (user ? *(int *)user : 0));
    return VM_STATUS_OK;
}

static void guests_use_guests(void)
{
    VM_Context *context = new_context(engine);
    VM_Module *lib = load(engine, GUEST("lib")), *user = load(engine, GUEST("user"));
    VM_Instance first, second, found;
    CHECK_INT(VM_ContextGetInstanceCount(context), 0);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "next", NO_VALUES, NULL, 0, &error), VM_STATUS_NULL_ARGUMENT,
                 "the handle or reference is null");
    CHECK_OK(VM_ContextRegisterWasm(context, "lib", lib, &first, &error));
    CHECK_OK(VM_ContextInstantiate(context, user, &second, &error));
    CHECK_INT(VM_ContextGetInstanceCount(context), 2);
    CHECK_OK(VM_ContextGetInstance(context, 0, &found, &error));
    CHECK(memcmp(&found, &first, sizeof found) == 0);
    CHECK_OK(VM_ContextGetInstance(context, 1, &found, &error));
    CHECK(memcmp(&found, &second, sizeof found) == 0);
    CHECK_STATUS(VM_ContextGetInstance(context, 2, &found, &error), VM_STATUS_NOT_FOUND,
                 "index 2 is out of range: the context has 2 instances");
    CHECK_OK(VM_ContextFindInstance(context, "lib", &found, &error));
    CHECK(memcmp(&found, &first, sizeof found) == 0);
    CHECK_STATUS(VM_ContextFindInstance(context, "user", &found, &error), VM_STATUS_NOT_FOUND,
                 "no instance is registered as `user` in this context");
    CHECK_STATUS(VM_ContextRegisterWasm(context, "lib", lib, NULL, &error), VM_STATUS_ALREADY_EXISTS,
                 "`lib.memory` is provided twice: by a registered wasm instance, and by the new instance; rename one of them, or remove the "
                 "registered instance (VM_ContextRemoveInstance)");

    VM_Value result;
    CHECK_INT(run(context, "next", NO_VALUES), 1);
    CHECK_OK(VM_ContextExecute(context, first, "next", NO_VALUES, &result, 1, &error));
    CHECK_INT(result.of.i32, 2);
    CHECK_INT(run(context, "seven", NO_VALUES), 7);

    /* The name is available again; importers of the former instance keep it. */
    CHECK_OK(VM_ContextRemoveInstance(context, first, &error));
    CHECK_INT(VM_ContextGetInstanceCount(context), 1);
    CHECK_STATUS(VM_ContextFindInstance(context, "lib", &found, &error), VM_STATUS_NOT_FOUND, "`lib`");
    CHECK_STATUS(VM_ContextExecute(context, first, "next", NO_VALUES, &result, 1, &error), VM_STATUS_STALE,
                 "the handle is stale");
    CHECK_STATUS(VM_ContextRemoveInstance(context, first, &error), VM_STATUS_STALE, NULL);
    CHECK_STATUS(VM_ContextInstantiate(context, user, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT,
                 "no module `lib` is registered");
    CHECK_INT(run(context, "next", NO_VALUES), 3);
    CHECK_OK(VM_ContextRegisterWasm(context, "lib", lib, &found, &error));
    CHECK(memcmp(&found, &first, sizeof found) != 0);
    CHECK_OK(VM_ContextInstantiate(context, user, NULL, &error));
    VM_ModuleDelete(lib);
    VM_ModuleDelete(user);
    CHECK_INT(run(context, "next", NO_VALUES), 1);
    CHECK_OK(VM_ContextExecute(context, second, "next", NO_VALUES, &result, 1, &error));
    CHECK_INT(result.of.i32, 4);

    CHECK_OK(VM_ContextRemoveInstance(context, second, &error));
    CHECK_OK(VM_ContextGetInstance(context, 1, &found, &error));
    CHECK_OK(VM_ContextRemoveInstance(context, found, &error));
    CHECK_STATUS(VM_ContextExecute(context, found, "next", NO_VALUES, &result, 1, &error), VM_STATUS_STALE, "the handle is stale");
    VM_ContextDelete(context);
}

static void runs_files_and_buffers(void)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    VM_Value result = VM_ValueI32(-1);
    size_t size;
    uint8_t *bytes = read_file(GUEST("caller"), &size);
    const char *names[] = { "look", "answer", "back" };
    const char *signatures[] = { "(ii)i", "()i", "(i)i" };
    for (int i = 0; i < 3; i++)
        NEED(VM_HostModuleAddFunction(host, names[i], signatures[i], add, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "many", "(ffff)iF", add, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    CHECK_STATUS(VM_ContextRegisterModule(context, host, &error), VM_STATUS_ALREADY_EXISTS, "host module `host` is already registered in this context");

    CHECK_OK(VM_ContextRunWasmFromFile(context, GUEST("caller"), "look", VALUES(VM_ValueI32(20), VM_ValueI32(22)), &result, 1, &error));
    CHECK_INT(result.of.i32, 42);
    CHECK_OK(VM_ContextRunWasmFromBuffer(context, bytes, size, "double", VALUES(VM_ValueI32(4)), &result, 1, &error));
    CHECK_INT(result.of.i32, 8);
    CHECK_INT(VM_ContextGetInstanceCount(context), 2);
    CHECK_INT(run(context, "double", VALUES(VM_ValueI32(5))), 10);

    CHECK_STATUS(VM_ContextExecute(context, latest(context), "treble", NO_VALUES, NULL, 0, &error), VM_STATUS_NOT_FOUND,
                 "the module has no exported function `treble`; it exports `look`, `answer`, `many`, `back`, `double`, `grow`, `trap`");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "memory", NO_VALUES, NULL, 0, &error), VM_STATUS_WRONG_TYPE,
                 "the export `memory` is a memory, not a function");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "double", NO_VALUES, &result, 1, &error), VM_STATUS_WRONG_COUNT,
                 "cannot call `double`: the function (i32) -> (i32) takes 1 argument and returns 1 result, but 0 arguments and room for 1 result were passed");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "double", VALUES(VM_ValueI32(1)), NULL, 0, &error), VM_STATUS_WRONG_COUNT,
                 "but 1 argument and room for 0 results were passed");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "double", VALUES(VM_ValueF64(1)), &result, 1, &error), VM_STATUS_WRONG_TYPE,
                 "argument 1 is f64, but the function (i32) -> (i32) takes i32 there");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "double", VALUES({ 0 }), &result, 1, &error), VM_STATUS_WRONG_TYPE,
                 "argument 1 is no value, which no function takes");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "double", VALUES({ .type = VM_VALTYPE_BUFFER }), &result, 1, &error),
                 VM_STATUS_WRONG_TYPE, "argument 1 is a value of the unknown type 8, which no function takes");
    CHECK_STATUS(VM_ContextRunWasmFromFile(context, "no/such.wasm", "f", NO_VALUES, NULL, 0, &error), VM_STATUS_FILE_NOT_FOUND,
                 "cannot read the wasm file no/such.wasm");
    CHECK_TEXT(VM_ErrorGetPath(error), "no/such.wasm");
    CHECK_INT(VM_ContextGetInstanceCount(context), 2);
    free(bytes);
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
}

static void starts(void)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    VM_Module *module = load(engine, GUEST("start"));
    int extra = 0;
    NEED(VM_HostModuleAddFunction(host, "add", "(ii)i", add, &extra, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    extra = 1;
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_TRAP, "`unreachable` was reached");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_UNREACHABLE);
    CHECK_STATUS(VM_ContextRegisterWasm(context, "name", module, NULL, &error), VM_STATUS_TRAP, NULL);
    CHECK_INT(VM_ContextGetInstanceCount(context), 1);
    extra = 0;
    CHECK_OK(VM_ContextRegisterWasm(context, "name", module, NULL, &error));
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
}

static void data_and_id(void)
{
    VM_Context *context = new_context(engine), *other = new_context(engine);
    atomic_int first = 0, second = 0;
    void *data = &first;
    CHECK(VM_ContextGetId(context) != 0 && VM_ContextGetId(context) != VM_ContextGetId(other));
    CHECK_OK(VM_ContextGetData(context, &data, &error));
    CHECK(data == NULL);
    CHECK_OK(VM_ContextSetData(context, &first, count_free, &error));
    CHECK_OK(VM_ContextGetData(context, &data, &error));
    CHECK(data == &first);
    CHECK_OK(VM_ContextGetData(other, &data, &error));
    CHECK(data == NULL);
    CHECK_INT(first, 0);
    CHECK_OK(VM_ContextSetData(context, &second, count_free, &error));
    CHECK_INT(first, 1);
    CHECK_INT(second, 0);
    VM_ContextDelete(other);
    VM_ContextDelete(context);
    CHECK_INT(first, 1);
    CHECK_INT(second, 1);
}

int main(void)
{
    engine = new_engine();
    guests_use_guests();
    runs_files_and_buffers();
    starts();
    data_and_id();
    VM_EngineDelete(engine);
    return finish();
}
