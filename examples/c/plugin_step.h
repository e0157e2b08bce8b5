/* What numbered_plugins.c and its plug-ins agree on. Whoever changes it gives it another number. */
#ifndef PLUGIN_STEP_H
#define PLUGIN_STEP_H

#include <stdint.h>

#define STEP_EXTENSION "org.example.step/1"

typedef struct Step {
    int32_t (*step)(int32_t number);
} Step;

#endif
