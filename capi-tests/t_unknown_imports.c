/* Imported functions that nothing provides, in a context where calling them is the error, and not instantiating the guest. */
#include "test.h"

static VM_Status VM_CALL add(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    results[0] = VM_ValueI32(args[0].of.i32 + args[1].of.i32);
    return VM_STATUS_OK;
}

static VM_Context *tolerant_context(VM_Engine *engine)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    VM_HostModule *host = new_host("host");
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetUnknownImportsTrap(config, true, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_HostModuleAddFunction(host, "add", "(ii)i", add, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    return context;
}

static void call_fails(VM_Context *context, const char *name, size_t results, const char *message)
{
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), name, NO_VALUES, &result, results, &error),
                 VM_STATUS_UNRESOLVED_IMPORT, message);
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_HOST_FUNCTION);
}

static void calls(VM_Engine *engine)
{
    VM_Context *context = tolerant_context(engine);
    instantiate(engine, context, GUEST("unknown_imports"));
    for (int i = 0; i < 2; i++) {
        CHECK_INT(run(context, "works", NO_VALUES), 5);
        call_fails(context, "calls_f", 0,
                   "host function `nowhere.f` was not provided when the guest was instantiated: no module `nowhere` is registered "
                   "in this context, and no plug-in that provides it is loaded");
        CHECK_TEXT(VM_ErrorGetModuleName(error), "nowhere");
        CHECK_TEXT(VM_ErrorGetFunctionName(error), "f");
        call_fails(context, "calls_ad", 1,
                   "host function `host.ad` was not provided when the guest was instantiated: module `host` has no item of that "
                   "name; did you mean `add`?");
    }
    /* The context keeps the setting. */
    CHECK_OK(VM_ContextReset(context, &error));
    instantiate(engine, context, GUEST("unknown_imports"));
    CHECK_INT(run(context, "works", NO_VALUES), 5);
    call_fails(context, "calls_f", 0, "`nowhere.f` was not provided");
    VM_ContextDelete(context);
}

/* The other kinds of imports, and those of another type, are errors of the instantiation. */
static void other_kinds(VM_Engine *engine)
{
    VM_Context *context = tolerant_context(engine);
    VM_Module *lib = load(engine, GUEST("lib")), *module = load(engine, GUEST("unresolved"));
    NEED(VM_ContextRegisterWasm(context, "lib", lib, NULL, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT,
                 "4 of 7 imports cannot be resolved\n"
                 "  `host.missing`, memory of 1 to 2 pages: module `host` has no item of that name; it has `add`\n"
                 "  `lib.missing`, mutable global i32: ");
    CHECK(strstr(VM_ErrorGetMessage(error), "nowhere") == NULL);
    CHECK(strstr(VM_ErrorGetMessage(error), "fd_write") == NULL);
    CHECK_INT(VM_ContextGetInstanceCount(context), 1);
    VM_ModuleDelete(module);
    VM_ModuleDelete(lib);
    VM_ContextDelete(context);
}

static void by_default(VM_Engine *engine)
{
    VM_Context *context = new_context(engine);
    VM_Module *module = load(engine, GUEST("unknown_imports"));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT,
                 "3 of 3 imports cannot be resolved");
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    calls(engine);
    other_kinds(engine);
    by_default(engine);
    VM_EngineDelete(engine);
    return finish();
}
