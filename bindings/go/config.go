package libvm

// #include "shim.h"
import "C"

import "unsafe"

// Config is a configuration file, in which an administrator sets where plug-ins are, which may be loaded, their options, and limits of
// guests. It takes effect where it is applied: PluginRegistry.ApplyConfig, EngineConfig.File and ContextConfig.File.
type Config struct{ handle }

// LoadConfigFromFile loads a configuration. Relative paths in it are relative to its directory.
func LoadConfigFromFile(path string) (*Config, error) {
	return loadConfig(func(raw **C.VM_Config, failed **C.VM_Error) (status C.VM_Status, err error) {
		err = withText(path, func(path *C.char) error {
			status = C.VM_ConfigLoadFromFile(path, raw, failed)
			return nil
		})
		return status, err
	})
}

// LoadConfig loads a configuration from bytes. Relative paths in it are relative to a directory, the working directory if it is empty.
func LoadConfig(data []byte, directory string) (*Config, error) {
	return loadConfig(func(raw **C.VM_Config, failed **C.VM_Error) (status C.VM_Status, err error) {
		err = withOptionalText(directory, func(directory *C.char) error {
			status = C.VM_ConfigLoadFromBuffer(bytesOf(data), C.size_t(len(data)), directory, raw, failed)
			return nil
		})
		return status, err
	})
}

func loadConfig(load func(**C.VM_Config, **C.VM_Error) (C.VM_Status, error)) (*Config, error) {
	var raw *C.VM_Config
	var failed *C.VM_Error
	status, err := load(&raw, &failed)
	if err == nil {
		err = check(status, failed)
	}
	if err != nil {
		return nil, err
	}
	made := &Config{}
	made.owner = newOwner(unsafe.Pointer(raw), freeConfig)
	return made, nil
}

// Close frees the configuration. Objects that it was applied to stay as they are.
func (c *Config) Close() { c.close() }

func freeConfig(raw unsafe.Pointer) { C.VM_ConfigDelete((*C.VM_Config)(raw)) }

// ApplyConfig applies what a configuration says about plug-ins. The report has a warning for each plug-in that it names and that is not
// found.
func (r *PluginRegistry) ApplyConfig(config *Config) (report []ReportLine, err error) {
	if config == nil {
		return nil, failure(StatusNullArgument, "the configuration is nil")
	}
	err = config.use(func(raw unsafe.Pointer) error {
		return r.load(&report, func(registry *C.VM_PluginRegistry, made **C.VM_PluginReport, failed **C.VM_Error) C.VM_Status {
			return C.VM_ConfigApplyToPluginRegistry((*C.VM_Config)(raw), registry, made, failed)
		})
	})
	return report, err
}
