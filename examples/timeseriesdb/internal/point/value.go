// This file has the typed value of a field.

package point

import (
	"fmt"
	"math"
)

// Kind is the type of a value. The numbers are part of the file formats.
type Kind uint8

// The kinds of value. Zero is no kind, so that a forgotten one is noticed.
const (
	Float  Kind = 1
	Int    Kind = 2
	Uint   Kind = 3
	Bool   Kind = 4
	String Kind = 5
)

// Valid reports whether k is a kind this program knows.
func (k Kind) Valid() bool { return k >= Float && k <= String }

// Numeric reports whether values of kind k can be summed and compared.
func (k Kind) Numeric() bool { return k == Float || k == Int || k == Uint }

// String names the kind as messages do.
func (k Kind) String() string {
	switch k {
	case Float:
		return "float"
	case Int:
		return "integer"
	case Uint:
		return "unsigned"
	case Bool:
		return "boolean"
	case String:
		return "string"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Value is one value of any kind. Numbers and booleans live in 64 bits, so
// that a column of them is a plain slice of words.
type Value struct {
	text string
	bits uint64
	kind Kind
}

// FloatValue makes a float.
func FloatValue(v float64) Value { return Value{kind: Float, bits: math.Float64bits(v)} }

// IntValue makes a signed integer.
func IntValue(v int64) Value { return Value{kind: Int, bits: uint64(v)} }

// UintValue makes an unsigned integer.
func UintValue(v uint64) Value { return Value{kind: Uint, bits: v} }

// StringValue makes a string.
func StringValue(v string) Value { return Value{kind: String, text: v} }

// BoolValue makes a boolean.
func BoolValue(v bool) Value {
	if v {
		return Value{kind: Bool, bits: 1}
	}
	return Value{kind: Bool}
}

// FromBits makes a value of a kind other than String from its word.
func FromBits(kind Kind, bits uint64) Value { return Value{kind: kind, bits: bits} }

// Kind returns the type of the value.
func (v Value) Kind() Kind { return v.kind }

// Bits returns the word of a value that is not a string.
func (v Value) Bits() uint64 { return v.bits }

// Float returns the value of kind Float.
func (v Value) Float() float64 { return math.Float64frombits(v.bits) }

// Int returns the value of kind Int.
func (v Value) Int() int64 { return int64(v.bits) }

// Uint returns the value of kind Uint.
func (v Value) Uint() uint64 { return v.bits }

// Bool returns the value of kind Bool.
func (v Value) Bool() bool { return v.bits != 0 }

// Text returns the value of kind String.
func (v Value) Text() string { return v.text }
