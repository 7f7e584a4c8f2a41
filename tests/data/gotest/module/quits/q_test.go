package quits

import (
	"syscall"
	"testing"
)

func TestQuits(t *testing.T) { syscall.Exit(0) }

func TestNeverBegins(t *testing.T) {}
