/* Invalid: a signature has an unknown letter. */
#define MARK "bad_signature"
#define SIMPLE_NAME "bad_signature"
#define SIMPLE_SIGNATURE "(ix)i"
#include "marked.h"
#include "simple.h"

VM_PLUGIN("bad_signature", "1.0.0", "Cannot spell", modules);
