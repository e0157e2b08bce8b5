/* For tests of the life cycle of plug-ins: their log lines, in order. Include it first, like plugin_files.h. */
#ifndef PLUGIN_LOG_H
#define PLUGIN_LOG_H

#include "plugin_files.h"
#include <pthread.h>

static char said[2000];
static pthread_mutex_t said_lock = PTHREAD_MUTEX_INITIALIZER;

/* Records the log lines of plug-ins as "name text; name text; ". */
static inline void VM_CALL listen(void *user, VM_LogLevel level, const char *source, const char *text)
{
    size_t length;
    (void)user;
    (void)level;
    if (strcmp(source, "libvm") == 0)
        return;
    pthread_mutex_lock(&said_lock);
    length = strlen(said);
    snprintf(said + length, sizeof said - length, "%s %s; ", source, text);
    pthread_mutex_unlock(&said_lock);
}

/* Compares and clears the recorded lines; no other thread runs. */
#define CHECK_SAID(expected) (CHECK_TEXT(said, expected), (void)(said[0] = '\0'))

static inline void start_listening(void) { NEED(VM_LogSetCallback(VM_LOG_INFO, listen, NULL, NULL, &error)); }

static inline void stop_listening(void)
{
    NEED(VM_LogSetCallback(VM_LOG_INFO, NULL, NULL, NULL, &error));
    CHECK_SAID("");
}

#endif
