/* The parameter compilers, and the functions that use what they have compiled. */
#include "more.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

std::atomic<int> words;

namespace {

struct Word {
    explicit Word(std::string_view text) : letters(text)
    {
        if (text == "status")
            throw vm::Failure(VM_STATUS_USER - 3, "words are out today");
        if (text == "plain")
            throw std::runtime_error("not this word");
        if (text == "panic")
            throw std::string("help");
        auto other = std::find_if(text.begin(), text.end(), [](char letter) { return letter < 'a' || letter > 'z'; });
        if (other != text.end())
            throw vm::ParameterError(static_cast<size_t>(other - text.begin()), "a word has small letters only");
    }
    std::string letters;
    Counted counted{ words };
};

int64_t parse(std::string_view text)
{
    int64_t number = 0;
    auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
        throw vm::ParameterError(0, "not a number");
    return number;
}

int32_t letter(vm::Parameter<Word> word, uint32_t index)
{
    if (index >= word->letters.size())
        throw std::out_of_range("no such letter");
    return word->letters[index];
}

} // namespace

void More::describe_parameters(vm::Description<More> &plugin, vm::PluginModule<More> &module)
{
    module.function("length", [](vm::Parameter<Word> word) { return static_cast<uint32_t>(word->letters.size()); })
        .function("letter", letter)
        .function("number", [](vm::Parameter<int64_t> number) { return *number; })
        .function("both", [](More &, vm::Parameter<int64_t> number, vm::Parameter<Word> word) {
            return *number + static_cast<int64_t>(word->letters.size());
        });
    plugin.compiler<Word>("word").describe("A word of small letters");
    plugin.compiler<int64_t>("number", parse);
}
