package libvm_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Every function of the C API is used by the package, or stands in not_covered.txt under a reason.
func TestTheWholeAPIIsUsedOrListed(t *testing.T) {
	name := regexp.MustCompile(`VM_[A-Z][A-Za-z0-9]+`)
	used := map[string]bool{}
	files, err := filepath.Glob("*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, ".txt") {
			continue
		}
		for _, each := range name.FindAllString(read(t, file), -1) {
			used[each] = true
		}
	}
	listed := map[string]bool{} // and whether it was needed
	for _, line := range strings.Split(read(t, "not_covered.txt"), "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			listed[line] = false
		}
	}
	declared := regexp.MustCompile(`VM_API[^;]*?VM_CALL (VM_\w+)\(`)
	for _, match := range declared.FindAllStringSubmatch(read(t, "../../include/libvm.h"), -1) {
		if used[match[1]] {
			continue
		}
		found := false
		for each := range listed {
			if each == match[1] || (strings.HasSuffix(each, "*") && strings.HasPrefix(match[1], strings.TrimSuffix(each, "*"))) {
				listed[each], found = true, true
			}
		}
		if !found {
			t.Errorf("%s is neither used nor in not_covered.txt", match[1])
		}
	}
	for each, needed := range listed {
		if !needed {
			t.Errorf("%s stands in not_covered.txt, but it is used or does not exist", each)
		}
	}
}

// The statuses are those of the C header.
func TestTheStatusesAreThoseOfTheHeader(t *testing.T) {
	header, own := read(t, "../../include/libvm/types.h"), read(t, "status.go")
	for _, match := range regexp.MustCompile(`VM_STATUS_(\w+) = (-?\d+)`).FindAllStringSubmatch(header, -1) {
		if match[1] == "PENDING" || match[1] == "COMPLETE" || match[1] == "RETRY" {
			continue // answers of callbacks
		}
		if !regexp.MustCompile(`Status\w+\s+Status = ` + match[2] + `\b`).MatchString(own) {
			t.Errorf("VM_STATUS_%s = %s has no Status", match[1], match[2])
		}
	}
}

// The programs in docs/go.md are those that run here.
func TestTheProgramsOfTheGuide(t *testing.T) {
	squeeze := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	programs := squeeze(read(t, "example_test.go"))
	for _, example := range []string{"main.go", "hook/main.go", "stream/main.go"} {
		programs += squeeze(read(t, "../../examples/go/host/"+example))
	}
	blocks := strings.Split(read(t, "../../docs/go.md"), "```go\n")[1:]
	for _, block := range blocks {
		program, _, _ := strings.Cut(block, "```")
		if !strings.Contains(programs, squeeze(program)) {
			t.Errorf("no program that is run contains\n%s", program)
		}
	}
	if len(blocks) == 0 {
		t.Error("the guide has no program")
	}
}
