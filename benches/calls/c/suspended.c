/* Guests that are suspended, and guests that are cancelled. */
#define _POSIX_C_SOURCE 199309L
#include "control.h"
#include <time.h>

void guest_start(Guest *guest, uint32_t n)
{
    VM_Value arg = VM_ValueI32((int32_t)n);
    VM_Error *error = NULL;
    VM_ExecutionDelete(guest->execution);
    check(VM_FuncStart(guest->context, guest->run, &arg, 1, NULL, &guest->execution, &error), &error);
}

uint64_t guest_resume(Guest *guest, uint32_t n)
{
    VM_Value one = VM_ValueI32(1), result = VM_ValueI64(0);
    VM_Error *error = NULL;
    for (uint32_t i = 0; i < n; i++) {
        check(VM_Complete(guest->token, &one, 1, &error), &error);
        check(VM_ExecutionPoll(guest->execution, &error), &error);
    }
    if (VM_ExecutionGetState(guest->execution) == VM_EXECUTION_DONE)
        check(VM_ExecutionGetResults(guest->execution, &result, 1, &error), &error);
    return (uint64_t)result.of.i64;
}

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

uint64_t guest_spin(Guest *guest)
{
    VM_Value arg = VM_ValueI32(0), result;
    VM_Error *error = NULL;
    VM_Status status = VM_FuncCall(guest->context, guest->run, &arg, 1, &result, 1, &error);
    uint64_t ended = now();
    if (status != VM_STATUS_CANCELLED)
        check(status ? status : VM_STATUS_INTERNAL, &error);
    VM_ErrorDelete(error);
    return ended;
}

uint64_t guest_cancel_id(Guest *guest)
{
    uint64_t id = 0;
    VM_Error *error = NULL;
    check(VM_ContextGetCancelId(guest->context, &id, &error), &error);
    return id;
}

uint64_t cancel(uint64_t id)
{
    VM_Error *error = NULL;
    uint64_t began = now();
    check(VM_Cancel(id, &error), &error);
    return began;
}
