"""The gate's own documents: readiness list, security review, verification guide, specification."""
