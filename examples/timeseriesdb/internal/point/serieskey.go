// This file has the series key: a measurement and its tags as one string.

package point

import "strings"

// keySeparator parts the names in a series key. The parser refuses input that
// contains it, so no escaping is needed and a key splits in only one way.
const keySeparator = "\x00"

// AppendSeriesKey appends the key of a series to dst. Tags are sorted by key,
// hence equal series have equal keys.
func AppendSeriesKey(dst []byte, measurement string, tags []Tag) []byte {
	dst = append(dst, measurement...)
	for _, tag := range tags {
		dst = append(dst, keySeparator...)
		dst = append(dst, tag.Key...)
		dst = append(dst, keySeparator...)
		dst = append(dst, tag.Value...)
	}
	return dst
}

// SplitSeriesKey is the inverse of AppendSeriesKey. It reports false for a
// string that is no series key.
func SplitSeriesKey(key string) (measurement string, tags []Tag, ok bool) {
	names := strings.Split(key, keySeparator)
	if len(names)%2 == 0 || names[0] == "" {
		return "", nil, false
	}
	for i := 1; i < len(names); i += 2 {
		tags = append(tags, Tag{Key: names[i], Value: names[i+1]})
	}
	return names[0], tags, true
}
