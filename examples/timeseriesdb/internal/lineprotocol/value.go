// This file reads field values: 1.5, 2i, 3u, true, "text".

package lineprotocol

import (
	"math"
	"strconv"
	"strings"

	"example.com/timeseriesdb/internal/point"
)

// parseValue reads the value of field key.
func (p *Parser) parseValue(key string) (point.Value, error) {
	if p.accept('"') {
		text, err := p.quoted(key)
		return point.StringValue(text), err
	}
	word := p.word()
	if word == "" {
		return point.Value{}, syntaxError(p.line, "field %q has no value, want %s=value", clip(key), clip(key))
	}
	if value, ok := parseNumber(word); ok {
		return value, nil
	}
	if value, ok := parseBool(word); ok {
		return point.BoolValue(value), nil
	}
	return point.Value{}, syntaxError(p.line,
		`field %q has value %q, want a finite float (1.5), an integer (1i), an unsigned integer (1u), a boolean (true) or a "string"`,
		clip(key), clip(word))
}

// quoted reads a string up to its closing quote. It may contain line ends.
func (p *Parser) quoted(key string) (string, error) {
	opened, start, escaped := p.line, p.pos, false
	for p.pos < len(p.text) && p.text[p.pos] != '"' {
		switch p.text[p.pos] {
		case '\n':
			p.line++
		case '\\':
			if p.pos+1 < len(p.text) && (p.text[p.pos+1] == '"' || p.text[p.pos+1] == '\\') {
				escaped = true
				p.pos++
			}
		}
		p.pos++
	}
	text := p.text[start:p.pos]
	if !p.accept('"') {
		return "", syntaxError(opened, "string of field %q has no closing quote", clip(key))
	}
	if p.limits.StringBytes > 0 && len(text) > p.limits.StringBytes {
		return "", limitError(opened, "string of field %q has %d bytes, want at most %d", clip(key), len(text), p.limits.StringBytes)
	}
	if escaped {
		text = unquote(text)
	}
	return text, nil
}

// unquote resolves the escapes of a string that has some.
func unquote(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\') {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// parseNumber reads a float, an integer with suffix i or u.
func parseNumber(word string) (point.Value, bool) {
	digits, suffix := word[:len(word)-1], word[len(word)-1]
	switch suffix {
	case 'i':
		v, ok := parseInt(digits)
		return point.IntValue(v), ok
	case 'u':
		v, err := strconv.ParseUint(digits, 10, 64)
		return point.UintValue(v), err == nil && digits[0] != '+'
	}
	if !decimal(word) {
		return point.Value{}, false
	}
	v, err := strconv.ParseFloat(word, 64)
	// JSON has no infinities, so that a value too large for a float is refused.
	return point.FloatValue(v), err == nil && !math.IsInf(v, 0)
}

// parseInt reads a decimal integer without a plus sign.
func parseInt(digits string) (int64, bool) {
	v, err := strconv.ParseInt(digits, 10, 64)
	return v, err == nil && digits[0] != '+'
}

// decimal reports whether word has only the characters of decimal floats.
// ParseFloat alone would also take "inf", "nan", "0x1p-2" and "1_000".
func decimal(word string) bool {
	for i := 0; i < len(word); i++ {
		switch c := word[i]; {
		case c >= '0' && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return false
		}
	}
	return true
}

func parseBool(word string) (value, ok bool) {
	switch word {
	case "t", "T", "true", "True", "TRUE":
		return true, true
	case "f", "F", "false", "False", "FALSE":
		return false, true
	}
	return false, false
}
