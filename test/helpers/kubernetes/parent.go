package main

import (
	"io"
	"os"
	"syscall"
	"time"
)

// endWithParent ends this part and all that it started when standard input ends, which the kernel sees to even if the test was killed.
func endWithParent() {
	if os.Getenv("TOCSIN_TEST_CLUSTER_PART") == "" {
		return
	}
	_ = os.Unsetenv("TOCSIN_TEST_CLUSTER_PART")
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		if syscall.Getpgrp() == os.Getpid() {
			_ = syscall.Kill(0, syscall.SIGKILL)
		}
		os.Exit(1)
	}()
}

// sweep removes a folder once standard input ends; the others end at the same moment and may still be writing into it.
func sweep(folder string) {
	_, _ = io.Copy(io.Discard, os.Stdin)
	for range 100 {
		_ = os.RemoveAll(folder)
		time.Sleep(100 * time.Millisecond)
		if _, err := os.Stat(folder); os.IsNotExist(err) {
			return
		}
	}
}
