#define _POSIX_C_SOURCE 200809L
/* What loading is compared with: the system's own function, for each file. */
#include "plugins.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double plugins_processor_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

size_t plugins_open_files(const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!dlopen(paths[i], RTLD_NOW | RTLD_LOCAL)) {
            fprintf(stderr, "%s\n", dlerror());
            abort();
        }
    return count;
}
