// This file tests what is accepted, what is refused, and with which words.

package lineprotocol

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"example.com/timeseriesdb/internal/point"
)

const now = 42

// parse parses without limits and copies the points, for comparison.
func parse(text string) ([]point.Point, error) {
	points, err := NewParser(Limits{}).Parse(text, Options{Now: now})
	return append([]point.Point{}, points...), err
}

func f(key string, value point.Value) point.Field { return point.Field{Key: key, Value: value} }

func TestParseAcceptsLines(t *testing.T) {
	one := []point.Field{f("f", point.FloatValue(1))}
	cases := map[string]struct {
		text string
		want []point.Point
	}{
		"empty text":         {"", nil},
		"comments and blank": {"# a comment\n\n  \n\r\n   # another", nil},
		"no tags, no time":   {"m f=1", []point.Point{{Measurement: "m", Fields: one, Time: now, Line: 1}}},
		"time":               {"m f=1 -5", []point.Point{{Measurement: "m", Fields: one, Time: -5, Line: 1}}},
		"carriage returns": {"m f=1 5\r\nm f=1\r\n", []point.Point{
			{Measurement: "m", Fields: one, Time: 5, Line: 1}, {Measurement: "m", Fields: one, Time: now, Line: 2}}},
		"extra spaces": {"  m  f=1  5  \n", []point.Point{{Measurement: "m", Fields: one, Time: 5, Line: 1}}},
		"tags are sorted": {"m,b=2,a=1,c=3 f=1", []point.Point{{Measurement: "m", Fields: one, Time: now, Line: 1,
			Tags: []point.Tag{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}, {Key: "c", Value: "3"}}}}},
		"escapes in names": {`m\,\ =x,t\,\ \=k=v\,\ \=w f\,\ \=g=1`, []point.Point{{Measurement: "m, =x", Time: now, Line: 1,
			Tags: []point.Tag{{Key: "t, =k", Value: "v, =w"}}, Fields: []point.Field{f("f, =g", point.FloatValue(1))}}}},
		"other backslashes stay": {`m\n\=,k=C:\dir f=1`, []point.Point{{Measurement: `m\n\=`, Time: now, Line: 1,
			Tags: []point.Tag{{Key: "k", Value: `C:\dir`}}, Fields: one}}},
		"not ASCII": {"température,lieu=Zürich °C=1", []point.Point{{Measurement: "température", Time: now, Line: 1,
			Tags: []point.Tag{{Key: "lieu", Value: "Zürich"}}, Fields: []point.Field{f("°C", point.FloatValue(1))}}}},
		"line numbers count inside strings": {"m f=\"a\nb\"\n\nm f=1", []point.Point{
			{Measurement: "m", Fields: []point.Field{f("f", point.StringValue("a\nb"))}, Time: now, Line: 1},
			{Measurement: "m", Fields: one, Time: now, Line: 4}}},
		"all kinds": {`m a=-1.5e3,b=-9223372036854775808i,c=18446744073709551615u,d=T,e=false,f="q\"\\ \n, =" 7`, []point.Point{{
			Measurement: "m", Time: 7, Line: 1, Fields: []point.Field{
				f("a", point.FloatValue(-1500)), f("b", point.IntValue(math.MinInt64)), f("c", point.UintValue(math.MaxUint64)),
				f("d", point.BoolValue(true)), f("e", point.BoolValue(false)), f("f", point.StringValue(`q"\ \n, =`))}}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parse(c.text)

			if err != nil {
				t.Fatalf("Parse(%q): %v", c.text, err)
			}
			if len(got) != len(c.want) {
				t.Fatalf("got %d points, want %d", len(got), len(c.want))
			}
			for i := range got {
				if !samePoint(got[i], c.want[i]) {
					t.Errorf("point %d:\n got %+v\nwant %+v", i, got[i], c.want[i])
				}
			}
		})
	}
}

// samePoint compares points; an empty and a nil slice are the same.
func samePoint(a, b point.Point) bool {
	sameTags := len(a.Tags) == len(b.Tags) && (len(a.Tags) == 0 || reflect.DeepEqual(a.Tags, b.Tags))
	return sameTags && reflect.DeepEqual(a.Fields, b.Fields) &&
		a.Measurement == b.Measurement && a.Time == b.Time && a.Line == b.Line
}

func TestParseRefusesLines(t *testing.T) {
	cases := []struct {
		text, reason string
		line         int
	}{
		{"m", "no fields", 1},
		{"m,t=v", "no fields", 1},
		{"m \nm f=1", "no fields", 1},
		{"m f=1\n,t=v f=1", "empty measurement", 2},
		{"m, f=1", "empty tag key", 1},
		{"m,t f=1", `tag "t" has no value`, 1},
		{"m,t= f=1", "empty tag value", 1},
		{"m,t=1,t=2 f=1", `tag "t" stands twice`, 1},
		{"m f", `field "f" has no value`, 1},
		{"m f=", `field "f" has no value`, 1},
		{"m f=1,", "empty field key", 1},
		{"m =1", "empty field key", 1},
		{"m f=abc", `value "abc"`, 1},
		{"m f=1i2", `value "1i2"`, 1},
		{"m f=i", `value "i"`, 1},
		{"m f=+1i", `value "+1i"`, 1},
		{"m f=1.5i", `value "1.5i"`, 1},
		{"m f=-1u", `value "-1u"`, 1},
		{"m f=9223372036854775808i", "value", 1},
		{"m f=18446744073709551616u", "value", 1},
		{"m f=NaN", "finite float", 1},
		{"m f=inf", "finite float", 1},
		{"m f=-Infinity", "finite float", 1},
		{"m f=1e999", "finite float", 1},
		{"m f=0x10", "finite float", 1},
		{"m f=1_000", "finite float", 1},
		{"\n\nm f=\"open\nm f=1", "no closing quote", 3},
		{`m f="a"b`, "after the fields", 1},
		{`m f="a"12`, "after the fields", 1},
		{"m f=1 x", `timestamp "x"`, 1},
		{"m f=1 1 2", "after the timestamp", 1},
		{"m f=1 1,2", "after the timestamp", 1},
		{"m f=1 1.5", `timestamp "1.5"`, 1},
		{"m f=1 9223372036854775807", "outside the years", 1},
		{"m f=1 9223372036854775808", "integer of 64 bits", 1},
		{"m f=1\nm f=\"\xff\"", "not UTF-8", 2},
		{"m f=1\nm\x00 f=1", "NUL", 2},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			points, err := parse(c.text)

			var refused *Error
			if !errors.As(err, &refused) || len(points) != 0 {
				t.Fatalf("got %v, error %v; want no points and an *Error", points, err)
			}
			if refused.Line != c.line || !strings.Contains(refused.Reason, c.reason) || refused.Limit {
				t.Errorf("got %+v, want line %d with %q", *refused, c.line, c.reason)
			}
		})
	}
}

func TestParseEnforcesLimits(t *testing.T) {
	limits := Limits{Tags: 2, Fields: 2, NameBytes: 4, StringBytes: 3}
	within := `name,tag1=val1,tag2=val2 fld1="abc",fld2=1`
	if _, err := NewParser(limits).Parse(within, Options{}); err != nil {
		t.Fatalf("at the limits: %v", err)
	}
	for text, reason := range map[string]string{
		"m,a=1,b=2,c=3 f=1": "more than 2 tags",
		"m a=1,b=2,c=3":     "more than 2 fields",
		"names f=1":         "measurement has 5 bytes",
		"m,tags1=v f=1":     "tag key has 5 bytes",
		"m,t=value f=1":     "tag value has 5 bytes",
		"m field=1":         "field key has 5 bytes",
		`m f="four"`:        "has 4 bytes, want at most 3",
	} {
		_, err := NewParser(limits).Parse(text, Options{})

		var refused *Error
		if !errors.As(err, &refused) || !refused.Limit || !strings.Contains(refused.Reason, reason) {
			t.Errorf("%q: got %v, want a limit error with %q", text, err, reason)
		}
	}
}

func TestParseScalesTimestampsAndChecksTheirRange(t *testing.T) {
	points, err := NewParser(Limits{}).Parse("m f=1 1700000000", Options{Precision: 1e9})
	if err != nil || points[0].Time != 1700000000e9 {
		t.Fatalf("got %v, %v", points, err)
	}

	for _, text := range []string{"m f=1 9223372037", "m f=1 -9223372037", "m f=1 9223372036854775806"} {
		if _, err := NewParser(Limits{}).Parse(text, Options{Precision: 1e9}); err == nil {
			t.Errorf("%q in seconds was accepted", text)
		}
	}
}

func TestParserForgetsTheTextBefore(t *testing.T) {
	p := NewParser(Limits{})
	if _, err := p.Parse("m,a=1 f=1\nm f=bad", Options{}); err == nil {
		t.Fatal("want an error")
	}

	points, err := p.Parse("other g=2i 9", Options{})

	want := point.Point{Measurement: "other", Fields: []point.Field{f("g", point.IntValue(2))}, Time: 9, Line: 1}
	if err != nil || len(points) != 1 || !samePoint(points[0], want) {
		t.Fatalf("got %+v, %v; want %+v", points, err, want)
	}
}

func TestParseOfALargeBatchAllocatesLittle(t *testing.T) {
	text := lines(1000, 2, 1)
	p := NewParser(Limits{})

	allocations := testing.AllocsPerRun(10, func() {
		if _, err := p.Parse(text, Options{}); err != nil {
			t.Fatal(err)
		}
	})

	if allocations > 0 {
		t.Errorf("a reused parser made %v allocations for 1000 lines, want none", allocations)
	}
}
