/* Shared by the tests of <libvm.hpp>: checks that print position, expected and found values; guests and plug-ins. */
#ifndef LIBVM_TEST_HPP
#define LIBVM_TEST_HPP

#include <libvm.hpp>

#include <atomic>
#include <iostream>
#include <string>

#define GUEST(name) LIBVM_TEST_DATA "/" name ".wasm"
#define PLUGIN(name) LIBVM_TEST_PLUGINS "/" name ".so"

extern std::atomic<int> failures;

inline void check_true(bool holds, const char *file, int line, const char *what)
{
    if (!holds) {
        failures++;
        std::cerr << file << ':' << line << ": does not hold: " << what << '\n';
    }
}

template <class Found, class Expected> void check_equal(const Found &found, const Expected &expected, const char *file, int line, const char *what)
{
    if (!(found == expected)) {
        failures++;
        std::cerr << file << ':' << line << ": " << what << " is " << found << ", expected " << expected << '\n';
    }
}

inline void check_error(const vm::Error &error, VM_Status status, const std::string &text, const char *file, int line, const char *what)
{
    if (error.status() != status || std::string(error.what()).find(text) == std::string::npos) {
        failures++;
        std::cerr << file << ':' << line << ": " << what << "\n    gave " << error.status_name() << " \"" << error.what() << "\", expected "
                  << VM_StatusGetName(status) << " \"" << text << "\"\n";
    }
}

#define CHECK(condition) check_true((condition) ? true : false, __FILE__, __LINE__, #condition)
#define CHECK_EQUAL(found, expected) check_equal((found), (expected), __FILE__, __LINE__, #found)

#ifndef VM_CPP_RESULTS
template <class F> void check_throws(F run, VM_Status status, const std::string &text, const char *file, int line, const char *what)
{
    try {
        run();
    } catch (const vm::Error &error) {
        return check_error(error, status, text, file, line, what);
    }
    failures++;
    std::cerr << file << ':' << line << ": does not throw: " << what << '\n';
}
/* The statement throws a vm::Error with the status, and with the text in its message. */
#define CHECK_THROWS(statement, status, text) check_throws([&] { statement; }, status, text, __FILE__, __LINE__, #statement)
#else
/* The call returns an error with the status, and with the text in its message. */
#define CHECK_FAILS(call, status, text)                                                         \
    do {                                                                                        \
        auto outcome = (call);                                                                  \
        CHECK(!outcome);                                                                        \
        if (!outcome)                                                                           \
            check_error(outcome.error(), status, text, __FILE__, __LINE__, #call);              \
    } while (0)
#endif

#endif
