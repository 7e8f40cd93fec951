"""The ways to reach a model: HTTP service, web page and command line."""
