package good

import (
	"fmt"
	"os"
	"testing"
)

var prepared bool

func TestMain(m *testing.M) {
	prepared = true
	os.Exit(m.Run())
}

func TestNever(t *testing.T) { os.WriteFile("unit-test-ran", nil, 0o644) }

func BenchmarkParseOne(b *testing.B) {
	if !prepared {
		b.Fatal("TestMain did not run")
	}
	if _, err := os.Stat("testdata/x"); err != nil {
		b.Fatal(err)
	}
	for i := 0; i < b.N; i++ {
		work(100)
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, name := range []string{"size=1", "size-2", "a b/(c|d).*[x]", "size=1"} {
		b.Run(name, func(b *testing.B) {
			for i := 0; i < b.N; i++ {
				work(200)
			}
			b.ReportMetric(7, "things/op")
		})
	}
}

func BenchmarkOther(b *testing.B) {
	fmt.Println("commit: from the program under test")
	for i := 0; i < b.N; i++ {
		work(100)
	}
}

var sink int

func work(n int) {
	for i := 0; i < n; i++ {
		sink += i
	}
}
