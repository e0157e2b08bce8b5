/*
 * A plug-in that includes this appends its file name to the file of the environment variable LIBVM_TEST_MARK when its library is
 * opened: a test can check whether any of its code ran.
 */
#ifndef MARKED_H
#define MARKED_H

#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void leave_mark(void)
{
    const char *path = getenv("LIBVM_TEST_MARK");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (!file)
        return;
    fprintf(file, "%s\n", MARK);
    fclose(file);
}

#endif
