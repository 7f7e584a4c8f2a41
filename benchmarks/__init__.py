"""How fast tsdbtasks is beside what people would use instead: ``python -m benchmarks`` measures it."""
