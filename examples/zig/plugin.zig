//! What VM_PLUGIN and VM_TABLE of <libvm/plugin.h> do in C: Zig does not translate them, because they are not expressions.
const std = @import("std");
const vm = @import("libvm");

/// Returns a manifest, which the entry point of the plug-in exports as `libvm_plugin_manifest`. A string that is too long does not compile.
pub fn manifest(comptime name: []const u8, comptime version: []const u8, comptime description: []const u8) vm.VM_PluginManifest {
    var made = std.mem.zeroes(vm.VM_PluginManifest);
    made.size = @sizeOf(vm.VM_PluginManifest);
    made.abi_major = vm.VM_ABI_MAJOR;
    made.abi_minor_built = vm.VM_ABI_MINOR;
    put(&made.magic, vm.VM_PLUGIN_MAGIC);
    put(&made.name, name);
    put(&made.version, version);
    put(&made.description, description);
    return made;
}

/// Copies a string, with a NUL after it.
fn put(comptime field: []u8, comptime text: []const u8) void {
    if (text.len >= field.len) @compileError("this string of the manifest is too long: " ++ text);
    @memcpy(field[0..text.len], text);
}

/// Returns `{items, count, stride}` of an array.
pub fn table(comptime Table: type, comptime items: anytype) Table {
    return .{ .items = items, .count = items.len, .stride = @sizeOf(@TypeOf(items[0])) };
}
