/*
 * Every plug-in that includes this leaves a line with its file's name in the file that the environment variable
 * LIBVM_TEST_MARK names, as soon as its library is opened: so a test can tell whether any of its code ran.
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
