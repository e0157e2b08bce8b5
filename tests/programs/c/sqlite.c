/*
 * sqlite DATABASE < SCRIPT: runs SQL and prints each row with `|` between its columns. An error is printed and ends the
 * program with 1.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static int print_row(void *rows, int count, char **values, char **names)
{
    (void)names;
    ++*(int *)rows;
    for (int i = 0; i < count; i++)
        printf("%s%s", i ? "|" : "", values[i] ? values[i] : "NULL");
    putchar('\n');
    return 0;
}

static char *read_all(FILE *file)
{
    size_t size = 0, room = 4096;
    char *text = malloc(room);
    while (text) {
        size += fread(text + size, 1, room - size - 1, file);
        if (size < room - 1)
            break;
        text = realloc(text, room *= 2);
    }
    if (text)
        text[size] = 0;
    return text;
}

int main(int argc, char **argv)
{
    sqlite3 *database = NULL;
    char *script, *message = NULL;
    int rows = 0, status;
    if (argc != 2) {
        fprintf(stderr, "usage: %s DATABASE < SCRIPT\n", argv[0]);
        return 2;
    }
    script = read_all(stdin);
    if (!script)
        return 2;
    /* WASI has no file locks. */
    status = sqlite3_open_v2(argv[1], &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix-none");
    if (status == SQLITE_OK)
        status = sqlite3_exec(database, script, print_row, &rows, &message);
    if (status != SQLITE_OK)
        printf("error %d: %s\n", sqlite3_extended_errcode(database), message ? message : sqlite3_errmsg(database));
    fprintf(stderr, "%s: %d rows, %d changes\n", sqlite3_libversion(), rows, sqlite3_total_changes(database));
    sqlite3_free(message);
    free(script);
    if (sqlite3_close(database) != SQLITE_OK)
        return 3;
    return status != SQLITE_OK;
}
