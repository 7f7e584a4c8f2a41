package raced

import "testing"

func TestRaced(t *testing.T) {
	n, done := 0, make(chan bool)
	go func() {
		n++
		done <- true
	}()
	n++
	<-done
}
