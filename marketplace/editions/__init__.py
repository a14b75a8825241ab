"""Monthly editions: composed, frozen with a hash, published, compared with the last, and looked back on."""
