/* Unresolved imports: the error lists all of them, with what was expected and what was found. */
#include "test.h"

static VM_Status VM_CALL add(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    results[0] = VM_ValueI32(args[0].of.i32 + args[1].of.i32);
    return VM_STATUS_OK;
}

static void message_has(const char *const *lines, size_t count)
{
    const char *message = VM_ErrorGetMessage(error);
    CHECK(strncmp(message, lines[0], strlen(lines[0])) == 0);
    for (size_t i = 0; i < count; i++) {
        bool found = strstr(message, lines[i]) != NULL;
        CHECK(found);
        if (!found)
            fprintf(stderr, "expected \"%s\" in\n%s\n", lines[i], message);
    }
}

static void unresolved(VM_Context *context, const VM_Module *module)
{
    static const char *const lines[] = {
        "6 of 7 imports cannot be resolved\n",
        "\n  `nowhere.f`, function (i32, i64) -> (f32): no module `nowhere` is registered in this context, and no plug-in that "
        "provides it is loaded",
        "\n  `host.missing`, memory of 1 to 2 pages: module `host` has no item of that name; it has `add`",
        "\n  `lib.missing`, mutable global i32: module `lib` has no item of that name; it has `memory`, `table`, `seven`, `counter`, `next`",
        "\n  `wasi_snapshot_preview1.fd_write`, function (i32, i32, i32, i32) -> (i32): WASI is not registered in this context "
        "(VM_ContextRegisterWasi)",
        "\n  `host.add`, function (i64) -> (i64): the provided item is a function (i32, i32) -> (i32)",
        "\n  `lib.memory`, memory of at least 2 pages: the provided item is a memory of 1 to 2 pages",
    };
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, NULL);
    message_has(lines, sizeof lines / sizeof *lines);
    CHECK_TEXT(VM_ErrorGetModuleName(error), "nowhere");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "f");
}

static void incompatible(VM_Context *context, const VM_Module *module)
{
    static const char *const lines[] = {
        "11 of 11 imports cannot be resolved\n",
        "\n  `host.add`, function (i32) -> (i32): the provided item is a function (i32, i32) -> (i32)",
        "\n  `host.add`, constant global i32: the provided item is a function (i32, i32) -> (i32)",
        "\n  `lib.next`, function () -> (i64): the provided item is a function () -> (i32)",
        "\n  `lib.seven`, mutable global i32: the provided item is a constant global i32",
        "\n  `lib.seven`, constant global i64: the provided item is a constant global i32",
        "\n  `lib.table`, table of at least 3 funcref elements: the provided item is a table of at least 2 funcref elements",
        "\n  `lib.table`, table of 1 to 2 funcref elements: the provided item is a table of at least 2 funcref elements",
        "\n  `lib.table`, table of at least 1 externref element: the provided item is a table of at least 2 funcref elements",
        "\n  `lib.memory`, memory of 1 page: the provided item is a memory of 1 to 2 pages",
        "\n  `lib.memory`, memory of at least 1 page, 64-bit: the provided item is a memory of 1 to 2 pages",
        "\n  `lib.memory`, function () -> (): the provided item is a memory of 1 to 2 pages",
    };
    CHECK_STATUS(VM_ContextRegisterWasm(context, "name", module, NULL, &error), VM_STATUS_INCOMPATIBLE_IMPORT, NULL);
    message_has(lines, sizeof lines / sizeof *lines);
    CHECK_TEXT(VM_ErrorGetModuleName(error), "host");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "add");
}

int main(void)
{
    VM_Engine *engine = new_engine(), *other = new_engine();
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    VM_Module *lib = load(engine, GUEST("lib")), *foreign = load(other, GUEST("lib")), *module;
    NEED(VM_HostModuleAddFunction(host, "add", "(ii)i", add, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextRegisterWasm(context, "lib", lib, NULL, &error));

    module = load(engine, GUEST("unresolved"));
    unresolved(context, module);
    VM_ModuleDelete(module);
    module = load(engine, GUEST("incompatible"));
    incompatible(context, module);
    VM_ModuleDelete(module);
    CHECK_STATUS(VM_ContextInstantiate(context, foreign, NULL, &error), VM_STATUS_WRONG_CONTEXT,
                 "the module was loaded by another engine; load it with the engine of this context");
    CHECK_INT(VM_ContextGetInstanceCount(context), 1);
    VM_Instance instance;
    CHECK_STATUS(VM_ContextFindInstance(context, "name", &instance, &error), VM_STATUS_NOT_FOUND, "`name`");

    VM_ModuleDelete(foreign);
    VM_ModuleDelete(lib);
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
    VM_EngineDelete(other);
    VM_EngineDelete(engine);
    return finish();
}
