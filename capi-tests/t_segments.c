/* A module that fails because a segment does not fit leaves functions in a table that it imported: they are whole. */
#include "backtrace.h"

static void leaves_whole_functions(VM_Engine *engine)
{
    VM_Context *context = new_context(engine);
    VM_Module *library = load(engine, GUEST("failed_library")), *failing = load(engine, GUEST("failed_segments"));
    VM_Instance instance;
    VM_Value result;
    CHECK_OK(VM_ContextRegisterWasm(context, "library", library, &instance, &error));
    CHECK_STATUS(VM_ContextExecute(context, instance, "call", NO_VALUES, &result, 1, &error), VM_STATUS_TRAP, "null function");
    for (int round = 1; round < 4; round++) {
        CHECK_STATUS(VM_ContextInstantiate(context, failing, NULL, &error), VM_STATUS_TRAP,
                     "a segment does not fit into its table or memory: the guest trapped: out of bounds memory access");
        CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_MEMORY_OUT_OF_BOUNDS);
        CHECK_INT(VM_ContextGetInstanceCount(context), 1);
        /* What it wrote before it failed stays, as WebAssembly says; each attempt has an instance of its own. */
        for (int expected = 41; expected < 44; expected++) {
            CHECK_OK(VM_ContextExecute(context, instance, "call", NO_VALUES, &result, 1, &error));
            CHECK_INT(result.of.i32, expected);
        }
    }
    CHECK_INT(VM_ModuleGetExportCount(failing), 0);
    VM_ModuleDelete(failing);
    VM_ModuleDelete(library);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static VM_Engine *without_bulk_memory(void)
{
    VM_EngineConfig *config;
    VM_Engine *engine;
    VM_Module *module;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetProposal(config, VM_PROPOSAL_REFERENCE_TYPES, false, &error));
    NEED(VM_EngineConfigSetProposal(config, VM_PROPOSAL_BULK_MEMORY, false, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    CHECK_STATUS(VM_ModuleLoadFromFile(engine, GUEST("proposal_bulk_memory"), &module, &error), VM_STATUS_BAD_MODULE, "bulk memory");
    VM_EngineConfigDelete(config);
    return engine;
}

int main(void)
{
    leaves_whole_functions(new_engine());
    leaves_whole_functions(without_bulk_memory());
    leaves_whole_functions(tracing_engine(false));
    return finish();
}
