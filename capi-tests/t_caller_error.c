/* Why a function of a caller failed, and the types of functions, inside of a callback. */
#include "nested.h"

static VM_Status VM_CALL by_reference(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const char *message = NULL;
    VM_Error *failure = NULL;
    (void)user;
    CHECK_INT(VM_ErrorCreateFromCaller(caller, &failure), VM_STATUS_NOT_FOUND);
    CHECK(failure == NULL);
    CHECK_INT(VM_CallerCallRef(caller, args[0].of.ref, NO_VALUES, NO_VALUES), VM_STATUS_TRAP);
    CHECK_INT(VM_CallerGetErrorMessage(caller, &message), VM_STATUS_OK);
    CHECK_TEXT(message, "the guest trapped: integer division by zero");
    CHECK_INT(VM_ErrorCreateFromCaller(caller, &failure), VM_STATUS_OK);
    CHECK_INT(VM_ErrorGetStatus(failure), VM_STATUS_TRAP);
    CHECK_INT(VM_ErrorGetTrapCode(failure), VM_TRAP_DIVISION_BY_ZERO);
    CHECK_TEXT(VM_ErrorGetMessage(failure), message);
    VM_ErrorDelete(failure);

    /* The functions that read the error do not replace it when they fail. */
    CHECK_INT(VM_CallerGetErrorMessage(caller, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_ErrorCreateFromCaller(caller, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_CallerGetErrorMessage(caller, &message), VM_STATUS_OK);
    CHECK_TEXT(message, "the guest trapped: integer division by zero");

    /* Success does not forget the error; the next failure replaces it, and is what the other function sees. */
    uint64_t size = 0;
    CHECK_INT(VM_CallerGetMemorySize(caller, &size), VM_STATUS_OK);
    CHECK_INT(VM_CallerGetErrorMessage(caller, &message), VM_STATUS_OK);
    CHECK_INT(VM_CallerCall(caller, "fails", NO_VALUES, NO_VALUES), VM_STATUS_USER - 1);
    CHECK_INT(VM_CallerGetErrorMessage(caller, &message), VM_STATUS_OK);
    CHECK(strstr(message, "host function `host.fails` failed: the mailbox is full\n") == message); /* and the frames */
    CHECK_INT(VM_CallerReadMemory(caller, size, &size, 8), VM_STATUS_OUT_OF_BOUNDS);
    CHECK_INT(VM_CallerGetErrorMessage(caller, &message), VM_STATUS_OK);
    CHECK(strstr(message, "65536") != NULL);
    results[0] = VM_ValueI32(5);
    return VM_STATUS_OK;
}

/* The types of an export, and of what is no function. */
static VM_Status VM_CALL back(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const char *signature = "unchanged";
    VM_Ref function, object, foreign;
    (void)user;
    (void)args;
    CHECK_INT(VM_CallerGetExport(caller, "back", &function), VM_STATUS_OK);
    CHECK_INT(VM_CallerGetSignature(caller, function, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_CallerGetSignature(caller, VM_RefNull(), &signature), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_CallerCreateExternRef(caller, NULL, NULL, &object), VM_STATUS_OK);
    CHECK_INT(VM_CallerGetSignature(caller, object, &signature), VM_STATUS_WRONG_TYPE);
    foreign = function;
    foreign.context++;
    CHECK_INT(VM_CallerGetSignature(caller, foreign, &signature), VM_STATUS_WRONG_CONTEXT);
    CHECK_INT(VM_CallerReleaseRef(caller, object), VM_STATUS_OK);
    CHECK_INT(VM_CallerGetSignature(caller, object, &signature), VM_STATUS_STALE);
    CHECK_TEXT(signature, "unchanged");
    CHECK_INT(VM_CallerGetSignature(caller, function, &signature), VM_STATUS_OK);
    CHECK_TEXT(signature, "(i)i");
    CHECK_INT(VM_CallerGetExport(caller, "divide", &function), VM_STATUS_OK);
    CHECK_INT(VM_CallerGetSignature(caller, function, &signature), VM_STATUS_OK);
    CHECK_TEXT(signature, "()");
    results[0] = VM_ValueI32(7);
    return VM_STATUS_OK;
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_nested_context(engine, back, by_reference);
    for (int i = 0; i < 3; i++)
        CHECK_INT(run(context, "by_reference", NO_VALUES), 5);
    CHECK_INT(run(context, "back", VALUES(VM_ValueI32(1))), 7);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
