// This file knows which version of the program this is.

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"example.com/timeseriesdb/internal/httpapi"
)

// Set when the program is linked:
//
//	go build -ldflags "-X main.version=v1.2.3 -X main.commit=abcdef -X main.date=2026-11-25"
var (
	version = "devel"
	commit  = ""
	date    = ""
)

// build is what there is to know about this program.
type build struct {
	version, commit, date string
}

// currentBuild returns what the linker was told, and what the go command
// recorded where it was told nothing.
func currentBuild() build {
	b := build{version: version, commit: commit, date: date}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if b.version == "devel" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		b.version = info.Main.Version // built by go install MODULE@VERSION
	}
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision" && b.commit == "":
			b.commit = setting.Value
		case setting.Key == "vcs.time" && b.date == "":
			b.date = setting.Value
		}
	}
	return b
}

// String returns the line that --version prints.
func (b build) String() string {
	line := fmt.Sprintf("timeseriesdb %s (commit %s", b.version, orUnknown(b.commit))
	if b.date != "" {
		line += ", " + b.date
	}
	return line + ")"
}

// info returns what the metrics say about the program.
func (b build) info() httpapi.BuildInfo {
	return httpapi.BuildInfo{Version: b.version, Revision: orUnknown(b.commit), GoVersion: runtime.Version()}
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}
