/* Counting instructions, when the program runs under callgrind. */
#include "bench.h"

#if defined(__has_include)
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#define HAS_CALLGRIND 1
#endif
#endif

#ifdef HAS_CALLGRIND
int32_t count_begin(void)
{
    CALLGRIND_ZERO_STATS;
    return RUNNING_ON_VALGRIND != 0;
}

void count_end(void)
{
    CALLGRIND_DUMP_STATS;
}
#else
int32_t count_begin(void)
{
    return 0;
}

void count_end(void)
{
}
#endif
