/* Children of this process that run a part of a test. Included last: other headers say which functions of the system are declared. */
#ifndef FORKS_H
#define FORKS_H

#include "test.h"
#include <sys/wait.h>
#include <unistd.h>

/* Runs it in a child, in which its checks have to hold too. */
static inline void in_a_child(void (*work)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        failures = 0;
        work();
        _exit(failures ? 1 : 0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#endif
