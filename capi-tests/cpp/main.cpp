/* Runs the tests whose names are the arguments: the list is that of the source files. */
#include <atomic>
#include <cstring>
#include <exception>
#include <iostream>

std::atomic<int> failures;

#define TEST(name) void test_##name();
#include "cpp_tests.inc"
#undef TEST

static const struct {
    const char *name;
    void (*run)();
} tests[] = {
#define TEST(name) { #name, test_##name },
#include "cpp_tests.inc"
#undef TEST
};

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool known = false;
        for (const auto &test : tests)
            if (std::strcmp(test.name, argv[i]) == 0) {
                known = true;
                try {
                    test.run();
                } catch (const std::exception &exception) {
                    std::cerr << test.name << " throws: " << exception.what() << '\n';
                    failures++;
                }
            }
        if (!known) {
            std::cerr << "no test " << argv[i] << '\n';
            return 2;
        }
    }
    if (failures)
        std::cerr << failures << " checks failed\n";
    return failures != 0;
}
