// This file tests that series keys can be taken apart again.

package point

import (
	"reflect"
	"testing"
)

func TestSeriesKeySplitsIntoWhatItWasMadeOf(t *testing.T) {
	for _, tags := range [][]Tag{nil, {{"a", "1"}}, {{"a,b", `x\`}, {"c d", "=é"}}} {
		key := AppendSeriesKey(nil, "m, =", tags)

		measurement, got, ok := SplitSeriesKey(string(key))

		if !ok || measurement != "m, =" || !reflect.DeepEqual(got, tags) {
			t.Errorf("%q: got %q %q %v, want %q", key, measurement, got, ok, tags)
		}
	}
}

func TestOtherStringsAreNoSeriesKeys(t *testing.T) {
	for _, key := range []string{"", "m\x00tag", "\x00tag\x00value"} {
		if _, _, ok := SplitSeriesKey(key); ok {
			t.Errorf("%q was split", key)
		}
	}
}
