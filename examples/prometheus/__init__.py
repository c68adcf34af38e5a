"""Metrics of a poller: a program that exports them, and what Prometheus and Grafana make of them."""
