"""How things look everywhere: status marks, text made visible, tables and figures."""
