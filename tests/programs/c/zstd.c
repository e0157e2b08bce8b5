/*
 * zstd LEVEL IN OUT compresses a file piece by piece, with a checksum; LEVEL 0 decompresses it. Errors are printed in zstd's
 * own words and end the program with 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    return 1;
}

/* Writes what is there; tells whether it could. */
static int flush(FILE *out, ZSTD_outBuffer *buffer)
{
    size_t size = buffer->pos;
    buffer->pos = 0;
    return fwrite(buffer->dst, 1, size, out) == size;
}

static int compress_file(int level, FILE *in, FILE *out, char *data, char *room)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_outBuffer output = { room, ZSTD_CStreamOutSize(), 0 };
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    for (int last = 0; !last;) {
        ZSTD_inBuffer input = { data, fread(data, 1, ZSTD_CStreamInSize(), in), 0 };
        last = input.size < ZSTD_CStreamInSize();
        for (size_t left = 1; last ? left != 0 : input.pos < input.size;) {
            left = ZSTD_compressStream2(context, &output, &input, last ? ZSTD_e_end : ZSTD_e_continue);
            if (ZSTD_isError(left))
                return fail("compress", ZSTD_getErrorName(left));
            if (!flush(out, &output))
                return fail("write", "failed");
        }
    }
    ZSTD_freeCCtx(context);
    return 0;
}

static int decompress_file(FILE *in, FILE *out, char *data, char *room)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    ZSTD_outBuffer output = { room, ZSTD_DStreamOutSize(), 0 };
    ZSTD_inBuffer input = { data, 0, 0 };
    size_t left = 1;
    while ((input.size = fread(data, 1, ZSTD_DStreamInSize(), in)) > 0)
        for (input.pos = 0; input.pos < input.size;) {
            left = ZSTD_decompressStream(context, &output, &input);
            if (ZSTD_isError(left))
                return fail("decompress", ZSTD_getErrorName(left));
            if (!flush(out, &output))
                return fail("write", "failed");
        }
    ZSTD_freeDCtx(context);
    return left ? fail("decompress", "the file is truncated") : 0;
}

int main(int argc, char **argv)
{
    FILE *in, *out;
    char *data, *room;
    int level, failed;
    if (argc != 4)
        return fail("usage", "zstd LEVEL IN OUT");
    level = atoi(argv[1]);
    in = fopen(argv[2], "rb");
    if (!in)
        return fail(argv[1], "cannot be read");
    out = fopen(argv[3], "wb");
    if (!out)
        return fail(argv[2], "cannot be written");
    /* One size serves both ways and both ends. */
    data = malloc(ZSTD_CStreamInSize() + ZSTD_DStreamInSize());
    room = malloc(ZSTD_CStreamOutSize() + ZSTD_DStreamOutSize());
    if (!data || !room)
        return fail("memory", "there is none left");
    failed = level ? compress_file(level, in, out, data, room) : decompress_file(in, out, data, room);
    printf("zstd %s, %ld -> %ld bytes\n", ZSTD_versionString(), ftell(in), ftell(out));
    if (fclose(out))
        failed = fail("close", "failed");
    fclose(in);
    free(data);
    free(room);
    return failed;
}
