/* Every proposal, on and off: a module that requires it runs or is refused. */
#include "test.h"

typedef struct Case {
    VM_Proposal proposal;
    bool by_default;
    VM_Proposal needed_by; /* the proposal that depends on it; itself for none */
    const char *guest;     /* its `f` returns 1 */
    const char *said;      /* the message of the refusal */
} Case;

static const Case cases[] = {
    { VM_PROPOSAL_MUTABLE_GLOBALS, true, VM_PROPOSAL_MUTABLE_GLOBALS, GUEST("proposal_mutable_globals"), "mutable global" },
    { VM_PROPOSAL_SIGN_EXTENSION, true, VM_PROPOSAL_SIGN_EXTENSION, GUEST("proposal_sign_extension"), "sign extension" },
    { VM_PROPOSAL_SATURATING_FLOAT_TO_INT, true, VM_PROPOSAL_SATURATING_FLOAT_TO_INT,
      GUEST("proposal_saturating_float_to_int"), "saturating float to int" },
    { VM_PROPOSAL_MULTI_VALUE, true, VM_PROPOSAL_MULTI_VALUE, GUEST("proposal_multi_value"), "multi-value" },
    { VM_PROPOSAL_MULTI_MEMORY, true, VM_PROPOSAL_MULTI_MEMORY, GUEST("proposal_multi_memory"), "multi" },
    { VM_PROPOSAL_BULK_MEMORY, true, VM_PROPOSAL_REFERENCE_TYPES, GUEST("proposal_bulk_memory"), "bulk memory" },
    { VM_PROPOSAL_REFERENCE_TYPES, true, VM_PROPOSAL_REFERENCE_TYPES, GUEST("proposal_reference_types"), "reference types" },
    { VM_PROPOSAL_TAIL_CALL, true, VM_PROPOSAL_TAIL_CALL, GUEST("proposal_tail_call"), "tail call" },
    { VM_PROPOSAL_EXTENDED_CONST, true, VM_PROPOSAL_EXTENDED_CONST, GUEST("proposal_extended_const"), "constant expression" },
    { VM_PROPOSAL_CUSTOM_PAGE_SIZES, false, VM_PROPOSAL_CUSTOM_PAGE_SIZES, GUEST("proposal_custom_page_sizes"), "page size" },
    { VM_PROPOSAL_MEMORY64, true, VM_PROPOSAL_MEMORY64, GUEST("proposal_memory64"), "memory64" },
    { VM_PROPOSAL_WIDE_ARITHMETIC, false, VM_PROPOSAL_WIDE_ARITHMETIC, GUEST("proposal_wide_arithmetic"), "wide arithmetic" },
    { VM_PROPOSAL_SIMD, true, VM_PROPOSAL_RELAXED_SIMD, GUEST("proposal_simd"), "SIMD" },
    { VM_PROPOSAL_RELAXED_SIMD, true, VM_PROPOSAL_RELAXED_SIMD, GUEST("proposal_relaxed_simd"), "relaxed SIMD" },
    { VM_PROPOSAL_FLOATS, true, VM_PROPOSAL_FLOATS, GUEST("proposal_floats"), "floating-point" },
};
enum { CASES = sizeof cases / sizeof *cases };

static VM_EngineConfig *new_config(void)
{
    VM_EngineConfig *config = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    return config;
}

static void runs_if(bool enabled, const Case *tried, const VM_EngineConfig *config)
{
    VM_Engine *engine = NULL;
    VM_Context *context;
    VM_Value result;
    NEED(VM_EngineCreate(config, &engine, &error));
    context = new_context(engine);
    if (enabled) {
        CHECK_OK(VM_ContextRunWasmFromFile(context, tried->guest, "f", NO_VALUES, &result, 1, &error));
        CHECK_INT(result.of.i32, 1);
    } else {
        CHECK_STATUS(VM_ContextRunWasmFromFile(context, tried->guest, "f", NO_VALUES, &result, 1, &error), VM_STATUS_BAD_MODULE,
                     tried->said);
        CHECK_TEXT(VM_ErrorGetPath(error), tried->guest);
    }
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static void each_on_and_off(void)
{
    for (int i = 0; i < CASES; i++) {
        const Case *tried = &cases[i];
        CHECK_INT(tried->proposal, i);
        runs_if(tried->by_default, tried, NULL);

        VM_EngineConfig *config = new_config();
        CHECK_OK(VM_EngineConfigSetProposal(config, tried->needed_by, false, &error));
        CHECK_OK(VM_EngineConfigSetProposal(config, tried->proposal, false, &error));
        runs_if(false, tried, config);
        CHECK_OK(VM_EngineConfigSetProposal(config, tried->proposal, true, &error));
        runs_if(true, tried, config);
        VM_EngineConfigDelete(config);
    }
}

static void contradictions(void)
{
    const struct {
        VM_Proposal off;
        const char *message;
    } needed[] = {
        { VM_PROPOSAL_SIMD, "VM_PROPOSAL_RELAXED_SIMD is on, but VM_PROPOSAL_SIMD, which it needs, is off; turn both on or both off" },
        { VM_PROPOSAL_BULK_MEMORY, "VM_PROPOSAL_REFERENCE_TYPES is on, but VM_PROPOSAL_BULK_MEMORY, which it needs, is off" },
    };
    for (int i = 0; i < 2; i++) {
        VM_EngineConfig *config = new_config();
        VM_Engine *engine = NULL;
        CHECK_OK(VM_EngineConfigSetProposal(config, needed[i].off, false, &error));
        CHECK_STATUS(VM_EngineCreate(config, &engine, &error), VM_STATUS_INVALID_ARGUMENT, needed[i].message);
        CHECK(engine == NULL);
        CHECK_OK(VM_EngineConfigSetProposal(config, needed[i].off, true, &error));
        CHECK_OK(VM_EngineCreate(config, &engine, &error));
        VM_EngineDelete(engine);
        VM_EngineConfigDelete(config);
    }
}

static void unknown(void)
{
    const VM_Proposal numbers[] = { -1, CASES, INT32_MAX, INT32_MIN };
    VM_EngineConfig *config = new_config();
    for (int i = 0; i < 4; i++)
        CHECK_STATUS(VM_EngineConfigSetProposal(config, numbers[i], true, &error), VM_STATUS_INVALID_ARGUMENT,
                     "is not a proposal; see VM_PROPOSAL_*");
    VM_EngineConfigDelete(config);
}

int main(void)
{
    each_on_and_off();
    contradictions();
    unknown();
    return finish();
}
