/* What the plug-in says of modules that it is shown. */
#include "more.hpp"

#include <stdexcept>

std::atomic<int> provided;

static std::string text_of(const std::vector<vm::ModuleItem> &items)
{
    std::string text;
    for (const vm::ModuleItem &item : items)
        text += std::string(text.empty() ? " " : ",") + std::string(item.module) + (item.module.empty() ? "" : ".") + std::string(item.name) + ":" +
                std::to_string(item.kind) + ":" + (item.signature.empty() ? "-" : std::string(item.signature));
    return text.empty() ? " -" : text;
}

void More::provide(vm::ModuleView<More> &view, const std::string &name)
{
    auto count = [](More &more) { return ++more.seen; };
    if (name.compare(0, 3, "add") == 0)
        view.provide("made", name, [number = std::stoi(name.substr(3)), counted = Counted(provided)](int32_t other) {
            return static_cast<uint32_t>(number) + static_cast<uint32_t>(other);
        });
    if (name == "count" || name == "twice")
        view.provide("made", name, count);
    if (name == "twice")
        view.provide("made", name, count);
    if (name == "secret")
        view.provide("made", name, [] { return 1; }, vm::Provided().permission("more:secret").describe("A secret"));
}

void More::examine(vm::ModuleView<More> &view)
{
    for (const vm::ModuleSection &section : view.sections()) {
        std::string content(section.content);
        if (section.name == "more.refuse")
            view.refuse(content);
        if (section.name == "more.plain")
            throw std::runtime_error(content);
        if (section.name == "more.panic")
            throw std::string("help");
        if (section.name == "more.show")
            view.log(VM_LOG_INFO, "show" + text_of(view.imports()) + text_of(view.exports()));
        if (section.name == "more.require") {
            size_t space = content.find(' ');
            view.require(content.substr(0, space), space == std::string::npos ? "" : content.substr(space + 1));
        }
    }
    for (const vm::ModuleItem &import : view.imports())
        if (import.kind == VM_MODULE_ITEM_FUNCTION && import.module == "made")
            provide(view, std::string(import.name));
}
