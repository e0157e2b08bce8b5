/* What the pages' programs share: names that the blocks use, and checks. */
#ifndef GUIDE_H
#define GUIDE_H

#include <libvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
            exit(1); \
        } \
    } while (0)

/* Nothing has failed so far. */
#define WELL() \
    do { \
        if (error) { \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, VM_ErrorGetMessage(error)); \
            exit(1); \
        } \
    } while (0)

/* The failure that a block has shown. */
#define FAILED(status, text) \
    do { \
        CHECK(VM_ErrorGetStatus(error) == (status)); \
        CHECK(strstr(VM_ErrorGetMessage(error), text)); \
        VM_ErrorDelete(error); \
        error = NULL; \
    } while (0)

static VM_Error *error;
static VM_Engine *engine;
static VM_Context *context;
static VM_Module *module;
static VM_Instance guest;

/* Makes an engine and a context. */
static inline void begin(void)
{
    VM_EngineCreate(NULL, &engine, &error);
    VM_ContextCreate(engine, NULL, &context, &error);
    WELL();
}

/* Loads the guest of the page. */
static inline void load(const char *file)
{
    VM_ModuleLoadFromFile(engine, file, &module, &error);
    WELL();
}

/* Returns the contents of a text file. */
static inline const char *contents(const char *file)
{
    static char text[4096];
    FILE *opened = fopen(file, "r");
    CHECK(opened);
    text[fread(text, 1, sizeof text - 1, opened)] = 0;
    fclose(opened);
    return text;
}

/* Deletes them. */
static inline void end(void)
{
    WELL();
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

#endif
