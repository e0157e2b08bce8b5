/*
 * For `valgrind_tests`, which is linked with --wrap=VM_EngineCreate: engines that compile guests because the environment says so have no
 * signal handlers. Valgrind would report each access of a guest beyond its memory as an invalid one, although it becomes a trap; without
 * handlers guests compare before they access.
 */
#include <libvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

VM_Status __real_VM_EngineCreate(const VM_EngineConfig *config, VM_Engine **engine, VM_Error **error);
VM_Status __wrap_VM_EngineCreate(const VM_EngineConfig *config, VM_Engine **engine, VM_Error **error);

VM_Status __wrap_VM_EngineCreate(const VM_EngineConfig *config, VM_Engine **engine, VM_Error **error)
{
    const char *tier = getenv("LIBVM_TIER");
    VM_EngineConfig *own = NULL;
    VM_Status status = VM_STATUS_OK;

    if (!tier || strcmp(tier, "compiled") != 0 || !engine)
        return __real_VM_EngineCreate(config, engine, error);
    /* What is set does not matter to a test, so that its own configuration can be changed. */
    if (!config)
        status = VM_EngineConfigCreate(&own, error);
    if (status == VM_STATUS_OK)
        status = VM_EngineConfigSetSignalHandlers(config ? (VM_EngineConfig *)config : own, false, error);
    if (status == VM_STATUS_OK)
        status = __real_VM_EngineCreate(config ? config : own, engine, error);
    VM_EngineConfigDelete(own);
    return status;
}
