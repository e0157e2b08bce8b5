/* The C side of src/streams.rs. */
#ifndef STREAMS_H
#define STREAMS_H

#include <stddef.h>
#include <stdint.h>

enum {
    PAYLOAD = 1024, /* bytes of an event */
    /* How events pass. */
    STREAM = 0,         /* a stream, one call of the guest for each event */
    STREAM_BATCHED = 1, /* a stream, one call for each batch */
    LOOP_MEMORY = 2,    /* the host writes to the guest's memory, calls it, and reads from its memory */
    LOOP_FUNCTIONS = 3, /* the host calls the guest, which calls two host functions */
};

/* Instantiates a guest whose `handle` handles an event of the stream, or one that is in its memory. */
struct Streams *streams_open(const uint8_t *wasm, size_t size, int32_t how);
/* Passes `n` events, and gives the number of their bytes. */
uint64_t streams_run(struct Streams *streams, uint32_t n);
void streams_close(struct Streams *streams);

#endif
