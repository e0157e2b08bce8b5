/*
 * All tests in one program: the main function of each is renamed to the test's name, and everything else in a test is static, or has
 * a unique name. `static_tests t_module` runs one test. `valgrind_tests t_func -- t_module t_table` runs t_func, and then each of the
 * others in a child of its own: under valgrind a child begins with the code that its parent has translated, which takes much longer
 * than running it.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef MORE_TESTS
#define MORE_TESTS
#endif
#define TEST(name) int name(void);
#include "all_tests.inc"
MORE_TESTS
#undef TEST

static const struct {
    const char *name;
    int (*run)(void);
} tests[] = {
#define TEST(name) { #name, name },
#include "all_tests.inc"
    MORE_TESTS
#undef TEST
};

static int run(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof tests / sizeof *tests; i++)
        if (strcmp(name, tests[i].name) == 0)
            return tests[i].run();
    fprintf(stderr, "there is no test %s\n", name);
    return 2;
}

#ifdef __unix__
#include <sys/wait.h>
#include <unistd.h>

enum {
    PATIENCE = 600,         /* seconds for a test */
    STACK = 1024 * 1024,    /* bytes; more than a test needs */
    STEP = 32 * 1024        /* bytes; valgrind takes a larger step for a change to another stack */
};

/*
 * Makes the stack as large as the tests need it. If it grew in a child, the system would list what is new as a mapping of its own, and
 * the C library would take the rest for the whole stack.
 */
static void grow_stack(size_t size)
{
    volatile char room[STEP];
    size_t i;

    for (i = sizeof room; i > 0; i -= 1024)
        room[i - 1] = 1;
    if (size > sizeof room)
        grow_stack(size - sizeof room);
    room[0]++; /* so that it stays until here */
}

/* Returns whether the test failed. */
static int run_in_child(const char *name)
{
    int status = 0;
    pid_t child;

    printf("%s\n", name);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        alarm(PATIENCE);
        exit(run(name));
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror(name);
        return 1;
    }
    if (WIFSIGNALED(status))
        printf("%s FAILED: it was ended by signal %d\n", name, WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        printf("%s FAILED: its exit code is %d\n", name, WEXITSTATUS(status));
    return status != 0;
}

static int run_all(char **names)
{
    int failed = 0;

    grow_stack(STACK);
    for (; *names && strcmp(*names, "--") != 0; names++)
        if (run(*names) != 0) {
            printf("%s FAILED\n", *names);
            return 1;
        }
    while (*names && *++names)
        failed += run_in_child(*names);
    return failed != 0;
}
#else
static int run_all(char **names)
{
    (void)names;
    fprintf(stderr, "usage: static_tests TEST\n");
    return 2;
}
#endif

int main(int count, char **arguments)
{
    return count == 2 ? run(arguments[1]) : run_all(arguments + 1);
}
