/* Statuses, and the details of errors. */
#include "test.h"

#define NAMED(status) { status, #status }

static const struct {
    VM_Status status;
    const char *name;
} names[] = {
    NAMED(VM_STATUS_OK), NAMED(VM_STATUS_PENDING), NAMED(VM_STATUS_COMPLETE), NAMED(VM_STATUS_RETRY), NAMED(VM_STATUS_USER),
    NAMED(VM_STATUS_NULL_ARGUMENT), NAMED(VM_STATUS_INVALID_ARGUMENT), NAMED(VM_STATUS_BAD_UTF8),
    NAMED(VM_STATUS_WRONG_TYPE), NAMED(VM_STATUS_WRONG_COUNT), NAMED(VM_STATUS_STALE), NAMED(VM_STATUS_WRONG_CONTEXT),
    NAMED(VM_STATUS_BUSY), NAMED(VM_STATUS_REENTRANT), NAMED(VM_STATUS_WRONG_THREAD), NAMED(VM_STATUS_NOT_FOUND),
    NAMED(VM_STATUS_ALREADY_EXISTS), NAMED(VM_STATUS_SEALED), NAMED(VM_STATUS_UNSUPPORTED),
    NAMED(VM_STATUS_OUT_OF_BOUNDS), NAMED(VM_STATUS_BAD_SIGNATURE), NAMED(VM_STATUS_IMMUTABLE), NAMED(VM_STATUS_BAD_CONFIG),
    NAMED(VM_STATUS_WOULD_BLOCK), NAMED(VM_STATUS_CANCELLED), NAMED(VM_STATUS_TIMEOUT), NAMED(VM_STATUS_OUT_OF_FUEL),
    NAMED(VM_STATUS_REPLAY_DIFFERS), NAMED(VM_STATUS_BAD_RECORDING),
    NAMED(VM_STATUS_BAD_MODULE), NAMED(VM_STATUS_TEXT_FORMAT), NAMED(VM_STATUS_BAD_PARAMETER), NAMED(VM_STATUS_UNRESOLVED_IMPORT),
    NAMED(VM_STATUS_INCOMPATIBLE_IMPORT), NAMED(VM_STATUS_INSTANTIATION), NAMED(VM_STATUS_TRAP), NAMED(VM_STATUS_EXIT),
    NAMED(VM_STATUS_BAD_ANSWER), NAMED(VM_STATUS_OUT_OF_MEMORY), NAMED(VM_STATUS_RECURSION_LIMIT),
    NAMED(VM_STATUS_LIMIT), NAMED(VM_STATUS_PLUGIN_NOT_FOUND), NAMED(VM_STATUS_PLUGIN_BAD_FILE),
    NAMED(VM_STATUS_PLUGIN_NO_MANIFEST), NAMED(VM_STATUS_PLUGIN_BAD_MANIFEST), NAMED(VM_STATUS_PLUGIN_WRONG_PLATFORM),
    NAMED(VM_STATUS_PLUGIN_INCOMPATIBLE), NAMED(VM_STATUS_PLUGIN_NOT_ALLOWED), NAMED(VM_STATUS_PLUGIN_DUPLICATE),
    NAMED(VM_STATUS_PLUGIN_SUPERSEDED), NAMED(VM_STATUS_PLUGIN_LOAD), NAMED(VM_STATUS_PLUGIN_BAD_DESCRIPTOR),
    NAMED(VM_STATUS_PLUGIN_INITIALIZE), NAMED(VM_STATUS_PLUGIN_DEPENDENCY), NAMED(VM_STATUS_PLUGIN_FAILED), NAMED(VM_STATUS_PLUGIN_OPTION),
    NAMED(VM_STATUS_UNTRUSTED_PATH), NAMED(VM_STATUS_PLUGIN_LOCK), NAMED(VM_STATUS_PLUGIN_HASH), NAMED(VM_STATUS_PLUGIN_SIGNATURE),
    NAMED(VM_STATUS_MODULE_REFUSED), NAMED(VM_STATUS_BAD_PACKAGE), NAMED(VM_STATUS_PACKAGE_NOT_FOUND),
    NAMED(VM_STATUS_PLUGIN_PERMISSION), NAMED(VM_STATUS_BAD_STATE_FILE),
    NAMED(VM_STATUS_IO), NAMED(VM_STATUS_FILE_NOT_FOUND), NAMED(VM_STATUS_PERMISSION_DENIED), NAMED(VM_STATUS_INTERNAL),
};

static void every_status_has_a_name(void)
{
    size_t count = sizeof names / sizeof *names, named = 0;
    for (size_t i = 0; i < count; i++)
        CHECK_TEXT(VM_StatusGetName(names[i].status), names[i].name);
    for (VM_Status status = VM_STATUS_USER; status <= 1000; status++)
        named += strcmp(VM_StatusGetName(status), "VM_STATUS_UNKNOWN") != 0;
    CHECK_INT(named, count); /* one that is missing above would be counted here */
    CHECK_TEXT(VM_StatusGetName(INT32_MAX), "VM_STATUS_UNKNOWN");
    CHECK_TEXT(VM_StatusGetName(VM_STATUS_USER - 1), "VM_STATUS_USER");
    CHECK_TEXT(VM_StatusGetName(INT32_MIN), "VM_STATUS_USER");
}

static void written_on_failure_only(void)
{
    VM_Error *const untouched = (VM_Error *)(void *)names;
    VM_Error *given = untouched;
    VM_Engine *engine = NULL;
    CHECK_INT(VM_EngineCreate(NULL, &engine, &given), VM_STATUS_OK);
    CHECK(given == untouched);
    /* It is never read: the previous value is not an error. */
    CHECK_INT(VM_EngineCreate(NULL, NULL, &given), VM_STATUS_NULL_ARGUMENT);
    CHECK(given != untouched && given != NULL);
    CHECK_INT(VM_ErrorGetStatus(given), VM_STATUS_NULL_ARGUMENT);
    VM_ErrorDelete(given);
    CHECK_INT(VM_EngineCreate(NULL, NULL, NULL), VM_STATUS_NULL_ARGUMENT);
    VM_EngineDelete(engine);
}

static void what_does_not_apply_is_absent(void)
{
    CHECK_STATUS(VM_EngineCreate(NULL, NULL, &error), VM_STATUS_NULL_ARGUMENT, "engine is NULL");
    CHECK(!VM_ErrorIsRetryable(error));
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_NONE);
    CHECK_INT(VM_ErrorGetExitCode(error), -1);
    CHECK_TEXT(VM_ErrorGetModuleName(error), NULL);
    CHECK_TEXT(VM_ErrorGetFunctionName(error), NULL);
    CHECK_TEXT(VM_ErrorGetPluginName(error), NULL);
    CHECK_TEXT(VM_ErrorGetPath(error), NULL);
    CHECK_INT(VM_ErrorGetOsError(error), 0);
}

static void what_applies_is_there(void)
{
    VM_Engine *engine = new_engine();
    VM_Module *module = NULL;
    CHECK_STATUS(VM_ModuleLoadFromFile(engine, "no/such/file.wasm", &module, &error), VM_STATUS_FILE_NOT_FOUND,
                 "cannot read the wasm file no/such/file.wasm");
    CHECK_TEXT(VM_ErrorGetPath(error), "no/such/file.wasm");
    CHECK_INT(VM_ErrorGetOsError(error), 2);

    VM_Context *context = new_context(engine);
    module = load(engine, GUEST("unresolved"));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "nowhere.f");
    CHECK_TEXT(VM_ErrorGetModuleName(error), "nowhere");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "f");
    /* An error outlives the objects that it describes. */
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    CHECK(strstr(VM_ErrorGetMessage(error), "imports cannot be resolved") != NULL);
}

int main(void)
{
    every_status_has_a_name();
    written_on_failure_only();
    what_does_not_apply_is_absent();
    what_applies_is_there();
    return finish();
}
