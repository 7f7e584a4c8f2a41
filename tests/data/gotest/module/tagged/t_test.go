//go:build never

package tagged

import "testing"

func TestT(t *testing.T) {}
