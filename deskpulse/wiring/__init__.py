"""From the one Settings to what each part is told. Nothing is decided here; secrets are taken out of their wrapping at the last moment."""
