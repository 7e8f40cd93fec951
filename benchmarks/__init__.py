"""Benchmarks: framelens beside other engines and servers, all with the same weights."""
