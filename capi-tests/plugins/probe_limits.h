/* Limits of the probes' functions. */
#ifndef PROBE_LIMITS_H
#define PROBE_LIMITS_H

enum { MOST_ARGS = 8, MOST_BYTES = 4096 };

#endif
