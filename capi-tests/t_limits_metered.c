/* Limits with metering: a growth that lacks fuel counts for nothing, and one that is made in slices is asked about and counted once. */
#include "test.h"

enum { PAGE = 65536, PAGES = 300, ELEMENTS = 50000 };

static VM_Engine *engine;
static VM_Module *module;
static int asked;

static uint64_t VM_CALL ask(void *user, const VM_LimitRequest *request)
{
    (void)user;
    asked++;
    return request->wanted;
}

static VM_Context *metered(uint64_t bytes, uint64_t elements, bool asks)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetMemoryLimit(config, bytes, &error));
    NEED(VM_ContextConfigSetTableLimit(config, elements, &error));
    if (asks)
        NEED(VM_ContextConfigSetLimitCallback(config, ask, NULL, NULL, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    return context;
}

static VM_Status grow(VM_Context *context, const char *name, int32_t by, uint64_t fuel, int32_t *former)
{
    VM_Value result;
    VM_Status status;
    NEED(VM_ContextSetFuel(context, fuel, &error));
    status = VM_ContextExecute(context, latest(context), name, VALUES(VM_ValueI32(by)), &result, 1, NULL);
    *former = status ? 0 : result.of.i32;
    return status;
}

/* As much as the limit permits, and not one more, after failures that took none of it. */
static void lacks_fuel(void)
{
    VM_Context *context = metered((1 + PAGES) * PAGE, 10 + ELEMENTS, false);
    int32_t former;
    /* In compiled code growth costs as little fuel as any instruction. */
    for (int i = 0; i < 3 && !is_compiled(context); i++) {
        CHECK_INT(grow(context, "grow_memory", PAGES, 1000, &former), VM_STATUS_OUT_OF_FUEL);
        CHECK_INT(grow(context, "grow_table", ELEMENTS, 100, &former), VM_STATUS_OUT_OF_FUEL);
    }
    CHECK_INT(grow(context, "grow_memory", PAGES + 1, UINT64_MAX, &former), VM_STATUS_OK);
    CHECK_INT(former, -1);
    CHECK_INT(grow(context, "grow_memory", PAGES, UINT64_MAX, &former), VM_STATUS_OK);
    CHECK_INT(former, 1);
    CHECK_INT(grow(context, "grow_table", ELEMENTS + 1, UINT64_MAX, &former), VM_STATUS_OK);
    CHECK_INT(former, -1);
    CHECK_INT(grow(context, "grow_table", ELEMENTS, UINT64_MAX, &former), VM_STATUS_OK);
    CHECK_INT(former, 10);
    VM_ContextDelete(context);
}

/* Growing the memory by so much takes more fuel than there is between two looks at the clock. */
static void in_slices(void)
{
    VM_Context *context = metered(PAGE, 10, true);
    int32_t former;
    CHECK_INT(grow(context, "grow_memory", PAGES, UINT64_MAX, &former), VM_STATUS_OK);
    CHECK_INT(former, 1);
    CHECK_INT(asked, 1);
    CHECK_INT(grow(context, "grow_memory", 1, UINT64_MAX, &former), VM_STATUS_OK);
    CHECK_INT(former, 1 + PAGES);
    CHECK_INT(asked, 2);
    CHECK_INT(grow(context, "grow_table", ELEMENTS, UINT64_MAX, &former), VM_STATUS_OK);
    CHECK_INT(former, 10);
    CHECK_INT(asked, 3);
    CHECK_INT(grow(context, "grow_table", 1, UINT64_MAX, &former), VM_STATUS_OK);
    CHECK_INT(former, 10 + ELEMENTS);
    CHECK_INT(asked, 4);
    VM_ContextDelete(context);
}

int main(void)
{
    VM_EngineConfig *config = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetInterruptible(config, true, &error));
    NEED(VM_EngineConfigSetFuelMetering(config, true, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    module = load(engine, GUEST("limits"));
    lacks_fuel();
    in_slices();
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
