/* The C side of src/control/. */
#ifndef CONTROL_H
#define CONTROL_H

#include <stddef.h>
#include <stdint.h>

/* How many threads an engine is for by default. */
enum { BY_DEFAULT = 0 };

/* An engine with a module, and a host module that its guests import from: shared by threads. */
typedef struct Shared Shared;
/* A guest in a context of its own. */
typedef struct Guest Guest;

Shared *shared_open(const uint8_t *wasm, size_t size, uint32_t concurrency);
void shared_close(Shared *shared);

/* Instantiates the module. */
Guest *guest_open(Shared *shared);
/* Calls `f` so many times, and returns the sum. */
uint64_t guest_call(Guest *guest, uint32_t n);
/* Calls `run`. */
uint64_t guest_run(Guest *guest, uint32_t n);
void guest_close(Guest *guest);

#endif
