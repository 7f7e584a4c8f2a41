package bad

import (
	"flag"
	"os"
	"testing"
	"time"
)

func BenchmarkParseFine(b *testing.B) {
	for i := 0; i < b.N; i++ {
	}
}
func BenchmarkPanics(b *testing.B) { panic("no database") }
func BenchmarkFails(b *testing.B)  { b.Fatal("wrong answer") }
func BenchmarkHangs(b *testing.B)  { time.Sleep(time.Hour) }
func BenchmarkExits(b *testing.B)  { os.Exit(0) }
func BenchmarkSkips(b *testing.B)  { b.Skip("no such thing here") }
func BenchmarkLater(b *testing.B) {
	for i := 0; i < b.N; i++ {
	}
	if flag.Lookup("test.benchtime").Value.String() != "1x" {
		panic("after a while")
	}
}
