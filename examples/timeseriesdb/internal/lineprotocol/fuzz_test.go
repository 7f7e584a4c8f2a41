// This file fuzzes the parser: whatever it accepts can be written again.

package lineprotocol

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/timeseriesdb/internal/point"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"cpu,host=a,region=eu usage=1.5,n=2i 1700000000000000000\n",
		`m\,\ x,t\==\, f="a \"quoted\" \\ text",g=18446744073709551615u,h=T` + "\r\n# comment\n\nm f=1",
		"m f=\"two\nlines\" 1\nm f=-1e-9 -1",
		"m,t=1,t=1 f=1", "m f=inf", "m f=\"", "m,\\", "\xff", "m f=1 9223372036854775807", `m,t=\ f=1`, `m f=1\`, "m f=1\rx",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := NewParser(Limits{}).Parse(text, Options{Now: 1})
		if err != nil {
			checkError(t, text, err)
			return
		}
		for i := range first {
			checkPoint(t, first[i])
		}
		again, err := NewParser(Limits{}).Parse(format(first), Options{})
		if err != nil {
			t.Fatalf("%q was accepted, but not in the form %q: %v", text, format(first), err)
		}
		if got, want := format(again), format(first); got != want {
			t.Fatalf("%q changed on the way:\n got %q\nwant %q", text, got, want)
		}
	})
}

func checkError(t *testing.T, text string, err error) {
	var refused *Error
	if !errors.As(err, &refused) || refused.Line < 1 || refused.Line > 1+strings.Count(text, "\n") {
		t.Fatalf("error %v is no *Error with a line of %q", err, text)
	}
	if !utf8.ValidString(refused.Reason) {
		t.Fatalf("reason %q is not UTF-8", refused.Reason)
	}
}

func checkPoint(t *testing.T, p point.Point) {
	if p.Measurement == "" || len(p.Fields) == 0 || p.Time == math.MaxInt64 {
		t.Fatalf("accepted incomplete point %+v", p)
	}
	for i, tag := range p.Tags {
		if tag.Key == "" || tag.Value == "" || i > 0 && p.Tags[i-1].Key >= tag.Key {
			t.Fatalf("accepted tags %q", p.Tags)
		}
	}
	for _, field := range p.Fields {
		if field.Key == "" || !field.Value.Kind().Valid() {
			t.Fatalf("accepted field %+v", field)
		}
		if v := field.Value.Float(); field.Value.Kind() == point.Float && (math.IsInf(v, 0) || math.IsNaN(v)) {
			t.Fatalf("accepted float %v", v)
		}
	}
}

// format writes points as line protocol.
func format(points []point.Point) string {
	name := strings.NewReplacer(",", `\,`, " ", `\ `, "=", `\=`)
	measurement := strings.NewReplacer(",", `\,`, " ", `\ `)
	var b strings.Builder
	for _, p := range points {
		b.WriteString(measurement.Replace(p.Measurement))
		for _, tag := range p.Tags {
			b.WriteString("," + name.Replace(tag.Key) + "=" + name.Replace(tag.Value))
		}
		separator := " "
		for _, field := range p.Fields {
			b.WriteString(separator + name.Replace(field.Key) + "=" + formatValue(field.Value))
			separator = ","
		}
		b.WriteString(" " + strconv.FormatInt(p.Time, 10) + "\n")
	}
	return b.String()
}

func formatValue(v point.Value) string {
	switch v.Kind() {
	case point.Float:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case point.Int:
		return strconv.FormatInt(v.Int(), 10) + "i"
	case point.Uint:
		return strconv.FormatUint(v.Uint(), 10) + "u"
	case point.Bool:
		return strconv.FormatBool(v.Bool())
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v.Text()) + `"`
}
