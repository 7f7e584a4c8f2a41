package good

func Abs(x int) int {
	if x < 0 {
		return -x
	}
	return x
}
