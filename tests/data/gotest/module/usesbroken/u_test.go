package usesbroken

import (
	"testing"

	"example.com/m/broken"
)

func TestF(t *testing.T) { broken.F() }
