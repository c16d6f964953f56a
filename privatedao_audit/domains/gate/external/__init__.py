"""RG-05: the external audit, by the firm's own word and by git."""
