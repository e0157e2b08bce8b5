/* The C side of src/plugins/main.rs. */
#ifndef PLUGINS_H
#define PLUGINS_H

#include <stddef.h>
#include <stdint.h>

enum {
    KEYS = 100,  /* how many keys are used in turn */
    VALUE = 100, /* how many bytes a value has */
};

/*
 * Instantiates a guest whose `loop` works with the plug-in of a file, or, if that is NULL, with the plug-in `bench`; without a state
 * file state is in memory.
 */
struct Plugins *plugins_open(const uint8_t *wasm, size_t size, const char *plugin, const char *state_file);
/* Calls `loop`, and gives what it gives. */
uint64_t plugins_run(struct Plugins *plugins, uint32_t n);
void plugins_close(struct Plugins *plugins);

/* Loads a plug-in, or those of a folder, into a new registry, and gives their number. */
size_t plugins_load(const char *path);
/* Prepares a registry whose guests bring the plug-ins of a folder, with an index in a file. */
void plugins_prepare(const char *folder, const char *index, const uint8_t *wasm, size_t size);
/* Loads the plug-ins that the guest imports from, and gives the number of plug-ins. */
size_t plugins_autoload(void);
/* Only opens the files. */
size_t plugins_open_files(const char *const *paths, size_t count);
/* For how many seconds the process has had a processor. */
double plugins_processor_time(void);

/* Builds the package of a folder, and installs a package into a package directory. */
void packages_build(const char *folder, const char *archive);
void packages_install(const char *root, const char *archive);

/* A context with hooks of so many plug-ins at a point, up to 10. */
struct Hooks *hooks_open(unsigned count);
/* Invokes the point `n` times, and gives `n`. */
uint64_t hooks_run(struct Hooks *hooks, uint32_t n);
void hooks_close(struct Hooks *hooks);

#endif
