/* The hooks. */
#include "more.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

vm::Answer More::decide(vm::Event &event)
{
    event.set_integer("seen", ++seen);
    if (!event.type("do"))
        return vm::Answer::Continue;
    std::string what(event.string("do"));
    if (what == "status")
        throw vm::Failure(VM_STATUS_USER - 5, "the stamp is missing");
    if (what == "plain")
        throw std::runtime_error("no stamp at all");
    if (what == "panic")
        throw std::string("help");
    if (what == "absent")
        event.integer("absent");
    if (what == "type")
        event.integer("do");
    if (what == "complete")
        return vm::Answer::Complete;
    if (what == "retry")
        return seen % 3 ? vm::Answer::Retry : vm::Answer::Continue;
    if (what != "continue")
        throw vm::Failure(VM_STATUS_INVALID_ARGUMENT, "do what: " + what);
    return vm::Answer::Continue;
}

void More::values(vm::Event &event) const
{
    std::string list;
    for (const std::string &key : event.keys())
        list += (list.empty() ? "" : ",") + key + ":" + "?sbip"[event.type(key)];
    if (event.type("text"))
        event.set_string("text", prefix + std::string(event.string("text")) + "!");
    if (event.type("bytes")) {
        vm::Span<const uint8_t> bytes = event.bytes("bytes");
        std::vector<uint8_t> reversed(bytes.begin(), bytes.end());
        std::reverse(reversed.begin(), reversed.end());
        event.set_bytes("bytes", { reversed.data(), reversed.size() });
    }
    if (event.type("integer"))
        event.set_integer("integer", event.integer("integer") * 2);
    if (event.type("pointer"))
        event.set_pointer("pointer too", event.pointer("pointer"));
    event.remove("gone");
    event.set_string("list", list);
    event.set_string("point", std::string(event.point()));
}

vm::Answer More::later(vm::Event &event)
{
    std::string what(event.string("do"));
    vm::Answer answer = what == "complete" ? vm::Answer::Complete : vm::Answer::Continue;
    if (what == "no")
        return vm::Answer::Complete;
    auto [completer, pending] = event.suspend([self = self] { self.log(VM_LOG_INFO, "event cancelled"); });
    if (what == "forget")
        throw vm::Failure(VM_STATUS_USER - 7, "changed its mind");
    if (what == "retry" && !event.type("tries")) {
        event.set_integer("tries", 1);
        answer = vm::Answer::Retry;
    }
    if (what == "keep")
        kept.emplace(std::move(completer));
    else
        std::thread([what, answer, completer = std::move(completer)]() mutable {
            vm::EventCompleter owned = std::move(completer);
            if (what == "status")
                owned.fail(VM_STATUS_USER - 6, "no answer");
            else if (what == "refused") /* what is refused can be completed again */
                owned.complete(owned.fail(VM_STATUS_PENDING, "not an answer") == VM_STATUS_INVALID_ARGUMENT ? vm::Answer::Complete : vm::Answer::Continue);
            else if (what != "drop")
                owned.complete(answer);
        }).detach();
    return pending;
}

void More::finish(vm::Event &event)
{
    if (kept)
        event.set_integer("event", kept->complete(vm::Answer::Complete));
    kept.reset();
    if (kept_call)
        event.set_integer("call", kept_call->complete(7));
    kept_call.reset();
}
