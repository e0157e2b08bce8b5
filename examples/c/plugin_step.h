/* The extension of numbered_plugins.c and its plug-ins. An incompatible change needs a new number. */
#ifndef PLUGIN_STEP_H
#define PLUGIN_STEP_H

#include <stdint.h>

#define STEP_EXTENSION "org.example.step/1"

typedef struct Step {
    int32_t (*step)(int32_t number);
} Step;

#endif
