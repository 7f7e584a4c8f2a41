// This file has the settings: flags, and environment variables of the same meaning.

package main

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"example.com/timeseriesdb/internal/lineprotocol"
)

// settings is what a user can choose.
type settings struct {
	version         bool
	listen          string
	dataDir         string
	maxBodyBytes    int64
	limits          lineprotocol.Limits
	maxSeries       int
	flushBytes      int64
	shutdownTimeout time.Duration
}

// lookup finds an environment variable, as os.LookupEnv does.
type lookup func(name string) (value string, ok bool)

// define makes the flags; each is defined here and nowhere else.
func (s *settings) define(flags *flag.FlagSet) {
	flags.BoolVar(&s.version, "version", false, "print the version and exit")
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8086", "`address` to serve HTTP on; port 0 picks a free one")
	flags.StringVar(&s.dataDir, "data-dir", "timeseriesdb-data", "`directory` of the database; made if it is not there")
	flags.Int64Var(&s.maxBodyBytes, "max-body-bytes", 32<<20, "largest body of a write, also after decompression")
	flags.IntVar(&s.limits.Tags, "max-tags", 128, "most tags of a point")
	flags.IntVar(&s.limits.Fields, "max-fields", 1024, "most fields of a point")
	flags.IntVar(&s.limits.NameBytes, "max-name-bytes", 4096, "longest measurement, tag key, tag value or field key")
	flags.IntVar(&s.limits.StringBytes, "max-string-bytes", 64<<10, "longest string value of a field")
	flags.IntVar(&s.maxSeries, "max-series", 1_000_000, "most series in the database")
	flags.Int64Var(&s.flushBytes, "flush-bytes", 64<<20, "size of memory or log at which both are flushed to a segment")
	flags.DurationVar(&s.shutdownTimeout, "shutdown-timeout", 10*time.Second, "how long running requests may take to finish at the end")
}

// environmentName returns the variable that means the same as a flag.
func environmentName(flagName string) string {
	return "TIMESERIESDB_" + strings.ToUpper(strings.ReplaceAll(flagName, "-", "_"))
}

// parseSettings reads the environment and then the arguments, which win.
func parseSettings(args []string, env lookup, help io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("timeseriesdb", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned, not printed twice
	s.define(flags)
	if err := fromEnvironment(flags, env); err != nil {
		return s, err
	}
	err := flags.Parse(args)
	if err == flag.ErrHelp {
		printHelp(flags, help)
	}
	if err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q, want only flags", flags.Arg(0))
	}
	return s, s.check()
}

// fromEnvironment sets flags from their variables.
func fromEnvironment(flags *flag.FlagSet, env lookup) (err error) {
	flags.VisitAll(func(f *flag.Flag) {
		name := environmentName(f.Name)
		value, ok := env(name)
		if !ok || f.Name == "version" || err != nil {
			return
		}
		if setErr := flags.Set(f.Name, value); setErr != nil {
			err = fmt.Errorf("environment variable %s is %q: %w", name, value, setErr)
		}
	})
	return err
}

// check refuses values that would turn a limit off or make no sense.
func (s *settings) check() error {
	positive := []struct {
		name  string
		value int64
	}{
		{"max-body-bytes", s.maxBodyBytes},
		{"max-tags", int64(s.limits.Tags)},
		{"max-fields", int64(s.limits.Fields)},
		{"max-name-bytes", int64(s.limits.NameBytes)},
		{"max-string-bytes", int64(s.limits.StringBytes)},
		{"max-series", int64(s.maxSeries)},
		{"flush-bytes", s.flushBytes},
		{"shutdown-timeout", int64(s.shutdownTimeout)},
	}
	for _, p := range positive {
		if p.value <= 0 {
			return fmt.Errorf("%s is %d, want more than 0", p.name, p.value)
		}
	}
	if s.dataDir == "" {
		return fmt.Errorf("data-dir is empty, want a directory")
	}
	return nil
}

// printHelp lists the flags with their variables.
func printHelp(flags *flag.FlagSet, out io.Writer) {
	fmt.Fprintln(out, "Usage: timeseriesdb [flags]")
	fmt.Fprintln(out, "\nA flag can also be given as the environment variable behind it; the flag wins.")
	flags.VisitAll(func(f *flag.Flag) {
		kind, usage := flag.UnquoteUsage(f)
		fmt.Fprintf(out, "\n  --%s %s\n", f.Name, kind)
		if f.Name == "version" {
			fmt.Fprintf(out, "      %s\n", usage)
			return
		}
		fmt.Fprintf(out, "      %s\n      default %s, %s\n", usage, f.DefValue, environmentName(f.Name))
	})
}
