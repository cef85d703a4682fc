"""Pages that items cite: copies of them, and references to them."""
