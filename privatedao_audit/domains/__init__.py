"""The readiness domains: what each collects (facts), how it judges (checks), what it shows."""
