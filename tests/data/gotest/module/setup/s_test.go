package setup

import (
	"testing"

	_ "example.com/absent/x"
)

func TestT(t *testing.T) {}
