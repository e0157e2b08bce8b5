/* A whole program: reads a module, runs it once, and ends. */
#include "peer.h"
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    char why[WHY] = "";
    static uint8_t wasm[1 << 16];
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!file)
        return 2;
    size_t size = fread(wasm, 1, sizeof wasm, file);
    fclose(file);

    void *prepared = peer.prepare(wasm, size, why);
    void *context = prepared ? peer.instantiate(prepared, why) : NULL;
    if (!context) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    printf("%llu\n", (unsigned long long)peer.run(context, 10));
    peer.close(context);
    peer.release(prepared);
    return 0;
}
