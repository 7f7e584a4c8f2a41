// This file measures the parser. A parser is reused, as the server does it.

package lineprotocol

import (
	"fmt"
	"strings"
	"testing"
)

// lines makes a text of n lines, the same every time.
func lines(n, tags, fields int) string {
	var b strings.Builder
	for i := 0; i < n; i++ {
		b.WriteString("cpu")
		for t := 0; t < tags; t++ {
			fmt.Fprintf(&b, ",tag%02d=value%02d", t, (i+t)%50)
		}
		separator := " "
		for f := 0; f < fields; f++ {
			fmt.Fprintf(&b, "%sfield%02d=%d.%02d", separator, f, (i*7+f)%100, (i+f)%100)
			separator = ","
		}
		fmt.Fprintf(&b, " %d\n", 1700000000000000000+int64(i)*1000000)
	}
	return b.String()
}

// benchmarkParse measures the parsing of a text that has so many points.
func benchmarkParse(b *testing.B, text string, points int) {
	p := NewParser(Limits{Tags: 128, Fields: 1024, NameBytes: 4096, StringBytes: 64 << 10})
	if got, err := p.Parse(text, Options{}); err != nil || len(got) != points {
		b.Fatalf("%d points, error %v; want %d points", len(got), err, points)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if _, err := p.Parse(text, Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(points)*float64(b.N)/b.Elapsed().Seconds(), "points/s")
}

func BenchmarkParseSimpleLine(b *testing.B) {
	benchmarkParse(b, "cpu,host=server01,region=eu-west usage=64.25 1700000000000000000\n", 1)
}

func BenchmarkParseComplexLine(b *testing.B) {
	benchmarkParse(b, `http\ requests,host=server01,region=eu-west,rack=12,os=linux,service=front\,end `+
		`latency=12.75,bytes=183726i,hits=42u,cached=true,path="/index \"main\".html",load=0.0625 1700000000000000000`+"\n", 1)
}

func BenchmarkParseMultiLine(b *testing.B) { benchmarkParse(b, lines(5, 2, 2), 5) }

func BenchmarkParseLargeDataset(b *testing.B) { benchmarkParse(b, lines(1000, 3, 3), 1000) }

func BenchmarkParseLineCounts(b *testing.B) {
	b.Run("1_line", func(b *testing.B) { benchmarkParse(b, lines(1, 2, 2), 1) })
	for _, n := range []int{10, 100, 1000, 10000} {
		b.Run(fmt.Sprintf("%d_lines", n), func(b *testing.B) { benchmarkParse(b, lines(n, 2, 2), n) })
	}
}

func BenchmarkParseTagCounts(b *testing.B) {
	for _, n := range []int{2, 5, 10, 20} {
		b.Run(fmt.Sprintf("%d_tags", n), func(b *testing.B) { benchmarkParse(b, lines(10, n, 1), 10) })
	}
}

func BenchmarkParseFieldCounts(b *testing.B) {
	b.Run("1_field", func(b *testing.B) { benchmarkParse(b, lines(10, 2, 1), 10) })
	for _, n := range []int{5, 10, 20} {
		b.Run(fmt.Sprintf("%d_fields", n), func(b *testing.B) { benchmarkParse(b, lines(10, 2, n), 10) })
	}
}
