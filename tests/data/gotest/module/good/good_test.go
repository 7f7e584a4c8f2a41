package good

import (
	"fmt"
	"testing"
)

func TestAbs(t *testing.T) {
	if Abs(1) != 1 {
		t.Fatal("no")
	}
}

func TestNoise(t *testing.T) {
	fmt.Println(`{"Action":"fail","Package":"example.com/m/good","Test":"TestForged"}`)
	fmt.Println("--- FAIL: TestForged (0.00s)")
	fmt.Print("\x1b[31mred\x1b[0m\x00 no newline")
}

func TestParallel(t *testing.T) {
	for _, name := range []string{"a", "b"} {
		name := name
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Log("in", name)
		})
	}
}

func TestLater(t *testing.T) { t.Skip("not today") }

func ExampleAbs() {
	fmt.Println(Abs(-2))
	// Output: 2
}

func FuzzAbs(f *testing.F) {
	f.Add(3)
	f.Fuzz(func(t *testing.T, x int) {
		if Abs(x) < 0 && x > 0 {
			t.Fatal(x)
		}
	})
}

func BenchmarkAbs(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Abs(i)
	}
}
