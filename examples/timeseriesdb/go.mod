module example.com/timeseriesdb

go 1.20
