/* Functions of a VM_Caller: the guest's memory, calls of the guest, the context's data. */
#include "test.h"

enum { PAGE = 65536 };

/* Reads, changes and measures the memory of a guest that has `pages` pages and five known letters at `address`. */
static VM_Status VM_CALL look(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    char text[6] = "";
    uint64_t size = 0, address = (uint64_t)args[0].of.i32;
    VM_Buffer span = { NULL, 0 };
    CHECK_INT(caller->arg_count, 2);
    CHECK_INT(caller->result_count, 1);
    CHECK(caller->data == NULL && caller->self == NULL && caller->reserved == NULL);
    CHECK(caller->id != 0);
    /* Said, but not returned: the call succeeds. */
    CHECK_INT(VM_CallerFail(caller, VM_STATUS_IO, "not meant"), VM_STATUS_IO);
    CHECK_INT(VM_CallerFail(caller, 1, "no failure"), VM_STATUS_INVALID_ARGUMENT);
    CHECK_INT(VM_CallerFail(NULL, VM_STATUS_IO, "no call"), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_CallerGetMemorySize(caller, &size), VM_STATUS_OK);
    CHECK_INT(size, (uint64_t)args[1].of.i32 * PAGE);
    CHECK_INT(VM_CallerReadMemory(caller, address, text, 5), VM_STATUS_OK);
    CHECK_TEXT(text, user);
    CHECK_INT(VM_CallerWriteMemory(caller, address, "LIB", 3), VM_STATUS_OK);
    CHECK_INT(VM_CallerGetMemorySpan(caller, address, 5, &span), VM_STATUS_OK);
    CHECK_INT(span.size, 5);
    CHECK(memcmp(span.data, "LIB", 3) == 0 && memcmp(span.data + 3, text + 3, 2) == 0);
    span.data[0] = 'X';
    CHECK_INT(VM_CallerReadMemory(caller, address, text, 1), VM_STATUS_OK);
    CHECK_INT(text[0], 'X');

    CHECK_INT(VM_CallerReadMemory(caller, size, NULL, 0), VM_STATUS_OK);
    CHECK_INT(VM_CallerReadMemory(caller, size - 1, text, 1), VM_STATUS_OK);
    text[0] = '?';
    CHECK_INT(VM_CallerReadMemory(caller, size - 1, text, 2), VM_STATUS_OUT_OF_BOUNDS);
    CHECK_INT(VM_CallerWriteMemory(caller, size - 1, text, 2), VM_STATUS_OUT_OF_BOUNDS);
    CHECK_INT(VM_CallerGetMemorySpan(caller, size + 1, 0, &span), VM_STATUS_OUT_OF_BOUNDS);
    CHECK_INT(VM_CallerReadMemory(caller, UINT64_MAX, text, 1), VM_STATUS_OUT_OF_BOUNDS);
    CHECK_INT(VM_CallerReadMemory(caller, UINT64_MAX - 3, text, 5), VM_STATUS_OUT_OF_BOUNDS);
    CHECK_INT(VM_CallerGetMemorySpan(caller, 1, UINT64_MAX, &span), VM_STATUS_OUT_OF_BOUNDS);
    CHECK_INT(text[0], '?');
    results[0] = VM_ValueI32(1);
    return VM_STATUS_OK;
}

/* A guest of which host functions see no memory. */
static VM_Status VM_CALL look_in_vain(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    uint64_t size = 7;
    uint8_t byte = 7;
    VM_Buffer span;
    (void)user;
    (void)args;
    (void)results;
    CHECK_INT(VM_CallerGetMemorySize(caller, &size), VM_STATUS_NOT_FOUND);
    CHECK_INT(VM_CallerGetMemorySpan(caller, 0, 1, &span), VM_STATUS_NOT_FOUND);
    CHECK_INT(VM_CallerWriteMemory(caller, 0, &byte, 1), VM_STATUS_NOT_FOUND);
    return VM_CallerReadMemory(caller, 0, &byte, 1);
}

static VM_Status VM_CALL answer(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *data = NULL;
    (void)args;
    CHECK_INT(caller->arg_count, 0);
    CHECK_INT(VM_CallerGetContextData(caller, &data), VM_STATUS_OK);
    CHECK(data == user);
    results[0] = VM_ValueI32(42);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL many(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    CHECK_INT(caller->arg_count, 4);
    CHECK_INT(caller->result_count, 2);
    CHECK_INT(results[0].type, VM_VALTYPE_NONE);
    CHECK_INT(results[1].type, VM_VALTYPE_NONE);
    CHECK(args[0].of.f32 == 1 && args[3].of.f32 == 4);
    results[0] = VM_ValueI32(5);
    results[1] = VM_ValueF64(2.5);
    return VM_STATUS_OK;
}

/* Calls the guest back in every way that is wrong, and then once as it should be. */
static VM_Status VM_CALL back(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Value result, text = VM_ValueF32(1);
    VM_Buffer before, after;
    (void)user;
    CHECK_INT(VM_CallerCall(caller, "double", NO_VALUES, &result, 1), VM_STATUS_WRONG_COUNT);
    CHECK_INT(VM_CallerCall(caller, "double", args, 1, NO_VALUES), VM_STATUS_WRONG_COUNT);
    CHECK_INT(VM_CallerCall(caller, "double", &text, 1, &result, 1), VM_STATUS_WRONG_TYPE);
    CHECK_INT(VM_CallerCall(caller, "triple", args, 1, &result, 1), VM_STATUS_NOT_FOUND);
    CHECK_INT(VM_CallerCall(caller, "memory", NO_VALUES, NO_VALUES), VM_STATUS_NOT_FOUND);
    CHECK_INT(VM_CallerCall(caller, "\xff", NO_VALUES, NO_VALUES), VM_STATUS_BAD_UTF8);
    CHECK_INT(VM_CallerCall(caller, "trap", NO_VALUES, NO_VALUES), VM_STATUS_TRAP);
    CHECK_INT(VM_CallerCallRef(caller, VM_RefNull(), NO_VALUES, NO_VALUES), VM_STATUS_NULL_ARGUMENT);

    CHECK_INT(VM_CallerGetMemorySpan(caller, 0, PAGE, &before), VM_STATUS_OK);
    CHECK_INT(VM_CallerCall(caller, "grow", VALUES(VM_ValueI32(1)), &result, 1), VM_STATUS_OK);
    CHECK_INT(result.of.i32, 1);
    CHECK_INT(VM_CallerGetMemorySpan(caller, PAGE, PAGE, &after), VM_STATUS_OK);
    return VM_CallerCall(caller, "double", args, 1, results, 1);
}

static VM_Context *context_with(VM_Engine *engine, VM_Callback looker, void *user)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "look", "(ii)i", looker, user, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "answer", "()i", answer, &failures, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "many", "(ffff)iF", many, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "back", "(i)i", back, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    return context;
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = context_with(engine, look, "libvm");
    VM_Value results[2];

    instantiate(engine, context, GUEST("caller"));
    CHECK_INT(run(context, "look", VALUES(VM_ValueI32(16), VM_ValueI32(1))), 1);
    CHECK_OK(VM_ContextSetData(context, &failures, NULL, &error));
    CHECK_INT(run(context, "answer", NO_VALUES), 42);
    CHECK_OK(VM_ContextExecute(context, latest(context), "many", NO_VALUES, results, 2, &error));
    CHECK_INT(results[0].of.i32, 5);
    CHECK(results[1].type == VM_VALTYPE_F64 && results[1].of.f64 == 2.5);
    CHECK_INT(run(context, "back", VALUES(VM_ValueI32(21))), 42);
    VM_ContextDelete(context);

    context = context_with(engine, look, "other");
    instantiate(engine, context, GUEST("memory_other"));
    CHECK_INT(run(context, "look", VALUES(VM_ValueI32(16), VM_ValueI32(2))), 1);
    VM_ContextDelete(context);

    context = context_with(engine, look_in_vain, NULL);
    const char *guests[] = { GUEST("memory_none"), GUEST("memory_two") };
    for (int i = 0; i < 2; i++) {
        instantiate(engine, context, guests[i]);
        CHECK_STATUS(VM_ContextExecute(context, latest(context), "look", VALUES(VM_ValueI32(0), VM_ValueI32(0)), results, 1, &error),
                     VM_STATUS_NOT_FOUND, "the guest exports no memory that host functions can use: neither one named `memory` nor exactly one of "
                     "another name; export its memory as `memory`");
        CHECK_TEXT(VM_ErrorGetFunctionName(error), "look");
    }
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
