/*
 * For tests that load a copy of the shared library that they use. Define _GNU_SOURCE first, and include it after plugin_files.h.
 */
#ifndef LIBRARY_COPY_H
#define LIBRARY_COPY_H

#include <dlfcn.h>

static inline void *symbol(void *library, const char *name)
{
    void *found = dlsym(library, name);
    SURE(found != NULL);
    return found;
}

/* Whether there is a library to copy; says if not. The program can export what is linked into it, as with a sanitizer. */
static inline bool can_copy_library(void)
{
    void *found = dlsym(RTLD_DEFAULT, "VM_EngineCreate");
    Dl_info library, program;
    if (found && dladdr(found, &library) && dladdr(&failures, &program) && library.dli_fbase != program.dli_fbase)
        return true;
    printf("libvm is linked statically: there is no library to copy\n");
    return false;
}

static inline Path copy_library(void)
{
    char command[PATH_MAX + 700];
    Path path = in_scratch("libcopy.so");
    Dl_info info;
    SURE(dladdr(symbol(RTLD_DEFAULT, "VM_EngineCreate"), &info) != 0);
    snprintf(command, sizeof command, "cp '%s' '%s'", info.dli_fname, path.text);
    SURE(system(command) == 0);
    return path;
}

#endif
