/* The result of a host function: wrong and missing results, failures with and without a message, invalid numbers. */
#include "test.h"

/* Action of a host function before it returns the status that is its argument. */
enum Mode { RIGHT, WRONG_TYPE, NO_TYPE, BAD_NUMBER, NOTHING, TEXT, BAD_TEXT, NO_TEXT, OUT_OF_BOUNDS, GUEST_TRAPS, WRITE_TWICE, FAIL, FAIL_NO_TEXT, CLEAN_UP };

static VM_Status VM_CALL answer(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Status status = args[0].of.i32;
    char bytes[8];
    (void)user;
    switch ((enum Mode)args[1].of.i32) {
    case RIGHT:
        results[0] = VM_ValueI32(7);
        return status;
    case WRONG_TYPE:
        results[0] = VM_ValueF64(7);
        return status;
    case NO_TYPE:
        results[0].type = VM_VALTYPE_NONE;
        return status;
    case BAD_NUMBER:
        results[0].type = 77;
        return status;
    case TEXT:
        return VM_CallerTrap(caller, "the moon is full: \xc3\xbc");
    case BAD_TEXT:
        return VM_CallerTrap(caller, "half a \xc3");
    case NO_TEXT:
        return VM_CallerTrap(caller, NULL);
    case OUT_OF_BOUNDS:
        CHECK_INT(VM_CallerReadMemory(caller, 65530, bytes, 8), VM_STATUS_OUT_OF_BOUNDS);
        results[0] = VM_ValueI32(8);
        return status;
    case GUEST_TRAPS:
        CHECK_INT(VM_CallerCall(caller, "trap", NO_VALUES, NO_VALUES), VM_STATUS_TRAP);
        results[0] = VM_ValueI32(9);
        return status;
    case FAIL:
        return VM_CallerFail(caller, status, "no such mailbox");
    case FAIL_NO_TEXT:
        return VM_CallerFail(caller, status, NULL);
    case CLEAN_UP: /* later failures do not hide the failure of the guest */
        CHECK_INT(VM_CallerCall(caller, "trap", NO_VALUES, NO_VALUES), VM_STATUS_TRAP);
        CHECK_INT(VM_CallerReadMemory(caller, 65530, bytes, 8), VM_STATUS_OUT_OF_BOUNDS);
        CHECK_INT(VM_CallerCall(caller, "nothing", NO_VALUES, NO_VALUES), VM_STATUS_NOT_FOUND);
        return status;
    case WRITE_TWICE:
        results[0] = VM_ValueI64(1);
        results[0] = VM_ValueI32(10);
        return status;
    case NOTHING:
        break;
    }
    return status;
}

static VM_Context *context;
static const char *path; /* "short" or "long": which trampoline is taken */

/* Lets the host function answer, and expects the error that names it, with the message. */
static void refused(VM_Status answered, enum Mode mode, VM_Status expected, VM_TrapCode trap, const char *message)
{
    VM_Value result;
    char text[300];
    snprintf(text, sizeof text, message, path);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), path, VALUES(VM_ValueI32(answered), VM_ValueI32(mode)), &result, 1, &error),
                 expected, text);
    CHECK_INT(VM_ErrorGetTrapCode(error), trap);
    /* A trap of the guest names the guest's function. */
    CHECK_TEXT(VM_ErrorGetModuleName(error), trap == VM_TRAP_UNREACHABLE ? NULL : "host");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), trap == VM_TRAP_UNREACHABLE ? "trap" : path);
    CHECK(VM_ErrorGetPluginName(error) == NULL);
    CHECK(!VM_ErrorIsRetryable(error) || expected == VM_STATUS_BUSY);
    CHECK_INT(result.type, VM_VALTYPE_NONE);
    CHECK_INT(run(context, path, VALUES(VM_ValueI32(0), VM_ValueI32(RIGHT))), 7);
}

static void invalid_statuses(void)
{
    const VM_Status unknown[] = { 2, 3, 4, 99, INT32_MAX, -1, -99, -199, -799, -9999 };
    char message[200];
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        snprintf(message, sizeof message, "host function `host.%%s` returned %d, which is not a valid status; return VM_STATUS_OK", (int)unknown[i]);
        refused(unknown[i], RIGHT, VM_STATUS_BAD_ANSWER, VM_TRAP_HOST_FUNCTION, message);
    }
    refused(VM_STATUS_PENDING, RIGHT, VM_STATUS_BAD_ANSWER, VM_TRAP_HOST_FUNCTION,
            "host function `host.%s` returned VM_STATUS_PENDING without suspending its call; return it after VM_CallerSuspend");
}

/* -10000 and below: they come out as they went in. */
static void statuses_of_users(void)
{
    const VM_Status own[] = { VM_STATUS_USER, VM_STATUS_USER - 5, INT32_MIN };
    char message[200];
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        snprintf(message, sizeof message, "host function `host.%%s` failed with status %d", (int)own[i]);
        refused(own[i], RIGHT, own[i], VM_TRAP_HOST_FUNCTION, message);
        refused(own[i], FAIL, own[i], VM_TRAP_HOST_FUNCTION, "host function `host.%s` failed: no such mailbox");
        refused(own[i], FAIL_NO_TEXT, own[i], VM_TRAP_HOST_FUNCTION, message);
        CHECK_TEXT(VM_StatusGetName(own[i]), "VM_STATUS_USER");
    }
    refused(VM_STATUS_NOT_FOUND, FAIL, VM_STATUS_NOT_FOUND, VM_TRAP_HOST_FUNCTION, "host function `host.%s` failed: no such mailbox");
    refused(VM_STATUS_NOT_FOUND, FAIL_NO_TEXT, VM_STATUS_NOT_FOUND, VM_TRAP_HOST_FUNCTION, "failed with VM_STATUS_NOT_FOUND");
    for (VM_Status wrong = -1; wrong <= 1; wrong++) {
        snprintf(message, sizeof message, "host function `host.%%s` called VM_CallerFail with %d, which is not a failure", (int)wrong);
        refused(wrong, FAIL, VM_STATUS_INVALID_ARGUMENT, VM_TRAP_HOST_FUNCTION, message);
    }
    CHECK_INT(VM_CallerFail(NULL, VM_STATUS_USER, "nobody"), VM_STATUS_NULL_ARGUMENT);
}

static void failures_propagate(void)
{
    const VM_Status statuses[] = { VM_STATUS_NULL_ARGUMENT,  VM_STATUS_INVALID_ARGUMENT, VM_STATUS_STALE, VM_STATUS_BUSY,
                                   VM_STATUS_NOT_FOUND,      VM_STATUS_BAD_MODULE,       VM_STATUS_TRAP,  VM_STATUS_EXIT,
                                   VM_STATUS_OUT_OF_MEMORY,  VM_STATUS_PLUGIN_FAILED,    VM_STATUS_IO,    VM_STATUS_INTERNAL,
                                   VM_STATUS_RECURSION_LIMIT };
    char message[200];
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        snprintf(message, sizeof message, "host function `host.%%s` failed with %s", VM_StatusGetName(statuses[i]));
        refused(statuses[i], NOTHING, statuses[i], VM_TRAP_HOST_FUNCTION, message);
        CHECK_INT(VM_ErrorGetExitCode(error), -1);
    }
}

static void texts_and_causes(void)
{
    refused(0, TEXT, VM_STATUS_TRAP, VM_TRAP_HOST_FUNCTION, "host function `host.%s` trapped: the moon is full: \xc3\xbc");
    refused(0, BAD_TEXT, VM_STATUS_TRAP, VM_TRAP_HOST_FUNCTION, "host function `host.%s` trapped: half a \xef\xbf\xbd");
    refused(0, NO_TEXT, VM_STATUS_TRAP, VM_TRAP_HOST_FUNCTION, "host function `host.%s` trapped");
    refused(VM_STATUS_OUT_OF_BOUNDS, OUT_OF_BOUNDS, VM_STATUS_OUT_OF_BOUNDS, VM_TRAP_MEMORY_OUT_OF_BOUNDS,
            "8 bytes at address 65530: outside of the memory of 65536 bytes");
    refused(VM_STATUS_TRAP, GUEST_TRAPS, VM_STATUS_TRAP, VM_TRAP_UNREACHABLE,
            "in `trap`, called by host function `host.%s`: the guest trapped: `unreachable` was reached");
    refused(VM_STATUS_TRAP, CLEAN_UP, VM_STATUS_TRAP, VM_TRAP_UNREACHABLE,
            "in `trap`, called by host function `host.%s`: the guest trapped: `unreachable` was reached");
    refused(VM_STATUS_OUT_OF_BOUNDS, CLEAN_UP, VM_STATUS_OUT_OF_BOUNDS, VM_TRAP_HOST_FUNCTION,
            "host function `host.%s` failed with VM_STATUS_OUT_OF_BOUNDS");
    refused(VM_STATUS_IO, GUEST_TRAPS, VM_STATUS_IO, VM_TRAP_HOST_FUNCTION, "host function `host.%s` failed with VM_STATUS_IO");

    /* A handled failure is not the cause of a later one, in this call or in another. */
    CHECK_INT(run(context, path, VALUES(VM_ValueI32(0), VM_ValueI32(OUT_OF_BOUNDS))), 8);
    CHECK_INT(run(context, path, VALUES(VM_ValueI32(0), VM_ValueI32(GUEST_TRAPS))), 9);
    refused(VM_STATUS_TRAP, NOTHING, VM_STATUS_TRAP, VM_TRAP_HOST_FUNCTION,
            "host function `host.%s` failed with VM_STATUS_TRAP");
    CHECK_INT(run(context, path, VALUES(VM_ValueI32(0), VM_ValueI32(OUT_OF_BOUNDS))), 8);
    refused(VM_STATUS_OUT_OF_BOUNDS, NOTHING, VM_STATUS_OUT_OF_BOUNDS, VM_TRAP_HOST_FUNCTION,
            "host function `host.%s` failed with VM_STATUS_OUT_OF_BOUNDS");
}

static void wrong_results(void)
{
    refused(0, NOTHING, VM_STATUS_TRAP, VM_TRAP_HOST_FUNCTION,
            "host function `host.%s` did not set the type of its result 1, which must be i32: write it as `results[0] = VM_ValueI32(…)`");
    refused(0, NO_TYPE, VM_STATUS_TRAP, VM_TRAP_HOST_FUNCTION,
            "host function `host.%s` did not set the type of its result 1, which must be i32: write it as `results[0] = VM_ValueI32(…)`");
    refused(0, WRONG_TYPE, VM_STATUS_TRAP, VM_TRAP_HOST_FUNCTION,
            "host function `host.%s` returned f64 as its result 1, which must be i32");
    refused(0, BAD_NUMBER, VM_STATUS_TRAP, VM_TRAP_HOST_FUNCTION,
            "returned a value of the unknown type 77 as its result 1, which must be i32");
    CHECK_INT(run(context, path, VALUES(VM_ValueI32(0), VM_ValueI32(WRITE_TWICE))), 10);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *made = new_context(engine);
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "short", "(ii)i", answer, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "long", "(iiff)i", answer, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(made, host, &error));
    instantiate(engine, made, GUEST("answers"));

    const char *paths[] = { "short", "long" };
    context = made;
    for (int i = 0; i < 2; i++) {
        path = paths[i];
        invalid_statuses();
        statuses_of_users();
        failures_propagate();
        texts_and_causes();
        wrong_results();
    }
    VM_HostModuleDelete(host);
    VM_ContextDelete(made);
    VM_EngineDelete(engine);
    return finish();
}
