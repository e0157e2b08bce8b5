/*
 * A probe of the ABI: a plug-in whose functions are served by a child process for each context, over pipes. Its program is among
 * the plug-in's resources. If it dies, the guest traps, and the next call starts another one.
 */
#define _GNU_SOURCE
#define VM_PLUGIN_MODULES "calc,helper"
#include "probe_forward.h"
#include "probe_process/frames.h"
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

typedef struct Instance {
    char program[600];
    pid_t child; /* 0 if there is none */
    int to, from;
} Instance;

/* Starts the helper; returns 0 or the system's error number. */
static int start(Instance *here)
{
    char *arguments[] = { here->program, NULL }, *environment[] = { NULL };
    int in[2], out[2], failed;
    posix_spawn_file_actions_t actions;
    if (access(here->program, X_OK) != 0) /* posix_spawn does not report this on every system */
        return errno;
    if (pipe2(in, O_CLOEXEC) != 0)
        return errno;
    if (pipe2(out, O_CLOEXEC) != 0) {
        failed = errno;
        close(in[0]);
        close(in[1]);
        return failed;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    failed = posix_spawn(&here->child, here->program, &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    here->to = in[1];
    here->from = out[0];
    if (failed) {
        close(here->to);
        close(here->from);
        here->child = 0;
    }
    return failed;
}

/* Ends the helper and waits for it; returns its exit status. */
static int stop(Instance *here)
{
    int how = 0;
    close(here->to);
    close(here->from);
    kill(here->child, SIGKILL);
    while (waitpid(here->child, &how, 0) < 0 && errno == EINTR) {
    }
    here->child = 0;
    return how;
}

/* Returns whether the helper is running. */
static bool runs(const Instance *here)
{
    siginfo_t info = { 0 };
    return here->child && waitid(P_PID, (id_t)here->child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

/* Writes to the helper. If it has ended, SIGPIPE must not end this process. */
static bool send(const Instance *here, const void *data, size_t size)
{
    static const struct timespec now = { 0, 0 };
    sigset_t pipe_only, before, pending;
    bool sent;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    sent = write_all(here->to, data, size);
    if (!sent && errno == EPIPE && !sigismember(&pending, SIGPIPE))
        sigtimedwait(&pipe_only, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return sent;
}

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    const char *resources = NULL;
    char why[800];
    VM_Status status = VM_HostGetDirectory(host, self, VM_DIRECTORY_RESOURCE, &resources);
    Instance *made = status ? NULL : calloc(1, sizeof *made);
    int failed;
    if (!made)
        return status ? status : VM_STATUS_OUT_OF_MEMORY;
    snprintf(made->program, sizeof made->program, "%s/probe_helper", resources);
    failed = start(made);
    if (failed) {
        snprintf(why, sizeof why, "cannot start %s: %s", made->program, strerror(failed));
        free(made);
        return VM_HostFail(host, why);
    }
    *instance = made;
    return VM_STATUS_OK;
}

static void destroy(void *instance)
{
    Instance *here = instance;
    if (here->child)
        stop(here);
    free(here);
}

/* A value with only the member of its type: other bytes must not reach another process. */
static VM_Value bare(const VM_Value *value)
{
    switch (value->type) {
    case VM_VALTYPE_I32: return VM_ValueI32(value->of.i32);
    case VM_VALTYPE_I64: return VM_ValueI64(value->of.i64);
    case VM_VALTYPE_F32: return VM_ValueF32(value->of.f32);
    case VM_VALTYPE_F64: return VM_ValueF64(value->of.f64);
    default: {
        VM_Value made = VM_ValueI64(0);
        made.type = value->type;
        made.of.buffer.size = value->of.buffer.size;
        return made;
    }
    }
}

/* Serves all functions. */
static VM_Status forward(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *here = instance;
    const Served *function = caller->data;
    Frame frame = { "", 0, caller->arg_count, 0, 0 };
    VM_Value values[MOST_ARGS];
    char bytes[MOST_BYTES + 1], why[160];
    size_t used = 0;
    int how;
    strncpy(frame.name, function->name, sizeof frame.name - 1);
    for (uint32_t i = 0; i < caller->arg_count; i++) {
        values[i] = bare(&args[i]);
        if (args[i].type != VM_VALTYPE_BUFFER)
            continue;
        if (args[i].of.buffer.size > MOST_BYTES - used)
            return VM_CallerTrap(caller, "the buffers are larger than 4096 bytes");
        memcpy(bytes + used, args[i].of.buffer.data, args[i].of.buffer.size);
        used += args[i].of.buffer.size;
    }
    if (here->child && !runs(here))
        stop(here);
    how = here->child ? 0 : start(here);
    if (how)
        return VM_CallerTrap(caller, strerror(how));
    frame.bytes = (uint32_t)used;
    if (!send(here, &frame, sizeof frame) || !send(here, values, frame.values * sizeof *values) || !send(here, bytes, used) ||
        !read_all(here->from, &frame, sizeof frame) || frame.bytes > MOST_BYTES ||
        frame.values != (frame.failed ? 0 : caller->result_count) ||
        !read_all(here->from, results, frame.values * sizeof *results) || !read_all(here->from, bytes, frame.bytes)) {
        how = stop(here);
        snprintf(why, sizeof why, "the helper ended with %s %d; the next call starts another",
                 WIFSIGNALED(how) ? "signal" : "code", WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how));
        return VM_CallerTrap(caller, why);
    }
    bytes[frame.bytes] = '\0';
    if (frame.failed)
        return VM_CallerTrap(caller, bytes);
    used = 0;
    for (uint32_t i = 0; i < caller->arg_count; i++) {
        if (args[i].type != VM_VALTYPE_BUFFER)
            continue;
        if (direction(function, i) != '<')
            memcpy(args[i].of.buffer.data, bytes + used, args[i].of.buffer.size);
        used += args[i].of.buffer.size;
    }
    return VM_STATUS_OK;
}

static const Served more[] = { { "pid", "()i" }, { "die", "()i" } };
static const VM_FunctionDescriptor helper[] = {
    VM_FUNCTION_WITH("pid", "()i", forward, (void *)&more[0], 0, NULL, NULL),
    VM_FUNCTION_WITH("die", "()i", forward, (void *)&more[1], 0, NULL, NULL),
};
static const VM_ModuleDescriptor modules[] = { VM_MODULE("calc", calc), VM_MODULE("helper", helper) };
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .create = create, .destroy = destroy,
};
VM_PLUGIN_DESCRIPTOR("probe_process", "1.0.0", "Calculates in another process", descriptor);
