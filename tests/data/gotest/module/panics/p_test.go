package panics

import "testing"

func TestBefore(t *testing.T) {}

func TestWaits(t *testing.T) {
	t.Parallel()
	select {}
}

func TestPanics(t *testing.T) {
	t.Parallel()
	var m map[string]int
	m["x"] = 1
}

func TestNever(t *testing.T) {}
