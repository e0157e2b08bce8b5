/* The C side of src/control/. */
#ifndef CONTROL_H
#define CONTROL_H

#include <libvm.h>

/* How many threads an engine is for by default. */
enum { BY_DEFAULT = 0 };

/* Options of an engine, of which the first two choose its tier; without them it interprets. */
enum { COMPILED = 1, AUTO = 2, INTERRUPTIBLE = 4, FUEL = 8, BACKTRACES = 16, POOLED = 32, RAW = 64 };

/* How many instances an engine with POOLED has room for. */
enum { POOL = 10000 };

/* An engine with a module, and a host module that its guests import from: shared by threads. */
typedef struct Shared {
    VM_Engine *engine;
    VM_Module *module;
    VM_HostModule *host[8]; /* one for each module that is imported from */
    const char *name[8];
    size_t hosts;
    VM_ContextPool *pool;
    uint32_t options;
} Shared;

/* A guest in a context of its own. */
typedef struct Guest {
    Shared *shared;
    VM_Context *context;
    VM_Instance instance;
    VM_Func f, run;
    VM_PreparedCall *prepared; /* of `f`, once it is used */
    VM_Execution *execution;
    VM_Token token;
} Guest;

/* Ends the program if a call has failed: by pointer, because arguments are evaluated in any order. */
void check(VM_Status status, VM_Error **error);

Shared *shared_open(const uint8_t *wasm, size_t size, uint32_t concurrency, uint32_t options);
Shared *shared_open_file(const char *path, uint32_t options);
void shared_close(Shared *shared);

/* Instantiates the module. */
Guest *guest_open(Shared *shared);
/* Calls `f` so many times, and returns the sum. */
uint64_t guest_call(Guest *guest, uint32_t n);
/* The same by the name of `f`, and by a prepared call. */
uint64_t guest_execute(Guest *guest, uint32_t n);
uint64_t guest_call_prepared(Guest *guest, uint32_t n);
/* The same in a context that is entered once. */
uint64_t guest_call_entered(Guest *guest, uint32_t n);
/* Calls `run`. */
uint64_t guest_run(Guest *guest, uint32_t n);
/* Whether it runs machine code. */
bool guest_is_compiled(Guest *guest);
void guest_close(Guest *guest);

/* So many times a context with an instance, created and deleted, or of a pool. It runs something if `runs`. */
uint64_t contexts_created(Shared *shared, uint32_t n, bool runs);
uint64_t contexts_pooled(Shared *shared, uint32_t n, bool runs);

/* Starts `run`, which calls host.wait so many times: the guest is suspended in the first call. */
void guest_start(Guest *guest, uint32_t n);
/* Completes so many calls of host.wait; returns the result if the guest has ended. */
uint64_t guest_resume(Guest *guest, uint32_t n);

/* Calls `run`, which does not end, and returns when it was cancelled: nanoseconds of a monotonic clock. */
uint64_t guest_spin(Guest *guest);
/* Returns the number to cancel the guest with. */
uint64_t guest_cancel_id(Guest *guest);
/* Cancels an execution, and returns when that began. */
uint64_t cancel(uint64_t id);

#endif
