/* Engines: translation modes, size of the value stack, recursion depth. */
#include "test.h"

static VM_EngineConfig *new_config(void)
{
    VM_EngineConfig *config = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    return config;
}

/* Makes the engine of the configuration, which is deleted, and a context with the guest. */
static VM_Context *context_of(VM_EngineConfig *config)
{
    VM_Engine *engine = NULL;
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    VM_Context *context = new_context(engine);
    instantiate(engine, context, GUEST("deep"));
    VM_EngineDelete(engine);
    return context;
}

static void goes(VM_Context *context, const char *name, int32_t depth)
{
    CHECK_INT(run(context, name, VALUES(VM_ValueI32(depth))), depth);
}

/* The guest traps, and the context can be used again. */
static void overflows(VM_Context *context, const char *name, int32_t depth)
{
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), name, VALUES(VM_ValueI32(depth)), &result, 1, &error), VM_STATUS_TRAP,
                 is_compiled(context) ? "the guest trapped: call stack exhausted: its own calls need more than "
                                      : "the guest trapped: call stack exhausted: its own calls are nested more than ");
    CHECK(strstr(VM_ErrorGetMessage(error), is_compiled(context) ? "should its recursion end, raise VM_EngineConfigSetStackSize"
                                            : "raise VM_EngineConfigSetRecursionDepth and VM_EngineConfigSetStackSize") != NULL);
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_STACK_OVERFLOW);
    goes(context, name, 10);
}

static void depths(void)
{
    VM_Context *context = context_of(NULL);
    /* Compiled code has the stack of the thread, and only the bytes count. */
    if (is_compiled(context)) {
        goes(context, "thin", 5000);
        overflows(context, "thin", -1);
        VM_ContextDelete(context);
        return;
    }
    goes(context, "thin", 60000);
    overflows(context, "thin", 70000);
    overflows(context, "thin", -1);
    goes(context, "wide", 60000);
    VM_ContextDelete(context);

    VM_EngineConfig *config = new_config();
    CHECK_OK(VM_EngineConfigSetRecursionDepth(config, 100, &error));
    context = context_of(config);
    goes(context, "thin", 90);
    overflows(context, "thin", 110);
    VM_ContextDelete(context);

    config = new_config();
    CHECK_OK(VM_EngineConfigSetRecursionDepth(config, 1000000, &error));
    CHECK_OK(VM_EngineConfigSetStackSize(config, 64 << 20, &error));
    context = context_of(config);
    goes(context, "thin", 900000);
    VM_ContextDelete(context);
}

static void stacks(void)
{
    VM_EngineConfig *config = new_config();
    CHECK_OK(VM_EngineConfigSetStackSize(config, 16 << 10, &error));
    VM_Context *context = context_of(config);
    goes(context, "wide", 50);
    overflows(context, "wide", 1000);
    overflows(context, "thin", 10000);
    VM_ContextDelete(context);
}

static void out_of_range(void)
{
    VM_EngineConfig *config = new_config();
    const size_t sizes[] = { 0, 4095, ((size_t)1 << 30) + 1, SIZE_MAX };
    const size_t depths_tried[] = { 0, ((size_t)1 << 24) + 1, SIZE_MAX };
    for (int i = 0; i < 4; i++)
        CHECK_STATUS(VM_EngineConfigSetStackSize(config, sizes[i], &error), VM_STATUS_INVALID_ARGUMENT,
                     "bytes is not possible; choose 4 KiB to 1 GiB");
    for (int i = 0; i < 3; i++)
        CHECK_STATUS(VM_EngineConfigSetRecursionDepth(config, depths_tried[i], &error), VM_STATUS_INVALID_ARGUMENT,
                     "calls is not possible; choose 1 to 16777216");
    CHECK_OK(VM_EngineConfigSetStackSize(config, 4096, &error));
    CHECK_OK(VM_EngineConfigSetRecursionDepth(config, 1, &error));
    CHECK_STATUS(VM_EngineConfigSetCompilation(config, 2, &error), VM_STATUS_INVALID_ARGUMENT,
                 "2 is not a compilation mode; see VM_COMPILATION_*");
    CHECK_STATUS(VM_EngineConfigSetCompilation(config, -1, &error), VM_STATUS_INVALID_ARGUMENT, NULL);
    VM_EngineConfigDelete(config);
}

/* In every mode the whole module is validated when it is loaded, here the body of a function that is never called. */
static void modes(void)
{
    static const uint8_t invalid_body[] = { 0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 5, 1, 3, 0, 0x6a, 0x0b };
    const VM_Compilation all[] = { VM_COMPILATION_LAZY, VM_COMPILATION_EAGER };
    for (int i = 0; i < 2; i++) {
        VM_EngineConfig *config = new_config();
        VM_Engine *engine = NULL;
        VM_Module *module = NULL;
        CHECK_OK(VM_EngineConfigSetCompilation(config, all[i], &error));
        NEED(VM_EngineCreate(config, &engine, &error));
        CHECK_STATUS(VM_ModuleLoadFromBuffer(engine, invalid_body, sizeof invalid_body, &module, &error), VM_STATUS_BAD_MODULE,
                     "the module is not valid: type mismatch");
        CHECK(module == NULL);
        VM_EngineDelete(engine);
        VM_Context *context = context_of(config);
        goes(context, "wide", 3);
        VM_ContextDelete(context);
    }
}

int main(void)
{
    depths();
    stacks();
    out_of_range();
    modes();
    return finish();
}
