"""One small module per place that is asked. Each answers found, none, not checked or failed, and never raises for what a
remote does."""
