// Package lineprotocol reads the InfluxDB line protocol:
//
//	measurement,tag=value field=1.5,other=2i 1700000000000000000
//
// A text is parsed whole or not at all. Names and string values are slices of
// the text wherever no escape had to be resolved, and points share two arrays
// of tags and fields, so that a batch costs few allocations.
package lineprotocol

import (
	"math"
	"strings"
	"unicode/utf8"

	"example.com/timeseriesdb/internal/point"
)

// Limits bounds what one point may hold. A value of zero means no limit.
type Limits struct {
	Tags        int // tags of a point
	Fields      int // fields of a point
	NameBytes   int // bytes of a measurement, tag key, tag value or field key
	StringBytes int // bytes of a string field
}

// Options says how to read timestamps.
type Options struct {
	// Precision is the unit of timestamps in nanoseconds; 0 means 1.
	Precision int64
	// Now is the time in nanoseconds of points that have none.
	Now int64
}

// Parser parses texts, one after the other. It keeps its arrays from one text
// to the next; it is not safe for concurrent use.
type Parser struct {
	limits Limits

	points []point.Point
	tags   []point.Tag
	fields []point.Field

	text string
	pos  int // next byte to read
	line int // line of pos, from 1
}

// NewParser returns a parser that enforces limits.
func NewParser(limits Limits) *Parser { return &Parser{limits: limits} }

// Parse returns the points of text. They are valid until the next Parse or
// Reset. An error is an *Error; then no point is returned.
func (p *Parser) Parse(text string, options Options) ([]point.Point, error) {
	p.Reset()
	p.text = text
	if err := checkBytes(text); err != nil {
		return nil, err
	}
	if options.Precision == 0 {
		options.Precision = 1
	}
	for p.skipBlank() {
		if err := p.parsePoint(options); err != nil {
			return nil, err
		}
	}
	return p.points, nil
}

// Reset forgets the text and its points but keeps the arrays for reuse.
func (p *Parser) Reset() {
	for i := range p.points {
		p.points[i] = point.Point{}
	}
	for i := range p.tags {
		p.tags[i] = point.Tag{}
	}
	for i := range p.fields {
		p.fields[i] = point.Field{}
	}
	p.points, p.tags, p.fields = p.points[:0], p.tags[:0], p.fields[:0]
	p.text, p.pos, p.line = "", 0, 1
}

// Capacity returns how many points, tags and fields the kept arrays can hold,
// so that a pool can let go of a parser that once had a huge text.
func (p *Parser) Capacity() int { return cap(p.points) + cap(p.tags) + cap(p.fields) }

// checkBytes refuses what could not be given back as it was written: JSON has
// no bytes that are not UTF-8, and series keys use NUL as separator.
func checkBytes(text string) error {
	if at := strings.IndexByte(text, 0); at >= 0 {
		return syntaxError(lineAt(text, at), "NUL byte, want text without it")
	}
	if utf8.ValidString(text) {
		return nil
	}
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return syntaxError(lineAt(text, at), "byte %#02x is not UTF-8, want UTF-8 text", text[at])
}

// lineAt returns the line number of a position in text.
func lineAt(text string, at int) int { return 1 + strings.Count(text[:at], "\n") }

// skipBlank moves to the next point, past blank lines and comments. It reports
// false at the end of the text.
func (p *Parser) skipBlank() bool {
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case '\n':
			p.line++
			p.pos++
		case ' ', '\r', '\t':
			p.pos++
		case '#':
			end := strings.IndexByte(p.text[p.pos:], '\n')
			if end < 0 {
				return false
			}
			p.pos += end
		default:
			return true
		}
	}
	return false
}

// parsePoint reads one line.
func (p *Parser) parsePoint(options Options) (err error) {
	pt := point.Point{Line: p.line}
	if pt.Measurement, err = p.name("measurement", inMeasurement); err != nil {
		return err
	}
	if pt.Tags, err = p.parseTags(); err != nil {
		return err
	}
	if !p.skipSpaces() {
		return syntaxError(p.line, "no fields after %q, want \"measurement,tag=value field=value\"", pt.Measurement)
	}
	if pt.Fields, err = p.parseFields(); err != nil {
		return err
	}
	if !p.atLineEnd() && !p.accept(' ') {
		return syntaxError(p.line, "%q after the fields, want a space and the timestamp", clip(p.rest()))
	}
	if pt.Time, err = p.parseTime(options); err != nil {
		return err
	}
	p.points = append(p.points, pt)
	return nil
}

// parseTags reads ",key=value" as often as it comes.
func (p *Parser) parseTags() ([]point.Tag, error) {
	start := len(p.tags)
	for p.accept(',') {
		if p.limits.Tags > 0 && len(p.tags)-start == p.limits.Tags {
			return nil, limitError(p.line, "more than %d tags, want fewer", p.limits.Tags)
		}
		key, err := p.name("tag key", inKey)
		if err != nil {
			return nil, err
		}
		if !p.accept('=') {
			return nil, syntaxError(p.line, "tag %q has no value, want %s=value", clip(key), clip(key))
		}
		value, err := p.name("tag value", inKey)
		if err != nil {
			return nil, err
		}
		p.tags = append(p.tags, point.Tag{Key: key, Value: value})
	}
	tags := p.tags[start:len(p.tags):len(p.tags)]
	if twice := sortTags(tags); twice != "" {
		return nil, syntaxError(p.line, "tag %q stands twice, want it once", clip(twice))
	}
	return tags, nil
}

// sortTags orders tags by key and returns a key that comes twice, or "". Tags
// are few and mostly sorted by the client, where insertion sort is at its best.
func sortTags(tags []point.Tag) (twice string) {
	for i := 1; i < len(tags); i++ {
		for j := i; j > 0 && tags[j].Key <= tags[j-1].Key; j-- {
			if tags[j].Key == tags[j-1].Key {
				return tags[j].Key
			}
			tags[j], tags[j-1] = tags[j-1], tags[j]
		}
	}
	return ""
}

// parseFields reads "key=value,key=value". A key that comes twice is kept
// twice; whoever applies the point in order makes the last one win.
func (p *Parser) parseFields() ([]point.Field, error) {
	start := len(p.fields)
	for more := true; more; more = p.accept(',') {
		if p.limits.Fields > 0 && len(p.fields)-start == p.limits.Fields {
			return nil, limitError(p.line, "more than %d fields, want fewer", p.limits.Fields)
		}
		key, err := p.name("field key", inKey)
		if err != nil {
			return nil, err
		}
		if !p.accept('=') {
			return nil, syntaxError(p.line, "field %q has no value, want %s=value", clip(key), clip(key))
		}
		value, err := p.parseValue(key)
		if err != nil {
			return nil, err
		}
		p.fields = append(p.fields, point.Field{Key: key, Value: value})
	}
	return p.fields[start:len(p.fields):len(p.fields)], nil
}

// parseTime reads the timestamp, if there is one, and the end of the line.
func (p *Parser) parseTime(options Options) (int64, error) {
	p.skipSpaces()
	word := p.word()
	if p.skipSpaces() {
		return 0, syntaxError(p.line, "%q after the timestamp, want the end of the line", clip(p.rest()))
	}
	if word == "" {
		return options.Now, nil
	}
	count, ok := parseInt(word)
	if !ok {
		return 0, syntaxError(p.line, "timestamp %q, want an integer of 64 bits", clip(word))
	}
	time := count * options.Precision
	// The last nanosecond of the range is refused: as the end of a query is
	// exclusive, nobody could ask for it.
	if time/options.Precision != count || time == math.MaxInt64 {
		return 0, syntaxError(p.line, "timestamp %s lies outside the years 1677 to 2262; check the precision", word)
	}
	return time, nil
}
