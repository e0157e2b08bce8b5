/* For tests of events that wait in contexts with guests; include it first: it defines feature macros. */
#ifndef LIBVM_HOOKS_WAITERS_H
#define LIBVM_HOOKS_WAITERS_H

#define _XOPEN_SOURCE 700
#include "executions.h"
#include <pthread.h>

typedef struct Waiter {
    VM_Event *event;
    VM_Execution *execution;
    _Atomic VM_Token token;
} Waiter;

static inline VM_Status VM_CALL later(void *user, VM_Event *event)
{
    void *waiter = NULL;
    VM_Token token;
    VM_Status status;
    (void)user;
    CHECK_INT(VM_EventGetPointer(event, "waiter", &waiter), VM_STATUS_OK);
    status = VM_EventSuspend(event, NULL, &token);
    ((Waiter *)waiter)->token = token;
    return status;
}

static inline VM_Status VM_CALL count(void *user, VM_Event *event)
{
    int64_t number = 0;
    VM_EventGetInteger(event, "counted", &number);
    CHECK_INT(VM_EventSetInteger(event, "counted", number + 1), VM_STATUS_OK);
    ++*(atomic_int *)user;
    return VM_STATUS_OK;
}

static inline void start_event(VM_Context *context, Waiter *waiter, VM_Queue *queue)
{
    waiter->token = 0;
    NEED(VM_EventCreate("point", &waiter->event, &error));
    NEED(VM_EventSetPointer(waiter->event, "waiter", waiter));
    NEED(VM_ContextStartHooks(context, waiter->event, queue, &waiter->execution, &error));
}

static inline void end_event(Waiter *waiter)
{
    VM_Status answer = 77;
    CHECK_OK(VM_ExecutionGetAnswer(waiter->execution, &answer, &error));
    CHECK_INT(answer, VM_STATUS_OK);
    VM_ExecutionDelete(waiter->execution);
    VM_EventDelete(waiter->event);
}

static inline int32_t sum(VM_Context *context, VM_Instance instance, int32_t one, int32_t other)
{
    VM_Value result = VM_ValueI32(-1);
    CHECK_OK(VM_ContextExecute(context, instance, "add", VALUES(VM_ValueI32(one), VM_ValueI32(other)), &result, 1, &error));
    return result.of.i32;
}

#endif
