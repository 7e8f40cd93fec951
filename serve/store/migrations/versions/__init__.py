"""One migration a file, in the order that they name."""
