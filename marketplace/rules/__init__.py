"""Pure decisions of law and arithmetic: standard library only, no clock, no files, no settings."""
