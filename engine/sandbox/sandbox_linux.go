// Package sandbox takes from the process what a render never needs: files, sockets, programs, unbounded memory.
package sandbox

import (
	"fmt"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"golang.org/x/sys/unix"
)

// allowed is what the Go runtime calls once everything is loaded, and reading and writing of descriptors that are open.
// Whatever else is asked for fails with EPERM. Nothing here opens, connects or executes.
var allowed = []string{
	"brk", "clock_gettime", "close", "epoll_create1", "epoll_ctl", "epoll_pwait", "eventfd2", "exit", "exit_group", "futex",
	"getpid", "getrandom", "gettid", "madvise", "munmap", "nanosleep", "pread64", "read", "restart_syscall", "rseq",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sched_getaffinity", "sched_yield", "set_robust_list", "sigaltstack",
	"timer_create", "timer_delete", "timer_settime", "write",
}

// Enter limits memory, forbids core dumps and loads the filter for all threads; it cannot be undone.
func Enter(memoryBytes int) (string, error) {
	for resource, limit := range map[int]uint64{unix.RLIMIT_DATA: uint64(memoryBytes), unix.RLIMIT_CORE: 0} {
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
			return "", fmt.Errorf("set a resource limit: %w", err)
		}
	}
	filter := seccomp.Filter{NoNewPrivs: true, Flag: seccomp.FilterFlagTSync, Policy: policy()}
	if err := seccomp.LoadFilter(filter); err != nil {
		return "", fmt.Errorf("load the seccomp filter: %w", err)
	}
	return "seccomp", nil
}

func policy() seccomp.Policy {
	enosys := seccomp.ActionErrno | seccomp.Action(unix.ENOSYS)
	only := func(name string, argument uint32, operation seccomp.Operation, value uint64) seccomp.NameWithConditions {
		return seccomp.NameWithConditions{Name: name, Conditions: seccomp.ArgumentConditions{{Argument: argument, Operation: operation, Value: value}}}
	}
	conditional := []seccomp.NameWithConditions{
		// Threads, never processes.
		only("clone", 0, seccomp.BitsSet, unix.CLONE_THREAD),
		// The runtime wakes its own threads; the processes beside this one have the same user.
		only("tgkill", 0, seccomp.Equal, uint64(unix.Getpid())),
		// Memory is for data: all code was there when the process started.
		only("mmap", 2, seccomp.BitsNotSet, unix.PROT_EXEC),
		only("mprotect", 2, seccomp.BitsNotSet, unix.PROT_EXEC),
	}
	return seccomp.Policy{
		// The library answers EPERM for it.
		DefaultAction: seccomp.ActionErrno,
		Syscalls: []seccomp.SyscallGroup{
			{Action: seccomp.ActionAllow, Names: allowed},
			{Action: seccomp.ActionAllow, NamesWithCondtions: conditional},
			// Its flags lie in memory, where a filter cannot look; the runtime then takes clone.
			{Action: enosys, Names: []string{"clone3"}},
		},
	}
}
