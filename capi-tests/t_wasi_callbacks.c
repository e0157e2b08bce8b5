/* Stream callbacks: the results of each status for guest and host, and of invalid answers. */
#include "wasi.h"

enum { STDIN, STDOUT };
enum { OWN = -10001 };

/* Status and count that the callbacks return, and the reason of a failure. */
static VM_Status answer;
static const char *reason;
static size_t claimed;

static VM_Status VM_CALL give(void *user, uint8_t *data, size_t size, size_t *count)
{
    (void)user;
    memset(data, 'x', size);
    *count = claimed;
    return reason ? VM_WasiFail(answer, reason) : answer;
}

static VM_Status VM_CALL take(void *user, const uint8_t *data, size_t size, size_t *count)
{
    (void)user;
    (void)data;
    (void)size;
    *count = claimed;
    return reason ? VM_WasiFail(answer, reason) : answer;
}

/* The call of the guest fails with this status and message. */
static void check_ends(VM_Context *guest, VM_Status expected, const char *read_message, const char *write_message)
{
    VM_Value result;
    VM_Instance instance = latest(guest);
    put_vector(guest, 4);
    CHECK_STATUS(VM_ContextExecute(guest, instance, "fd_read", VALUES(I(STDIN), I(VECTOR), I(1), I(RESULT)), &result, 1, &error),
                 expected, read_message);
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "fd_read");
    CHECK_STATUS(VM_ContextExecute(guest, instance, "fd_write", VALUES(I(STDOUT), I(VECTOR), I(1), I(RESULT)), &result, 1, &error),
                 expected, write_message);
    CHECK_TEXT(VM_ErrorGetModuleName(error), "wasi_snapshot_preview1");
}

static void check_number(VM_Context *guest, VM_Status status, int32_t expected)
{
    answer = status;
    CHECK_INT(guest_reads(guest, STDIN, 4), expected);
    CHECK_INT(guest_writes(guest, STDOUT, TEXT("four")), expected);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Wasi *wasi = new_wasi();
    VM_Context *guest;

    CHECK_OK(VM_WasiSetInputCallback(wasi, give, NULL, NULL, &error));
    CHECK_OK(VM_WasiSetStreamCallback(wasi, VM_WASI_STDOUT, take, NULL, NULL, &error));
    guest = new_guest(engine, wasi);

    claimed = 3;
    check_number(guest, VM_STATUS_OK, SUCCESS);
    CHECK_INT(result_u32(guest), 3);
    CHECK_READ(guest, STDIN, 4, "xxx");
    /* After a failure the count is ignored. */
    check_number(guest, VM_STATUS_IO, IO);
    check_number(guest, VM_STATUS_FILE_NOT_FOUND, NOENT);
    check_number(guest, VM_STATUS_PERMISSION_DENIED, ACCES);
    check_number(guest, VM_STATUS_INVALID_ARGUMENT, INVAL);
    check_number(guest, VM_STATUS_OUT_OF_MEMORY, NOMEM);
    check_number(guest, VM_STATUS_LIMIT, NOSPC);
    check_number(guest, VM_STATUS_BUSY, AGAIN);
    check_number(guest, VM_STATUS_UNSUPPORTED, NOTSUP);
    check_number(guest, VM_STATUS_INTERNAL, IO);

    answer = VM_STATUS_TRAP;
    check_ends(guest, VM_STATUS_TRAP, "fd_read` failed: the callback failed with VM_STATUS_TRAP",
               "fd_write` failed: the callback failed with VM_STATUS_TRAP");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_HOST_FUNCTION);
    answer = OWN;
    check_ends(guest, OWN, "fd_read` failed: the callback failed with status -10001", "fd_write` failed: the callback failed with status -10001");
    reason = "the disk is\tfull";
    check_ends(guest, OWN, "fd_read` failed: the disk is\\tfull", "fd_write` failed: the disk is\\tfull");
    answer = VM_STATUS_TRAP;
    check_ends(guest, VM_STATUS_TRAP, "fd_read` failed: the disk is\\tfull", "fd_write` failed: the disk is\\tfull");
    check_number(guest, VM_STATUS_IO, IO);
    check_number(guest, VM_STATUS_OK, INVAL); /* not a failure: VM_STATUS_INVALID_ARGUMENT is what the callback returns */
    reason = NULL;
    CHECK_INT(VM_WasiFail(VM_STATUS_IO, "no callback runs"), VM_STATUS_WRONG_THREAD);
    CHECK_INT(VM_WasiFail(VM_STATUS_OK, "not a failure"), VM_STATUS_INVALID_ARGUMENT);
    answer = OWN; /* an earlier reason is forgotten */
    check_ends(guest, OWN, "the callback failed with status -10001", "the callback failed with status -10001");
    answer = 1;
    check_ends(guest, VM_STATUS_BAD_ANSWER, "the callback answered VM_STATUS_PENDING, but the guest may not be suspended", "permit it with VM_WasiSetMaySuspend");
    answer = 3;
    check_ends(guest, VM_STATUS_BAD_ANSWER, "the callback answered 3, which is not a status", "answered 3, which is not");
    answer = VM_STATUS_OK;
    claimed = 5;
    check_ends(guest, VM_STATUS_TRAP, "claims that it read 5 bytes, but was passed 4", "claims that it wrote 5 bytes, but was passed 4");

    /* None of it is for good. */
    claimed = 4;
    check_number(guest, VM_STATUS_OK, SUCCESS);
    VM_ContextDelete(guest);
    VM_WasiDelete(wasi);
    VM_EngineDelete(engine);
    return finish();
}
