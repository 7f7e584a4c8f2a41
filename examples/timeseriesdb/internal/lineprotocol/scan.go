// This file has the scanner: names with escapes, words and spaces.

package lineprotocol

import "strings"

// place is where a name stands; it decides which bytes end it.
type place bool

const (
	inMeasurement place = false // ends at comma and space
	inKey         place = true  // ends at comma, space and equals sign
)

// name reads a measurement, a tag key, a tag value or a field key.
func (p *Parser) name(what string, where place) (string, error) {
	start, escaped := p.pos, false
scan:
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case ',', ' ', '\n':
			break scan
		case '=':
			if where == inKey {
				break scan
			}
		case '\r':
			if p.atLineEnd() {
				break scan
			}
		case '\\':
			if p.pos+1 < len(p.text) && escapable(p.text[p.pos+1], where) {
				escaped = true
				p.pos++
			}
		}
		p.pos++
	}
	name := p.text[start:p.pos]
	if name == "" {
		return "", syntaxError(p.line, "empty %s before %q, want a name", clip(what), clip(p.rest()))
	}
	if p.limits.NameBytes > 0 && len(name) > p.limits.NameBytes {
		return "", limitError(p.line, "%s has %d bytes, want at most %d", clip(what), len(name), p.limits.NameBytes)
	}
	if escaped {
		name = unescape(name, where)
	}
	return name, nil
}

// escapable reports whether a backslash before c stands for c alone. Before
// any other byte, another backslash included, it stands for itself.
func escapable(c byte, where place) bool {
	return c == ',' || c == ' ' || c == '=' && where == inKey
}

// unescape resolves the escapes of a name that has some.
func unescape(name string, where place) string {
	var b strings.Builder
	b.Grow(len(name))
	for i := 0; i < len(name); i++ {
		if name[i] == '\\' && i+1 < len(name) && escapable(name[i+1], where) {
			i++
		}
		b.WriteByte(name[i])
	}
	return b.String()
}

// accept moves past c if it comes next.
func (p *Parser) accept(c byte) bool {
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// skipSpaces moves past spaces, and past the \r of a line end. It reports
// whether something of the line is left.
func (p *Parser) skipSpaces() bool {
	for p.pos < len(p.text) && (p.text[p.pos] == ' ' || p.atLineEnd()) && p.text[p.pos] != '\n' {
		p.pos++
	}
	return p.pos < len(p.text) && p.text[p.pos] != '\n'
}

// atLineEnd reports whether "\n" or "\r\n" comes next, or the text ends.
func (p *Parser) atLineEnd() bool {
	if p.pos < len(p.text) && p.text[p.pos] == '\r' {
		return p.pos+1 == len(p.text) || p.text[p.pos+1] == '\n'
	}
	return p.pos == len(p.text) || p.text[p.pos] == '\n'
}

// word reads up to a space, a comma or the end of the line.
func (p *Parser) word() string {
	start := p.pos
	for p.pos < len(p.text) && p.text[p.pos] != ' ' && p.text[p.pos] != ',' && !p.atLineEnd() {
		p.pos++
	}
	return p.text[start:p.pos]
}

// rest returns what is left of the line, for messages.
func (p *Parser) rest() string {
	line, _, _ := strings.Cut(p.text[p.pos:], "\n")
	return line
}
