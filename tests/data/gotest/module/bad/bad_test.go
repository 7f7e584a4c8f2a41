package bad

import "testing"

func TestParent(t *testing.T) {
	t.Run("good", func(t *testing.T) {})
	t.Run("bad", func(t *testing.T) { t.Error("first\nsecond") })
}

func TestOwn(t *testing.T) {
	t.Run("sub", func(t *testing.T) { t.Fatal("sub") })
	t.Error("and its own")
}
