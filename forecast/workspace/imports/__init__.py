"""Files that others wrote, read as clippings: each becomes a draft, whatever format it came in."""
