// This file tests flags, environment and version line without starting a server.

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// environment is a lookup in a map.
func environment(variables map[string]string) lookup {
	return func(name string) (string, bool) {
		value, ok := variables[name]
		return value, ok
	}
}

func TestFlagsWinOverTheEnvironment(t *testing.T) {
	env := environment(map[string]string{"TIMESERIESDB_LISTEN": "127.0.0.1:1", "TIMESERIESDB_DATA_DIR": "/env", "TIMESERIESDB_MAX_SERIES": "7"})

	s, err := parseSettings([]string{"--listen", "127.0.0.1:2"}, env, &bytes.Buffer{})

	if err != nil || s.listen != "127.0.0.1:2" || s.dataDir != "/env" || s.maxSeries != 7 {
		t.Fatalf("got %+v, %v", s, err)
	}
}

func TestBadSettingsAreUsageErrors(t *testing.T) {
	cases := []struct {
		args   []string
		env    map[string]string
		reason string
	}{
		{args: []string{"--no-such-flag"}, reason: "no-such-flag"},
		{args: []string{"argument"}, reason: `unexpected argument "argument"`},
		{args: []string{"--max-series", "0"}, reason: "max-series is 0, want more than 0"},
		{args: []string{"--max-tags", "many"}, reason: "max-tags"},
		{args: []string{"--data-dir", ""}, reason: "data-dir is empty"},
		{env: map[string]string{"TIMESERIESDB_MAX_TAGS": "many"}, reason: `TIMESERIESDB_MAX_TAGS is "many"`},
	}
	for _, c := range cases {
		var stdout, stderr bytes.Buffer

		code := run(context.Background(), c.args, environment(c.env), &stdout, &stderr)

		if code != exitUsage || !strings.Contains(stderr.String(), c.reason) {
			t.Errorf("%q %v: code %d, %s; want code 2 with %q", c.args, c.env, code, stderr.String(), c.reason)
		}
	}
}

func TestVersionIsOneLineAndTouchesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	var stdout, stderr bytes.Buffer

	code := run(context.Background(), []string{"--version", "--data-dir", dir}, environment(nil), &stdout, &stderr)

	words := strings.Fields(stdout.String())
	if code != exitOK || len(words) < 4 || words[0] != "timeseriesdb" || strings.Count(stdout.String(), "\n") != 1 {
		t.Errorf("code %d, output %q", code, stdout.String())
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("data directory: %v, want it not to exist", err)
	}
}

// TestReadmeNamesEverySetting keeps the documentation complete.
func TestReadmeNamesEverySetting(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var help bytes.Buffer
	if code := run(context.Background(), []string{"--help"}, environment(nil), &help, &help); code != exitOK {
		t.Fatalf("--help: code %d", code)
	}

	flags := 0
	for _, word := range strings.Fields(help.String()) {
		if strings.HasPrefix(word, "--") || strings.HasPrefix(word, "TIMESERIESDB_") {
			flags++
			if !strings.Contains(string(readme), "`"+word+"`") {
				t.Errorf("README.md does not name %s", word)
			}
		}
	}
	if flags < 20 {
		t.Errorf("found only %d names in the help:\n%s", flags, help.String())
	}
}
