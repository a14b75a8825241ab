"""How the embedded encoder is made; nothing here is imported at query time."""
