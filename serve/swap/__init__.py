"""Another model without a restart: load, compare on live traffic, promote, roll back, unload."""
