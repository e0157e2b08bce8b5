#include "guide.h"

int main(void)
{
    const char *path = "nowhere.wasm";
    begin();
    freopen("printed", "w", stderr);
#include "errors.c"
    error = NULL;
    end();
}
