/* Hostile guests beside well-behaved ones on one queue: the latter get their turns and results, the former are stopped by their limits or
 * from another thread, and the thread that drains the queue is never lost. */
#include "hostile.h"
#include <pthread.h>

enum { EACH = 2, HOSTILE = EACH * ATTACK_COUNT, GOOD = 10, ALL = HOSTILE + GOOD, TURNS = 2000, COMPUTE_MS = 10 };

typedef struct Guest {
    VM_Context *context;
    VM_Execution *execution;
    uint64_t id;        /* by which it is cancelled */
    const Attack *made; /* NULL: well-behaved */
    bool limited;
    bool ended;
} Guest;

static VM_Engine *engine;
static VM_Module *module;
static VM_Queue *queue;
static Guest guests[ALL];
static int left = ALL, well_left = GOOD;
static atomic_int freed, ended_calls;

static void VM_CALL has_ended(void *user, VM_Execution *execution)
{
    Guest *guest = user;
    CHECK(guest->execution == execution || !guest->execution);
    ended_calls++;
}

static void start(Guest *guest, VM_HostModule *host)
{
    VM_Value arg = VM_ValueI32(TURNS);
    guest->context = hostile_context(engine, host);
    NEED(VM_ContextInstantiate(guest->context, module, NULL, &error));
    NEED(VM_ContextSetSlice(guest->context, 300, &error));
    if (guest->limited)
        NEED(VM_ContextSetComputeLimit(guest->context, COMPUTE_MS, &error));
    NEED(VM_ContextGetCancelId(guest->context, &guest->id, &error));
    NEED(VM_ContextStart(guest->context, latest(guest->context), guest->made ? guest->made->name : "sum", &arg, guest->made ? 0 : 1, queue,
                         &guest->execution, &error));
    NEED(VM_ExecutionSetData(guest->execution, guest, NULL, &error));
    CHECK_OK(VM_ExecutionSetCallback(guest->execution, has_ended, guest, NULL, &error));
}

static void look_at(Guest *guest)
{
    VM_ExecutionState state = VM_ExecutionGetState(guest->execution);
    if (!guest->ended && (state == VM_EXECUTION_DONE || state == VM_EXECUTION_FAILED)) {
        guest->ended = true;
        left--;
        well_left -= !guest->made;
    }
}

static void one_turn(void)
{
    VM_Execution *execution = NULL;
    void *data = NULL;
    CHECK_OK(VM_QueueWait(queue, UINT64_MAX, &error));
    execution = VM_QueueNext(queue);
    if (!execution)
        return;
    data = VM_ExecutionGetData(execution);
    VM_ExecutionPoll(execution, NULL);
    look_at(data);
}

static void *cancel_others(void *unused)
{
    for (int i = 0; i < HOSTILE; i++) {
        if (!guests[i].limited && !guests[i].made->ends)
            VM_Cancel(guests[i].id, NULL); /* one that has ended is stale */
    }
    return unused;
}

static void check(Guest *guest)
{
    VM_Value result;
    if (!guest->made) {
        CHECK_OK(VM_ExecutionGetResults(guest->execution, &result, 1, &error));
        CHECK_INT(result.of.i32, TURNS * (TURNS + 1) / 2);
    } else if (guest->made->ends) {
        CHECK_STATUS(VM_ExecutionPoll(guest->execution, &error), guest->made->ends, guest->made->message);
    } else {
        CHECK_STATUS(VM_ExecutionPoll(guest->execution, &error), guest->limited ? VM_STATUS_TIMEOUT : VM_STATUS_CANCELLED, NULL);
    }
    VM_ExecutionDelete(guest->execution);
    /* The context can be used again, also by a call that blocks. */
    NEED(VM_ContextSetComputeLimit(guest->context, 0, &error));
    CHECK_INT(run(guest->context, "sum", VALUES(VM_ValueI32(10))), 55);
    CHECK_STATUS(VM_Cancel(guest->id, &error), VM_STATUS_STALE, NULL);
    VM_ContextDelete(guest->context);
}

int main(void)
{
    VM_HostModule *host = hostile_host(&freed);
    pthread_t thread;
    engine = hostile_engine(true, false);
    module = load(engine, GUEST("hostile"));
    NEED(VM_QueueCreate(&queue, &error));
    for (int i = 0; i < ALL; i++) {
        if (i < HOSTILE)
            guests[i] = (Guest){ .made = &ATTACKS[i % ATTACK_COUNT], .limited = i >= ATTACK_COUNT && !ATTACKS[i % ATTACK_COUNT].ends };
        start(&guests[i], host);
        look_at(&guests[i]);
    }
    VM_HostModuleDelete(host);
    while (well_left)
        one_turn();
    CHECK(left > 0); /* some are never done by themselves */
    CHECK_INT(pthread_create(&thread, NULL, cancel_others, NULL), 0);
    while (left)
        one_turn();
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(ended_calls, ALL);
    CHECK(VM_QueueNext(queue) == NULL);
    for (int i = 0; i < ALL; i++)
        check(&guests[i]);
    VM_QueueDelete(queue);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
