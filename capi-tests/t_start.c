/* Start functions: ordinary calls right after instantiation, of a function that has no name for anybody. */
#include "test.h"

static VM_Engine *engine;
static VM_HostModule *host;
static VM_Context *context;

/* What the start function passes, and what the callback does with it. */
static struct {
    int calls, answer, status;
    int32_t data, element, twice, count;
} start;

static VM_Status VM_CALL begun(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Value value = VM_ValueI32(21), result;
    uint8_t byte = 0;
    (void)user;
    start.calls++;
    start.data = args[0].of.i32;
    start.element = args[1].of.i32;
    CHECK_INT(VM_CallerReadMemory(caller, 8, &byte, 1), VM_STATUS_OK);
    CHECK_INT(byte, 42);
    CHECK_INT(VM_CallerCall(caller, "twice", &value, 1, &result, 1), VM_STATUS_OK);
    start.twice = result.of.i32;
    CHECK_INT(VM_CallerCall(caller, "count", NULL, 0, &result, 1), VM_STATUS_OK);
    start.count = result.of.i32;
    CHECK_INT(VM_CallerCall(caller, "", NULL, 0, NULL, 0), VM_STATUS_NOT_FOUND);
    CHECK_INT(VM_CallerCall(caller, "start", NULL, 0, NULL, 0), VM_STATUS_NOT_FOUND);
    results[0] = VM_ValueI32(start.answer);
    return start.status;
}

static void make_context(void)
{
    context = new_context(engine);
    NEED(VM_ContextRegisterModule(context, host, &error));
    memset(&start, 0, sizeof start);
}

/* It runs once, when the instance is complete: segments are applied, its exports can be called. */
static void runs_in_a_complete_instance(void)
{
    make_context();
    instantiate(engine, context, GUEST("start_order"));
    CHECK_INT(start.calls, 1);
    CHECK_INT(start.data, 42);
    CHECK_INT(start.element, 7);
    CHECK_INT(start.twice, 42);
    CHECK_INT(start.count, 1);
    CHECK_INT(run(context, "count", NO_VALUES), 1);
    VM_ContextDelete(context);
}

/* One that fails leaves no instance and no name taken; the context is usable. */
static void fails(int answer, int status, VM_Status expected, VM_TrapCode trap, const char *message)
{
    VM_Module *module = load(engine, GUEST("start_order"));
    VM_Instance instance;
    make_context();
    start.answer = answer;
    start.status = status;
    CHECK_STATUS(VM_ContextRegisterWasm(context, "started", module, &instance, &error), expected, message);
    CHECK(strncmp(VM_ErrorGetMessage(error), "the start function failed: ", 27) == 0);
    CHECK_INT(VM_ErrorGetTrapCode(error), trap);
    CHECK_INT(VM_ContextGetInstanceCount(context), 0);
    start.answer = 0;
    start.status = VM_STATUS_OK;
    CHECK_OK(VM_ContextRegisterWasm(context, "started", module, &instance, &error));
    CHECK_INT(VM_ContextGetInstanceCount(context), 1);
    CHECK_INT(run(context, "count", NO_VALUES), 1);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
}

/* Neither the host nor another guest finds it. */
static void has_no_name(void)
{
    VM_Module *module = load(engine, GUEST("start_order"));
    make_context();
    CHECK_INT(VM_ModuleGetExportCount(module), 3);
    CHECK_OK(VM_ContextRegisterWasm(context, "started", module, NULL, &error));
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "start", NO_VALUES, NULL, 0, &error), VM_STATUS_NOT_FOUND,
                 "the module has no exported function `start`; it exports `count`, `twice`");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "\0start", NO_VALUES, NULL, 0, &error), VM_STATUS_NOT_FOUND, NULL);
    VM_ModuleDelete(module);
    module = load(engine, GUEST("start_finder"));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "`started.\\u{0}start`");
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
}

/* A module may use any names itself. */
static void names_of_the_module_itself(void)
{
    VM_Module *module = load(engine, GUEST("start_named"));
    make_context();
    CHECK_OK(VM_ContextRegisterWasm(context, "started", module, NULL, &error));
    CHECK_INT(VM_ModuleGetExportCount(module), 3);
    CHECK_INT(run(context, "count", NO_VALUES), 1);
    CHECK_INT(run(context, "start", NO_VALUES), 2);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine();
    host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "begun", "(ii)i", begun, NULL, NULL, &error));
    runs_in_a_complete_instance();
    fails(1, VM_STATUS_OK, VM_STATUS_TRAP, VM_TRAP_UNREACHABLE, "`unreachable` was reached");
    fails(-1, VM_STATUS_OK, VM_STATUS_TRAP, VM_TRAP_STACK_OVERFLOW, "call stack exhausted");
    fails(0, VM_STATUS_IO, VM_STATUS_IO, VM_TRAP_HOST_FUNCTION, "host function `host.begun` failed with VM_STATUS_IO");
    has_no_name();
    names_of_the_module_itself();
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
