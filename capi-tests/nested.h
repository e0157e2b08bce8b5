/* For tests of host functions that call their guest: the guest `nested`, and a host whose functions are the test's own. */
#ifndef NESTED_H
#define NESTED_H

#include "test.h"

static inline VM_Status VM_CALL nested_fails(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const char *message = "unchanged";
    (void)user;
    (void)args;
    (void)results;
    /* Nothing has failed in this call, although the call that leads here may have had failures. */
    CHECK_INT(VM_CallerGetErrorMessage(caller, &message), VM_STATUS_NOT_FOUND);
    CHECK_TEXT(message, "unchanged");
    return VM_CallerFail(caller, VM_STATUS_USER - 1, "the mailbox is full");
}

/* A context with an instance of the guest, which calls `back` and `by_reference`. */
static inline VM_Context *new_nested_context(VM_Engine *engine, VM_Callback back, VM_Callback by_reference)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "back", "(i)i", back, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "fails", "()", nested_fails, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "by_reference", "(c)i", by_reference, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    instantiate(engine, context, GUEST("nested"));
    return context;
}

#endif
