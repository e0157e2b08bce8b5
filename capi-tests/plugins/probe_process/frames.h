/* The protocol of the plug-in probe_process and its helper over two pipes: a header, values, the bytes of buffers. */
#ifndef FRAMES_H
#define FRAMES_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

typedef struct Frame {
    char name[16];       /* The function; of an answer, empty. */
    uint32_t failed;     /* Of an answer: the bytes are the reason. */
    uint32_t values;     /* How many follow. */
    uint32_t bytes;      /* How many follow them. */
    uint32_t reserved;
} Frame;

/* Reads or writes all of it; false at the end and on failure. */
static inline bool read_all(int file, void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t got = read(file, (char *)data + done, size - done);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static inline bool write_all(int file, const void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t put = write(file, (const char *)data + done, size - done);
        if (put < 0 && errno != EINTR)
            return false;
        done += put > 0 ? (size_t)put : 0;
    }
    return true;
}

#endif
