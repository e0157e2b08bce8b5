package libvm

// #include "shim.h"
import "C"

// Status is the kind of an error, the VM_STATUS_* of the C API. It is an error itself, for errors.Is:
//
//	if errors.Is(err, libvm.StatusTimeout) { … }
type Status int32

// The statuses. Those of the host's own begin at StatusUser and are smaller.
const (
	StatusOK                  Status = 0      // The call succeeded.
	StatusNullArgument        Status = -100   // A required object or pointer is NULL.
	StatusInvalidArgument     Status = -101   // An argument has a value that is not allowed.
	StatusBadUTF8             Status = -102   // A string is not valid UTF-8.
	StatusWrongType           Status = -103   // A value has another type than required.
	StatusWrongCount          Status = -104   // The number of arguments or results differs from the function's.
	StatusStale               Status = -105   // A handle or token refers to something that no longer exists.
	StatusWrongContext        Status = -106   // A handle belongs to another context, or a module to another engine.
	StatusBusy                Status = -107   // In use: by another thread, or by an unfinished execution.
	StatusReentrant           Status = -108   // Called from inside the context's own callback, but not through the caller.
	StatusWrongThread         Status = -109   // Called on a thread that may not call this function.
	StatusNotFound            Status = -110   // Nothing has this name or index.
	StatusAlreadyExists       Status = -111   // The name is already in use.
	StatusSealed              Status = -112   // A registered host module cannot be changed.
	StatusUnsupported         Status = -113   // Not supported by this build, engine or configuration.
	StatusOutOfBounds         Status = -114   // An address or index outside of the memory or table.
	StatusBadSignature        Status = -115   // A signature string cannot be parsed.
	StatusImmutable           Status = -116   // A constant global cannot be written.
	StatusBadConfig           Status = -117   // A configuration is not valid TOML, or has an invalid key or value.
	StatusWouldBlock          Status = -118   // The call would have to wait longer than it may.
	StatusBadModule           Status = -200   // The bytes are not a valid module for this engine.
	StatusTextFormat          Status = -201   // The bytes are in the text format, which this build cannot read.
	StatusBadParameter        Status = -202   // An entry of a custom section that libvm reads is not valid, or does not compile.
	StatusUnresolvedImport    Status = -300   // An import has no provider; the message lists all such imports.
	StatusIncompatibleImport  Status = -301   // The provider of an import has another type.
	StatusInstantiation       Status = -302   // The module could not be instantiated.
	StatusModuleRefused       Status = -303   // A plug-in has refused the module.
	StatusTrap                Status = -400   // The guest trapped; see the trap code.
	StatusExit                Status = -401   // The guest called `proc_exit`; see the exit code.
	StatusBadAnswer           Status = -402   // A host function returned a number that is not a valid status.
	StatusCancelled           Status = -403   // The execution was cancelled.
	StatusReplayDiffers       Status = -404   // The replayed execution differs from its recording.
	StatusOutOfMemory         Status = -500   // Out of memory.
	StatusRecursionLimit      Status = -501   // Calls between host and guest are nested too deeply.
	StatusLimit               Status = -502   // A limit of the context or the engine was reached.
	StatusTimeout             Status = -503   // The deadline or the compute limit of the execution passed.
	StatusOutOfFuel           Status = -504   // The execution used up the fuel of its context.
	StatusPluginNotFound      Status = -600   // No such file, or no plug-in with this name.
	StatusPluginBadFile       Status = -601   // The file is not a complete shared library.
	StatusPluginNoManifest    Status = -602   // The shared library is not a libvm plug-in.
	StatusPluginBadManifest   Status = -603   // The manifest cannot be read.
	StatusPluginWrongPlatform Status = -604   // The plug-in was built for another processor or system.
	StatusPluginIncompatible  Status = -605   // The plug-in needs another version of the ABI or of libvm.
	StatusPluginNotAllowed    Status = -606   // The registry's policy forbids the plug-in.
	StatusPluginDuplicate     Status = -607   // The same name and version is already loaded from another file.
	StatusPluginSuperseded    Status = -608   // A higher version of the plug-in is loaded.
	StatusPluginLoad          Status = -609   // The system could not open the library.
	StatusPluginBadDescriptor Status = -610   // The plug-in's descriptor is missing or invalid.
	StatusPluginInitialize    Status = -611   // The plug-in's entry, initialize or create function failed.
	StatusPluginDependency    Status = -612   // A plug-in that this one depends on is not available.
	StatusPluginFailed        Status = -613   // The plug-in reported a failure of its own.
	StatusPluginOption        Status = -614   // An option is unknown, missing, of the wrong type or out of range.
	StatusPluginPermission    Status = -615   // A permission is not granted, or is granted but not requested.
	StatusUntrustedPath       Status = -620   // Somebody other than root and this user could have put the file there.
	StatusPluginLock          Status = -621   // The lock file cannot be read.
	StatusPluginHash          Status = -622   // The file's contents differ from the expected ones.
	StatusPluginSignature     Status = -623   // The signature is missing or does not match.
	StatusBadPackage          Status = -630   // The package is damaged, or has contents that no package may have.
	StatusPackageNotFound     Status = -631   // The package, or that version of it, is not installed.
	StatusIO                  Status = -700   // Reading or writing failed.
	StatusFileNotFound        Status = -701   // No such file or directory.
	StatusPermissionDenied    Status = -702   // The system denied access.
	StatusBadStateFile        Status = -703   // The file is not a state file, is damaged, or was written by a newer version.
	StatusBadRecording        Status = -704   // The bytes are not a recording, are damaged, or were written by another version.
	StatusInternal            Status = -800   // An internal error in libvm; please report it.
	StatusUser                Status = -10000 // The first status of hosts and plug-ins; smaller numbers are theirs too.
)

// Error returns the name of the status, such as "TIMEOUT".
func (s Status) Error() string { return C.GoString(C.VM_StatusGetName(C.VM_Status(s))) }
