"""What is asked in the terminal: a new item, and the answers of an encoder."""
