/* For tests of the stacks that callbacks run on. */
#ifndef STACKS_H
#define STACKS_H

#define _GNU_SOURCE
#include "plugin_files.h"
#include <pthread.h>

enum { ROOM = 200 << 10, STEP = 40 << 10 };

/* Whether this is called on the stack of its thread. */
static inline bool on_thread_stack(void)
{
    pthread_attr_t attributes;
    void *start = NULL;
    size_t size = 0;
    char here = 0;
    SURE(pthread_getattr_np(pthread_self(), &attributes) == 0);
    SURE(pthread_attr_getstack(&attributes, &start, &size) == 0);
    pthread_attr_destroy(&attributes);
    return (uintptr_t)&here - (uintptr_t)start < size;
}

/* Writes to so many bytes of the stack, in steps, since valgrind takes a large one for a change to another stack. */
static inline void fill_bytes(size_t size)
{
    volatile char room[STEP];
    for (size_t i = 0; i < sizeof room; i += 1024)
        room[i] = (char)i;
    if (size > sizeof room)
        fill_bytes(size - sizeof room);
    room[0]++; /* so that it stays until here */
}

/* Writes to as much of the stack as each callback has. */
static inline void fill(void)
{
    fill_bytes(ROOM);
}

#endif
