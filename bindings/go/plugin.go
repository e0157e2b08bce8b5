package libvm

// #include "shim.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// PluginRegistry is a set of loaded plug-ins with a policy.
type PluginRegistry struct{ handle }

// NewPluginRegistry creates an empty registry.
func NewPluginRegistry() *PluginRegistry {
	made := &PluginRegistry{}
	var raw *C.VM_PluginRegistry
	if C.VM_PluginRegistryCreate(&raw, nil) == C.VM_STATUS_OK {
		made.owner = newOwner(unsafe.Pointer(raw), freePluginRegistry)
	} // else its methods fail
	return made
}

// Close frees the registry. Contexts that have registered plug-ins of it keep them.
func (r *PluginRegistry) Close() { r.close() }

func freePluginRegistry(raw unsafe.Pointer) { C.VM_PluginRegistryDelete((*C.VM_PluginRegistry)(raw)) }

// ReportLine is the result for one candidate, a file that may be a plug-in.
type ReportLine struct {
	Status                       Status
	Path, Name, Version, Message string
	Loaded                       bool
}

// LoadFromPath loads a plug-in from a file, or all from a directory. The report has a line for each candidate, also when loading fails.
func (r *PluginRegistry) LoadFromPath(path string) (report []ReportLine, err error) {
	err = withText(path, func(path *C.char) error {
		return r.load(&report, func(registry *C.VM_PluginRegistry, made **C.VM_PluginReport, failed **C.VM_Error) C.VM_Status {
			return C.VM_PluginLoadFromPath(registry, path, made, failed)
		})
	})
	return report, err
}

// LoadWithDefaultPaths loads the plug-ins in the default directories.
func (r *PluginRegistry) LoadWithDefaultPaths() (report []ReportLine, err error) {
	err = r.load(&report, func(registry *C.VM_PluginRegistry, made **C.VM_PluginReport, failed **C.VM_Error) C.VM_Status {
		return C.VM_PluginLoadWithDefaultPaths(registry, made, failed)
	})
	return report, err
}

func (r *PluginRegistry) load(report *[]ReportLine, run func(*C.VM_PluginRegistry, **C.VM_PluginReport, **C.VM_Error) C.VM_Status) error {
	return r.use(func(raw unsafe.Pointer) error {
		var made *C.VM_PluginReport
		var failed *C.VM_Error
		status := run((*C.VM_PluginRegistry)(raw), &made, &failed)
		defer C.VM_PluginReportDelete(made)
		for i := C.size_t(0); i < C.VM_PluginReportGetCount(made); i++ {
			line := C.VM_PluginReportGetLine(made, i)
			*report = append(*report, ReportLine{
				Status: Status(line.status), Path: text(line.path), Name: text(line.name), Version: text(line.version),
				Message: text(line.message), Loaded: bool(line.loaded),
			})
		}
		return check(status, failed)
	})
}

// set passes a text to a function of the registry.
func (r *PluginRegistry) set(value string, run func(*C.VM_PluginRegistry, *C.char, **C.VM_Error) C.VM_Status) error {
	return withText(value, func(value *C.char) error {
		return r.use(func(raw unsafe.Pointer) error {
			var failed *C.VM_Error
			return check(run((*C.VM_PluginRegistry)(raw), value, &failed), failed)
		})
	})
}

// AddSearchDirectory adds a directory to those of LoadWithDefaultPaths.
func (r *PluginRegistry) AddSearchDirectory(directory string) error {
	return r.set(directory, func(raw *C.VM_PluginRegistry, directory *C.char, failed **C.VM_Error) C.VM_Status {
		return C.VM_PluginRegistryAddSearchDirectory(raw, directory, failed)
	})
}

// UpdateFromPath is LoadFromPath, but a higher version replaces the loaded one: contexts that register the plug-in from now on have it, and
// Context.UpdatePlugin moves others to it.
func (r *PluginRegistry) UpdateFromPath(path string) (report []ReportLine, err error) {
	err = withText(path, func(path *C.char) error {
		return r.load(&report, func(registry *C.VM_PluginRegistry, made **C.VM_PluginReport, failed **C.VM_Error) C.VM_Status {
			return C.VM_PluginRegistryUpdateFromPath(registry, path, made, failed)
		})
	})
	return report, err
}

// DirectoryKind is what a directory of plug-ins is for.
type DirectoryKind int32

// The kinds of directories of plug-ins.
const (
	DirectoryData  DirectoryKind = C.VM_DIRECTORY_DATA  // Files to keep.
	DirectoryCache DirectoryKind = C.VM_DIRECTORY_CACHE // Files that plug-ins can create again.
	DirectoryTemp  DirectoryKind = C.VM_DIRECTORY_TEMP  // Files that are deleted with the instance.
)

// SetDataDirectory sets the directory in which plug-ins have their data, caches or temporary files; the default if it is empty.
func (r *PluginRegistry) SetDataDirectory(kind DirectoryKind, directory string) error {
	return withOptionalText(directory, func(directory *C.char) error {
		return r.use(func(raw unsafe.Pointer) error {
			var failed *C.VM_Error
			return check(C.VM_PluginRegistrySetDataDirectory((*C.VM_PluginRegistry)(raw), C.VM_DirectoryKind(kind), directory, &failed), failed)
		})
	})
}

// SetFileChecks sets whether files are refused that other users could have put where they are; at first they are.
func (r *PluginRegistry) SetFileChecks(on bool) error {
	return r.use(func(raw unsafe.Pointer) error {
		var failed *C.VM_Error
		return check(C.VM_PluginRegistrySetFileChecks((*C.VM_PluginRegistry)(raw), C.bool(on), &failed), failed)
	})
}

// AddTrustedGroup accepts files and directories that the members of a group can write to.
func (r *PluginRegistry) AddTrustedGroup(group uint32) error {
	return r.use(func(raw unsafe.Pointer) error {
		var failed *C.VM_Error
		return check(C.VM_PluginRegistryAddTrustedGroup((*C.VM_PluginRegistry)(raw), C.uint32_t(group), &failed), failed)
	})
}

// WriteLock writes a lock file for SetLock: the plug-ins that are loaded from files, with their hashes.
func (r *PluginRegistry) WriteLock(path string) error {
	return r.set(path, func(raw *C.VM_PluginRegistry, path *C.char, failed **C.VM_Error) C.VM_Status {
		return C.VM_PluginRegistryWriteLock(raw, path, failed)
	})
}

// SetStateFile sets the file in which plug-ins keep their state.
func (r *PluginRegistry) SetStateFile(path string) error {
	return r.set(path, func(raw *C.VM_PluginRegistry, path *C.char, failed **C.VM_Error) C.VM_Status {
		return C.VM_PluginRegistrySetStateFile(raw, path, failed)
	})
}

// SetLock loads only plug-ins whose hash is in a lock file.
func (r *PluginRegistry) SetLock(path string) error {
	return r.set(path, func(raw *C.VM_PluginRegistry, path *C.char, failed **C.VM_Error) C.VM_Status {
		return C.VM_PluginRegistrySetLock(raw, path, failed)
	})
}

// AddKey loads only plug-ins that are signed with one of the keys.
func (r *PluginRegistry) AddKey(key string) error {
	return r.set(key, func(raw *C.VM_PluginRegistry, key *C.char, failed **C.VM_Error) C.VM_Status {
		return C.VM_PluginRegistryAddKey(raw, key, failed)
	})
}

// AllowOnly loads only plug-ins with these names.
func (r *PluginRegistry) AllowOnly(names ...string) error {
	return withTexts(names, func(list **C.char, count C.size_t) error {
		return r.use(func(raw unsafe.Pointer) error {
			var failed *C.VM_Error
			status := C.VM_PluginRegistrySetPolicy((*C.VM_PluginRegistry)(raw), C.VM_PLUGIN_POLICY_NAMED, list, count, &failed)
			return check(status, failed)
		})
	})
}

// GrantPermission grants a permission to a plug-in in all contexts.
func (r *PluginRegistry) GrantPermission(plugin, permission string) error {
	return withTexts([]string{plugin, permission}, func(list **C.char, _ C.size_t) error {
		both := unsafe.Slice(list, 2)
		return r.use(func(raw unsafe.Pointer) error {
			var failed *C.VM_Error
			status := C.VM_PluginRegistryGrantPermission((*C.VM_PluginRegistry)(raw), both[0], both[1], &failed)
			return check(status, failed)
		})
	})
}

// Plugins returns the loaded plug-ins in the order of loading.
func (r *PluginRegistry) Plugins() []*Plugin {
	var list []*Plugin
	_ = r.use(func(raw unsafe.Pointer) error {
		registry := (*C.VM_PluginRegistry)(raw)
		for i := C.size_t(0); i < C.VM_PluginRegistryGetCount(registry); i++ {
			var plugin *C.VM_Plugin
			if C.VM_PluginRegistryFindByIndex(registry, i, &plugin, nil) == C.VM_STATUS_OK {
				list = append(list, newPlugin(plugin))
			}
		}
		return nil
	})
	return list
}

// Find returns the plug-in with a name.
func (r *PluginRegistry) Find(name string) (*Plugin, error) {
	var plugin *C.VM_Plugin
	err := r.set(name, func(raw *C.VM_PluginRegistry, name *C.char, failed **C.VM_Error) C.VM_Status {
		return C.VM_PluginRegistryFind(raw, name, &plugin, failed)
	})
	if err != nil {
		return nil, err
	}
	return newPlugin(plugin), nil
}

// Plugin is a plug-in that a registry has loaded.
type Plugin struct {
	handle
	Name, Version, Description, License, Path string
	Modules                                   []PluginModule
	Options                                   []PluginOption
	Permissions                               []string // that it requests
	Hooks                                     []PluginHook
	Sources                                   []PluginSource
	Sinks                                     []PluginSink
	AbiMinor                                  uint32 // of the plug-in ABI for which it was built
}

// PluginHook is a hook of a plug-in.
type PluginHook struct{ Point, Description string }

// PluginSource is a source of a plug-in. Its options are in addition to the plug-in's.
type PluginSource struct {
	Name, Description                    string
	Options                              []PluginOption
	Bounded, Push, Rewindable, HasCommit bool
}

// PluginSink is a sink of a plug-in. Its options are in addition to the plug-in's.
type PluginSink struct {
	Name, Description string
	Options           []PluginOption
	HasFlush          bool
}

// PluginModule is a module of host functions of a plug-in.
type PluginModule struct {
	Name, Description string
	Functions         []PluginFunction
}

// PluginFunction is a host function of a plug-in.
type PluginFunction struct {
	Name, Signature, Description, Permission string
	Type                                     FuncType
}

// PluginOption is an option of a plug-in.
type PluginOption struct {
	Key, Description, Default, Choices string
	Type                               OptionType
	Secret, Ranged, Required           bool
	Minimum, Maximum                   float64 // of a number with a range
}

// OptionType is the type of an option of a plug-in.
type OptionType uint32

// The types of options.
const (
	OptionBool    OptionType = C.VM_OPTION_TYPE_BOOL
	OptionInteger OptionType = C.VM_OPTION_TYPE_INTEGER
	OptionFloat   OptionType = C.VM_OPTION_TYPE_FLOAT
	OptionString  OptionType = C.VM_OPTION_TYPE_STRING
	OptionEnum    OptionType = C.VM_OPTION_TYPE_ENUM
	OptionList    OptionType = C.VM_OPTION_TYPE_LIST
)

func pluginOption(raw *C.VM_PluginOption) PluginOption {
	made := PluginOption{
		Key: text(raw.key), Description: text(raw.description), Default: text(raw.default_value), Choices: text(raw.choices),
		Type: OptionType(raw._type), Secret: bool(raw.is_secret), Ranged: bool(raw.is_ranged), Required: raw.default_value == nil,
		Minimum: float64(raw.minimum_number), Maximum: float64(raw.maximum_number),
	}
	if made.Type == OptionInteger {
		made.Minimum, made.Maximum = float64(raw.minimum), float64(raw.maximum)
	}
	return made
}

func pluginFunction(raw *C.VM_PluginFunction) PluginFunction {
	return PluginFunction{
		Name: text(raw.name), Signature: text(raw.signature), Description: text(raw.description), Permission: text(raw.permission),
		Type: funcType(raw._type),
	}
}

func newPlugin(raw *C.VM_Plugin) *Plugin {
	made := &Plugin{
		Name: text(C.VM_PluginGetName(raw)), Version: text(C.VM_PluginGetVersion(raw)),
		Description: text(C.VM_PluginGetDescription(raw)), License: text(C.VM_PluginGetLicense(raw)),
		Path: text(C.VM_PluginGetPath(raw)), AbiMinor: uint32(C.VM_PluginGetAbiMinor(raw)),
	}
	for i := C.size_t(0); i < C.VM_PluginGetModuleCount(raw); i++ {
		module := PluginModule{Name: text(C.VM_PluginGetModuleName(raw, i)), Description: text(C.VM_PluginGetModuleDescription(raw, i))}
		for j := C.size_t(0); j < C.VM_PluginGetFunctionCount(raw, i); j++ {
			module.Functions = append(module.Functions, pluginFunction(C.VM_PluginGetFunction(raw, i, j)))
		}
		made.Modules = append(made.Modules, module)
	}
	for i := C.size_t(0); i < C.VM_PluginGetOptionCount(raw); i++ {
		made.Options = append(made.Options, pluginOption(C.VM_PluginGetOption(raw, i)))
	}
	for i := C.size_t(0); i < C.VM_PluginGetHookCount(raw); i++ {
		hook := C.VM_PluginGetHook(raw, i)
		made.Hooks = append(made.Hooks, PluginHook{text(hook.point), text(hook.description)})
	}
	for i := C.size_t(0); i < C.VM_PluginGetSourceCount(raw); i++ {
		source := C.VM_PluginGetSource(raw, i)
		each := PluginSource{
			Name: text(source.name), Description: text(source.description), Bounded: source.flags&C.VM_SOURCE_BOUNDED != 0,
			Push: bool(source.is_push), Rewindable: bool(source.is_rewindable), HasCommit: bool(source.has_commit),
		}
		for j := C.size_t(0); j < source.option_count; j++ {
			each.Options = append(each.Options, pluginOption(C.VM_PluginGetSourceOption(raw, i, j)))
		}
		made.Sources = append(made.Sources, each)
	}
	for i := C.size_t(0); i < C.VM_PluginGetSinkCount(raw); i++ {
		sink := C.VM_PluginGetSink(raw, i)
		each := PluginSink{Name: text(sink.name), Description: text(sink.description), HasFlush: bool(sink.has_flush)}
		for j := C.size_t(0); j < sink.option_count; j++ {
			each.Options = append(each.Options, pluginOption(C.VM_PluginGetSinkOption(raw, i, j)))
		}
		made.Sinks = append(made.Sinks, each)
	}
	for i := C.size_t(0); i < C.VM_PluginGetPermissionCount(raw); i++ {
		made.Permissions = append(made.Permissions, text(C.VM_PluginGetPermission(raw, i)))
	}
	made.owner = newOwner(unsafe.Pointer(raw), freePlugin)
	return made
}

// Close releases the plug-in, which its registry keeps.
func (p *Plugin) Close() { p.close() }

func freePlugin(raw unsafe.Pointer) { C.VM_PluginRelease((*C.VM_Plugin)(raw)) }

// RegisterPlugins registers all plug-ins of a registry: guests can then import their functions.
func (c *Context) RegisterPlugins(registry *PluginRegistry) error {
	if registry == nil {
		return failure(StatusNullArgument, "the registry is nil")
	}
	return registry.use(func(raw unsafe.Pointer) error {
		return c.run(func() C.Answer {
			return C.libvm_go_register_plugins(&c.anchor, c.raw, (*C.VM_PluginRegistry)(raw), nil)
		})
	})
}

// RegisterPlugin registers one plug-in.
func (c *Context) RegisterPlugin(plugin *Plugin) error {
	if plugin == nil {
		return failure(StatusNullArgument, "the plug-in is nil")
	}
	return plugin.use(func(raw unsafe.Pointer) error {
		return c.run(func() C.Answer { return C.libvm_go_register_plugins(&c.anchor, c.raw, nil, (*C.VM_Plugin)(raw)) })
	})
}

// UpdatePlugin moves the context to another version of a plug-in that is registered in it, with its state. On failure it stays as it was.
func (c *Context) UpdatePlugin(plugin *Plugin) error {
	if plugin == nil {
		return failure(StatusNullArgument, "the plug-in is nil")
	}
	return plugin.use(func(raw unsafe.Pointer) error {
		return c.run(func() C.Answer { return C.libvm_go_update_plugin(&c.anchor, c.raw, (*C.VM_Plugin)(raw)) })
	})
}

// GrantPermission grants a permission to a plug-in in this context, before it is registered.
func (c *Context) GrantPermission(plugin, permission string) error {
	return withTexts([]string{plugin, permission}, func(list **C.char, _ C.size_t) error {
		both := unsafe.Slice(list, 2)
		return c.do(func(failed **C.VM_Error) C.VM_Status {
			return C.VM_ContextGrantPermission(c.raw, both[0], both[1], failed)
		})
	})
}

// SetPluginOption sets an option of a plug-in in this context, before it is registered: a string, bool, int, int64, float64 or []string.
func (c *Context) SetPluginOption(plugin, key string, value any) error {
	return withTexts([]string{plugin, key}, func(list **C.char, _ C.size_t) error {
		both := unsafe.Slice(list, 2)
		plugin, key := both[0], both[1]
		set := func(run func(**C.VM_Error) C.VM_Status) error { return c.do(run) }
		switch value := value.(type) {
		case string:
			return withText(value, func(value *C.char) error {
				return set(func(failed **C.VM_Error) C.VM_Status {
					return C.VM_ContextSetPluginOption(c.raw, plugin, key, value, failed)
				})
			})
		case bool:
			return set(func(failed **C.VM_Error) C.VM_Status {
				return C.VM_ContextSetPluginOptionBool(c.raw, plugin, key, C.bool(value), failed)
			})
		case int:
			return set(func(failed **C.VM_Error) C.VM_Status {
				return C.VM_ContextSetPluginOptionInteger(c.raw, plugin, key, C.int64_t(value), failed)
			})
		case int64:
			return set(func(failed **C.VM_Error) C.VM_Status {
				return C.VM_ContextSetPluginOptionInteger(c.raw, plugin, key, C.int64_t(value), failed)
			})
		case float64:
			return set(func(failed **C.VM_Error) C.VM_Status {
				return C.VM_ContextSetPluginOptionFloat(c.raw, plugin, key, C.double(value), failed)
			})
		case []string:
			return withTexts(value, func(items **C.char, count C.size_t) error {
				return set(func(failed **C.VM_Error) C.VM_Status {
					return C.VM_ContextSetPluginOptionList(c.raw, plugin, key, items, count, failed)
				})
			})
		}
		return failure(StatusWrongType, fmt.Sprintf("a %T is no value of an option", value))
	})
}
