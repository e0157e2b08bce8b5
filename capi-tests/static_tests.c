/*
 * Runs one of the tests that are linked into this program with the static library: `static_tests t_module`. The main function of
 * each test is renamed to the test's name. Everything else in a test is static, or has a unique name.
 */
#include <stdio.h>
#include <string.h>

#define TEST(name) int name(void);
#include "static_tests.inc"
#undef TEST

static const struct {
    const char *name;
    int (*run)(void);
} tests[] = {
#define TEST(name) { #name, name },
#include "static_tests.inc"
#undef TEST
};

int main(int count, char **arguments)
{
    size_t i;

    for (i = 0; count == 2 && i < sizeof tests / sizeof *tests; i++)
        if (strcmp(arguments[1], tests[i].name) == 0)
            return tests[i].run();
    fprintf(stderr, "usage: static_tests TEST\n");
    return 2;
}
