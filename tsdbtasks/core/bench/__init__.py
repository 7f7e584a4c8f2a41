"""Rules of benchmarks: the Go benchmark format, samples, statistics, comparison."""
