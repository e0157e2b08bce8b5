/*
 * Suspends guests that wait for a socket, and drives all of them from one epoll loop (Linux).
 *
 *     cc async_host_function.c -o async_host_function $(pkg-config --cflags --libs libvm)
 *     wat2wasm receive.wat && ./async_host_function receive.wasm
 *
 * The host function `receive` cannot read yet: it suspends its guest, and its thread returns to the loop. When epoll reports the
 * socket, the loop completes the call. The execution is then ready, which the queue's descriptor reports in the same epoll. Polling
 * the execution calls `resume`, which reads into the guest's buffer, and the guest continues.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <libvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { GUESTS = 3 };

static int loop;

/* A guest with its connection; the client has the other end. */
typedef struct Server {
    VM_Context *vm;
    VM_Execution *execution;
    VM_Token waiting;
    int number, socket, client;
} Server;

static bool watch(int descriptor, void *what)
{
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = EPOLLIN;
    event.data.ptr = what;
    return epoll_ctl(loop, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

/* The buffer is where the guest's memory is now: this is another moment than that of `receive`. */
static VM_Status receive_ready(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results)
{
    Server *server = user;
    ssize_t size;
    if (completion->status)
        return completion->status;
    size = read(server->socket, args[0].of.buffer.data, args[0].of.buffer.size);
    if (size < 0)
        return VM_CallerFail(caller, VM_STATUS_IO, "the connection is broken");
    results[0] = VM_ValueI32((int32_t)size);
    return VM_STATUS_OK;
}

/* The execution was cancelled, or its context is deleted: nobody waits for the socket any more. */
static void receive_cancelled(void *user)
{
    epoll_ctl(loop, EPOLL_CTL_DEL, ((Server *)user)->socket, NULL);
}

static VM_Status receive(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = VM_SUSPENSION_INIT;
    VM_Status status = VM_CallerGetContextData(caller, &suspension.user);
    Server *server = suspension.user;
    (void)user;
    (void)args;
    (void)results;
    if (status)
        return status;
    suspension.resume = receive_ready;
    suspension.cancel = receive_cancelled;
    if (!watch(server->socket, server))
        return VM_CallerFail(caller, VM_STATUS_IO, "the socket cannot be watched");
    return VM_CallerSuspend(caller, &suspension, &server->waiting);
}

static VM_Status answer(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *server = NULL;
    VM_Status status = VM_CallerGetContextData(caller, &server);
    (void)user;
    (void)results;
    if (!status && write(((Server *)server)->socket, args[0].of.buffer.data, args[0].of.buffer.size) < 0)
        return VM_CallerFail(caller, VM_STATUS_IO, "the connection is broken");
    return status;
}

static bool start(Server *server, VM_Engine *engine, const VM_Module *module, VM_HostModule *net, VM_Queue *queue, VM_Error **error)
{
    int ends[2];
    VM_Instance instance;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return false;
    server->socket = ends[0];
    server->client = ends[1];
    return !VM_ContextCreate(engine, NULL, &server->vm, error) && !VM_ContextSetData(server->vm, server, NULL, error) &&
           !VM_ContextRegisterModule(server->vm, net, error) && !VM_ContextInstantiate(server->vm, module, &instance, error) &&
           !VM_ContextStart(server->vm, instance, "serve", NULL, 0, queue, &server->execution, error) &&
           !VM_ExecutionSetData(server->execution, server, NULL, error);
}

/* One client after the other sends a message. */
static void tick(int timer, Server *servers)
{
    static int sent;
    uint64_t times;
    if (read(timer, &times, sizeof times) == sizeof times && sent < GUESTS && write(servers[sent].client, "hello", 5) == 5)
        sent++;
}

/* Continues the executions that are ready; returns how many of them have ended. */
static int poll_ready(VM_Queue *queue, VM_Error **error)
{
    VM_Execution *execution;
    VM_Value size;
    char text[16];
    int ended = 0;
    while ((execution = VM_QueueNext(queue)) != NULL) {
        const Server *server = VM_ExecutionGetData(execution);
        if (VM_ExecutionPoll(execution, error))
            return GUESTS;
        if (VM_ExecutionGetState(execution) != VM_EXECUTION_DONE)
            continue;
        ended++;
        if (!VM_ExecutionGetResults(execution, &size, 1, error) && read(server->client, text, sizeof text) == size.of.i32)
            printf("guest %d answers: %.*s\n", server->number, (int)size.of.i32, text);
    }
    return ended;
}

/* A signal is none, such as that which continues a stopped process. */
static bool next_event(struct epoll_event *event)
{
    int count;
    do
        count = epoll_wait(loop, event, 1, -1);
    while (count < 0 && errno == EINTR);
    return count == 1;
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Module *module = NULL;
    VM_HostModule *net = NULL;
    VM_Queue *queue = NULL;
    VM_Error *error = NULL;
    Server servers[GUESTS];
    struct itimerspec period = { { 0, 5000000 }, { 0, 5000000 } }; /* 5 ms */
    struct epoll_event event;
    int i, timer, ended = 0, started = 0, failed = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: %s WASM\n", argv[0]);
        return 2;
    }
    memset(servers, 0, sizeof servers);
    loop = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, 0);
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_ModuleLoadFromFile(engine, argv[1], &module, &error) &&
        !VM_QueueCreate(&queue, &error) && !VM_HostModuleCreate("net", &net, &error) &&
        !VM_HostModuleAddFunction(net, "receive", "(>~)i", receive, NULL, NULL, &error) &&
        !VM_HostModuleAddFunction(net, "send", "(<~)", answer, NULL, NULL, &error) &&
        !VM_HostModuleSetFunctionFlags(net, "receive", VM_FUNCTION_MAY_SUSPEND, &error) &&
        watch((int)VM_QueueGetHandle(queue), queue) && watch(timer, &timer) && timerfd_settime(timer, 0, &period, NULL) == 0)
        for (; !failed && started < GUESTS; started++) {
            servers[started].number = started;
            failed = !start(&servers[started], engine, module, net, queue, &error);
        }
    if (started == GUESTS && !failed)
        printf("%d guests wait on one thread\n", started);
    while (started == GUESTS && !failed && ended < GUESTS && next_event(&event)) {
        Server *server = event.data.ptr;
        if (event.data.ptr == &timer) {
            tick(timer, servers);
        } else if (event.data.ptr == queue) {
            ended += poll_ready(queue, &error);
        } else {
            epoll_ctl(loop, EPOLL_CTL_DEL, server->socket, NULL);
            VM_Complete(server->waiting, NULL, 0, &error);
        }
        failed = error != NULL;
    }

    if (error)
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));
    for (i = 0; i < started; i++) {
        VM_ExecutionDelete(servers[i].execution);
        VM_ContextDelete(servers[i].vm);
        close(servers[i].socket);
        close(servers[i].client);
    }
    close(timer);
    close(loop);
    VM_ErrorDelete(error);
    VM_QueueDelete(queue);
    VM_HostModuleDelete(net);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return ended != GUESTS || failed;
}
