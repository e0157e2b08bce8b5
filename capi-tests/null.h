/* Shared by the tests of NULL: each function of libvm.h is called with NULL for each required pointer, and for the error. */
#ifndef LIBVM_NULL_H
#define LIBVM_NULL_H

#include "test.h"

#define BAD_TEXT "ab\xff"

/* The call, whose last argument is `&error`, fails and names the NULL parameter. */
#define IS_NULL(call, what) CHECK_STATUS(call, VM_STATUS_NULL_ARGUMENT, what " is NULL")
#define IS_BAD_TEXT(call, what) CHECK_STATUS(call, VM_STATUS_BAD_UTF8, what " is not valid UTF-8 from byte 2 on")

#endif
