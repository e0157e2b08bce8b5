/*
 * A process that counts in a state file is killed at random moments and restarted, 1,000 times: no reported number is lost or
 * reported again. LIBVM_TEST_KILLS sets another number of times.
 */
#include "keeper.h"
#include <signal.h>
#include <time.h>

static uint32_t state_of_random = 1;

static uint32_t random_below(uint32_t limit)
{
    state_of_random = state_of_random * 1664525u + 1013904223u;
    return (state_of_random >> 8) % limit;
}

/* Counts until it is killed, and reports every count. */
static void count(const char *path, int out)
{
    VM_PluginRegistry *registry = registry_with(path);
    VM_Context *context = keeper_context(new_engine(), registry, "desk");
    for (;;) {
        int64_t now = next(context);
        if (write(out, &now, sizeof now) != sizeof now)
            _exit(1);
    }
}

static void wait_microseconds(uint32_t time)
{
    struct timespec rest = { 0, (long)time * 1000 };
    nanosleep(&rest, NULL);
}

static int kills(void)
{
    const char *wanted = getenv("LIBVM_TEST_KILLS"), *preloaded = getenv("LD_PRELOAD");
    if (wanted)
        return atoi(wanted);
    /* Valgrind takes most of a second to start. */
    return preloaded && strstr(preloaded, "vgpreload") ? 10 : 1000;
}

int main(void)
{
    Path path;
    int i, reports = 0, all = kills();
    /* The last count that was reported, and how many may have been made since and not been reported: one a process. */
    int64_t last = 0, unreported = 0;

    make_scratch();
    path = in_scratch("state.db");
    for (i = 0; i < all; i++) {
        int pipes[2], status;
        int64_t now;
        bool first = true;
        pid_t child;
        SURE(pipe(pipes) == 0);
        child = fork();
        SURE(child >= 0);
        if (child == 0) {
            close(pipes[0]);
            count(path.text, pipes[1]);
        }
        close(pipes[1]);
        /* Every other one is killed while it counts for certain, the others also while they start. */
        if (i % 2 == 0) {
            SURE(read(pipes[0], &now, sizeof now) == sizeof now);
            CHECK(now > last && now <= last + unreported + 1);
            last = now;
            unreported = 0;
            first = false;
            reports++;
        }
        wait_microseconds(random_below(i % 2 == 0 ? 3000 : 10000));
        SURE(kill(child, SIGKILL) == 0);
        while (read(pipes[0], &now, sizeof now) == sizeof now) {
            CHECK(now > last && now <= last + (first ? unreported : 0) + 1);
            last = now;
            unreported = 0;
            first = false;
            reports++;
        }
        unreported++;
        SURE(waitpid(child, &status, 0) == child);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        close(pipes[0]);
    }
    printf("%d kills, %d counts reported, the last one %lld\n", all, reports, (long long)last);
    return finish();
}
