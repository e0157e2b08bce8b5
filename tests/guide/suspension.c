#include "guide.h"
#include <pthread.h>
#include <unistd.h>

/* What the functions of the page wait for: a thread that completes them, with a number if they have a result. */
struct timer {
    VM_Token token;
    int ms;
};

static void *expire(void *given)
{
    struct timer *timer = given;
    VM_Value result = VM_ValueI32(timer->ms);

    usleep(1000 * (unsigned)timer->ms);
    VM_Complete(timer->token, &result, 1, NULL);
    free(timer);
    return NULL;
}

static void set_timer(int ms, VM_Token token)
{
    struct timer *timer = malloc(sizeof *timer);
    pthread_t thread;

    timer->token = token;
    timer->ms = ms;
    CHECK(!pthread_create(&thread, NULL, expire, timer) && !pthread_detach(thread));
}

#include "suspending-host-functions.c"

struct connection {
    VM_Token token;
};

static VM_Status read_now(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results)
{
    results[0] = VM_ValueI32(completion->values[0].of.i32 + 1);
    return VM_STATUS_OK;
}

static void stop_waiting(void *user)
{
}

static VM_Status start_read(VM_Caller *caller, struct connection *connection)
{
#include "continuing-in-resume.c"
}

static VM_Status read_later(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    struct connection *connection = malloc(sizeof *connection);
    VM_Status status = start_read(caller, connection);

    if (status == VM_STATUS_PENDING)
        set_timer(10, connection->token);
    return status;
}

/* The guest's function is suspended, too. */
static VM_Status notify(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = VM_SUSPENSION_INIT;
    VM_Value message = VM_ValueI32(7);

    suspension.resume = read_now;
#include "calling-the-guest.c"
}

int main(void)
{
    VM_HostModule *host;
    VM_Value result;

    begin();
    load("guest.wasm");
    VM_HostModuleCreate("host", &host, &error);
#include "suspending-host-functions-2.c"
    VM_HostModuleAddFunction(host, "read", "()i", read_later, NULL, NULL, &error);
    VM_HostModuleSetFunctionFlags(host, "read", VM_FUNCTION_MAY_SUSPEND, &error);
    VM_HostModuleAddFunction(host, "notify", "()i", notify, NULL, NULL, &error);
    VM_HostModuleSetFunctionFlags(host, "notify", VM_FUNCTION_MAY_SUSPEND | VM_FUNCTION_REENTERS, &error);
    VM_ContextRegisterModule(context, host, &error);
    VM_ContextInstantiate(context, module, &guest, &error);
    VM_ContextExecute(context, guest, "run", NULL, 0, &result, 1, &error);
    WELL();
    CHECK(result.of.i32 == 5 + 11 + 8);
    VM_HostModuleDelete(host);
    end();
}
