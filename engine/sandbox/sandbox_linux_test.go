package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// probeName starts this test program once more, to enter the sandbox and try one thing; a sandbox cannot be left again.
const probeName = "PRESYNC_SANDBOX_PROBE"

const (
	probeMemoryBytes = 512 << 20
	setupFailed      = 3
)

func TestMain(m *testing.M) {
	if name := os.Getenv(probeName); name != "" {
		os.Exit(probe(name))
	}
	os.Exit(m.Run())
}

// attempt is one system call; prepare runs outside of the sandbox and gives it what it would need to succeed.
type attempt struct {
	prepare func(folder string) [6]uintptr
	call    uintptr
	want    syscall.Errno
}

func path(text string) uintptr { return uintptr(unsafe.Pointer(&append([]byte(text), 0)[0])) }

func fixed(arguments ...uintptr) func(string) [6]uintptr {
	return func(string) (all [6]uintptr) {
		copy(all[:], arguments)
		return all
	}
}

const here = ^uintptr(99) // AT_FDCWD, -100

var attempts = map[string]attempt{
	"open a file":                  {readable, unix.SYS_OPENAT, unix.EPERM},
	"open a file (openat2)":        {readable, unix.SYS_OPENAT2, unix.EPERM},
	"open a file in an open dir":   {inOpenFolder, unix.SYS_OPENAT, unix.EPERM},
	"create a file":                {creatable, unix.SYS_OPENAT, unix.EPERM},
	"look for a file":              {readable, unix.SYS_FACCESSAT, unix.EPERM},
	"list an open folder":          {openFolder, unix.SYS_GETDENTS64, unix.EPERM},
	"remove a file":                {readable, unix.SYS_UNLINKAT, unix.EPERM},
	"make memory with a name":      {fixed(path("x"), 0), unix.SYS_MEMFD_CREATE, unix.EPERM},
	"TCP socket":                   {fixed(unix.AF_INET, unix.SOCK_STREAM, 0), unix.SYS_SOCKET, unix.EPERM},
	"UDP socket":                   {fixed(unix.AF_INET6, unix.SOCK_DGRAM, 0), unix.SYS_SOCKET, unix.EPERM},
	"local socket":                 {fixed(unix.AF_UNIX, unix.SOCK_STREAM, 0), unix.SYS_SOCKET, unix.EPERM},
	"connect a socket that exists": {openSocket, unix.SYS_CONNECT, unix.EPERM},
	"send over a socket":           {openSocket, unix.SYS_SENDTO, unix.EPERM},
	"receive a descriptor":         {openSocket, unix.SYS_RECVMSG, unix.EPERM},
	"run a program":                {program, unix.SYS_EXECVE, unix.EPERM},
	"run a program (execveat)":     {fixed(here, path("/bin/true"), 0, 0, 0), unix.SYS_EXECVEAT, unix.EPERM},
	"fork":                         {fixed(uintptr(unix.SIGCHLD)), unix.SYS_CLONE, unix.EPERM},
	"fork (clone3)":                {cloneArguments, unix.SYS_CLONE3, unix.ENOSYS},
	"trace a process":              {fixed(unix.PTRACE_TRACEME), unix.SYS_PTRACE, unix.EPERM},
	"read another process":         {fixed(uintptr(unix.Getppid())), unix.SYS_PROCESS_VM_READV, unix.EPERM},
	"signal another process":       {fixed(uintptr(unix.Getppid()), 0), unix.SYS_KILL, unix.EPERM},
	"signal another thread":        {fixed(uintptr(unix.Getppid()), uintptr(unix.Getppid()), 0), unix.SYS_TGKILL, unix.EPERM},
	"open through io_uring":        {ringArguments, unix.SYS_IO_URING_SETUP, unix.EPERM},
	"use a ring that exists":       {fixed(0, 1), unix.SYS_IO_URING_ENTER, unix.EPERM},
	"load a BPF program":           {fixed(0), unix.SYS_BPF, unix.EPERM},
	"new namespace":                {fixed(unix.CLONE_NEWUSER), unix.SYS_UNSHARE, unix.EPERM},
	"mount":                        {fixed(path("/nowhere/x"), path("/nowhere/y"), 0, unix.MS_BIND), unix.SYS_MOUNT, unix.EPERM},
	"lift a limit":                 {limitArguments, unix.SYS_PRLIMIT64, unix.EPERM},
	"read the environment of init": {fixed(here, path("/proc/1/environ"), 0), unix.SYS_OPENAT, unix.EPERM},
	"memory for code":              {fixed(0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_ANON|unix.MAP_PRIVATE, ^uintptr(0)), unix.SYS_MMAP, unix.EPERM},
	"data into code":               {dataPage, unix.SYS_MPROTECT, unix.EPERM},
}

func readable(folder string) [6]uintptr {
	file := filepath.Join(folder, "canary")
	must(os.WriteFile(file, []byte("canary"), 0o600))
	return [6]uintptr{here, path(file), 0, 0}
}

func creatable(folder string) [6]uintptr {
	return [6]uintptr{here, path(filepath.Join(folder, "marker")), unix.O_CREAT | unix.O_WRONLY, 0o600}
}

func openFolder(folder string) [6]uintptr {
	opened, err := unix.Open(folder, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	must(err)
	room := make([]byte, 4096)
	return [6]uintptr{uintptr(opened), uintptr(unsafe.Pointer(&room[0])), uintptr(len(room))}
}

func inOpenFolder(folder string) [6]uintptr {
	readable(folder)
	return [6]uintptr{openFolder(folder)[0], path("canary"), 0, 0}
}

func openSocket(string) [6]uintptr {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	must(err)
	// 127.0.0.1, port 9
	address := []byte{unix.AF_INET, 0, 0, 9, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}
	return [6]uintptr{uintptr(socket), uintptr(unsafe.Pointer(&address[0])), uintptr(len(address))}
}

func program(string) [6]uintptr {
	arguments := []uintptr{path("/bin/true"), 0}
	return [6]uintptr{path("/bin/true"), uintptr(unsafe.Pointer(&arguments[0]))}
}

func cloneArguments(string) [6]uintptr {
	arguments := make([]uint64, 11)
	arguments[4] = uint64(unix.SIGCHLD)
	return [6]uintptr{uintptr(unsafe.Pointer(&arguments[0])), 88}
}

func ringArguments(string) [6]uintptr {
	parameters := make([]byte, 120)
	return [6]uintptr{8, uintptr(unsafe.Pointer(&parameters[0]))}
}

func limitArguments(string) [6]uintptr {
	limit := unix.Rlimit{Cur: 1 << 20, Max: 1 << 20}
	return [6]uintptr{0, unix.RLIMIT_CORE, uintptr(unsafe.Pointer(&limit))}
}

func dataPage(string) [6]uintptr {
	page, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	must(err)
	return [6]uintptr{uintptr(unsafe.Pointer(&page[0])), 4096, unix.PROT_READ | unix.PROT_EXEC}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(setupFailed)
	}
}

func probe(name string) int {
	folder, err := os.MkdirTemp("", "presync-sandbox-")
	must(err)
	tried := attempts[name]
	arguments := [6]uintptr{}
	if tried.prepare != nil {
		arguments = tried.prepare(folder)
	}
	_, err = Enter(probeMemoryBytes)
	must(err)
	switch name {
	case "memory":
		return eat()
	case "work":
		return work()
	}
	_, _, failure := unix.RawSyscall6(tried.call, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5])
	if failure != tried.want {
		fmt.Fprintf(os.Stderr, "%s: %v (%d)\n", name, failure, int(failure))
		return 1
	}
	return 0
}

// eat asks for more memory than there is; the runtime then ends the process.
func eat() int {
	var kept [][]byte
	for range 2 * probeMemoryBytes >> 20 {
		kept = append(kept, make([]byte, 1<<20))
		kept[len(kept)-1][0] = 1
	}
	return len(kept) % 1
}

// work keeps threads, timers and the collector busy: what the runtime needs must still be allowed.
func work() int {
	done := make(chan int)
	for range 64 {
		go func() {
			runtime.LockOSThread()
			total := 0
			for range 2_000 {
				total += len(make([]byte, 64<<10))
				runtime.Gosched()
			}
			done <- total
		}()
	}
	for range 64 {
		<-done
	}
	runtime.GC()
	return 0
}

func run(t *testing.T, name string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = []string{probeName + "=" + name, "TMPDIR=" + t.TempDir()}
	output, err := command.CombinedOutput()
	return string(output), err
}

// Each attempt has all that it needs to succeed, so that it is the filter that refuses it: without Enter every row fails.
func TestNothingButComputingIsLeft(t *testing.T) {
	for name := range attempts {
		t.Run(name, func(t *testing.T) {
			if output, err := run(t, name); err != nil {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
}

func TestTheRuntimeCanWork(t *testing.T) {
	if output, err := run(t, "work"); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}

func TestTheMemoryLimitEndsTheProcessAlone(t *testing.T) {
	output, err := run(t, "memory")
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() == setupFailed || !strings.Contains(output, "out of memory") {
		t.Errorf("%v: %.500s", err, output)
	}
}
